//! Who is here: what must be said, and what is wrong with it.

use std::collections::BTreeMap;

use doorstep_matters::{Language, identity};
use doorstep_records::Application;

use super::say;

/// Fields that can be typed. `id_number_note` says why an ID number is kept in spite of a failed check.
const FIELDS: [&str; 7] = [
    "who",
    "reason",
    "name",
    "id_number",
    "id_number_note",
    "phone",
    "relation",
];

/// What is stored when a person types `value`; `None` when there is no such field.
pub(crate) fn normalize(name: &str, value: &str) -> Option<String> {
    let value = value.trim();
    match name {
        "who" if !matches!(value, "" | "applicant" | "agent" | "relative") => None,
        "id_number" | "phone" => Some(plain(value)),
        name if FIELDS.contains(&name) => Some(value.to_owned()),
        _ => None,
    }
}

/// Numbers as they are stored: full-width characters made plain, without spaces, X large.
fn plain(value: &str) -> String {
    let narrow = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    value
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(narrow)
        .collect::<String>()
        .to_ascii_uppercase()
}

/// What is wrong, by field.
pub(super) fn errors(application: &Application, language: Language) -> BTreeMap<String, String> {
    let value = |name: &str| application.presence.get(name).map_or("", |field| field.value.as_str());
    let mut errors = BTreeMap::new();
    let mut wrong = |name: &str, words: String| errors.insert(name.to_owned(), words);
    let who = value("who");
    if who.is_empty() {
        wrong("who", say(language, "请选择谁来办理", "Choose who is here"));
        return errors;
    }
    if who == "applicant" {
        return errors;
    }
    let mut needed = vec![
        (
            "reason",
            "请填写本人不能到场的原因",
            "Say why the applicant cannot come",
        ),
        ("name", "请填写代办人姓名", "Write the name of the person acting"),
        (
            "id_number",
            "请填写代办人证件号码",
            "Write the ID number of the person acting",
        ),
        (
            "phone",
            "请填写代办人电话",
            "Write the telephone number of the person acting",
        ),
    ];
    if who == "relative" {
        needed.push((
            "relation",
            "请填写与申请人的关系",
            "Write the relation to the applicant",
        ));
    }
    for (name, zh, en) in needed {
        if value(name).is_empty() {
            wrong(name, say(language, zh, en));
        }
    }
    let id_number = value("id_number");
    if !id_number.is_empty()
        && value("id_number_note").is_empty()
        && let Err(error) = identity::parse(id_number)
    {
        wrong("id_number", error.words().get(language).to_owned());
    }
    let phone = value("phone");
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    if !phone.is_empty() && !(7..=13).contains(&digits) {
        wrong(
            "phone",
            say(
                language,
                "电话号码应为7至13位数字",
                "A telephone number has 7 to 13 digits",
            ),
        );
    }
    errors
}
