//! The same run over a real socket.

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use doorstep_sync::auth::Signer;
use doorstep_sync::client::{Http, drive};
use doorstep_sync::protocol::{Run, Trouble};
use doorstep_sync::{Clock, Millis};

use crate::center::Center;
use crate::link::{assert_level, pair};

struct Noon;
impl Clock for Noon {
    fn now(&self) -> Millis {
        crate::NOON
    }
}

async fn serve(State(center): State<Arc<Mutex<Center>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 4 << 20).await.unwrap().to_vec();
    let response = center.lock().unwrap().handle(http::Request::from_parts(parts, body));
    response.map(Body::from)
}

#[tokio::test]
async fn items_and_files_arrive_over_http_and_a_stopped_center_is_offline() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (mut device, center) = pair();
    device.write(1, b"edit");
    device.photograph(1, &vec![5; 300_000]);
    let shared = Arc::new(Mutex::new(center));
    let router = axum::Router::new().fallback(serve).with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let network = Http::new(reqwest::Client::builder().no_proxy().build().unwrap(), &address);
    let run = || Run::new(Signer::new(crate::key(2), 0));
    let outcome = drive(&network, run(), &mut device, &Noon).await.unwrap();
    assert_level(&device, &shared.lock().unwrap(), &outcome);
    server.abort();
    let _ = server.await;
    drop(network);
    let network = Http::new(reqwest::Client::builder().no_proxy().build().unwrap(), &address);
    let outcome = drive(&network, run(), &mut device, &Noon).await.unwrap();
    assert_eq!(outcome.trouble, Some(Trouble::Offline));
    assert!(!outcome.contact);
}
