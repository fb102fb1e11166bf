//! Names of columns: as they are written, and as they are looked up.

/// The old spellings of columns that other tools still read, by what they mean today.
const SURVEY: [(&str, &str); 26] = [
    ("read_only", "readonly"),
    ("relevance", "relevant"),
    ("caption", "label"),
    ("constraining_message", "constraint_message"),
    ("calculate", "calculation"),
    ("command", "type"),
    ("tag", "name"),
    ("value", "name"),
    ("count", "repeat_count"),
    ("requiredmsg", "required_message"),
    ("image", "media::image"),
    ("big-image", "media::big-image"),
    ("audio", "media::audio"),
    ("video", "media::video"),
    ("bind::readonly", "readonly"),
    ("bind::relevant", "relevant"),
    ("bind::required", "required"),
    ("bind::constraint", "constraint"),
    ("bind::calculate", "calculation"),
    ("bind::jr:constraintmsg", "constraint_message"),
    ("bind::jr:requiredmsg", "required_message"),
    ("jr:count", "repeat_count"),
    ("control::appearance", "appearance"),
    ("body::appearance", "appearance"),
    ("control::jr:count", "repeat_count"),
    ("body::jr:count", "repeat_count"),
];
const CHOICES: [(&str, &str); 6] = [
    ("caption", "label"),
    ("value", "name"),
    ("image", "media::image"),
    ("big-image", "media::big-image"),
    ("audio", "media::audio"),
    ("video", "media::video"),
];
const SETTINGS: [(&str, &str); 3] = [
    ("set_form_title", "form_title"),
    ("title", "form_title"),
    ("set_form_id", "form_id"),
];

/// The columns whose case and spaces do not matter; what else stands there keeps its spelling, for filters name it so.
const KNOWN: [&str; 16] = [
    "type",
    "name",
    "label",
    "hint",
    "guidance_hint",
    "default",
    "choice_filter",
    "parameters",
    "trigger",
    "list_name",
    "appearance",
    "relevant",
    "required",
    "constraint",
    "readonly",
    "repeat_count",
];
const LOOSE: [&str; 10] = [
    "calculation",
    "constraint_message",
    "required_message",
    "media",
    "bind",
    "control",
    "body",
    "instance",
    "save_to",
    "disabled",
];

/// Whether the headings of a sheet part words from their language by `::`, and not by the single `:` of old.
pub(super) fn is_double<'a>(mut headings: impl Iterator<Item = &'a str>) -> bool {
    headings.any(|heading| heading.contains("::"))
}

/// A heading in the form it is looked up: its first line, in today's spelling. In the sheets of XLSForm, what it does not
/// know keeps its spelling; elsewhere it is lower case with underscores.
pub(super) fn read(sheet: &str, text: &str, double: bool) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim();
    let old: &[(&str, &str)] = match sheet {
        "survey" => &SURVEY,
        "choices" | "external_choices" => &CHOICES,
        "settings" => &SETTINGS,
        _ => {
            return match line.split_once("::") {
                Some((base, rest)) => format!("{}::{}", plain(base), rest.trim()),
                None => plain(line),
            };
        }
    };
    let today = |name: &str| {
        let found = old.iter().find(|(before, _)| *before == name);
        found.map_or_else(|| name.to_owned(), |(_, today)| (*today).to_owned())
    };
    let mut parts: Vec<String> = if double || !line.contains(':') {
        line.split("::").map(|part| part.trim().to_owned()).collect()
    } else {
        single(line)
    };
    let Some(first) = parts.first().map(|first| plain(first)) else {
        return String::new();
    };
    let base = today(&first);
    let known = base != first || is_known(sheet, &base);
    if !known {
        return line.to_owned();
    }
    parts.splice(..1, base.split("::").map(str::to_owned).collect::<Vec<_>>());
    // `bind::relevant` is `relevant`.
    if let [group, name, rest @ ..] = parts.as_slice() {
        let both = format!("{group}::{}", name.to_lowercase());
        let named = today(&both);
        if named != both {
            return std::iter::once(named)
                .chain(rest.iter().cloned())
                .collect::<Vec<_>>()
                .join("::");
        }
    }
    parts.join("::")
}

/// Whether two headings that are read alike are one column, and one of them is too many.
pub(super) fn is_known(sheet: &str, base: &str) -> bool {
    match sheet {
        "survey" => KNOWN.contains(&base) || LOOSE.contains(&base),
        "choices" | "external_choices" => matches!(base, "list_name" | "name" | "label" | "media"),
        _ => true,
    }
}

/// `label:English`, with `jr:count` kept together.
fn single(line: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut words = line.split(':').map(str::trim);
    while let Some(word) = words.next() {
        match (word, word == "jr") {
            (_, true) => parts.push(format!("jr:{}", words.next().unwrap_or_default())),
            (word, false) => parts.push(word.to_owned()),
        }
    }
    parts
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn old_spellings_and_any_case_are_read() {
        for (written, expected) in [
            ("Relevance", "relevant"),
            ("bind::calculate", "calculation"),
            (
                "bind::jr:constraintMsg::English (en)",
                "constraint_message::English (en)",
            ),
            ("media::image::中文 (zh)", "media::image::中文 (zh)"),
            ("Image", "media::image"),
            ("Choice  Filter", "choice_filter"),
            ("Label::中文 (zh)\n说明", "label::中文 (zh)"),
            ("doorstep::keep", "doorstep::keep"),
            ("My Column", "My Column"),
        ] {
            assert_eq!(read("survey", written, true), expected);
        }
        assert_eq!(read("survey", "label:English", false), "label::English");
        assert_eq!(read("survey", "bind:jr:constraintMsg", false), "constraint_message");
        assert_eq!(read("choices", "Town", true), "Town");
        assert_eq!(read("materials", "Defer days\n容缺", true), "defer_days");
    }
}
