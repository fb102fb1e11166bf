//! What the screens show of a matter and its form. Serialised as it is, to the station's and the center's screens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bundle::PartView;
use crate::calendar::Limit;

/// A matter in a list.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MatterSummary {
    /// Matter code.
    pub code: String,
    /// Name in the language asked for.
    pub name: String,
    /// Pinyin initials of the Chinese name: `glj` for 高龄津贴.
    pub initials: String,
    /// Responsible department.
    pub department: String,
    /// 事项类型 code.
    pub kind: String,
    /// 承诺办结时限.
    pub promised: Limit,
    /// 法定办结时限, when the law names one.
    pub statutory: Option<Limit>,
    /// 马上办, 网上办, 就近办, 一次办.
    pub tags: Vec<String>,
    /// Other words people use for it.
    pub synonyms: Vec<String>,
    /// The matters of a bundle (一件事); empty for a single matter.
    pub parts: Vec<PartView>,
}

/// Everything needed, told once (一次性告知).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MatterView {
    /// The line in the list.
    pub summary: MatterSummary,
    /// 设定依据.
    pub basis: String,
    /// 受理条件.
    pub conditions: String,
    /// 收费; empty means free.
    pub fee: String,
    /// 服务对象.
    pub who: String,
    /// 结果名称: what a person holds in the end.
    pub result: String,
    /// 咨询电话.
    pub phone: String,
    /// 基本编码.
    pub basic_code: String,
    /// 办理形式 codes: `1` 窗口, `2` 电脑, `3` 移动, `4` 快递, `9` 其他.
    pub channels: Vec<String>,
    /// 通办范围: 本村, 本镇, 全区, 全市, 川渝, 跨省.
    pub coverage: Vec<String>,
    /// What is asked for.
    pub materials: Vec<MaterialView>,
    /// The flow at the authority, for the answers given so far.
    pub steps: Vec<StepView>,
    /// Whether a guide (智能引导) leads to it.
    pub guided: bool,
    /// Keys of the sheet `matter` whose values the district has not confirmed yet.
    pub unconfirmed: Vec<String>,
}

/// A step of the flow at the authority.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepView {
    /// Name within the matter.
    pub name: String,
    /// Its words: 初审, 入户核查, 村公示 …
    pub label: String,
    /// Who does it.
    pub office: String,
    /// Within which time; `None` when the workbook does not say.
    pub limit: Option<Limit>,
    /// The clock of the matter stands still meanwhile, as during a public notice (公示).
    pub pauses: bool,
    /// Columns of its line whose values the district has not confirmed yet.
    pub unconfirmed: Vec<String>,
}

/// A material of a matter, as evaluated for the answers given so far.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MaterialView {
    /// Identifier within the matter.
    pub code: String,
    /// Name.
    pub name: String,
    /// What to look for.
    pub hint: String,
    /// Who issues it; empty when the workbook does not say.
    pub issuer: String,
    /// Needed for these answers.
    pub required: bool,
    /// Whether it applies to these answers at all.
    pub relevant: bool,
    /// Number of copies.
    pub copies: u32,
    /// Sides that are photographed: 2 for a card.
    pub sides: u32,
    /// `original`, `copy`.
    pub kinds: Vec<String>,
    /// 容缺: latest day it may be promised for, `2026-03-01`; `None` when it may not be deferred.
    pub defer_until: Option<String>,
    /// 告知承诺 may stand in.
    pub may_declare: bool,
    /// 容缺 in words: until when it may be brought; empty when the day says it all.
    pub defer_words: String,
    /// 免于提交: where government holds it already and why it need not be brought, for these answers; empty when it must.
    pub exempt: String,
    /// The lowest evidence level that is taken (国办函〔2016〕108号): `A` to `D`; empty for any.
    pub evidence: String,
    /// File name of a sample picture in the catalogue; empty when there is none.
    pub sample: String,
    /// Longest side of a photograph, in pixels, when it may be smaller than others.
    pub max_pixels: Option<u32>,
    /// Columns of its line whose values the district has not confirmed yet.
    pub unconfirmed: Vec<String>,
}

