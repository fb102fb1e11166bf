//! What the column `type` says, as XLSForm writes it with all its old spellings.

use crate::form::Metadata;
use crate::view::QuestionKind;

/// What can be written in the column `type` of a matter.
pub(super) const SUPPORTED: [&str; 21] = [
    "text",
    "integer",
    "decimal",
    "range",
    "date",
    "time",
    "dateTime",
    "select_one 选项表名",
    "select_multiple 选项表名",
    "select_one_from_file 文件名.csv",
    "select_multiple_from_file 文件名.csv",
    "rank 选项表名",
    "note",
    "geopoint",
    "barcode",
    "acknowledge",
    "calculate",
    "hidden",
    "start、end、today、deviceid、username",
    "begin_group、end_group",
    "begin_repeat、end_repeat",
];

/// Types as people call them in Chinese.
const CALLED: [(&str, &str); 9] = [
    ("文本", "text"),
    ("文字", "text"),
    ("整数", "integer"),
    ("数字", "integer"),
    ("小数", "decimal"),
    ("日期", "date"),
    ("时间", "time"),
    ("单选", "select_one 选项表名"),
    ("多选", "select_multiple 选项表名"),
];

/// The type that was meant by a word in Chinese or in capitals.
pub(super) fn meant(written: &str) -> Option<&'static str> {
    let called = CALLED.iter().find(|(word, _)| written.starts_with(word));
    let word = written.split_whitespace().next()?;
    let known = || {
        SUPPORTED.into_iter().find(|kind| {
            kind.split(' ')
                .next()
                .is_some_and(|kind| kind.eq_ignore_ascii_case(word))
        })
    };
    called.map(|(_, kind)| *kind).or_else(known)
}

/// What a line of the survey is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line<'t> {
    /// A question that has no list.
    Question(QuestionKind),
    /// What the device fills in.
    Metadata(Metadata),
    /// A question with a list.
    Select(Select<'t>),
    /// A group or a repeat begins.
    Begin(QuestionKind),
    /// A group for each choice of a list: an old way, which other tools still read.
    Loop(&'t str),
    /// A group or a repeat ends.
    End(QuestionKind),
    /// A list from a file beside the form, which expressions read: `csv` or `xml`.
    File(&'static str),
    /// A line that names the form, as a setting does.
    Setting,
}

/// A question whose answer is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Select<'t> {
    /// One, several, or an order.
    pub(super) kind: QuestionKind,
    /// The list: its name, the name of a file, or a question in a repeat.
    pub(super) list: &'t str,
    /// It must be a file.
    pub(super) from_file: bool,
    /// The list stands in the sheet `external_choices`.
    pub(super) external: bool,
    /// A choice “other” with a question for what it is.
    pub(super) or_other: bool,
}

/// The words that begin a question with a list; the list follows.
const SELECTS: [(&str, QuestionKind); 15] = [
    ("select_one_from_file", QuestionKind::SelectOne),
    ("select one from file", QuestionKind::SelectOne),
    ("select_multiple_from_file", QuestionKind::SelectMultiple),
    ("select multiple from file", QuestionKind::SelectMultiple),
    ("select_one_external", QuestionKind::SelectOne),
    ("add select one prompt using", QuestionKind::SelectOne),
    ("add select multiple prompt using", QuestionKind::SelectMultiple),
    ("select all that apply from", QuestionKind::SelectMultiple),
    ("select all that apply", QuestionKind::SelectMultiple),
    ("select one from", QuestionKind::SelectOne),
    ("select1", QuestionKind::SelectOne),
    ("select_one", QuestionKind::SelectOne),
    ("select one", QuestionKind::SelectOne),
    ("select_multiple", QuestionKind::SelectMultiple),
    ("rank", QuestionKind::Rank),
];

/// What a cell of the column `type` says; `None` when it says nothing that XLSForm knows.
pub(super) fn read(written: &str) -> Option<Line<'_>> {
    control(written)
        .or_else(|| select(written).map(Line::Select))
        .or_else(|| plain(written))
}

/// `begin_group`, `end repeat`, and their like.
fn control(written: &str) -> Option<Line<'_>> {
    let kind = |word: &str| match word {
        "group" => Some(QuestionKind::Group),
        "repeat" | "lgroup" | "looped group" => Some(QuestionKind::Repeat),
        _ => None,
    };
    let after = |word: &str| written.strip_prefix(word)?.strip_prefix(['_', ' ', '\n', '\t']);
    if let Some(what) = after("end") {
        // The end of a loop ends a group.
        return kind(if what == "loop" { "group" } else { what }).map(Line::End);
    }
    let what = after("begin")?;
    if let Some(list) = what.strip_prefix("loop ") {
        let list = list.strip_prefix("over ").unwrap_or(list);
        return (!list.contains(char::is_whitespace)).then_some(Line::Loop(list));
    }
    kind(what).map(Line::Begin)
}

