//! The console's own files, and the headers that every answer carries.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use tower_http::set_header::SetResponseHeaderLayer;

#[derive(RustEmbed)]
#[folder = "../ui/dist/center"]
#[allow_missing = true]
struct Console;

/// Only our own files; pictures also from memory (blob) and as data.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; \
     connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
/// The page that shows a PDF, and its policy: no origin, so no cookie and nothing of the console's; scripts, fonts and decoders
/// of ours alone (WebAssembly decodes pictures); nothing is sent anywhere but asked of these files.
const PAPER: &str = "paper.html";
const PAPER_POLICY: &str = "sandbox allow-scripts; default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src blob: data:; font-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; \
     frame-ancestors 'self'";
/// What a browser offers to pages and the console never asks for.
const NOTHING_ELSE: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
     geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
     publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), web-share=(), xr-spatial-tracking=()";
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// By TLS alone from now on, for two years (RFC 6797).
const TLS_ONLY: &str = "max-age=63072000";

/// A file of the console; the page itself at `/`.
pub(super) async fn console(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Console::get(path) {
        Some(file) => {
            let kind = HeaderValue::from_str(file.metadata.mimetype())
                .unwrap_or(HeaderValue::from_static("application/octet-stream"));
            // Vite puts a hash into the names of assets.
            let cache = if path.starts_with("assets/") {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            let mut answer = (
                [
                    (header::CONTENT_TYPE, kind),
                    (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
                ],
                file.data,
            )
                .into_response();
            let mut say = |name: HeaderName, value: &'static str| {
                answer.headers_mut().insert(name, HeaderValue::from_static(value));
            };
            if path == PAPER {
                say(header::CONTENT_SECURITY_POLICY, PAPER_POLICY);
                say(header::X_FRAME_OPTIONS, "SAMEORIGIN");
            } else if path.starts_with("assets/") {
                // The same for everybody, and a page without an origin asks for them as a stranger would.
                say(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
                say(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin");
            }
            answer
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Puts the protective headers on every answer; an answer's own policy and cache rule stand. `tls`: whether browsers reach
/// it by TLS.
pub(super) fn protected(router: Router, tls: bool) -> Router {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let router = router
        .layer(header(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header(HeaderName::from_static("permissions-policy"), NOTHING_ELSE))
        .layer(header(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(header(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
        .layer(header(header::CACHE_CONTROL, "no-store"));
    if tls {
        router.layer(header(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY))
    } else {
        router
    }
}
