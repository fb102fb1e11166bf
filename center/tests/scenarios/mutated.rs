//! Three hundred workbooks with one fault each: whatever is planted, wherever, is named at its cell.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::book::Book;
use doorstep_center::blank;
use doorstep_matters::catalogue;

/// How many workbooks are made.
const WORKBOOKS: usize = 320;

/// A fault in one cell: the sheet; on which lines (a column, and how its text begins); the column; what is written there; the
/// code of the fault.
type InCell = (
    &'static str,
    (&'static str, &'static str),
    &'static str,
    &'static str,
    &'static str,
);

const TEXT: (&str, &str) = ("type", "text");
const SELECT: (&str, &str) = ("type", "select_one");
const ANY: (&str, &str) = ("", "");

const IN_CELLS: &[InCell] = &[
    ("matter", ("key", "code"), "value", "", "value_missing"),
    ("matter", ("key", "code"), "value", "有 空格", "code_shape"),
    ("matter", ("key", "name"), "value", "", "value_missing"),
    ("matter", ("key", "department"), "value", "", "value_missing"),
    ("matter", ("key", "promised_days"), "value", "很快", "limit_shape"),
    ("matter", ("key", "promised_days"), "value", "", "value_missing"),
    ("matter", ("key", "statutory_days"), "value", "三天", "limit_shape"),
    ("matter", ("key", "kind"), "value", "66 其他", "code_unknown"),
    ("matter", ("key", "handling"), "value", "7", "code_unknown"),
    ("matter", ("key", "level"), "value", "9 组级", "code_unknown"),
    ("matter", ("key", "tags"), "value", "随便办", "tag_unknown"),
    ("matter", ("key", "channels"), "value", "5 电话", "code_unknown"),
    ("matter", ("key", "coverage"), "value", "全球", "code_unknown"),
    ("matter", ("key", "basic_code"), "value", "12", "code_shape"),
    ("matter", ANY, "key", "colour", "key_unknown"),
    ("survey", TEXT, "type", "txt", "type_unknown"),
    ("survey", TEXT, "type", "", "type_missing"),
    ("survey", TEXT, "type", "geoshape", "type_unsupported"),
    ("survey", SELECT, "type", "select_one ghost", "list_unknown"),
    ("survey", SELECT, "type", "select_one", "list_missing"),
    ("survey", TEXT, "type", "include ghost", "block_unknown"),
    ("survey", TEXT, "name", "", "name_missing"),
    ("survey", TEXT, "name", "two words", "name_shape"),
    ("survey", TEXT, "name", "2nd", "name_shape"),
    ("survey", SELECT, "name", "birth", "name_twice"),
    ("survey", TEXT, "label", "", "label_missing"),
    ("survey", SELECT, "label", "您是${ghost}吗", "question_unknown"),
    ("survey", TEXT, "relevant", "${ghost} = 'x'", "question_unknown"),
    ("survey", TEXT, "relevant", "${name} = ", "expression_syntax"),
    ("survey", TEXT, "relevant", "${name} == '甲'", "expression_syntax"),
    ("survey", TEXT, "required", "frobnicate(${name})", "function_unknown"),
    ("survey", TEXT, "constraint", "if(1)", "function_arguments"),
    ("survey", TEXT, "constraint", "regex(., '(')", "expression_pattern"),
    ("survey", TEXT, "constraint", "(. != ''", "expression_syntax"),
    (
        "survey",
        ("type", "calculate"),
        "calculation",
        "${ghost} + 1",
        "question_unknown",
    ),
    (
        "survey",
        ("type", "calculate"),
        "calculation",
        "",
        "calculation_missing",
    ),
    ("survey", ("name", "purpose"), "default", "never", "choice_unknown"),
    ("survey", SELECT, "choice_filter", "ghost = 1", "column_unknown"),
    (
        "survey",
        ("type", "begin_group"),
        "relevant",
        "${ghost} = 1",
        "question_unknown",
    ),
    ("choices", ANY, "list_name", "", "list_missing"),
    ("choices", ANY, "name", "a b", "choice_name"),
    ("choices", ANY, "name", "", "choice_name"),
    ("choices", ANY, "label", "", "label_missing"),
    ("materials", ANY, "code", "2x", "name_shape"),
    ("materials", ("code", "change"), "code", "id_card", "name_twice"),
    ("materials", ANY, "name", "", "label_missing"),
    (
        "materials",
        ("code", "change"),
        "name",
        "亲属关系证明",
        "proof_forbidden",
    ),
    (
        "materials",
        ("code", "change"),
        "name",
        "村委会开的婚姻状况证明",
        "proof_forbidden",
    ),
    ("materials", ("code", "change"), "name", "健在证明", "proof_forbidden"),
    ("materials", ANY, "required", "${ghost} = 'x'", "question_unknown"),
    ("materials", ANY, "relevant", "${ghost} = 'x'", "question_unknown"),
    ("materials", ANY, "relevant", "${purpose} = ", "expression_syntax"),
    ("materials", ANY, "copies", "两份", "number_expected"),
    ("materials", ANY, "sides", "3", "number_expected"),
    ("materials", ANY, "kinds", "scan", "material_kind"),
    ("materials", ANY, "defer_days", "-1", "number_expected"),
    ("materials", ANY, "may_declare", "也许", "yes_or_no"),
    ("materials", ANY, "retention_years", "永久", "number_expected"),
    ("materials", ANY, "evidence", "E", "evidence_unknown"),
    ("materials", ANY, "sample", "没有.png", "sample_missing"),
    ("guide", ANY, "step", "第一步", "name_shape"),
    ("guide", ANY, "answer", "", "name_shape"),
    ("guide", ("answer", "change"), "answer", "first", "name_twice"),
    ("guide", ANY, "label", "", "label_missing"),
    ("guide", ("answer", "first"), "question", "", "label_missing"),
    ("guide", ANY, "go", "nowhere", "guide_way"),
    ("guide", ANY, "go", "", "guide_way"),
    ("guide", ("answer", "first"), "go", "start", "guide_circle"),
    ("guide", ("answer", "other"), "message", "", "message_missing"),
    ("guide", ANY, "fill", "ghost=1", "question_unknown"),
    ("guide", ANY, "fill", "purpose=never", "choice_unknown"),
    ("guide", ANY, "fill", "purpose", "fill_shape"),
    ("guide", ANY, "materials", "ghost", "material_unknown"),
    ("rules", ANY, "name", "规则", "name_shape"),
    ("rules", ANY, "expression", "", "value_missing"),
    ("rules", ANY, "expression", "${ghost} = 1", "question_unknown"),
    ("rules", ANY, "expression", "${age} >", "expression_syntax"),
    (
        "rules",
        ANY,
        "expression",
        "material('ghost') = 'given'",
        "material_unknown",
    ),
    ("rules", ANY, "effect", "explodes", "effect_unknown"),
    ("rules", ANY, "message", "", "message_missing"),
    ("steps", ANY, "name", "第一", "name_shape"),
    ("steps", ("name", "decide"), "name", "review", "name_twice"),
    ("steps", ANY, "label", "", "label_missing"),
    ("steps", ANY, "days", "很久", "limit_shape"),
    ("steps", ANY, "pauses", "也许", "yes_or_no"),
    ("steps", ANY, "relevant", "${ghost} = 1", "question_unknown"),
    ("shared", ANY, "question", "ghost", "question_unknown"),
    (
        "shared",
        ("question", "living_address"),
        "question",
        "phone",
        "name_twice",
    ),
    ("shared", ANY, "source", "memory", "source_unknown"),
    ("shared", ANY, "matter", "T-NONE", "matter_unknown"),
    ("scenarios", ANY, "action", "dance", "action_unknown"),
    ("scenarios", ("action", "hidden"), "name", "ghost", "question_unknown"),
    ("scenarios", ("action", "material"), "name", "ghost", "material_unknown"),
    (
        "scenarios",
        ("action", "material"),
        "value",
        "perhaps",
        "scenario_value",
    ),
    ("scenarios", ("action", "today"), "value", "明天", "scenario_value"),
    ("scenarios", ("action", "value"), "value", "84", "scenario"),
    ("scenarios", ("action", "complete"), "action", "incomplete", "scenario"),
    ("scenarios", ("action", "hidden"), "action", "visible", "scenario"),
];

