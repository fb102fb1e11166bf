//! The loopback host lets in its own page and nobody else.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use doorstep_station::http;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{World, picture};

async fn send(device: &crate::world::Device, headers: &[(&str, &str)], path: &str, body: impl Into<Body>) -> Response {
    let address: SocketAddr = "127.0.0.1:8610".parse().unwrap();
    let router = http::router(device.station.clone(), address, "the-token");
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.oneshot(request.body(body.into()).unwrap()).await.unwrap()
}

async fn body(response: Response) -> Value {
    serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap()
}

const HOST: (&str, &str) = ("host", "127.0.0.1:8610");
const TOKEN: (&str, &str) = ("authorization", "Bearer the-token");

#[tokio::test(flavor = "multi_thread")]
async fn only_with_the_token_from_our_own_page_at_our_own_address() {
    let device = World::new().device().await;
    for (headers, status) in [
        (vec![HOST, TOKEN], StatusCode::OK),
        (vec![HOST, TOKEN, ("origin", "http://127.0.0.1:8610")], StatusCode::OK),
        (vec![HOST], StatusCode::UNAUTHORIZED),
        (
            vec![HOST, ("authorization", "Bearer the-tokem")],
            StatusCode::UNAUTHORIZED,
        ),
        (vec![TOKEN], StatusCode::FORBIDDEN),
        (vec![TOKEN, ("host", "attacker.example:8610")], StatusCode::FORBIDDEN),
        (
            vec![HOST, TOKEN, ("origin", "https://attacker.example")],
            StatusCode::FORBIDDEN,
        ),
        (vec![HOST, TOKEN, ("origin", "null")], StatusCode::FORBIDDEN),
    ] {
        let response = send(&device, &headers, "/rpc/strip", "{}").await;
        assert_eq!(response.status(), status, "{headers:?}");
        assert!(
            response.headers()[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_and_bytes_go_both_ways() {
    let device = World::new().device().await;
    let begun = body(
        send(
            &device,
            &[HOST, TOKEN],
            "/rpc/begin",
            json!({ "matter": "YX-MZ-001" }).to_string(),
        )
        .await,
    )
    .await;
    let page = json!({ "id": begun["id"], "seen": begun["shows"], "material": "id_card", "replaces": null });
    let args = page.to_string();
    let encoded = percent_encoding::utf8_percent_encode(&args, percent_encoding::NON_ALPHANUMERIC).to_string();
    let headers = [HOST, TOKEN, ("x-doorstep-args", encoded.as_str())];
    let view = body(send(&device, &headers, "/rpc/page_add", picture(300, 200, 1)).await).await;
    let file = &view["materials"][0]["record"]["pages"][0]["file"];
    let response = send(
        &device,
        &[HOST, TOKEN],
        "/rpc/file",
        json!({ "hash": file, "edge": null }).to_string(),
    )
    .await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/png");
    assert_eq!(
        to_bytes(response.into_body(), 1 << 20).await.unwrap(),
        picture(300, 200, 1)
    );

    let response = send(
        &device,
        &[HOST, TOKEN],
        "/rpc/receive",
        json!({ "id": begun["id"], "seen": view["shows"] }).to_string(),
    )
    .await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let failure = body(response).await;
    assert_eq!(
        (failure["code"].as_str(), failure["fields"].as_array().map(Vec::len)),
        (Some("incomplete"), Some(4))
    );
    let response = send(&device, &[HOST, TOKEN], "/rpc/begin", "no json").await;
    assert_eq!(
        (response.status(), body(response).await["code"].clone()),
        (StatusCode::BAD_REQUEST, json!("bad_request"))
    );
}
