//! Pinyin and its initials, so that `glj` and `gaoling` find 高龄津贴.

use pinyin::ToPinyin;

/// Surnames that are read otherwise than the same character in a word, with the initial of the surname.
const SURNAMES: [(char, char); 14] = [
    ('曾', 'z'),
    ('单', 's'),
    ('仇', 'q'),
    ('解', 'x'),
    ('区', 'o'),
    ('查', 'z'),
    ('盖', 'g'),
    ('翟', 'z'),
    ('朴', 'p'),
    ('种', 'c'),
    ('缪', 'm'),
    ('尹', 'y'),
    ('秘', 'b'),
    ('员', 'y'),
];

/// Lower-case initials of `text`; ASCII letters (lower-case) and digits stay, everything else is dropped.
pub fn initials(text: &str) -> String {
    text.chars().filter_map(initial).collect()
}

/// The whole pinyin of `text` as it is typed, without tones and spaces, `v` for ü (`gaolingjintie`); letters and digits
/// stay as in [`initials`].
pub fn pinyin(text: &str) -> String {
    let mut whole = String::new();
    for character in text.chars() {
        match character.to_pinyin() {
            Some(syllable) => whole.push_str(&syllable.plain().replace('ü', "v")),
            None => whole.extend(initial(character)),
        }
    }
    whole
}

/// Initials of a person's name: the first character is read as a surname (曾 is `z`, not `c`).
pub fn name_initials(name: &str) -> String {
    let name = name.trim();
    let mut rest = name.chars();
    let surname = rest
        .next()
        .and_then(|first| SURNAMES.iter().find(|(character, _)| *character == first));
    match surname {
        Some((_, letter)) => std::iter::once(*letter).chain(rest.filter_map(initial)).collect(),
        None => initials(name),
    }
}

fn initial(character: char) -> Option<char> {
    if character.is_ascii_alphanumeric() {
        return Some(character.to_ascii_lowercase());
    }
    let letter = character.to_pinyin()?.plain().chars().next()?;
    // A few syllables begin with ê or ü's plain spelling; only ASCII can be typed.
    letter.is_ascii_alphabetic().then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matter_is_found_by_its_initials() {
        assert_eq!(initials("高龄津贴"), "gljt");
        assert_eq!(initials("生育登记（2026 版）"), "sydj2026b");
        assert_eq!(initials("ID 卡"), "idk");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn a_matter_is_found_by_its_whole_pinyin() {
        assert_eq!(pinyin("高龄津贴"), "gaolingjintie");
        assert_eq!(pinyin("生育登记（2026 版）"), "shengyudengji2026ban");
        assert_eq!(pinyin("女"), "nv", "as it is typed");
    }

    #[test]
    fn surnames_are_read_as_surnames() {
        assert_eq!(name_initials("曾小桃"), "zxt");
        assert_eq!(name_initials("单石桥"), "ssq");
        assert_eq!(name_initials("王大柳"), "wdl");
    }
}
