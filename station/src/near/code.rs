//! What a device shows so that another finds it without looking: its key and where it listens, as one line of text.
//!
//! ```text
//! doorstep:near:1:<public key, 64 hex digits>@192.168.1.5:41873,10.0.0.3:41873
//! ```

use std::net::SocketAddr;

use doorstep_sync::VerifyingKey;
use qrcode::QrCode;
use qrcode::render::svg;

const PREFIX: &str = "doorstep:near:1:";
/// A device has a few interfaces; more in a code is somebody's play.
const MOST_ADDRESSES: usize = 8;

/// Key and addresses of a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Code {
    pub key: VerifyingKey,
    pub addresses: Vec<SocketAddr>,
}

impl Code {
    /// Reads what [`Code::text`] wrote; `None` when it is anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (key, addresses) = text.trim().strip_prefix(PREFIX)?.split_once('@')?;
        let key = VerifyingKey::from_bytes(&hex::decode(key).ok()?)?;
        let addresses: Vec<SocketAddr> = addresses
            .split(',')
            .take(MOST_ADDRESSES + 1)
            .map(|address| address.parse().ok())
            .collect::<Option<_>>()?;
        let usable = |address: &SocketAddr| address.port() != 0 && !address.ip().is_unspecified();
        (addresses.len() <= MOST_ADDRESSES && addresses.iter().all(usable)).then_some(Self { key, addresses })
    }

    /// One line.
    pub(super) fn text(&self) -> String {
        let addresses: Vec<String> = self.addresses.iter().map(SocketAddr::to_string).collect();
        format!("{PREFIX}{}@{}", hex::encode(self.key.to_bytes()), addresses.join(","))
    }

    /// The line as a QR code.
    pub(super) fn picture(&self) -> Option<String> {
        let code = QrCode::new(self.text()).ok()?;
        Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use doorstep_sync::SigningKey;

    use super::*;

    fn code() -> Code {
        Code {
            key: SigningKey::from_seed(&[3; 32]).verifying_key(),
            addresses: vec!["192.168.1.5:41873".parse().unwrap(), "[fe80::1]:41873".parse().unwrap()],
        }
    }

    #[test]
    fn a_code_reads_back_and_can_be_shown() {
        let text = code().text();
        assert_eq!(Code::read(&format!(" {text}\n")), Some(code()));
        assert!(code().picture().unwrap().contains("<svg"));
    }

    #[test]
    fn anything_else_is_no_code() {
        let text = code().text();
        let many = format!("{text}{}", ",10.0.0.1:1".repeat(MOST_ADDRESSES));
        let spoilt = [
            String::new(),
            "https://example.cn".into(),
            text.replace("near:1", "near:2"),
            text.replace('@', ""),
            text.replace("41873", "0"),
            text.replace("192.168.1.5", "0.0.0.0"),
            text.replace("192.168.1.5", "host"),
            text.replace(&text[PREFIX.len()..PREFIX.len() + 2], "zz"),
            text[..PREFIX.len() + 40].to_owned(),
            many,
        ];
        for spoilt in spoilt {
            assert_eq!(Code::read(&spoilt), None, "{spoilt}");
        }
    }
}
