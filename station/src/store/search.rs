//! Words of the search. FTS5 sees tokens of ours: single Chinese characters and pairs of them, pinyin initials, the tail
//! of the ID number, the number. (Its own trigrams find nothing for two characters, and many names have two.)

use std::collections::BTreeSet;

/// What an application is found by.
pub(crate) struct Findable<'a> {
    /// Applicant's name.
    pub applicant: &'a str,
    /// Applicant's ID number.
    pub id_number: &'a str,
    /// Matter name, Chinese.
    pub matter: &'a str,
    /// Matter name, English.
    pub matter_en: &'a str,
    /// 办件编号.
    pub numbers: Vec<&'a str>,
}

/// All tokens of an application, separated by spaces.
pub(crate) fn words(findable: &Findable<'_>) -> String {
    let mut words = BTreeSet::new();
    for text in [findable.applicant, findable.matter] {
        tokens(text, &mut words);
    }
    tokens(&findable.matter_en.to_lowercase(), &mut words);
    words.insert(doorstep_matters::initials::name_initials(findable.applicant));
    words.insert(doorstep_matters::initials::initials(findable.applicant));
    words.insert(doorstep_matters::initials::initials(findable.matter));
    let id: Vec<char> = findable
        .id_number
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    words.insert(id.iter().collect());
    for tail in 2..=6 {
        if let Some(start) = id.len().checked_sub(tail) {
            words.insert(id.iter().skip(start).collect());
        }
    }
    for number in &findable.numbers {
        let number = number.to_lowercase();
        words.extend(number.split('-').map(str::to_owned));
        words.insert(number.chars().filter(char::is_ascii_alphanumeric).collect());
    }
    words.remove("");
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// The FTS5 expression for what a person typed; `None` when nothing can be searched for.
pub(crate) fn expression(query: &str) -> Option<String> {
    let mut parts = Vec::new();
    for word in query.to_lowercase().split_whitespace() {
        for run in runs(word) {
            match run {
                Run::Han(characters) if characters.len() == 1 => {
                    parts.extend(characters.iter().map(|c| format!("\"{c}\"")))
                }
                Run::Han(characters) => parts.extend(
                    characters
                        .windows(2)
                        .map(|pair| format!("\"{}\"", pair.iter().collect::<String>())),
                ),
                Run::Latin(text) => parts.push(format!("\"{text}\" *")),
            }
        }
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

enum Run {
    Han(Vec<char>),
    Latin(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for c in text.chars() {
        let han = !c.is_ascii() && c.is_alphanumeric();
        match (runs.last_mut(), han, c.is_ascii_alphanumeric()) {
            (Some(Run::Han(characters)), true, _) => characters.push(c),
            (Some(Run::Latin(latin)), _, true) => latin.push(c),
            (_, true, _) => runs.push(Run::Han(vec![c])),
            (_, _, true) => runs.push(Run::Latin(c.to_string())),
            // Punctuation ends a run: an empty one keeps the neighbours apart.
            _ => runs.push(Run::Han(Vec::new())),
        }
    }
    runs.retain(|run| !matches!(run, Run::Han(characters) if characters.is_empty()));
    runs
}

fn tokens(text: &str, words: &mut BTreeSet<String>) {
    for run in runs(text) {
        match run {
            Run::Han(characters) => {
                words.extend(characters.iter().map(char::to_string));
                words.extend(characters.windows(2).map(|pair| pair.iter().collect::<String>()));
            }
            Run::Latin(latin) => {
                words.insert(latin.to_lowercase());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn two_characters_initials_and_the_tail_are_words() {
        let words = words(&Findable {
            applicant: "陶桃花",
            id_number: "500199194101010016",
            matter: "高龄津贴",
            matter_en: "Allowance for the aged",
            numbers: vec!["500199101201-20260214-A1-0007"],
        });
        let has = |word: &str| words.split(' ').any(|w| w == word);
        for word in [
            "桃花",
            "陶",
            "tth",
            "gljt",
            "0016",
            "010016",
            "津贴",
            "0007",
            "allowance",
        ] {
            assert!(has(word), "{word} is missing in {words}");
        }
    }

    #[test]
    fn what_is_typed_becomes_an_expression_without_syntax() {
        assert_eq!(expression("桃花").unwrap(), "\"桃花\"");
        assert_eq!(expression("陶 glj").unwrap(), "\"陶\" AND \"glj\" *");
        assert_eq!(expression("\" * -"), None);
        assert_eq!(expression("NOT 桃").unwrap(), "\"not\" * AND \"桃\"");
        assert_eq!(expression("陶桃花").unwrap(), "\"陶桃\" AND \"桃花\"");
    }
}
