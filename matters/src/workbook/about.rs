//! The sheet `matter`, and `bundle`: one line a key. Names of elements follow GB/T 39554 and GB/T 39046.

use std::collections::BTreeMap;

use super::problem::Problems;
use super::table::{Record, Table};
use crate::calendar::Limit;
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
/// 办理形式.
const CHANNELS: [(&str, &str); 5] = [
    ("1", "窗口"),
    ("2", "电脑"),
    ("3", "移动"),
    ("4", "快递"),
    ("9", "其他"),
];
/// 通办范围.
const COVERAGE: [&str; 6] = ["本村", "本镇", "全区", "全市", "川渝", "跨省"];
/// Tags that the picker knows.
const TAGS: [&str; 4] = ["马上办", "网上办", "就近办", "一次办"];
/// Keys, and whether each must be there.
const KEYS: [(&str, bool); 20] = [
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
    ("basic_code", false),
    ("channels", false),
    ("coverage", false),
    ("synonyms", false),
    ("result", false),
    ("phone", false),
    ("who", false),
    ("keep_days", false),
];
/// Within which 站点保留天数 lies. Fewer than a backup of the center may be old would lose what only a device has had.
const KEPT: std::ops::RangeInclusive<u32> = 30..=3_650;
const LONGEST_CODE: usize = 64;
/// 基本编码 (GB/T 39554).
const BASIC_CODE: usize = 12;

/// The code of a 事项类型, written as code, as word, or as both.
pub(super) fn kind_code(text: &str) -> Option<&'static str> {
    code_of(text, &KINDS)
}

/// A 事项类型 with its word.
pub(super) fn kind_words(code: &str) -> String {
    let known = KINDS.iter().find(|(known, _)| *known == code);
    known.map(|(code, word)| format!("{code} {word}")).unwrap_or_default()
}

/// Everything of a matter that stands in its sheet `matter`, or of a bundle that stands in `bundle`, which may leave the
/// promised limit to its matters.
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
    let mut sheet = Sheet { table, lines, problems };
    let bundle = table.sheet == "bundle";
    for (key, needed) in KEYS {
        let needed = needed && !(bundle && key == "promised_days");
        if needed && sheet.words(key).zh.is_empty() {
            sheet.report(key, "value_missing", format!("没有填写 {key}"), "填写这一项");
        }
    }
    let code = sheet.words("code").zh;
    if code.chars().count() > LONGEST_CODE || code.contains(char::is_whitespace) {
        let problem = "事项编码不能超过 64 个字符，也不能有空格";
        sheet.report("code", "code_shape", problem, "填写实施编码或本区自编码");
    }
    let basic_code = sheet.words("basic_code").zh;
    let alphanumeric = basic_code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !basic_code.is_empty() && (basic_code.len() != BASIC_CODE || !alphanumeric) {
        let problem = format!("基本编码应是 {BASIC_CODE} 位数字或字母");
        sheet.report("basic_code", "code_shape", problem, "照国家基本目录填写，没有就留空");
    }
    let promised = sheet.limit("promised_days");
    let statutory = sheet.limit("statutory_days");
    if promised
        .zip(statutory)
        .is_some_and(|(promised, statutory)| promised.is_longer_than(statutory))
    {
        sheet.report(
            "promised_days",
            "limit_order",
            "承诺时限长于法定时限",
            "承诺时限应不超过法定时限",
        );
    }
    Some(Matter {
        code,
        name: sheet.words("name"),
        kind: sheet.one_of("kind", &KINDS),
        handling: sheet.one_of("handling", &HANDLINGS),
        level: sheet.one_of("level", &LEVELS),
        department: sheet.words("department"),
        basis: sheet.words("basis"),
        conditions: sheet.words("conditions"),
        fee: sheet.words("fee"),
        statutory,
        promised: promised.unwrap_or_default(),
        keep_days: sheet.keep_days(),
        tags: sheet.some_of("tags", "tag_unknown", &TAGS),
        basic_code,
        channels: sheet.codes("channels", &CHANNELS),
        coverage: sheet.some_of("coverage", "code_unknown", &COVERAGE),
        synonyms: sheet.several("synonyms", &['、', '，', ',', ';', '；', '\n']),
        result: sheet.words("result"),
        phone: sheet.words("phone").zh,
        who: sheet.words("who"),
        ..Matter::default()
    })
}

