//! Serving a center on an address: as many connections as there is place for, and none that only sits there.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::{Accept, DefaultAcceptor};
use axum_server::{Handle, Server};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Layer;

use crate::center::Center;
use crate::routes::router;
use crate::tls;

/// Connections at once: two for each of two thousand devices. Each takes some ten kilobytes.
const CONNECTIONS: usize = 4_096;
/// The head of a request comes within this time, the first or the next one; then the connection is closed. Clients let
/// go of an idle one sooner.
const HEAD: Duration = Duration::from_secs(60);
/// The most that the heads of a connection take in memory.
const HEAD_BYTES: usize = 64 << 10;

/// How often it is looked whether something is to be done that is done once in a day.
const LOOK: Duration = Duration::from_secs(600);

/// Serves `center` at `listen` until `handle` says stop. `tls`: certificate chain and private key, PEM; a new
/// pair is taken up while it serves.
pub async fn serve(
    center: Arc<Center>,
    listen: SocketAddr,
    tls: Option<(PathBuf, PathBuf)>,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    // Every connection is an open file, and many systems begin with a thousand.
    if let Err(error) = rlimit::increase_nofile_limit(CONNECTIONS as u64 * 2) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    tokio::spawn(forget(Arc::downgrade(&center)));
    let service = router(center).into_make_service_with_connect_info::<SocketAddr>();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    match tls {
        Some((cert, key)) => {
            let mut certificate = tls::Certificate::open(cert, key).await?;
            let mut server = axum_server::bind_rustls(listen, certificate.config());
            prepare(server.http_builder());
            let acceptor = server.get_ref().clone();
            let bounded = Bounded { acceptor, places };
            tokio::select! {
                served = server.handle(handle).acceptor(bounded).serve(service) => served,
                never = certificate.follow() => match never {},
            }
        }
        None => {
            let mut server: Server<SocketAddr> = axum_server::bind(listen);
            prepare(server.http_builder());
            let acceptor = DefaultAcceptor::new();
            let bounded = Bounded { acceptor, places };
            server.handle(handle).acceptor(bounded).serve(service).await
        }
    }
}

/// Looks from time to time whether a day has passed, by the center's clock, since devices were last told what to forget.
async fn forget(center: Weak<Center>) {
    while let Some(center) = center.upgrade() {
        if let Err(error) = center.run(|center| center.forget_daily().map(drop)).await {
            tracing::error!(%error, "devices were not told what to forget");
        }
        drop(center);
        tokio::time::sleep(LOOK).await;
    }
}

fn prepare(builder: &mut Builder<TokioExecutor>) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        // Ours say the time where it is needed; in every answer it would be dead weight.
        .auto_date_header(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64)
        .keep_alive_interval(HEAD)
        .auto_date_header(false);
}

/// Takes a connection while there is a place for it.
#[derive(Clone)]
struct Bounded<A> {
    acceptor: A,
    places: Arc<Semaphore>,
}

/// A service that holds the place of its connection.
type Placed<S> = AddExtension<S, Arc<OwnedSemaphorePermit>>;

impl<A, I, S> Accept<I, S> for Bounded<A>
where
    A: Accept<I, Placed<S>>,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
    A::Future: Send + 'static,
{
    type Stream = A::Stream;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(A::Stream, A::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        match self.places.clone().try_acquire_owned() {
            Ok(place) => Box::pin(self.acceptor.accept(stream, Extension(Arc::new(place)).layer(service))),
            Err(_) => Box::pin(std::future::ready(Err(io::Error::other(
                "no place for another connection",
            )))),
        }
    }
}
