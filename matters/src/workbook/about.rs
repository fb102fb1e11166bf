//! The sheet `matter`: one line a key.

use std::collections::BTreeMap;

use super::problem::Problems;
use super::table::{Record, Table};
use crate::form::Form;
use crate::matter::Matter;
use crate::text::Text;

/// 事项类型 (GB/T 39554).
const KINDS: [(&str, &str); 11] = [
    ("01", "行政许可"),
    ("02", "行政处罚"),
    ("03", "行政强制"),
    ("04", "行政征收"),
    ("05", "行政给付"),
    ("06", "行政检查"),
    ("07", "行政确认"),
    ("08", "行政奖励"),
    ("09", "行政裁决"),
    ("10", "其他行政权力"),
    ("20", "公共服务"),
];
/// 办件类型.
const HANDLINGS: [(&str, &str); 3] = [("1", "即办件"), ("2", "承诺件"), ("9", "其他")];
/// 行使层级.
const LEVELS: [(&str, &str); 6] = [
    ("1", "国家级"),
    ("2", "省级"),
    ("3", "市级"),
    ("4", "县级"),
    ("5", "镇级"),
    ("6", "村级"),
];
/// Tags that the picker knows.
const TAGS: [&str; 4] = ["马上办", "网上办", "就近办", "一次办"];
/// Keys, and whether each must be there.
const KEYS: [(&str, bool); 12] = [
    ("code", true),
    ("name", true),
    ("kind", true),
    ("handling", true),
    ("level", true),
    ("department", true),
    ("promised_days", true),
    ("basis", false),
    ("conditions", false),
    ("fee", false),
    ("statutory_days", false),
    ("tags", false),
];
const LONGEST_CODE: usize = 64;
const LONGEST_LIMIT: u32 = 1_000;

/// Everything of a matter but its form and its materials.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Matter> {
    table.refuse_others(&["key", "项目", "说明"], &["value"], problems);
    if !table.require(&["key", "value"], problems) {
        return None;
    }
    let mut lines: BTreeMap<&str, Record<'_>> = BTreeMap::new();
    for record in table.records() {
        let key = record.get("key");
        if !KEYS.iter().any(|(known, _)| *known == key) {
            let known: Vec<&str> = KEYS.iter().map(|(known, _)| *known).collect();
            problems.add(
                table.sheet,
                record.number(),
                "key",
                "key_unknown",
                format!("不认识的项目 {key}"),
                format!("可用的 key：{}", known.join("、")),
            );
        } else if lines.insert(key, record).is_some() {
            problems.add(
                table.sheet,
                record.number(),
                "key",
                "key_twice",
                format!("{key} 写了两次"),
                "只留一行",
            );
        }
    }
    let sheet = Sheet { table, lines };
    for (key, needed) in KEYS {
        if needed && sheet.words(key).zh.is_empty() {
            problems.add(
                table.sheet,
                sheet.row(key),
                "value",
                "value_missing",
                format!("没有填写 {key}"),
                "填写这一项",
            );
        }
    }
    let code = sheet.words("code").zh;
    if code.chars().count() > LONGEST_CODE || code.contains(char::is_whitespace) {
        problems.add(
            table.sheet,
            sheet.row("code"),
            "value",
            "code_shape",
            "事项编码不能超过 64 个字符，也不能有空格",
            "填写实施编码或本区自编码",
        );
    }
    let promised = sheet.days("promised_days", problems);
    let statutory = sheet.days("statutory_days", problems);
    if let (Some(promised), Some(statutory)) = (promised, statutory)
        && promised > statutory
    {
        problems.add(
            table.sheet,
            sheet.row("promised_days"),
            "value",
            "limit_order",
            "承诺时限长于法定时限",
            "承诺时限应不超过法定时限",
        );
    }
    Some(Matter {
        code,
        name: sheet.words("name"),
        kind: sheet.one_of("kind", &KINDS, problems),
        handling: sheet.one_of("handling", &HANDLINGS, problems),
        level: sheet.one_of("level", &LEVELS, problems),
        department: sheet.words("department"),
        basis: sheet.words("basis"),
        conditions: sheet.words("conditions"),
        fee: sheet.words("fee"),
        statutory_days: statutory,
        promised_days: promised.unwrap_or_default(),
        tags: sheet.tags(problems),
        materials: Vec::new(),
        form: Form::default(),
    })
}

struct Sheet<'a> {
    table: &'a Table<'a>,
    lines: BTreeMap<&'a str, Record<'a>>,
}

impl Sheet<'_> {
    fn row(&self, key: &str) -> u32 {
        self.lines.get(key).map_or(0, Record::number)
    }

    fn words(&self, key: &str) -> Text {
        self.lines
            .get(key)
            .map(|record| record.words("value"))
            .unwrap_or_default()
    }

    fn days(&self, key: &str, problems: &mut Problems) -> Option<u32> {
        let text = self.words(key).zh;
        let days = text.parse().ok().filter(|days| *days <= LONGEST_LIMIT);
        if days.is_none() && !text.is_empty() {
            problems.add(
                self.table.sheet,
                self.row(key),
                "value",
                "number_expected",
                format!("{key} 应是 0 到 {LONGEST_LIMIT} 的整数（工作日）"),
                "只填数字，即时办结填 0",
            );
        }
        days
    }

    /// A code, as code, as its word, or as both (`05 行政给付`).
    fn one_of(&self, key: &str, table: &[(&str, &str)], problems: &mut Problems) -> String {
        let text = self.words(key).zh;
        let first = text.split_whitespace().next().unwrap_or_default();
        // Excel drops the zero of a code typed as a number.
        let padded = format!("0{first}");
        let known = table
            .iter()
            .find(|(code, word)| [first, padded.as_str()].contains(code) || word.ends_with(first) && !first.is_empty());
        if known.is_none() && !text.is_empty() {
            let choices: Vec<String> = table.iter().map(|(code, word)| format!("{code} {word}")).collect();
            problems.add(
                self.table.sheet,
                self.row(key),
                "value",
                "code_unknown",
                format!("{key} 不能填“{text}”"),
                format!("可填：{}", choices.join("、")),
            );
        }
        known.map(|(code, _)| (*code).to_owned()).unwrap_or_default()
    }

    fn tags(&self, problems: &mut Problems) -> Vec<String> {
        let text = self.words("tags").zh;
        let tags: Vec<String> = text
            .split([' ', '、', '，', ',', '\n'])
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect();
        for tag in tags.iter().filter(|tag| !TAGS.contains(&tag.as_str())) {
            problems.add(
                self.table.sheet,
                self.row("tags"),
                "value",
                "tag_unknown",
                format!("不认识的标签“{tag}”"),
                format!("可用的标签：{}", TAGS.join("、")),
            );
        }
        tags
    }
}
