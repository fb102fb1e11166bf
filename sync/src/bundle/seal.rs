//! Sealing: signed by the sender, encrypted to the receiver.

use std::str::FromStr;

use bech32::{Bech32, Hrp};
use zeroize::Zeroizing;

use super::Body;
use super::read::Receiver;
use super::report::Harm;
use crate::id::DeviceId;
use crate::item::{decode, encode};
use crate::key::{SigningKey, VerifyingKey};

/// Keeps a frame's signature apart from every other thing that is signed.
const CONTEXT: &[u8] = b"doorstep bundle frame 1";

/// Who writes a bundle, and for whom.
pub struct Ends<'a> {
    /// Signs.
    pub sender: &'a SigningKey,
    /// Alone can open it.
    pub receiver: &'a VerifyingKey,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Signed {
    #[n(0)]
    sender: DeviceId,
    #[cbor(n(1), with = "minicbor::bytes")]
    signature: Vec<u8>,
    #[cbor(n(2), with = "minicbor::bytes")]
    body: Vec<u8>,
}

/// Seals a frame; `None` when the receiver's key cannot be encrypted to.
pub(super) fn seal(body: &Body, ends: &Ends<'_>) -> Option<Vec<u8>> {
    let body = encode(body);
    let signed = Signed {
        sender: ends.sender.verifying_key().device(),
        signature: ends.sender.sign(&message(&body)),
        body,
    };
    age::encrypt(&recipient(ends.receiver)?, &encode(&signed)).ok()
}

/// Opens a frame: its sender and what it says.
pub(super) fn open(
    sealed: &[u8],
    receiver: &Receiver<'_>,
    identity: &age::x25519::Identity,
) -> Result<(DeviceId, Body), Harm> {
    let plain = age::decrypt(identity, sealed).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => Harm::OtherReceiver,
        _ => Harm::Damaged,
    })?;
    let signed: Signed = decode(&plain).map_err(|_| Harm::Malformed)?;
    let key = (receiver.sender)(&signed.sender).ok_or(Harm::UnknownSender)?;
    if key.device() != signed.sender || !key.verify(&message(&signed.body), &signed.signature) {
        return Err(Harm::Signature);
    }
    let body: Body = decode(&signed.body).map_err(|_| Harm::Malformed)?;
    if body.receiver == receiver.key.verifying_key().device() {
        Ok((signed.sender, body))
    } else {
        Err(Harm::OtherReceiver)
    }
}

/// The receiver's key as `age` wants it. `None` is impossible for a key made by this program.
pub(super) fn identity(key: &SigningKey) -> Option<age::x25519::Identity> {
    let hrp = Hrp::parse("AGE-SECRET-KEY-").ok()?;
    let text = Zeroizing::new(bech32::encode_upper::<Bech32>(hrp, &*key.x25519()).ok()?);
    age::x25519::Identity::from_str(&text).ok()
}

fn recipient(key: &VerifyingKey) -> Option<age::x25519::Recipient> {
    let text = bech32::encode::<Bech32>(Hrp::parse("age").ok()?, &key.x25519()).ok()?;
    age::x25519::Recipient::from_str(&text).ok()
}

fn message(body: &[u8]) -> Vec<u8> {
    [CONTEXT, body].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_two_halves_of_a_key_fit_each_other_on_the_montgomery_curve() {
        for seed in 0..20 {
            let key = SigningKey::from_seed(&[seed; 32]);
            let public = identity(&key).unwrap().to_public().to_string();
            assert_eq!(public, recipient(&key.verifying_key()).unwrap().to_string());
        }
    }
}
