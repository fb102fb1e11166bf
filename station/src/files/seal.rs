//! Chunks of 64 KB, each sealed by XChaCha20-Poly1305 in the STREAM construction: a chunk cannot be moved, left out or
//! cut off at the end without being noticed, and any one can be read without those before it.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::stream::{NewStream, StreamBE32, StreamPrimitive};

/// Plain bytes in a chunk.
pub(crate) const CHUNK: usize = 64 * 1024;
/// Bytes of a sealed chunk: the plain ones and the tag.
pub(crate) const SEALED: usize = CHUNK + 16;

pub(super) struct Seal(StreamBE32<XChaCha20Poly1305>);

impl Seal {
    /// `key` seals one file only, so the nonce needs nothing but the position.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(StreamBE32::new(key.into(), &Default::default()))
    }

    pub(super) fn close(&self, position: usize, last: bool, plain: &[u8]) -> Option<Vec<u8>> {
        self.0.encrypt(u32::try_from(position).ok()?, last, plain).ok()
    }

    pub(super) fn open(&self, position: usize, last: bool, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(u32::try_from(position).ok()?, last, sealed).ok()
    }
}
