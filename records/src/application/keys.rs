//! How an application lies in its Automerge document.
//!
//! **The root map is flat: no nested object at all.** Two devices that make the same nested map while apart make two
//! rival objects, and Automerge shows only one of them; keys of the root can never hide each other like that. A rival
//! value in one key is kept and read with `get_all`.
//!
//! | key | value | rule |
//! |---|---|---|
//! | `matter` `station` `first_responder` | Str | written by the first change, and by no other |
//! | `catalogue` `created` | Uint | the same; `created` in milliseconds |
//! | `bundle` | Str | the same, in a part of a bundle: the application it was divided from |
//! | `edition` | Uint | the catalogue version a draft was moved to; of rivals the highest counts |
//! | `numbers.NUMBER` | Boolean `true` | added only; several when two devices received while apart |
//! | `answers.NAME` | Str, or Bytes = CBOR `[value, note]` | rivals are shown to a person, who chooses |
//! | `rows.KEY` | Boolean: whether the row of a repeat was taken out | the last one wins; out only if all rivals say so |
//! | `presence.NAME` | Str | the same as for answers |
//! | `materials.CODE.evidence` `.deferred_until` `.declared` | Str | the same |
//! | `pages.ID` | Bytes = CBOR `PageFacts` | added only |
//! | `pages.ID.rotation` `.position` `.removed` | Uint, F64, Boolean | the last one wins; removed only if all rivals say so |
//! | `signatures.ID` | Bytes = CBOR | added only |
//! | `events.ID` | Bytes = CBOR | added only |
//!
//! A cleared field is an empty Str and not a deleted key: a delete would give way silently to whoever wrote at the same
//! time, an empty value is a rival like any other. Value and note are one value, so that a note never excuses a value
//! it was not written for. What is "added only" can never be changed or taken out by any later change.

/// Field of a material: evidence level.
pub const EVIDENCE: &str = "evidence";
/// Field of a material: the day it is promised for.
pub const DEFERRED_UNTIL: &str = "deferred_until";
/// Field of a material: a declaration stands in.
pub const DECLARED: &str = "declared";

/// Of a material, in what an item is said to bring ([`contents`](super::ApplicationDocument::contents)): pages added.
pub const PAGES: &str = "pages";

/// The catalogue version a draft was moved to.
pub(crate) const EDITION: &str = "edition";
/// The application that a part of a bundle was divided from.
pub(crate) const BUNDLE: &str = "bundle";

/// Longest key, bytes.
pub(crate) const KEY_LIMIT: usize = 256;

/// A key of the root map, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Key<'a> {
    Matter,
    Catalogue,
    Station,
    FirstResponder,
    Created,
    Bundle,
    Edition,
    Number(&'a str),
    Answer(&'a str),
    Row(&'a str),
    Presence(&'a str),
    Material(&'a str, &'a str),
    Page(&'a str),
    PageRotation(&'a str),
    PagePosition(&'a str),
    PageRemoved(&'a str),
    Signature(&'a str),
    Event(&'a str),
}

impl<'a> Key<'a> {
    /// `None` for a key this version does not know.
    pub(crate) fn parse(key: &'a str) -> Option<Self> {
        if key.len() > KEY_LIMIT || key.chars().any(char::is_control) {
            return None;
        }
        let Some((kind, rest)) = key.split_once('.') else {
            return match key {
                "matter" => Some(Self::Matter),
                "catalogue" => Some(Self::Catalogue),
                "station" => Some(Self::Station),
                "first_responder" => Some(Self::FirstResponder),
                "created" => Some(Self::Created),
                BUNDLE => Some(Self::Bundle),
                EDITION => Some(Self::Edition),
                _ => None,
            };
        };
        if rest.is_empty() {
            return None;
        }
        match kind {
            "numbers" => Some(Self::Number(rest)),
            "answers" => Some(Self::Answer(rest)),
            "rows" => Some(Self::Row(rest)),
            "presence" => Some(Self::Presence(rest)),
            "signatures" => Some(Self::Signature(rest)),
            "events" => Some(Self::Event(rest)),
            // A code may hold dots, a field name does not.
            "materials" => match rest.rsplit_once('.')? {
                ("", _) => None,
                (code, field @ (EVIDENCE | DEFERRED_UNTIL | DECLARED)) => Some(Self::Material(code, field)),
                _ => None,
            },
            "pages" => match rest.split_once('.') {
                None => Some(Self::Page(rest)),
                Some((id, "rotation")) => Some(Self::PageRotation(id)),
                Some((id, "position")) => Some(Self::PagePosition(id)),
                Some((id, "removed")) => Some(Self::PageRemoved(id)),
                Some(_) => None,
            },
            _ => None,
        }
    }

    /// Written by the first change alone.
    pub(crate) fn is_founding(self) -> bool {
        matches!(
            self,
            Self::Matter | Self::Catalogue | Self::Station | Self::FirstResponder | Self::Created | Self::Bundle
        )
    }

    /// Never changed once it is there.
    pub(crate) fn is_added_only(self) -> bool {
        self.is_founding()
            || matches!(
                self,
                Self::Number(_) | Self::Page(_) | Self::Signature(_) | Self::Event(_)
            )
    }
}

/// `answers.NAME`.
pub fn answer(name: &str) -> String {
    format!("answers.{name}")
}
/// `rows.KEY`.
pub fn row(key: &str) -> String {
    format!("rows.{key}")
}
/// `presence.NAME`.
pub fn presence(name: &str) -> String {
    format!("presence.{name}")
}
/// `materials.CODE.FIELD`.
pub fn material(code: &str, field: &str) -> String {
    format!("materials.{code}.{field}")
}
pub(crate) fn number(number: &str) -> String {
    format!("numbers.{number}")
}
pub(crate) fn page(id: &str) -> String {
    format!("pages.{id}")
}
pub(crate) fn page_part(id: &str, part: &str) -> String {
    format!("pages.{id}.{part}")
}
pub(crate) fn signature(id: &str) -> String {
    format!("signatures.{id}")
}
pub(crate) fn event(id: &str) -> String {
    format!("events.{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_apart() {
        assert_eq!(Key::parse("answers.a.b"), Some(Key::Answer("a.b")));
        assert_eq!(
            Key::parse("materials.M.1.evidence"),
            Some(Key::Material("M.1", "evidence"))
        );
        assert_eq!(Key::parse("pages.0f.rotation"), Some(Key::PageRotation("0f")));
        assert_eq!(Key::parse("rows.member[k3]"), Some(Key::Row("member[k3]")));
        assert_eq!(Key::parse("pages.0f"), Some(Key::Page("0f")));
        for wrong in [
            "",
            "x",
            "answers",
            "answers.",
            "materials.M1",
            "materials.M1.colour",
            "pages.a.b",
            "answers.a\n",
        ] {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Key::parse(&answer(&"x".repeat(KEY_LIMIT))), None);
    }
}
