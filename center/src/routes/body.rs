//! Bodies of devices' requests, read with a bound in bytes and in time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::admission::Busy;
use crate::error::ApiError;

/// A body comes within this time, or not at all: 64 KB on a line of 8 kbit/s take a minute.
const WHOLE: Duration = Duration::from_secs(180);
/// Time without a byte.
const SILENCE: Duration = Duration::from_secs(30);
/// When there is no room for another body, one is free soon.
const FULL: Duration = Duration::from_secs(3);
/// Of a body that nobody will read, so much is taken in and let go, for so long: whoever is cut off in the middle of
/// sending does not hear the answer.
const UNREAD: usize = 256 << 10;
const UNREAD_TIME: Duration = Duration::from_secs(2);

/// The place in memory that a body takes, given back when it is dropped.
pub struct Room {
    _held: Option<OwnedSemaphorePermit>,
}

/// A whole body of at most `most` bytes, as long as `room` has place for it.
pub async fn read(body: Body, most: usize, room: &Arc<Semaphore>) -> Result<(Bytes, Room), ApiError> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut held: Option<OwnedSemaphorePermit> = None;
    let ends = Instant::now() + WHOLE;
    let slow = |_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow", "the body did not come in time");
    while let Some(piece) = timeout_at(ends.min(Instant::now() + SILENCE), pieces.next())
        .await
        .map_err(slow)?
    {
        let piece = piece.map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "cut", "the body is cut short"))?;
        if bytes.len() + piece.len() > most {
            return Err(ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "the body is too large",
            ));
        }
        let permits = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        let more = room.clone().try_acquire_many_owned(permits).map_err(|_| Busy(FULL))?;
        match &mut held {
            Some(held) => held.merge(more),
            None => held = Some(more),
        }
        bytes.extend_from_slice(&piece);
    }
    Ok((bytes.into(), Room { _held: held }))
}

/// Lets go what comes of a body that will not be read.
pub async fn let_go(body: Body) {
    let mut pieces = body.into_data_stream();
    let mut left = UNREAD;
    let all = async {
        while let Some(Ok(piece)) = pieces.next().await {
            match left.checked_sub(piece.len()) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    // Late or not: it was not wanted.
    let _ = timeout(UNREAD_TIME, all).await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    fn pieces(sizes: &[usize]) -> Body {
        let pieces: Vec<_> = sizes
            .iter()
            .map(|size| Ok::<_, Infallible>(Bytes::from(vec![0; *size])))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn a_body_takes_its_place_and_gives_it_back() {
        let room = Arc::new(Semaphore::new(100));
        let (bytes, held) = read(pieces(&[30, 30]), 100, &room).await.unwrap();
        assert_eq!((bytes.len(), room.available_permits()), (60, 40));
        let refused = read(pieces(&[30, 30]), 100, &room).await.map(|_| ()).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), ("busy", Some(3)));
        assert_eq!(room.available_permits(), 40);
        drop(held);
        assert_eq!(room.available_permits(), 100);
        let large = read(pieces(&[60, 41]), 100, &room).await.map(|_| ()).unwrap_err();
        assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let drips = || stream::repeat(()).then(|()| async { Ok::<_, Infallible>(Bytes::from_static(b"x")) });
        let room = Arc::new(Semaphore::new(1 << 20));
        let silent = read(
            Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()),
            9,
            &room,
        )
        .await;
        assert_eq!(silent.map(|_| ()).unwrap_err().code, "slow");
        let slow = drips().then(|piece| async {
            tokio::time::sleep(Duration::from_secs(20)).await;
            piece
        });
        let began = Instant::now();
        let dripping = read(Body::from_stream(slow), 1 << 20, &room).await;
        assert_eq!(dripping.map(|_| ()).unwrap_err().code, "slow");
        assert_eq!(began.elapsed(), WHOLE);
        assert_eq!(room.available_permits(), 1 << 20);
    }
}