struct Sheet<'a, 'p> {
    table: &'a Table<'a>,
    lines: BTreeMap<&'a str, Record<'a>>,
    problems: &'p mut Problems,
}

impl Sheet<'_, '_> {
    fn report(&mut self, key: &str, code: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        let row = self.lines.get(key).map_or(0, Record::number);
        self.problems.add(self.table.sheet, row, "value", code, problem, remedy);
    }

    fn words(&self, key: &str) -> Text {
        self.lines
            .get(key)
            .map(|record| record.words("value"))
            .unwrap_or_default()
    }

    fn limit(&mut self, key: &str) -> Option<Limit> {
        let text = self.words(key).zh;
        let limit = Limit::parse(&text);
        if limit.is_none() && !text.is_empty() {
            self.report(
                key,
                "limit_shape",
                format!("{key} 的时限“{text}”读不懂"),
                "写作 20、20 工作日、30 日、2 个月，即时办结填 0；最长 1000 日",
            );
        }
        limit
    }

    fn keep_days(&mut self) -> Option<u32> {
        let text = self.words("keep_days").zh;
        let days = text.trim_end_matches(['日', '天']).trim().parse().ok();
        let days = days.filter(|days| KEPT.contains(days));
        if days.is_none() && !text.is_empty() {
            self.report(
                "keep_days",
                "number_expected",
                format!("keep_days 应是 {} 到 {} 的整数", KEPT.start(), KEPT.end()),
                "写办结后在站点设备上保留多少日，不填就是 90 日",
            );
        }
        days
    }

    /// A code, as code, as its word, or as both (`05 行政给付`).
    fn one_of(&mut self, key: &str, table: &[(&str, &str)]) -> String {
        let text = self.words(key).zh;
        let known = code_of(&text, table);
        if known.is_none() && !text.is_empty() {
            self.unknown(
                key,
                "code_unknown",
                &text,
                table.iter().map(|(code, word)| format!("{code} {word}")),
            );
        }
        known.unwrap_or_default().to_owned()
    }

    /// Several codes; each as code, as its word, or as both.
    fn codes(&mut self, key: &str, table: &[(&str, &str)]) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for word in self.several(key, &SEPARATORS) {
            match code_of(&word, table) {
                Some(code) if codes.iter().any(|known| known == code) => {}
                Some(code) => codes.push(code.to_owned()),
                None => {
                    let known = table.iter().map(|(code, word)| format!("{code} {word}"));
                    self.unknown(key, "code_unknown", &word, known);
                }
            }
        }
        codes
    }

    fn some_of(&mut self, key: &str, code: &str, known: &[&str]) -> Vec<String> {
        let words = self.several(key, &SEPARATORS);
        for word in words.iter().filter(|word| !known.contains(&word.as_str())) {
            self.unknown(key, code, word, known.iter().map(|word| (*word).to_owned()));
        }
        words
    }

    fn unknown(&mut self, key: &str, code: &str, text: &str, known: impl Iterator<Item = String>) {
        let remedy = format!("可填：{}", known.collect::<Vec<_>>().join("、"));
        self.report(key, code, format!("{key} 不能填“{text}”"), remedy);
    }

    fn several(&self, key: &str, separators: &[char]) -> Vec<String> {
        let text = self.words(key).zh;
        let words = text.split(separators).map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    }
}

/// Between words that hold no spaces.
const SEPARATORS: [char; 7] = [' ', '、', '，', ',', ';', '；', '\n'];

fn code_of<'t>(text: &str, table: &[(&'t str, &str)]) -> Option<&'t str> {
    let first = text.split_whitespace().next().filter(|first| !first.is_empty())?;
    // Excel drops the zero of a code typed as a number.
    let padded = format!("0{first}");
    let known = table
        .iter()
        .find(|(code, word)| [first, padded.as_str()].contains(code) || word.ends_with(first));
    known.map(|(code, _)| *code)
}
