//! One request to the center and its answer.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use doorstep_sync::client::{Http, Network};
use doorstep_sync::protocol::NetworkError;
use http::{Request, Response, StatusCode, Uri};
use tokio::sync::mpsc::{Receiver, channel};

use crate::Failure;

/// A stream ends at the latest after this: the center ends it sooner. A heartbeat comes more often than the client's
/// limit for silence.
const LISTENING: Duration = Duration::from_secs(2 * 3_600);

/// An answer that will come, or not.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, NetworkError>> + Send + 'a>>;

/// A stream of bytes that will be opened, or not.
pub type Stream<'a> = Pin<Box<dyn Future<Output = Result<Receiver<Vec<u8>>, NetworkError>> + Send + 'a>>;

/// Brings requests to a center. Real life uses [`Internet`]; a simulation brings its own.
pub trait Center: Send + Sync {
    /// Sends `request` to the center at `base` (`https://center.example`); the request's address is a path under it.
    fn send<'a>(&'a self, base: &'a str, request: Request<Vec<u8>>) -> Answer<'a>;

    /// Opens a stream that goes on until either end drops it: pieces of the answer's body as they come. A network that
    /// has none leaves it to asking from time to time.
    fn listen<'a>(&'a self, _base: &'a str, _request: Request<Vec<u8>>) -> Stream<'a> {
        Box::pin(std::future::ready(Err(NetworkError(
            "no streams on this network".into(),
        ))))
    }

    /// The addresses that this machine has at the moment, in any order, those that reach only itself left out: when
    /// they change, the way to the center may have come back.
    fn addresses(&self) -> Vec<IpAddr> {
        Vec::new()
    }
}

/// The network of this machine.
pub struct Internet {
    /// Follows the machine's proxy settings.
    far: reqwest::Client,
    /// To this machine itself: never through a proxy.
    near: reqwest::Client,
}

impl Internet {
    /// Prepares connections; makes none.
    pub fn new() -> Result<Self, Failure> {
        // Fails only when it was installed before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(10))
                // Sooner than the center lets go of an idle connection, so that none is used that is just being closed.
                .pool_idle_timeout(Duration::from_secs(50))
                // 64 KB on a link of 8 kbit/s take a minute.
                .read_timeout(Duration::from_secs(60))
                .timeout(Duration::from_secs(180))
        };
        let far = builder().build().map_err(Failure::store)?;
        let near = builder().no_proxy().build().map_err(Failure::store)?;
        Ok(Self { far, near })
    }
}

impl Center for Internet {
    fn send<'a>(&'a self, base: &'a str, request: Request<Vec<u8>>) -> Answer<'a> {
        let client = if is_loopback(base) { &self.near } else { &self.far };
        let http = Http::new(client.clone(), base);
        Box::pin(async move { http.send(request).await })
    }

    fn listen<'a>(&'a self, base: &'a str, request: Request<Vec<u8>>) -> Stream<'a> {
        let client = if is_loopback(base) { &self.near } else { &self.far };
        let (parts, _) = request.into_parts();
        let asked = client
            .request(parts.method, format!("{base}{}", parts.uri))
            .headers(parts.headers)
            .timeout(LISTENING);
        Box::pin(async move {
            let failed = |error: reqwest::Error| NetworkError(error.without_url().to_string());
            let mut answer = asked.send().await.map_err(failed)?;
            if answer.status() != StatusCode::OK {
                return Err(NetworkError(format!("status {}", answer.status().as_u16())));
            }
            let (sender, pieces) = channel(16);
            tokio::spawn(async move {
                loop {
                    let piece = tokio::select! {
                        () = sender.closed() => return,
                        piece = answer.chunk() => piece,
                    };
                    let Ok(Some(piece)) = piece else { return };
                    if sender.send(piece.to_vec()).await.is_err() {
                        return;
                    }
                }
            });
            Ok(pieces)
        })
    }

    fn addresses(&self) -> Vec<IpAddr> {
        let found = if_addrs::get_if_addrs().unwrap_or_default();
        let addresses = found
            .iter()
            .filter(|found| !found.is_loopback() && !found.is_link_local());
        addresses.map(if_addrs::Interface::ip).collect()
    }
}

/// Whether an address is on this machine.
pub(super) fn is_loopback(base: &str) -> bool {
    let uri: Option<Uri> = base.parse().ok();
    let host = uri
        .as_ref()
        .and_then(Uri::host)
        .unwrap_or_default()
        .trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The address of a center as it is kept: `https` anywhere, `http` on this machine only, no path.
pub(super) fn center_address(typed: &str) -> Option<String> {
    let uri: Uri = typed.trim().trim_end_matches('/').parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let allowed = scheme == "https" || scheme == "http" && is_loopback(typed.trim());
    let plain = allowed
        && uri.path().trim_matches('/').is_empty()
        && uri.query().is_none()
        && !authority.as_str().contains('@');
    plain.then(|| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        assert_eq!(
            center_address(" https://center.example/ ").as_deref(),
            Some("https://center.example")
        );
        assert_eq!(
            center_address("http://127.0.0.1:8600").as_deref(),
            Some("http://127.0.0.1:8600")
        );
        assert_eq!(
            center_address("http://[::1]:8600").as_deref(),
            Some("http://[::1]:8600")
        );
        for refused in [
            "http://center.example",
            "http://127.0.0.1.example",
            "ftp://x",
            "center",
            "https://a@b",
            "https://a/b",
        ] {
            assert_eq!(center_address(refused), None, "{refused}");
        }
    }
}