/// Where a fault was planted, and its code.
struct Planted {
    sheet: String,
    row: usize,
    heading: String,
    code: &'static str,
}

impl Planted {
    fn at(sheet: &str, row: usize, heading: &str, code: &'static str) -> Self {
        Self {
            sheet: sheet.to_owned(),
            row,
            heading: heading.to_owned(),
            code,
        }
    }
}

/// A fault that takes more than one cell.
type Whole = fn(&mut Book, &mut Chance) -> Planted;

const WHOLE: &[Whole] = &[
    // A line twice.
    |book, _| {
        let row = book.add("matter", &[("key", "code"), ("value", "T-2")]);
        Planted::at("matter", row, "key", "key_twice")
    },
    |book, _| {
        let row = book.add("choices", &[("list_name", "yes_no"), ("name", "yes"), ("label", "对")]);
        Planted::at("choices", row, "name", "choice_twice")
    },
    |book, _| {
        let rule = [
            ("name", "address_whole"),
            ("expression", "1 = 1"),
            ("effect", "warns"),
            ("message", "x"),
        ];
        let row = book.add("rules", &rule);
        Planted::at("rules", row, "name", "name_twice")
    },
    // The promised limit is longer than the law's.
    |book, _| {
        let row = book.find("matter", "key", "statutory_days");
        book.set("matter", row, "value", "10");
        Planted::at(
            "matter",
            book.find("matter", "key", "promised_days"),
            "value",
            "limit_order",
        )
    },
    // When it need not be brought, and not why.
    |book, chance| {
        let row = chance.row(book, "materials", ANY);
        book.set("materials", row, "exempt_when", "${purpose} = 'change'");
        Planted::at("materials", row, "exempt", "exempt_missing")
    },
    // Groups that do not close, and ends of none.
    |book, chance| {
        let begin = chance.row(book, "survey", ("type", "begin_group"));
        let end = (begin..)
            .find(|row| book.get("survey", *row, "type") == "end_group")
            .unwrap();
        book.rows("survey").remove(end - 1);
        Planted::at("survey", begin, "type", "group_open")
    },
    |book, _| {
        let row = book.add("survey", &[("type", "end_group")]);
        Planted::at("survey", row, "type", "group_close")
    },
    |book, _| {
        let row = book.find("survey", "type", "end_group");
        book.set("survey", row, "type", "end_repeat");
        Planted::at("survey", row, "type", "group_close")
    },
    // Questions that wait for each other.
    |book, _| {
        let row = book.add(
            "survey",
            &[("type", "calculate"), ("name", "one"), ("calculation", "${two} + 1")],
        );
        book.add(
            "survey",
            &[("type", "calculate"), ("name", "two"), ("calculation", "${one} + 1")],
        );
        Planted::at("survey", row, "", "cycle")
    },
    // Headings.
    |book, chance| {
        let sheet = chance.pick(&["survey", "materials", "guide", "rules", "steps", "shared", "scenarios"]);
        book.set(sheet, 1, "requird", "requird");
        Planted::at(sheet, 1, "requird", "column_unsupported")
    },
    |book, chance| {
        let (sheet, heading) = *chance.pick(&[
            ("survey", "name"),
            ("materials", "code"),
            ("guide", "go"),
            ("rules", "effect"),
        ]);
        book.set(sheet, 1, heading, "备注");
        Planted::at(sheet, 1, "", "column_missing")
    },
    |book, chance| {
        let sheet = chance.pick(&["survey", "materials", "choices"]);
        let heading = book.rows(sheet)[0][0].clone();
        book.set(sheet, 1, "又一列", &heading);
        Planted::at(sheet, 1, heading.lines().next().unwrap(), "column_twice")
    },
    |book, _| {
        book.set("survey", 1, "label::Deutsch (de)", "label::Deutsch (de)");
        Planted::at("survey", 1, "label::Deutsch (de)", "language_unknown")
    },
    // Sheets.
    |book, chance| {
        let sheet = *chance.pick(&["survey", "matter"]);
        book.0.retain(|(name, _)| name != sheet);
        Planted::at(sheet, 0, "", "sheet_missing")
    },
    |book, chance| {
        let sheet = *chance.pick(&["survey", "matter", "materials"]);
        book.rows(sheet).clear();
        Planted::at(sheet, 0, "", "sheet_empty")
    },
    // A step that no way leads to.
    |book, _| {
        let line = [
            ("step", "lost"),
            ("question", "?"),
            ("answer", "yes"),
            ("label", "是"),
            ("go", "eligible"),
        ];
        let row = book.add("guide", &line);
        Planted::at("guide", row, "step", "guide_unreached")
    },
];

