//! Pictures that come in: checked and made small off the async threads, encrypted onto the disk, and only then named by
//! a save. Whatever is wrong with one, nothing before it is touched.

use doorstep_scan::PictureError;

use crate::ledger::NewFile;
use crate::station::blocking;
use crate::{Failure, FailureCode, Station};

/// Longest edge of a kept thumbnail, pixels.
pub(crate) const THUMBNAIL_EDGE: u32 = 320;
/// Media type of thumbnails.
pub(crate) const JPEG: &str = "image/jpeg";
/// A drawn signature is a few KB.
const SIGNATURE_BYTES: usize = 2 << 20;

/// A photographed page.
pub(crate) async fn page(station: &Station, bytes: Vec<u8>) -> Result<NewFile, Failure> {
    keep(station, bytes, |bytes| {
        let media_type = doorstep_scan::inspect(bytes).map_err(failure)?.media_type;
        // Decodes all of it, so a broken end is said at once.
        let thumbnail = doorstep_scan::thumbnail(bytes, THUMBNAIL_EDGE).map_err(failure)?;
        Ok((media_type, Some(thumbnail)))
    })
    .await
}

/// A signature: a small PNG.
pub(crate) async fn signature(station: &Station, bytes: Vec<u8>) -> Result<NewFile, Failure> {
    keep(station, bytes, |bytes| {
        if bytes.len() > SIGNATURE_BYTES {
            return Err(Failure::new(
                FailureCode::PictureTooLarge,
                "a signature is at most 2 MB",
            ));
        }
        match doorstep_scan::check(bytes).map_err(failure)? {
            picture if picture.format == doorstep_scan::Format::Png => Ok((picture.media_type, None)),
            _ => Err(Failure::bad_request("a signature is a PNG")),
        }
    })
    .await
}

async fn keep(
    station: &Station,
    bytes: Vec<u8>,
    look: impl FnOnce(&[u8]) -> Result<(String, Option<Vec<u8>>), Failure> + Send + 'static,
) -> Result<NewFile, Failure> {
    let files = station.files().await?;
    let random = station.inner.config.random.clone();
    blocking(move || {
        let (media_type, thumbnail) = look(&bytes)?;
        Ok(NewFile {
            written: files.write(&bytes, &*random)?,
            media_type,
            thumbnail,
        })
    })
    .await
}

/// The code of a picture that cannot be taken.
pub(crate) fn failure(error: PictureError) -> Failure {
    let code = match error.code() {
        "heic" => FailureCode::PictureHeic,
        "pdf" => FailureCode::PicturePdf,
        "too_large" => FailureCode::PictureTooLarge,
        "broken" => FailureCode::PictureBroken,
        _ => FailureCode::PictureUnknown,
    };
    Failure::new(code, error.to_string())
}
