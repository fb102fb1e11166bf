//! The door: connections over TLS, each from a device that has proven its key.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use doorstep_sync::{DeviceId, SigningKey};
use hyper_util::rt::TokioTimer;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Layer;

use super::{serve, tls};
use crate::station::Inner;

/// Connections at a time. A station has a handful of devices.
const PLACES: usize = 32;
/// A handshake, and the head of a request, take no longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who is at the other end of a connection.
#[derive(Clone)]
pub(super) struct Visitor {
    /// The device whose key was proven; nothing is said yet of what it may do.
    pub device: DeviceId,
    _place: Arc<OwnedSemaphorePermit>,
}

/// Listens until it is dropped.
pub(super) struct Listening {
    /// Where.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

impl Listening {
    /// Begins, in a Tokio runtime.
    pub(super) fn begin(at: SocketAddr, key: &SigningKey, station: Weak<Inner>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(at)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let config = RustlsConfig::from_config(Arc::new(tls::listener(key)?));
        let door = Door {
            tls: RustlsAcceptor::new(config).handshake_timeout(PATIENCE),
            places: Arc::new(Semaphore::new(PLACES)),
        };
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(listener)?.acceptor(door).handle(handle.clone());
        server
            .http_builder()
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE);
        let served = server.serve(serve::router(station).into_make_service());
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::warn!(%error, "neighbours can no longer reach this device");
            }
        });
        Ok(Self { address, handle })
    }
}

#[derive(Clone)]
struct Door {
    tls: RustlsAcceptor,
    places: Arc<Semaphore>,
}

type Entering<I, S> = Pin<Box<dyn Future<Output = io::Result<(I, S)>> + Send>>;

impl<S: Send + 'static> Accept<TcpStream, S> for Door {
    type Stream = <RustlsAcceptor as Accept<TcpStream, S>>::Stream;
    type Service = AddExtension<S, Visitor>;
    type Future = Entering<Self::Stream, Self::Service>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = self.places.clone().try_acquire_owned();
        let handshake = self.tls.accept(stream, service);
        Box::pin(async move {
            let place = Arc::new(place.map_err(io::Error::other)?);
            let (stream, service) = handshake.await?;
            let shown = stream.get_ref().1.peer_certificates().and_then(|shown| shown.first());
            let device = shown.and_then(|shown| tls::device(shown));
            let device = device.ok_or_else(|| io::Error::other("no key was shown"))?;
            let visitor = Visitor { device, _place: place };
            Ok((stream, Extension(visitor).layer(service)))
        })
    }
}