/// Random numbers of a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// A line that says something, and begins so in that column.
    fn row(&mut self, book: &mut Book, sheet: &str, (heading, start): (&str, &str)) -> usize {
        let rows = book.rows(sheet).len();
        let fits = |row: &usize| {
            let text = match heading {
                "" => book.rows(sheet)[row - 1].concat(),
                heading => book.get(sheet, *row, heading),
            };
            !text.is_empty() && text.starts_with(start)
        };
        let rows: Vec<usize> = (2..=rows).filter(fits).collect();
        *self.pick(&rows)
    }
}

fn plant(book: &mut Book, number: usize) -> Planted {
    let mut chance = Chance(number as u64);
    let kinds = IN_CELLS.len() + WHOLE.len();
    match (number % kinds).checked_sub(IN_CELLS.len()) {
        Some(whole) => WHOLE[whole](book, &mut chance),
        None => {
            let (sheet, lines, heading, text, code) = IN_CELLS[number % kinds];
            let row = chance.row(book, sheet, lines);
            book.set(sheet, row, heading, text);
            Planted::at(sheet, row, heading, code)
        }
    }
}

/// What Excel calls the cell; empty when the fault is not in one.
fn cell(book: &mut Book, planted: &Planted) -> String {
    if planted.row == 0 || planted.heading.is_empty() {
        return String::new();
    }
    // Of two columns of one name, the second is one too many.
    let twice = |text: &&String| text.lines().next() == Some(&planted.heading);
    let heads = &book.rows(&planted.sheet)[0];
    let place = match heads.iter().filter(twice).count() {
        2.. => heads.iter().rposition(|text| twice(&text)).unwrap(),
        _ => book.column(&planted.sheet, &planted.heading),
    };
    format!("{}{}", char::from(b'A' + place as u8), planted.row)
}

