//! Words for the paths of fields: `answers.NAME`, `presence.NAME`, `materials.CODE.evidence`.

use doorstep_matters::Language;
use doorstep_matters::view::QuestionKind;

use super::application::Names;
use super::say;

/// The label of a path.
pub(super) fn label(names: &Names<'_>, path: &str) -> String {
    match path.split_once('.') {
        Some(("answers", key)) => match key.rsplit_once('/') {
            Some((row, _)) => format!("{} · {}", row_label(names, row), question(names, key)),
            None => question(names, key),
        },
        Some(("rows", key)) => row_label(names, key),
        Some(("presence", name)) => presence(names.language, name),
        Some(("materials", rest)) => {
            let (code, field) = rest.rsplit_once('.').unwrap_or((rest, ""));
            let material = names.materials.iter().find(|material| material.code == code);
            let name = material.map_or(code, |material| &material.name);
            format!("{name}{}", part(names.language, field))
        }
        _ => path.to_owned(),
    }
}

/// The label of a question; of one in a row that is not there, that of the same question in another row.
fn question(names: &Names<'_>, key: &str) -> String {
    let questions = &names.form.questions;
    let own = questions.iter().find(|question| question.name == key);
    let alike = || questions.iter().find(|question| shape(&question.name) == shape(key));
    own.or_else(alike)
        .map(|question| question.label.clone())
        .filter(|label| !label.is_empty())
        .unwrap_or_else(|| key.to_owned())
}

/// A row by the label of its repeat and its place among its siblings, from 1.
fn row_label(names: &Names<'_>, row: &str) -> String {
    let label = question(names, row);
    let Some((repeat, _)) = row.rsplit_once('[') else {
        return label;
    };
    let mut siblings = names
        .form
        .questions
        .iter()
        .filter(|question| question.group.as_deref() == Some(repeat) && question.kind == QuestionKind::Group);
    match siblings.position(|question| question.name == row) {
        Some(place) => format!("{label} {}", place + 1),
        None => label,
    }
}

/// A key without the words of its rows: `member[]/name`.
fn shape(key: &str) -> String {
    let parts = key.split('[').enumerate();
    let parts = parts.map(|(at, part)| match (at, part.find(']')) {
        (0, _) | (_, None) => part,
        (_, Some(end)) => part.get(end..).unwrap_or_default(),
    });
    parts.collect::<Vec<_>>().join("[")
}

/// `label: value`, for what was typed in a refused item.
pub(super) fn line(names: &Names<'_>, path: &str, value: &str) -> String {
    let separator = say(names.language, "：", ": ");
    format!("{}{separator}{}", label(names, path), display(names, path, value))
}

/// A value of a field that is no answer, in words; answers as they were typed.
pub(super) fn display(names: &Names<'_>, path: &str, value: &str) -> String {
    let language = names.language;
    match (path, value) {
        ("presence.who", "applicant") => say(language, "本人", "the applicant"),
        ("presence.who", "agent") => say(language, "代办员", "an agent"),
        ("presence.who", "relative") => say(language, "亲属", "a relative"),
        (_, "") => say(language, "（空）", "(empty)"),
        (path, count) if path.starts_with("materials.") && path.ends_with(".pages") => {
            say(language, &format!("照片 {count} 张"), &format!("photographs: {count}"))
        }
        (path, "true") if path.starts_with("rows.") => say(language, "移除", "taken out"),
        (path, _) if path.starts_with("rows.") => say(language, "添加", "added"),
        (path, "true") if path.ends_with(".declared") => say(language, "书面承诺", "declared"),
        (path, level) if path.starts_with("materials.") && path.ends_with(".evidence") => evidence(language, level),
        (path, value) if path.starts_with("answers.") => choice(names, path, value).unwrap_or_else(|| value.to_owned()),
        (_, value) => value.to_owned(),
    }
}

fn choice(names: &Names<'_>, path: &str, value: &str) -> Option<String> {
    let name = path.strip_prefix("answers.")?;
    let question = names.form.questions.iter().find(|question| question.name == name)?;
    Some(
        question
            .choices
            .iter()
            .find(|choice| choice.name == value)?
            .label
            .clone(),
    )
}

fn presence(language: Language, name: &str) -> String {
    match name {
        "who" => say(language, "谁来办理", "Who is here"),
        "reason" => say(language, "代办原因", "Why not in person"),
        "name" => say(language, "代办人姓名", "Name of the person acting"),
        "id_number" => say(language, "代办人证件号码", "ID number of the person acting"),
        "id_number_note" => say(language, "代办人证件号码说明", "Note on the ID number"),
        "phone" => say(language, "代办人电话", "Telephone of the person acting"),
        "relation" => say(language, "与申请人关系", "Relation to the applicant"),
        other => other.to_owned(),
    }
}

fn part(language: Language, field: &str) -> String {
    match field {
        "evidence" => say(language, "·和原件核对过吗", " · compared with the original"),
        "deferred_until" => say(language, "·最晚补交", " · promised for"),
        "declared" => say(language, "·书面承诺", " · declaration"),
        _ => String::new(),
    }
}

/// The levels of 国办函〔2016〕108号 as a clerk says them: nobody at a counter knows the letters.
fn evidence(language: Language, level: &str) -> String {
    match level {
        "A" => say(language, "发证单位直接给的", "from the issuer"),
        "B" => say(language, "已看过原件", "original seen"),
        "C" => say(language, "没有看到原件", "original not seen"),
        "D" => say(
            language,
            "申请人自己写的，已承诺属实",
            "written by the applicant, with a promise",
        ),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rival_levels_are_told_in_words() {
        let names = Names {
            form: &doorstep_matters::FormView::default(),
            materials: &[],
            language: Language::Chinese,
        };
        let path = "materials.id_card.evidence";
        assert_eq!(display(&names, path, "B"), "已看过原件");
        assert_eq!(display(&names, path, "C"), "没有看到原件");
        assert_eq!(label(&names, path), "id_card·和原件核对过吗");
        assert_eq!(display(&names, path, ""), "（空）");
    }
}
