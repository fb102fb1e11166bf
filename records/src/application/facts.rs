//! What is written once into one key, as CBOR arrays: short on a weak link, and new fields go to the end.

use automerge::ScalarValue;
use minicbor::{Decode, Encode};

use super::{ApplicationEvent, ApplicationStep, Page, Signature};
use crate::changes::RecordError;
use crate::document::Written;

/// A page without its key. Who and when are left out when they are those of the change.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub struct PageFacts {
    #[n(0)]
    pub material: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub file: Vec<u8>,
    #[n(2)]
    pub media_type: MediaType,
    #[n(3)]
    pub len: u64,
    #[n(4)]
    pub rotation: u16,
    #[n(5)]
    pub position: f64,
    /// Milliseconds after the (whole) second of the change; may be negative.
    #[n(6)]
    pub time: i64,
    #[n(7)]
    pub staff: Option<String>,
}

/// The usual media types are one byte.
#[derive(Debug, PartialEq, Encode, Decode)]
pub enum MediaType {
    #[n(0)]
    Jpeg,
    #[n(1)]
    Png,
    #[n(2)]
    Webp,
    #[n(3)]
    Other(#[n(0)] String),
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct SignatureFacts {
    #[cbor(n(0), with = "minicbor::bytes")]
    file: Vec<u8>,
    #[n(1)]
    len: u64,
    #[n(2)]
    time: i64,
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct EventFacts {
    #[n(0)]
    step: StepCode,
    #[n(1)]
    time: i64,
    #[n(2)]
    note: String,
    #[n(3)]
    staff: Option<String>,
}

#[derive(Debug, Encode, Decode)]
#[cbor(index_only)]
enum StepCode {
    #[n(0)]
    Received,
    #[n(1)]
    Resubmitted,
    #[n(2)]
    Withdrawn,
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Noted {
    #[n(0)]
    value: String,
    #[n(1)]
    note: String,
}

/// Bytes of a value with its note.
fn noted(value: &str, note: &str) -> Vec<u8> {
    encode(&Noted {
        value: value.to_owned(),
        note: note.to_owned(),
    })
}

/// A value and its note.
pub(super) fn read_noted(bytes: &[u8]) -> Option<(String, String)> {
    let Noted { value, note } = minicbor::decode(bytes).ok()?;
    Some((value, note))
}

/// The value of a field: a text, alone or with its note.
pub(super) fn read_text(value: &ScalarValue) -> Option<(String, String)> {
    match value {
        ScalarValue::Str(text) => Some((text.to_string(), String::new())),
        ScalarValue::Bytes(bytes) => read_noted(bytes),
        _ => None,
    }
}

/// The value of a field as it is stored.
pub(super) fn text(value: &str, note: &str) -> ScalarValue {
    if note.is_empty() {
        ScalarValue::Str(value.into())
    } else {
        ScalarValue::Bytes(noted(value, note))
    }
}

/// Bytes of a page.
pub(super) fn page(material: &str, page: &Page, written: &Written) -> Result<Vec<u8>, RecordError> {
    let media_type = match page.media_type.as_str() {
        "image/jpeg" => MediaType::Jpeg,
        "image/png" => MediaType::Png,
        "image/webp" => MediaType::Webp,
        other => MediaType::Other(other.to_owned()),
    };
    Ok(encode(&PageFacts {
        material: material.to_owned(),
        file: file_hash(&page.file)?,
        media_type,
        len: page.len,
        rotation: page.rotation,
        position: page.position,
        time: after(page.time, written),
        staff: (page.staff != written.staff).then(|| page.staff.clone()),
    }))
}

/// A page as it was added, and its material.
pub(super) fn read_page(id: &str, bytes: &[u8], written: &Written) -> Option<(String, Page)> {
    let facts: PageFacts = minicbor::decode(bytes).ok()?;
    let media_type = match facts.media_type {
        MediaType::Jpeg => "image/jpeg".to_owned(),
        MediaType::Png => "image/png".to_owned(),
        MediaType::Webp => "image/webp".to_owned(),
        MediaType::Other(other) => other,
    };
    let page = Page {
        id: id.to_owned(),
        file: read_hash(&facts.file)?,
        media_type,
        len: facts.len,
        rotation: facts.rotation,
        position: facts.position,
        staff: facts.staff.unwrap_or_else(|| written.staff.clone()),
        time: before(facts.time, written),
    };
    (page.position.is_finite() && is_turn(page.rotation) && !facts.material.is_empty())
        .then_some((facts.material, page))
}

/// Bytes of a signature.
pub(super) fn signature(signature: &Signature, written: &Written) -> Result<Vec<u8>, RecordError> {
    let Signature { file, len, time } = signature;
    Ok(encode(&SignatureFacts {
        file: file_hash(file)?,
        len: *len,
        time: after(*time, written),
    }))
}

/// The material a page was added to.
pub(super) fn read_page_material(value: &ScalarValue) -> Option<String> {
    let ScalarValue::Bytes(bytes) = value else { return None };
    Some(minicbor::decode::<PageFacts>(bytes).ok()?.material)
}

/// A signature.
pub(super) fn read_signature(bytes: &[u8], written: &Written) -> Option<Signature> {
    let SignatureFacts { file, len, time } = minicbor::decode(bytes).ok()?;
    Some(Signature {
        file: read_hash(&file)?,
        len,
        time: before(time, written),
    })
}

/// Bytes of a step.
pub(super) fn event(event: &ApplicationEvent, written: &Written) -> Vec<u8> {
    let step = match event.step {
        ApplicationStep::Received => StepCode::Received,
        ApplicationStep::Resubmitted => StepCode::Resubmitted,
        ApplicationStep::Withdrawn => StepCode::Withdrawn,
    };
    let staff = (event.staff != written.staff).then(|| event.staff.clone());
    encode(&EventFacts {
        step,
        time: after(event.time, written),
        note: event.note.clone(),
        staff,
    })
}

/// A step.
pub(super) fn read_event(bytes: &[u8], written: &Written) -> Option<ApplicationEvent> {
    let EventFacts {
        step,
        time,
        note,
        staff,
    } = minicbor::decode(bytes).ok()?;
    let step = match step {
        StepCode::Received => ApplicationStep::Received,
        StepCode::Resubmitted => ApplicationStep::Resubmitted,
        StepCode::Withdrawn => ApplicationStep::Withdrawn,
    };
    let staff = staff.unwrap_or_else(|| written.staff.clone());
    Some(ApplicationEvent {
        step,
        staff,
        time: before(time, written),
        note,
    })
}

/// A quarter turn.
pub(super) fn is_turn(rotation: u16) -> bool {
    matches!(rotation, 0 | 90 | 180 | 270)
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into a vector cannot fail.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

fn file_hash(hash: &str) -> Result<Vec<u8>, RecordError> {
    let bytes = hex::decode(hash).unwrap_or_default();
    if bytes.len() == 32 {
        Ok(bytes)
    } else {
        Err(RecordError::Schema("file is not a hash of 32 bytes".into()))
    }
}

fn read_hash(bytes: &[u8]) -> Option<String> {
    (bytes.len() == 32).then(|| hex::encode(bytes))
}

fn after(time: u64, written: &Written) -> i64 {
    i64::try_from(i128::from(time) - i128::from(written.time)).unwrap_or(0)
}

fn before(offset: i64, written: &Written) -> u64 {
    written.time.saturating_add_signed(offset)
}
