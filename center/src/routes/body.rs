//! Bodies of devices' requests, read with a bound in bytes and in time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures_util::StreamExt;
use http_body::Body as _;
use tokio::time::{Instant, timeout, timeout_at};

use crate::admission::{Busy, Held};
use crate::error::ApiError;

/// A body comes within this time, or not at all: 64 KB on a line of 8 kbit/s take a minute.
const WHOLE: Duration = Duration::from_secs(180);
/// Time without a byte, and the time before a body must have come as fast as [`SLOWEST`].
const SILENCE: Duration = Duration::from_secs(30);
/// Bytes in a second: half of a line of 8 kbit/s.
const SLOWEST: u64 = 500;
/// When there is no room for another body, one is free soon.
const FULL: Duration = Duration::from_secs(3);
/// Of a body that nobody will read, so much is taken in and let go, for so long: whoever is cut off in the middle of
/// sending does not hear the answer.
const UNREAD: usize = 256 << 10;
const UNREAD_TIME: Duration = Duration::from_secs(2);

/// A whole body of at most `most` bytes, as long as there is room for it. The room is held with the bytes.
pub async fn read(body: Body, most: usize, mut held: Held) -> Result<(Bytes, Held), ApiError> {
    let too_large = || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is too large");
    // What it says of itself is enough to be refused.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let began = Instant::now();
    let slow = |_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow", "the body did not come in time");
    loop {
        let earned = SILENCE + Duration::from_secs(bytes.len() as u64 / SLOWEST);
        let ends = (began + WHOLE.min(earned)).min(Instant::now() + SILENCE);
        let Some(piece) = timeout_at(ends, pieces.next()).await.map_err(slow)? else {
            return Ok((bytes.into(), held));
        };
        let piece = piece.map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "cut", "the body is cut short"))?;
        if bytes.len() + piece.len() > most {
            return Err(too_large());
        }
        if !held.grow(piece.len()) {
            return Err(Busy(FULL).into());
        }
        bytes.extend_from_slice(&piece);
    }
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
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use futures_util::stream;

    use crate::admission::Room;

    use super::*;

    fn pieces(sizes: &[usize]) -> Body {
        let pieces: Vec<_> = sizes
            .iter()
            .map(|size| Ok::<_, Infallible>(Bytes::from(vec![0; *size])))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    fn room() -> (Arc<Room>, IpAddr) {
        (Arc::default(), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)))
    }

    #[tokio::test]
    async fn a_body_takes_its_place_and_gives_it_back() {
        let (room, address) = room();
        let (bytes, held) = read(pieces(&[30, 30]), 100, room.begin(address)).await.unwrap();
        assert_eq!((bytes.len(), room.held()), (60, 60));
        let mut others = room.begin(address);
        while others.grow(1 << 20) {}
        let refused = read(pieces(&[1 << 20]), 2 << 20, room.begin(address)).await;
        let refused = refused.map(|_| ()).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), ("busy", Some(3)));
        drop((held, others));
        assert_eq!(room.held(), 0);
        for large in [pieces(&[60, 41]), Body::from(vec![0; 101])] {
            let large = read(large, 100, room.begin(address)).await.map(|_| ()).unwrap_err();
            assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let (room, address) = room();
        // Pieces of so many bytes, with so many seconds between them.
        let slow = |bytes: usize, seconds: u64| {
            Body::from_stream(stream::repeat(()).then(move |()| async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Ok::<_, Infallible>(Bytes::from(vec![0; bytes]))
            }))
        };
        let silent = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        for (body, after) in [(silent, 30), (slow(1, 20), 30), (slow(10_000, 20), 180)] {
            let began = Instant::now();
            let given_up = read(body, 1 << 20, room.begin(address)).await;
            assert_eq!(given_up.map(|_| ()).unwrap_err().code, "slow");
            assert_eq!(began.elapsed(), Duration::from_secs(after));
        }
        // A batch on a line of 8 kbit/s.
        let batch = stream::iter(0..8).then(|_| async {
            tokio::time::sleep(Duration::from_secs(8)).await;
            Ok::<_, Infallible>(Bytes::from(vec![0; 8 << 10]))
        });
        let came = read(Body::from_stream(batch), 1 << 20, room.begin(address)).await;
        assert_eq!(came.unwrap().0.len(), 64 << 10);
        assert_eq!(room.held(), 0);
    }
}
