//! What a foreign change may write into an application.

use automerge::{ROOT, ReadDoc, ScalarValue};

use super::facts;
use super::keys::{self, Key};
use crate::document::Operation;

/// Says what is wrong with an operation.
pub(super) fn rule(op: &Operation<'_>) -> Result<(), String> {
    let key = Key::parse(op.key).ok_or("unknown key")?;
    // Two devices that divide a bundle while apart begin each of its parts, in the same words and with the same signature.
    let divided = op.second && matches!(op.document.get(ROOT, keys::BUNDLE), Ok(Some(_)));
    if op.second && !divided {
        return Err("a second beginning".into());
    }
    if key.is_founding() && !op.founding {
        return Err("only the first change writes this".into());
    }
    let again = divided && ((key.is_founding() && op.same) || matches!(key, Key::Signature(_)));
    if key.is_added_only() && (op.replaces || (op.exists && !again)) {
        return Err("this is never changed".into());
    }
    let Some(value) = op.value else {
        return match key {
            Key::Answer(_) | Key::Presence(_) | Key::Material(..) => Ok(()),
            _ => Err("this is never taken out".into()),
        };
    };
    let fits = match (key, value) {
        (Key::Matter | Key::Station | Key::FirstResponder | Key::Bundle, ScalarValue::Str(_)) => true,
        (Key::Catalogue | Key::Created | Key::Edition, ScalarValue::Uint(_)) => true,
        (Key::Number(_), ScalarValue::Boolean(set)) => *set,
        (Key::Answer(_) | Key::Presence(_) | Key::Material(..), ScalarValue::Str(_)) => true,
        (Key::Answer(_), ScalarValue::Bytes(bytes)) => facts::read_noted(bytes).is_some(),
        (Key::Page(id), ScalarValue::Bytes(bytes)) => facts::read_page(id, bytes, op.written).is_some(),
        (Key::PageRotation(_), ScalarValue::Uint(turn)) => u16::try_from(*turn).is_ok_and(facts::is_turn),
        (Key::PagePosition(_), ScalarValue::F64(place)) => place.is_finite(),
        (Key::Row(_) | Key::PageRemoved(_), ScalarValue::Boolean(_)) => true,
        (Key::Signature(_), ScalarValue::Bytes(bytes)) => facts::read_signature(bytes, op.written).is_some(),
        (Key::Event(_), ScalarValue::Bytes(bytes)) => facts::read_event(bytes, op.written).is_some(),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err("wrong kind of value".into())
    }
}
