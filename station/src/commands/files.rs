//! Held files.

use doorstep_records::Purpose;
use doorstep_sync::FileHash;

use crate::contract::FileRequest;
use crate::picture::{self, JPEG, THUMBNAIL_EDGE};
use crate::rpc::Reply;
use crate::station::{Desk, blocking};
use crate::{Failure, FailureCode, Station};

pub(crate) async fn file(station: &Station, request: FileRequest) -> Result<Reply, Failure> {
    let hash = request.hash.parse().map_err(|_| Failure::not_found("file"))?;
    let edge = request.edge;
    let held = station.work(move |desk| find(desk, &hash, edge)).await;
    if held
        .as_ref()
        .is_err_and(|failure| failure.code == FailureCode::FileElsewhere)
    {
        station.inner.link.wake();
    }
    match (held?, edge) {
        (Found::Small(bytes), _) => Ok(Reply::Bytes {
            media_type: JPEG.to_owned(),
            bytes,
        }),
        (Found::Whole { media_type, bytes }, None) => Ok(Reply::Bytes { media_type, bytes }),
        (Found::Whole { bytes, .. }, Some(edge)) => {
            let small = move || doorstep_scan::thumbnail(&bytes, edge.clamp(16, 8192)).map_err(picture::failure);
            Ok(Reply::Bytes {
                media_type: JPEG.to_owned(),
                bytes: blocking(small).await?,
            })
        }
    }
}

enum Found {
    /// A thumbnail made earlier.
    Small(Vec<u8>),
    /// As it was captured.
    Whole { media_type: String, bytes: Vec<u8> },
}

fn find(desk: &mut Desk, hash: &FileHash, edge: Option<u32>) -> Result<Found, Failure> {
    let documents = desk.ledger.named_by(hash)?;
    // What belongs to a catalogue is nobody's paper.
    if !documents.is_empty() {
        desk.look(Purpose::Scan, &documents, documents.len())?;
    }
    if edge.is_some_and(|edge| edge <= THUMBNAIL_EDGE)
        && let Some(small) = desk.ledger.thumbnail(hash)?
    {
        return Ok(Found::Small(small));
    }
    if let Some((held, bytes)) = desk.ledger.file(hash)? {
        return Ok(Found::Whole {
            media_type: held.name.media_type,
            bytes,
        });
    }
    match desk.ledger.want(hash)? {
        true => Err(Failure::new(FailureCode::FileElsewhere, "on its way here")),
        false => Err(Failure::not_found("file")),
    }
}