/// A form with its answers, evaluated.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormView {
    /// Title.
    pub title: String,
    /// All questions in order, also those that are not relevant now. A group comes before its members.
    pub questions: Vec<QuestionView>,
    /// Names of relevant questions that stand in the way (missing or wrong), in order.
    pub incomplete: Vec<String>,
}

/// The type of a question, as XLSForm names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Free text.
    Text,
    /// Whole number.
    Integer,
    /// Number.
    Decimal,
    /// A number between `start` and `end` in steps of `step` (parameters).
    Range,
    /// Calendar day, `2026-02-14`.
    Date,
    /// Time of the day, `08:30:00.000+08:00`.
    Time,
    /// A moment, `2026-02-14T08:30:00.000+08:00`.
    DateTime,
    /// One of several.
    SelectOne,
    /// Some of several.
    SelectMultiple,
    /// All of several, in an order.
    Rank,
    /// Words only.
    Note,
    /// A place: latitude, longitude, altitude and accuracy in metres, with spaces between.
    Geopoint,
    /// A line: places with `;` between.
    Geotrace,
    /// An area: a line that ends where it begins.
    Geoshape,
    /// A photograph, by the name of its file.
    Image,
    /// A recording, by the name of its file.
    Audio,
    /// A film, by the name of its file.
    Video,
    /// A file, by its name.
    File,
    /// What a barcode says.
    Barcode,
    /// `OK` once a person has read it.
    Acknowledge,
    /// A heading; its members follow and name it in `group`.
    Group,
    /// Questions asked several times; its rows follow as groups and name it in `group`.
    Repeat,
    /// Computed, shown only when it has a label.
    Calculate,
    /// Kept and never shown.
    Hidden,
    /// Filled in by the device itself: when, where and by whom the form was opened.
    Metadata,
}

impl QuestionKind {
    /// Whether a person answers it.
    pub fn is_asked(self) -> bool {
        !matches!(
            self,
            QuestionKind::Note
                | QuestionKind::Group
                | QuestionKind::Repeat
                | QuestionKind::Calculate
                | QuestionKind::Hidden
                | QuestionKind::Metadata
        )
    }

    /// Whether its answer is chosen from a list.
    pub fn is_chosen(self) -> bool {
        matches!(
            self,
            QuestionKind::SelectOne | QuestionKind::SelectMultiple | QuestionKind::Rank
        )
    }
}

/// One question, evaluated.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuestionView {
    /// Name, unique in the form.
    pub name: String,
    /// Type.
    pub kind: QuestionKind,
    /// The innermost group it stands in.
    pub group: Option<String>,
    /// Label with `${…}` filled in.
    pub label: String,
    /// Hint.
    pub hint: String,
    /// Further help, shown when asked for.
    pub guidance: String,
    /// The picture beside the question, by the name of its file in the catalogue; empty when there is none.
    pub picture: String,
    /// Parameters of the type: `start`, `end`, `step` of a range, `rows` of a text …
    pub parameters: BTreeMap<String, String>,
    /// Appearance words: `multiline`, `id-number`, `numbers`, `minimal` …
    pub appearance: Vec<String>,
    /// Whether it is asked now.
    pub relevant: bool,
    /// Whether an answer is needed now.
    pub required: bool,
    /// Whether it cannot be typed; of a repeat, whether its rows follow from a count.
    pub readonly: bool,
    /// The answer, the default, or the computed value; empty when there is none.
    pub value: String,
    /// Nobody typed the value: it is the default, or computed and open to be changed.
    pub preset: bool,
    /// The value in words (labels of the choices, a date as people write it).
    pub display: String,
    /// Choices left by the choice filter.
    pub choices: Vec<ChoiceView>,
    /// What is wrong, when something is.
    pub error: Option<FieldError>,
}

/// A choice.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChoiceView {
    /// Value.
    pub name: String,
    /// Words.
    pub label: String,
    /// Pinyin initials of the Chinese words, where there are so many choices that people search.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<String>"))]
    pub initials: String,
}

/// Why an answer does not stand.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// `missing`, `type`, `constraint`, `choice`, `id_length`, `id_date`, `id_check`, `id_character`.
    pub code: String,
    /// Words in the language asked for.
    pub message: String,
    /// A clerk may keep the value with a note.
    pub may_keep: bool,
}
