//! Every command of the station, once. Served by Tauri IPC and by the loopback binary from this list.

/// Arguments and bytes in, JSON or bytes out.
#[derive(Debug)]
pub enum Reply {
    /// A value of [`crate::contract`].
    Json(serde_json::Value),
    /// A file.
    Bytes {
        /// Media type.
        media_type: String,
        /// Content.
        bytes: Vec<u8>,
    },
}
