//! The column `parameters`: `start=0 end=10 step=2`, and what each type takes.

use std::collections::BTreeMap;

use super::cell::is_reference;
use super::choices::Lists;
use super::kind::Line;
use crate::form::Metadata;
use crate::view::QuestionKind;

/// Parameters by name.
pub(super) type Parameters = BTreeMap<String, String>;

/// What is wrong with them, and how to mend it.
pub(super) type Wrong = (String, String);

/// Reads `key=value key=value`, with spaces, commas or semicolons between; `None` when it is not of that shape.
pub(super) fn parse(text: &str) -> Option<Parameters> {
    let spaced = text.replace('=', " = ");
    let tokens: Vec<&str> = spaced
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .filter(|token| !token.is_empty())
        .collect();
    let pairs = tokens.chunks(3).map(|chunk| match chunk {
        [key, "=", value] if *key != "=" && *value != "=" => {
            let key = key.to_lowercase();
            // Columns of a file are named as they stand there.
            let kept = key == "label" || key == "value";
            Some((
                key,
                if kept {
                    (*value).to_owned()
                } else {
                    value.to_lowercase()
                },
            ))
        }
        _ => None,
    });
    pairs.collect()
}

/// What the parameters mean, with what is usual where nothing is said; or what is wrong with them.
pub(super) fn check(
    written: &str,
    line: Line<'_>,
    appearance: &str,
    mut given: Parameters,
    lists: &Lists,
) -> Result<Parameters, Wrong> {
    let Some(accepted) = accepted(written, line) else {
        return Ok(given);
    };
    if let Some(other) = given.keys().find(|key| !accepted.contains(&key.as_str())) {
        return Err((
            format!("{written} 没有名为 {other} 的参数"),
            format!("可用的参数：{}", accepted.join("、")),
        ));
    }
    for (key, value) in &given {
        if let Some(expected) = unfit(key, value, written) {
            return Err((format!("参数 {key} 写成了 {value}"), format!("{key} 要写{expected}")));
        }
    }
    if given.contains_key("seed") && !given.contains_key("randomize") {
        return Err((
            "写了 seed，没有写 randomize".to_owned(),
            "加上 randomize=true".to_owned(),
        ));
    }
    if written == "audit" {
        audit(&given)?;
    }
    if line == Line::Question(QuestionKind::Range) {
        for (key, usual) in [("start", "1"), ("end", "10"), ("step", "1")] {
            given.entry(key.to_owned()).or_insert_with(|| usual.to_owned());
        }
        range(&given, appearance, lists)?;
    }
    Ok(given)
}

/// The parameters of a type; `None` when other tools take any.
fn accepted(written: &str, line: Line<'_>) -> Option<&'static [&'static str]> {
    Some(match (written, line) {
        (_, Line::Select(select)) if select.from_file => &["label", "randomize", "seed", "value"],
        (_, Line::Select(_)) => &["randomize", "seed"],
        ("text", _) => &["rows"],
        ("range", _) => &["end", "placeholder", "start", "step", "tick_interval", "tick_labelset"],
        ("image" | "photo" | "add image prompt" | "add photo prompt", _) => &["app", "max-pixels"],
        ("audio" | "add audio prompt" | "background-audio", _) => &["quality"],
        ("geopoint", _) => &[
            "allow-mock-accuracy",
            "capture-accuracy",
            "reference-geometry",
            "warning-accuracy",
        ],
        ("geotrace" | "geoshape", _) => &["allow-mock-accuracy", "incremental", "reference-geometry"],
        ("audit", Line::Metadata(Metadata::Other)) => &[
            "identify-user",
            "location-max-age",
            "location-min-interval",
            "location-priority",
            "track-changes",
            "track-changes-reasons",
        ],
        _ => return None,
    })
}

/// What a value should be, when it is something else.
fn unfit(key: &str, value: &str, written: &str) -> Option<&'static str> {
    let whole = || value.parse::<i64>().is_ok();
    let number = || value.parse::<f64>().is_ok();
    let (fits, expected) = match key {
        "rows" | "max-pixels" => (whole(), "整数"),
        "location-min-interval" | "location-max-age" => {
            (value.parse::<i64>().is_ok_and(|value| value >= 0), "不小于 0 的整数")
        }
        "randomize" | "allow-mock-accuracy" | "identify-user" | "track-changes" => {
            (matches!(value, "true" | "false"), " true 或 false")
        }
        "incremental" => (matches!(value, "true" | "yes" | "true()"), " true"),
        "seed" => (number() || is_reference(value), "数字，或者 ${题目名称}"),
        "capture-accuracy" | "warning-accuracy" => (number(), "数字"),
        "track-changes-reasons" => (value == "on-form-edit", " on-form-edit"),
        "location-priority" => (
            matches!(value, "no-power" | "low-power" | "balanced" | "high-accuracy"),
            " no-power、low-power、balanced 或 high-accuracy",
        ),
        "quality" => (
            matches!(value, "voice-only" | "low" | "normal") || (value == "external" && written != "background-audio"),
            " voice-only、low、normal 或 external",
        ),
        "label" | "value" => (super::cell::is_tag(value), "文件中的列名"),
        "app" => (is_package(value), "程序包名，例如 com.example.app"),
        _ => return None,
    };
    (!fits).then_some(expected)
}

