//! What the console is shown of files that come from outside.

use axum::http::StatusCode;
use doorstep_records::case::ResultFile;
use doorstep_scan::{PictureError, inspect, thumbnail};
use doorstep_sync::FileHash;
use doorstep_sync::payload::FileName;

use crate::center::Center;
use crate::error::ApiError;
use crate::review::file_name;
use crate::store;

/// A file as the browser gets it.
pub enum Shown {
    /// JPEG, drawn again here.
    Picture(Vec<u8>),
    /// As it is, to be saved and not shown.
    Download(Vec<u8>),
}

impl Center {
    /// A file of a case, its longer edge at most `edge` pixels. As long as it is not here, the small picture that was sent
    /// ahead.
    pub fn shown_file(&self, hash: &FileHash, edge: u32) -> Result<Shown, ApiError> {
        let known = self.store.read(|sql| {
            if !store::cases::names_file(sql, hash)? {
                return Ok(None);
            }
            if let Some((_, media_type)) = store::files::verified(sql, hash)? {
                return Ok(Some((*hash, media_type)));
            }
            let preview = store::files::preview(sql, hash)?;
            Ok::<_, ApiError>(preview.map(|preview| (preview, "image/jpeg".to_owned())))
        })?;
        let (held, media_type) = known.ok_or_else(|| ApiError::not_found("file"))?;
        let bytes = self.disk.read(&held)?;
        match thumbnail(&bytes, edge) {
            Ok(picture) => Ok(Shown::Picture(picture)),
            Err(_) if media_type == "application/pdf" => Ok(Shown::Download(bytes)),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Keeps a result file (a PDF, or a picture that reads) until a decision names it.
    pub fn store_result(&self, name: &str, bytes: &[u8]) -> Result<ResultFile, ApiError> {
        let media_type = match inspect(bytes) {
            Ok(picture) => picture.media_type.to_owned(),
            Err(PictureError::Pdf) => "application/pdf".to_owned(),
            Err(error) => return Err(unreadable(error)),
        };
        let hash = self.disk.store(bytes)?;
        let file = FileName {
            hash,
            len: bytes.len() as u64,
            media_type,
        };
        self.store
            .write(|sql| store::files::set_verified(sql, &file, self.clock.now()))?;
        Ok(ResultFile {
            hash: hash.to_string(),
            name: file_name(name),
            media_type: file.media_type,
            len: file.len,
        })
    }
}

fn unreadable(error: PictureError) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string())
}
