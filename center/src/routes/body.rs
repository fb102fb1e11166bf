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
    let mut place = |bytes: usize| {
        if bytes > most {
            return Err(too_large());
        }
        held.reach(bytes).then_some(()).ok_or_else(|| Busy(FULL).into())
    };
    // It gets its whole place before the first byte: on a slow line it would hear in a minute that there is none.
    let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if let Err(refused) = place(said) {
        let_go(body).await;
        return Err(refused);
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
        place(bytes.len() + piece.len())?;
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
        assert!(others.reach(31 << 20));
        let refused = read(pieces(&[2 << 20]), 2 << 20, room.begin(address)).await;
        let refused = refused.map(|_| ()).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), ("busy", Some(3)));
        drop((held, others));
        assert_eq!(room.held(), 0);
        for large in [pieces(&[60, 41]), Body::from(vec![0; 101])] {
            let large = read(large, 100, room.begin(address)).await.map(|_| ()).unwrap_err();
            assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
        }
    }

    /// A body that says how much it brings, and never does.
    struct Said(u64);
    impl http_body::Body for Said {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            std::task::Poll::Pending
        }
        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.0)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_no_room_hears_it_before_the_first_byte() {
        let (room, address) = room();
        let mut others = room.begin(address);
        assert!(others.reach(31 << 20));
        for (said, code) in [(2 << 20, "busy"), (9 << 20, "too_large"), (u64::MAX, "too_large")] {
            let began = Instant::now();
            let refused = read(Body::new(Said(said)), 8 << 20, room.begin(address)).await;
            assert_eq!(refused.map(|_| ()).unwrap_err().code, code);
            assert_eq!(began.elapsed(), UNREAD_TIME);
        }
        // One that has its place keeps it, whatever comes behind it.
        let waits = tokio::spawn(read(Body::new(Said(1 << 20)), 8 << 20, room.begin(address)));
        tokio::task::yield_now().await;
        assert_eq!(room.held(), 32 << 20);
        assert!(!room.begin(address).reach(1 << 20));
        assert_eq!(waits.await.unwrap().map(|_| ()).unwrap_err().code, "slow");
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
