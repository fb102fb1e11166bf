//! The sheet `materials`.

use std::collections::BTreeSet;

use super::around::Around;
use super::cell::{self, is_name, no, yes};
use super::known::Known;
use super::problem::Problems;
use super::proofs;
use super::table::{Record, Table};
use crate::form::Expression;
use crate::matter::Material;

const COLUMNS: [&str; 14] = [
    "code",
    "required",
    "relevant",
    "copies",
    "sides",
    "kinds",
    "defer_days",
    "may_declare",
    "exempt_when",
    "evidence",
    "sample",
    "max_pixels",
    "retention_years",
    "note",
];

pub(super) fn read(
    table: &Table<'_>,
    known: &Known<'_>,
    around: &Around<'_>,
    problems: &mut Problems,
) -> Vec<Material> {
    table.refuse_others(&COLUMNS, &["name", "hint", "issuer", "exempt", "defer_until"], problems);
    if !table.require(&["code", "name"], problems) {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut materials = Vec::new();
    for record in table.records() {
        let mut cells = Cells {
            table,
            record,
            known,
            problems: &mut *problems,
        };
        let code = record.get("code");
        if !is_name(code) {
            cells.report(
                "code",
                "name_shape",
                format!("材料编码“{code}”写法不对"),
                "以英文字母开头，只用字母、数字、下划线",
            );
        } else if !seen.insert(code) {
            cells.report(
                "code",
                "name_twice",
                format!("材料编码 {code} 重复"),
                "每种材料用不同的编码",
            );
        }
        let (name, hint, issuer) = (record.words("name"), record.words("hint"), record.words("issuer"));
        if name.zh.is_empty() {
            cells.report("name", "label_missing", "没有写材料名称", "填写 name::中文 (zh)");
        }
        if let Some(title) = proofs::forbidden(&name.zh, &hint.zh, &issuer.zh) {
            cells.report(
                "name",
                "proof_forbidden",
                format!("不得要求村（居）委会出具“{title}”（清单之外无证明）"),
                "删去这项材料，改用数据核验或告知承诺；若由其他单位出具，在 issuer 列写明单位",
            );
        }
        let (exempt, defer_words) = (record.words("exempt"), record.words("defer_until"));
        if exempt.zh.is_empty() && !record.get("exempt_when").is_empty() {
            let problem = "写了 exempt_when，没有写 exempt";
            cells.report(
                "exempt",
                "exempt_missing",
                problem,
                "在 exempt 列写数据从哪里来、为什么免于提交",
            );
        }
        if !defer_words.zh.is_empty() && record.get("defer_days").is_empty() {
            let problem = "写了 defer_until，没有写 defer_days";
            cells.report("defer_days", "defer_missing", problem, "填写容缺的工作日数");
        }
        let sample = record.get("sample");
        if !sample.is_empty() && !around.has(sample) {
            let problem = format!("没有样图文件 {sample}");
            cells.report(
                "sample",
                "sample_missing",
                problem,
                "把图片放进同一个目录一起上传，或者清空这一格",
            );
        }
        let (required, required_when) = cells.required();
        materials.push(Material {
            code: code.to_owned(),
            name,
            hint,
            issuer,
            required,
            required_when,
            relevant_when: cells.expression("relevant"),
            copies: cells.number("copies", 50).unwrap_or(1),
            sides: cells.number("sides", 2).unwrap_or(1),
            kinds: cells.kinds(),
            defer_days: cells.number("defer_days", 365),
            may_declare: cell::truth(&record, "may_declare", cells.problems),
            exempt,
            exempt_when: cells.expression("exempt_when"),
            evidence: cells.evidence(),
            sample: sample.to_owned(),
            max_pixels: cells.number("max_pixels", 20_000),
            defer_words,
            retention_years: cells.number("retention_years", 200),
        });
    }
    materials
}

struct Cells<'a, 'p> {
    table: &'a Table<'a>,
    record: Record<'a>,
    known: &'a Known<'a>,
    problems: &'p mut Problems,
}

impl Cells<'_, '_> {
    fn report(&mut self, column: &str, code: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems
            .add(self.table.sheet, self.record.number(), column, code, problem, remedy);
    }

    /// `yes` (also when nothing is written), `no`, or an expression.
    fn required(&mut self) -> (bool, Option<Expression>) {
        match self.record.get("required") {
            text if text.is_empty() || yes(text) => (true, None),
            text if no(text) => (false, None),
            _ => (true, self.expression("required")),
        }
    }

    fn expression(&mut self, column: &str) -> Option<Expression> {
        cell::expression(&self.record, column, self.known.ground(), self.problems)
    }

    fn number(&mut self, column: &str, most: u32) -> Option<u32> {
        let text = self.record.get(column);
        let number = text.parse().ok().filter(|number| *number <= most);
        if number.is_none() && !text.is_empty() {
            self.report(
                column,
                "number_expected",
                format!("{column} 应是 0 到 {most} 的整数"),
                "只填数字，不需要就留空",
            );
        }
        number
    }

    /// 证据等级 (国办函〔2016〕108号).
    fn evidence(&mut self) -> String {
        let level = self.record.get("evidence").to_uppercase();
        if !matches!(level.as_str(), "" | "A" | "B" | "C" | "D") {
            let problem = format!("evidence 不能填“{level}”");
            let remedy = "填 A（签发单位提供）、B（与原件核对）、C（自行上传）、D（自制并承诺），不限就留空";
            self.report("evidence", "evidence_unknown", problem, remedy);
            return String::new();
        }
        level
    }

    fn kinds(&mut self) -> Vec<String> {
        let text = self.record.get("kinds");
        let mut kinds = Vec::new();
        for word in text
            .split([' ', '、', '，', ',', '/', '\n'])
            .filter(|word| !word.is_empty())
        {
            match word {
                "original" | "原件" => kinds.push("original".to_owned()),
                "copy" | "复印件" => kinds.push("copy".to_owned()),
                other => self.report(
                    "kinds",
                    "material_kind",
                    format!("kinds 不能填“{other}”"),
                    "填 original（原件）、copy（复印件），两种都收就都写",
                ),
            }
        }
        if kinds.is_empty() {
            kinds.push("original".to_owned());
        }
        kinds
    }
}