/// The name of an Android program: `com.example.app`.
fn is_package(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.contains('.') && name.split('.').all(part)
}

fn audit(given: &Parameters) -> Result<(), Wrong> {
    let names = ["location-priority", "location-min-interval", "location-max-age"];
    let count = names.iter().filter(|name| given.contains_key(**name)).count();
    let number = |name: &str| given.get(name).and_then(|value| value.parse::<i64>().ok());
    if count != 0 && count != names.len() {
        return Err(("记录位置的参数不全".to_owned(), format!("写全 {}", names.join("、"))));
    }
    if number("location-max-age") < number("location-min-interval") {
        return Err((
            "location-max-age 小于 location-min-interval".to_owned(),
            "改成不小于 location-min-interval 的数".to_owned(),
        ));
    }
    Ok(())
}

/// Start, end and step, ticks and their labels.
fn range(given: &Parameters, appearance: &str, lists: &Lists) -> Result<(), Wrong> {
    let wrong = |problem: String, remedy: &str| Err((problem, remedy.to_owned()));
    let ticks = ["tick_interval", "placeholder", "tick_labelset"];
    let plain = appearance.is_empty() || appearance.contains("vertical") || appearance.contains("no-ticks");
    if !plain && ticks.iter().any(|tick| given.contains_key(*tick)) {
        let problem = format!("外观 {appearance} 没有刻度");
        return wrong(problem, "删去 tick_interval、placeholder、tick_labelset");
    }
    // Exact, as decimal numbers are: all at the scale of the one with the most digits behind its point.
    let numbers = ["start", "end", "step", "tick_interval", "placeholder"];
    let labels = given.get("tick_labelset").map(|list| lists.choices.get(list));
    let names = labels
        .flatten()
        .into_iter()
        .flatten()
        .map(|choice| choice.name.as_str());
    let written = numbers.iter().filter_map(|name| given.get(*name)).map(String::as_str);
    let scale = written.chain(names).map(places).max().unwrap_or(0);
    let number = |name: &str| given.get(name).map(|text| scaled(text, scale));
    for name in numbers {
        if number(name) == Some(None) {
            return wrong(format!("参数 {name} 不是数字"), "写数字，例如 start=0 end=10 step=1");
        }
    }
    let (Some(Some(start)), Some(Some(end)), Some(Some(step))) = (number("start"), number("end"), number("step"))
    else {
        return Ok(());
    };
    let (least, most) = (start.min(end), start.max(end));
    let tick = number("tick_interval").flatten();
    for (name, value) in [("step", Some(step)), ("tick_interval", tick)] {
        match value {
            Some(0) => return wrong(format!("{name} 不能是 0"), "写大于 0 的数"),
            Some(value) if value > most - least => {
                return wrong(format!("{name} 比 start 到 end 的距离还大"), "写小一些的数");
            }
            Some(value) if value % step != 0 => return wrong(format!("{name} 不是 step 的倍数"), "写 step 的倍数"),
            _ => {}
        }
    }
    if let Some(value) = number("placeholder").flatten()
        && ((value - start) % step != 0 || value < least || value > most)
    {
        return wrong(
            "placeholder 不是可以选的数".to_owned(),
            "写 start 到 end 之间、合 step 的数",
        );
    }
    let Some(labels) = labels else { return Ok(()) };
    let Some(labels) = labels else {
        return wrong(
            "没有 tick_labelset 所说的选项表".to_owned(),
            "在 choices 表加上这张选项表",
        );
    };
    let mut seen = std::collections::BTreeSet::new();
    for label in labels {
        let Some(value) = scaled(&label.name, scale) else {
            return wrong(format!("刻度 {} 不是数字", label.name), "刻度选项的 name 写数字");
        };
        if value < least || value > most || (value - start) % tick.unwrap_or(step) != 0 {
            return wrong(
                format!("刻度 {} 不在范围以内的刻度上", label.name),
                "改正刻度选项的 name",
            );
        }
        seen.insert(value);
    }
    if appearance.contains("no-ticks") && seen != [start, end].into() {
        return wrong("外观 no-ticks 只能给两端写文字".to_owned(), "刻度选项只留 start 和 end");
    }
    Ok(())
}

fn places(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, behind)| behind.len()).min(12)
}

/// A decimal number as a whole number of its smallest parts.
fn scaled(text: &str, scale: usize) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (before, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (before.is_empty() && behind.is_empty()) || !all(before) || !all(behind) || digits.len() > 24 {
        return None;
    }
    format!("0{before}{behind:0<scale$}")
        .parse::<i128>()
        .ok()
        .map(|number| sign * number)
}