#[test]
fn every_planted_fault_is_named_at_its_cell() {
    let mut good = Book::read(&blank().unwrap());
    good.fill("T-1", "试验事项");
    let check = |book: &Book| catalogue::check(&[("试验.xlsx".into(), book.write())]);
    assert!(check(&good).is_ok());
    let mut missed = Vec::new();
    let mut codes = BTreeSet::new();
    for number in 0..WORKBOOKS {
        let mut book = good.clone();
        let planted = plant(&mut book, number);
        let faults = match check(&book) {
            Ok(read) => read.warnings,
            Err(faults) => faults,
        };
        let cell = cell(&mut book, &planted);
        let named = faults.iter().map(|fault| &fault.error).find(|error| {
            (error.code.as_str(), error.sheet.as_str()) == (planted.code, planted.sheet.as_str())
                && error.row as usize == planted.row
                && (planted.heading.is_empty() || (error.column == planted.heading && error.cell == cell))
        });
        match named {
            Some(error) => {
                assert!(!error.problem.is_empty() && !error.remedy.is_empty(), "{error:?}");
                codes.insert(planted.code);
            }
            None => {
                let told: BTreeMap<_, _> = faults
                    .iter()
                    .map(|f| ((&f.error.code, &f.error.sheet), &f.error.cell))
                    .collect();
                let Planted {
                    sheet,
                    row,
                    heading,
                    code,
                } = planted;
                missed.push(format!(
                    "{number}: {code} {sheet}!{cell} ({row} {heading}); told: {told:?}"
                ));
            }
        }
    }
    assert!(
        missed.is_empty(),
        "{} of {WORKBOOKS} not named:\n{}",
        missed.len(),
        missed.join("\n")
    );
    assert!(codes.len() >= 45, "only {} kinds of faults were planted", codes.len());
}
