//! Rows of repeats: which there are, and which were taken out. Keys as the form engine has them: `member[k3]/card[1]`.

use std::collections::BTreeMap;

use super::Application;

impl Application {
    /// The plain answers, as the form engine takes them: without the rows that were taken out.
    pub fn plain_answers(&self) -> BTreeMap<String, String> {
        let standing = self.answers.iter().filter(|(key, _)| self.row_out(key).is_none());
        let mut answers: BTreeMap<String, String> = standing
            .map(|(key, field)| (key.clone(), field.value.clone()))
            .collect();
        for row in self.rows.keys() {
            match self.row_out(row) {
                None => {
                    answers.entry(row.clone()).or_default();
                }
                // A repeat from which somebody took the last row does not begin with one again.
                Some(out) if out == row => {
                    if let Some((repeat, _)) = row.rsplit_once('[') {
                        answers.entry(repeat.to_owned()).or_default();
                    }
                }
                Some(_) => {}
            }
        }
        answers
    }

    /// As [`Self::plain_answers`], as if no row had ever been taken out.
    pub fn answers_with_rows_out(&self) -> BTreeMap<String, String> {
        let answers = self
            .answers
            .iter()
            .map(|(key, field)| (key.clone(), field.value.clone()));
        answers
            .chain(self.rows.keys().map(|row| (row.clone(), String::new())))
            .collect()
    }

    /// The outermost row around a key, or the row itself, that was taken out.
    pub fn row_out<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.rows.is_empty() {
            return None;
        }
        let mut ends = key.match_indices(']').filter_map(|(at, _)| key.get(..=at));
        ends.find(|row| self.rows.get(*row) == Some(&true))
    }
}

/// Whether a point of a correction names what is kept under `key`: the question itself, or everything in the repeat or the
/// row that it names.
pub fn covers(point: &str, key: &str) -> bool {
    key.strip_prefix(point)
        .is_some_and(|rest| rest.is_empty() || (rest.starts_with(['[', '/']) && !point.is_empty()))
}

/// What names a new row among its siblings. Rows stand in the order of these words, so they stand in the order in which
/// they were added; `random` tells apart what two devices add in one millisecond.
pub fn row_word(time: u64, random: [u8; 3]) -> String {
    format!("{time:011x}{}", hex::encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_covers_what_lies_in_it() {
        for (point, key) in [
            ("phone", "phone"),
            ("member", "member[k]/name"),
            ("member[k]", "member[k]/name"),
            ("member[k]", "member[k]"),
        ] {
            assert!(covers(point, key), "{point} {key}");
        }
        for (point, key) in [
            ("member", "members"),
            ("member[k]", "member[k2]/name"),
            ("", "member[k]"),
            ("", "/x"),
        ] {
            assert!(!covers(point, key), "{point} {key}");
        }
    }

    #[test]
    fn rows_stand_in_the_order_in_which_they_were_added() {
        let words = [9, 10, 1_700_000_000_000, 1_800_000_000_000].map(|time| row_word(time, [255, 0, 1]));
        assert!(words.is_sorted());
        assert!(words.iter().all(|word| word.len() == 17));
    }
}
