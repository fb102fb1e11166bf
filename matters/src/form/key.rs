//! The keys of answers. A question outside repeats is kept under its name, `phone`; one in a row of a repeat under the
//! rows around it, `member[k3]/card[1]/number`; a row itself is `member[k3]`. A row is named by a word of its own and not
//! by its place, so that rows added on two devices are two rows.

/// Where an answer belongs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// The rows around it from the outermost inwards, as repeat and row.
    pub rows: Vec<(String, String)>,
    /// The question; `None` for the row itself.
    pub name: Option<String>,
}

/// Most rows in each other; forms in use have three.
const DEEPEST: usize = 8;

/// Reads a key; `None` when it is not one.
pub fn parse(key: &str) -> Option<Key> {
    let mut rows = Vec::new();
    let mut parts = key.split('/').peekable();
    while let Some(part) = parts.next() {
        match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
            Some((name, row)) if rows.len() < DEEPEST => rows.push((name.to_owned(), row.to_owned())),
            Some(_) => return None,
            None if parts.peek().is_none() && !part.is_empty() => {
                return Some(Key {
                    rows,
                    name: Some(part.to_owned()),
                });
            }
            None => return None,
        }
    }
    (!rows.is_empty()).then_some(Key { rows, name: None })
}
