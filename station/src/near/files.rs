//! Files of neighbours, by tus and by ranges, as at the center: see [`doorstep_sync::tus`].

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::{DeviceId, FileHash};
use futures_util::StreamExt;

use super::listen::Visitor;
use super::serve::{Host, Refusal, malformed};
use crate::ledger::Ledger;
use crate::store::Stored;

/// Bytes of a file in one answer.
const PIECE: u64 = 1 << 20;
/// Bytes gathered before they are written.
const GATHERED: usize = 64 << 10;

pub(super) async fn announce(
    State(host): State<Host>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(creation) = Creation::from_headers(&headers) else {
        return malformed().into_response();
    };
    let (hash, device) = (creation.file.hash, visitor.device);
    let announced = host.with(move |ledger| {
        let announced = ledger.announce(&device, &creation)?;
        note_whole(ledger, &device, &hash)?;
        Ok(announced)
    });
    match announced.await {
        Ok(Ok(0)) => stored(StatusCode::CREATED, receive(host, device, hash, 0, body).await),
        // What was known goes on from where it is; the body is ignored.
        known => stored(StatusCode::OK, known),
    }
}

pub(super) async fn append(
    State(host): State<Host>,
    Extension(visitor): Extension<Visitor>,
    Path(hash): Path<FileHash>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(offset) = tus::patch_offset(&headers) else {
        return malformed().into_response();
    };
    let appended = receive(host, visitor.device, hash, offset, body).await;
    stored(StatusCode::NO_CONTENT, appended)
}

/// Stores bytes of a file as they come. It goes on by itself when the connection is gone: what has come is kept.
async fn receive(
    host: Host,
    from: DeviceId,
    hash: FileHash,
    mut offset: u64,
    body: Body,
) -> Result<Result<u64, &'static str>, Refusal> {
    let receiving = tokio::spawn(async move {
        let mut pieces = body.into_data_stream();
        let mut gathered = Vec::new();
        let mut first = true;
        loop {
            let piece = match pieces.next().await {
                Some(Ok(piece)) => Some(piece),
                // The end, or a cut.
                _ => None,
            };
            let ended = piece.is_none();
            gathered.extend_from_slice(&piece.unwrap_or_default());
            // An empty body asks for what is there to be checked once more.
            if gathered.len() >= GATHERED || ended && (first || !gathered.is_empty()) {
                let bytes = std::mem::take(&mut gathered);
                let kept = host.with(move |ledger| {
                    let kept = ledger.append(&hash, offset, &bytes)?;
                    note_whole(ledger, &from, &hash)?;
                    Ok(kept)
                });
                match kept.await? {
                    Ok(stored) => offset = stored,
                    Err(code) => return Ok(Err(code)),
                }
                first = false;
            }
            if ended {
                return Ok(Ok(offset));
            }
        }
    });
    receiving
        .await
        .unwrap_or(Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, "store")))
}

/// Whoever brought a file has it.
fn note_whole(ledger: &Ledger, from: &DeviceId, hash: &FileHash) -> Stored<()> {
    match ledger.incoming(hash)? {
        Some((_, _, true)) => ledger.hand_file(from, hash),
        _ => Ok(()),
    }
}

fn stored(status: StatusCode, answer: Result<Result<u64, &'static str>, Refusal>) -> Response {
    match answer {
        Ok(Ok(stored)) => (status, [(tus::OFFSET, stored.to_string())]).into_response(),
        Ok(Err(code)) => {
            let status = match code {
                "missing" => StatusCode::NOT_FOUND,
                "offset" => StatusCode::CONFLICT,
                "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
                "quota" => StatusCode::INSUFFICIENT_STORAGE,
                "checksum" => StatusCode::from_u16(tus::CHECKSUM_MISMATCH).unwrap_or(StatusCode::CONFLICT),
                _ => StatusCode::FORBIDDEN,
            };
            Refusal(status, code).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

pub(super) async fn progress(State(host): State<Host>, Path(hash): Path<FileHash>) -> Response {
    match host.with(move |ledger| ledger.incoming(&hash)).await {
        Ok(Some((stored, len, _))) => {
            let headers = [(tus::OFFSET, stored.to_string()), (tus::LENGTH, len.to_string())];
            (StatusCode::OK, headers).into_response()
        }
        Ok(None) => Refusal(StatusCode::NOT_FOUND, "missing").into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

pub(super) async fn lend(
    State(host): State<Host>,
    Extension(visitor): Extension<Visitor>,
    Path(hash): Path<FileHash>,
    headers: HeaderMap,
) -> Response {
    let lent = host.with(move |ledger| {
        let Some(file) = ledger.lends(&visitor.device, &hash)? else {
            return Ok(None);
        };
        let (from, len) = tus::parse_range(&headers, file.len).unwrap_or((0, file.len));
        let bytes = ledger.read_file(&hash, from, usize::try_from(len.min(PIECE)).unwrap_or(0))?;
        Ok(Some((from, file.len, bytes)))
    });
    match lent.await {
        Ok(Some((_, _, bytes))) if bytes.is_empty() => StatusCode::RANGE_NOT_SATISFIABLE.into_response(),
        Ok(Some((from, len, bytes))) => {
            let range = format!("bytes {from}-{}/{len}", from + bytes.len() as u64 - 1);
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], bytes).into_response()
        }
        Ok(None) => Refusal(StatusCode::NOT_FOUND, "missing").into_response(),
        Err(refusal) => refusal.into_response(),
    }
}
