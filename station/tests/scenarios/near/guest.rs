//! Somebody at the door with a key of their own, who asks what they like.

use std::net::SocketAddr;
use std::sync::Arc;

use doorstep_sync::SigningKey;
use reqwest::{Method, Response};
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{ring, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme, version};

pub struct Guest {
    client: reqwest::Client,
    base: String,
}

impl Guest {
    /// With a key, or with none.
    pub fn new(at: SocketAddr, key: Option<&SigningKey>) -> Self {
        // Fails only when it was installed before, which is as good.
        let _ = ring::default_provider().install_default();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody));
        let config = match key {
            Some(key) => config.with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(shown(key)))),
            None => config.with_no_client_auth(),
        };
        let client = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy();
        Self {
            client: client.build().unwrap(),
            base: format!("https://{at}"),
        }
    }

    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Response, reqwest::Error> {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await
    }

    /// Status and code.
    pub async fn told(&self, method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> (u16, String) {
        let answer = self.ask(method, path, headers, body).await.unwrap();
        let code = answer.headers().get(doorstep_sync::auth::CODE);
        let code = code.map(|code| code.to_str().unwrap().to_owned()).unwrap_or_default();
        (answer.status().as_u16(), code)
    }
}

fn shown(key: &SigningKey) -> Arc<CertifiedKey> {
    let private = [
        &hex::decode("302e020100300506032b657004220420").unwrap(),
        &key.seed()[..],
    ]
    .concat();
    let public = [
        hex::decode("302a300506032b6570032100").unwrap(),
        key.verifying_key().to_bytes(),
    ]
    .concat();
    let signer = ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(private)).unwrap();
    Arc::new(CertifiedKey::new(vec![CertificateDer::from(public)], signer))
}

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = SubjectPublicKeyInfoDer::from(shown.as_ref());
        let algorithms = ring::default_provider().signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