fn select(written: &str) -> Option<Select<'_>> {
    let found = SELECTS.iter().find_map(|(words, kind)| {
        let rest = written.strip_prefix(words)?.strip_prefix(' ')?.trim_start();
        let (list, end) = rest.split_once(' ').unwrap_or((rest, ""));
        let or_other = match end.trim() {
            "" => false,
            "or_other" | "or other" | "or specify other" => true,
            _ => return None,
        };
        Some((*words, *kind, list, or_other))
    });
    let (words, kind, list, or_other) = found?;
    Some(Select {
        kind,
        list,
        from_file: words.ends_with("file"),
        external: words.ends_with("external"),
        or_other,
    })
}

/// Whether it begins a question with a list and names none.
pub(super) fn lacks_list(written: &str) -> bool {
    SELECTS.iter().any(|(words, _)| *words == written.trim_end())
}

fn plain(written: &str) -> Option<Line<'_>> {
    use QuestionKind as Kind;
    Some(Line::Question(match written {
        "text" | "string" | "q string" | "add text prompt" | "phone number" => Kind::Text,
        "integer"
        | "int"
        | "q int"
        | "add integer prompt"
        | "percentage"
        | "number of days in last month"
        | "number of days in last six months"
        | "number of days in last year" => Kind::Integer,
        "decimal" | "q decimal" | "add decimal prompt" => Kind::Decimal,
        "range" => Kind::Range,
        "date" | "q date" | "add date prompt" => Kind::Date,
        "time" => Kind::Time,
        "dateTime"
        | "datetime"
        | "date time"
        | "q date time"
        | "q dateTime"
        | "add date time prompt"
        | "add dateTime prompt" => Kind::DateTime,
        "note" | "q note" | "add note prompt" => Kind::Note,
        "geopoint" | "gps" | "location" | "q geopoint" | "q location" | "add location prompt" => Kind::Geopoint,
        "geotrace" | "q geotrace" => Kind::Geotrace,
        "geoshape" | "q geoshape" => Kind::Geoshape,
        "image" | "photo" | "q image" | "q picture" | "add image prompt" | "add photo prompt" => Kind::Image,
        "audio" | "q audio" | "add audio prompt" => Kind::Audio,
        "video" | "q video" | "add video prompt" => Kind::Video,
        "file" | "add file prompt" | "osm" => Kind::File,
        "barcode" | "q barcode" | "add barcode prompt" => Kind::Barcode,
        "acknowledge" | "trigger" | "q acknowledge" | "add acknowledge prompt" => Kind::Acknowledge,
        "calculate" | "q calculate" | "add calculate prompt" => Kind::Calculate,
        "hidden" => Kind::Hidden,
        "csv-external" => return Some(Line::File("csv")),
        "xml-external" => return Some(Line::File("xml")),
        "form_title" | "set_form_title" | "form_id" | "set_form_id" | "prefix" => return Some(Line::Setting),
        other if other.starts_with("osm ") => Kind::File,
        other => return metadata(other).map(Line::Metadata),
    }))
}

fn metadata(written: &str) -> Option<Metadata> {
    Some(match written {
        "start" | "start time" | "get start time" => Metadata::Start,
        "end" | "end time" | "get end time" => Metadata::End,
        "today" | "get today" => Metadata::Today,
        "deviceid" | "device id" | "get device id" | "imei" | "uri:deviceid" => Metadata::Device,
        "username" | "uri:username" => Metadata::User,
        "phonenumber" | "get phone number" | "uri:phonenumber" => Metadata::Phone,
        "email" | "uri:email" => Metadata::Email,
        "subscriberid"
        | "subscriber id"
        | "get subscriber id"
        | "uri:subscriberid"
        | "simserial"
        | "sim id"
        | "get sim id"
        | "uri:simserial"
        | "audit"
        | "start-geopoint"
        | "background-geopoint"
        | "background-audio" => Metadata::Other,
        _ => return None,
    })
}

/// The constraint that a type brings with it.
pub(super) fn constraint(written: &str) -> Option<&'static str> {
    Some(match written {
        "percentage" => "0 <= . and . <= 100",
        "number of days in last month" => "0 <= . and . <= 31",
        "number of days in last six months" => "0 <= . and . <= 183",
        "number of days in last year" => "0 <= . and . <= 365",
        "phone number" => r"regex(., '^\d*$')",
        _ => return None,
    })
}

/// Why a matter cannot have it, and what to write instead.
pub(super) fn unserved(line: Line<'_>) -> Option<&'static str> {
    use QuestionKind as Kind;
    match line {
        Line::Question(Kind::Image | Kind::Audio | Kind::Video | Kind::File) => {
            Some("照片、录音和文件请列在 materials 表")
        }
        Line::Question(Kind::Geotrace | Kind::Geoshape) => Some("改用 geopoint，只记一个位置"),
        Line::Metadata(Metadata::Other) => Some("删去这一行：设备不提供这一项"),
        Line::File(_) => Some("删去这一行：pulldata('文件名', …) 不用先声明"),
        Line::Loop(_) => Some("改用 begin_repeat，或者把题目逐题写出"),
        Line::Select(select) if select.external => Some("改用 select_one 选项表名，用 choice_filter 筛选"),
        Line::Select(select) if select.list.contains("${") => Some("改用 select_one 选项表名：选项不能来自前面的答案"),
        _ => None,
    }
}
