//! TLS 1.3 between two devices, each known by its Ed25519 device key alone.
//!
//! Both ends show their public key bare (RFC 7250) and prove that they hold it. There is no certificate: what a device
//! may do is said by the center's grants, which both ends hold, and a certificate signed by its own key would say
//! nothing more. A key proves itself in the handshake; whether it is a granted one is asked by the dialler there and by
//! the listener before the first answer ([`super::serve`]), so that a refusal has a code.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use doorstep_sync::{DeviceId, SigningKey, VerifyingKey};
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    version,
};

use crate::station::lock;

/// DER of an Ed25519 `SubjectPublicKeyInfo` (RFC 8410) before the 32 bytes of the key.
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// DER of an Ed25519 PKCS#8 private key (RFC 8410) before the 32 bytes of the seed.
const PRIVATE: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The device whose bare key this is.
pub(super) fn device(shown: &[u8]) -> Option<DeviceId> {
    let key = shown.strip_prefix(&PUBLIC)?;
    Some(VerifyingKey::from_bytes(key)?.device())
}

/// The listener's end. Any key that proves itself comes in; who it is, is asked before anything is answered.
pub(super) fn listener(key: &SigningKey) -> Result<ServerConfig, Error> {
    let resolver = AlwaysResolvesServerRawPublicKeys::new(shown(key)?);
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&version::TLS13])?
        .with_client_cert_verifier(Arc::new(Keys {
            expected: None,
            seen: Seen::default(),
        }))
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed session would not show its key again. There is nothing to gain: connections are kept.
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// The dialler's end: lets nobody answer but one of the `expected` (`None`: anybody), and notes in `seen` who did.
pub(super) fn dialler(
    key: &SigningKey,
    expected: Option<HashSet<DeviceId>>,
    seen: &Seen,
) -> Result<ClientConfig, Error> {
    let resolver = AlwaysResolvesClientRawPublicKeys::new(shown(key)?);
    let keys = Keys {
        expected,
        seen: seen.clone(),
    };
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(keys))
        .with_client_cert_resolver(Arc::new(resolver));
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn shown(key: &SigningKey) -> Result<Arc<CertifiedKey>, Error> {
    let private = zeroize::Zeroizing::new([&PRIVATE[..], &key.seed()[..]].concat());
    let signer = ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(private.as_slice()))?;
    let public = [&PUBLIC[..], &key.verifying_key().to_bytes()].concat();
    Ok(Arc::new(CertifiedKey::new(vec![CertificateDer::from(public)], signer)))
}

/// Who answered, and whether it was one of those expected.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Arc<Mutex<Option<(DeviceId, bool)>>>);

impl Seen {
    /// The device that answered and was expected.
    pub(super) fn device(&self) -> Option<DeviceId> {
        lock(&self.0)
            .filter(|(_, expected)| *expected)
            .map(|(device, _)| device)
    }

    /// Whether somebody answered who was not expected.
    pub(super) fn is_stranger(&self) -> bool {
        lock(&self.0).is_some_and(|(_, expected)| !expected)
    }
}

#[derive(Debug)]
struct Keys {
    /// Nobody else is let in; `None` lets in every key.
    expected: Option<HashSet<DeviceId>>,
    seen: Seen,
}

impl Keys {
    fn check(&self, shown: &CertificateDer<'_>) -> Result<(), Error> {
        let device = device(shown).ok_or(CertificateError::BadEncoding)?;
        let expected = self.expected.as_ref().is_none_or(|expected| expected.contains(&device));
        *lock(&self.seen.0) = Some((device, expected));
        match expected {
            true => Ok(()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn proven(message: &[u8], shown: &CertificateDer<'_>, signed: &DigitallySignedStruct) -> Proof {
        let key = SubjectPublicKeyInfoDer::from(shown.as_ref());
        let algorithms = ring::default_provider().signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signed, &algorithms)
    }
}

type Proof = Result<HandshakeSignatureValid, Error>;

/// TLS 1.2 is not spoken here, so nothing of it is ever valid.
fn never() -> Proof {
    Err(Error::General("only TLS 1.3 is spoken".to_owned()))
}

impl ServerCertVerifier for Keys {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(shown).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(&self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct) -> Proof {
        never()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Proof {
        Self::proven(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Keys {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(shown).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(&self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct) -> Proof {
        never()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Proof {
        Self::proven(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
