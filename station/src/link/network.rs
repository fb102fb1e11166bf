//! One request to the center and its answer.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use doorstep_sync::client::{Http, Network};
use doorstep_sync::protocol::NetworkError;
use http::{Request, Response, Uri};

use crate::Failure;

/// An answer that will come, or not.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, NetworkError>> + Send + 'a>>;

/// Brings requests to a center. Real life uses [`Internet`]; a simulation brings its own.
pub trait Center: Send + Sync {
    /// Sends `request` to the center at `base` (`https://center.example`); the request's address is a path under it.
    fn send<'a>(&'a self, base: &'a str, request: Request<Vec<u8>>) -> Answer<'a>;
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
