//! A matter (事项) as its workbook describes it.

use crate::bundle::Part;
use crate::calendar::{Limit, add_working_days};
use crate::form::{Answers, Context, Evaluation, Expression, Form};
use crate::guide::Guide;
use crate::initials::initials;
use crate::rule::Rule;
use crate::scenario::Scenario;
use crate::text::{Language, Text};
use crate::view::{FormView, MaterialView, MatterSummary, MatterView, StepView};

/// How many days stations keep a finished application on their devices, when its workbook does not say: long enough for a
/// review (行政复议: 60 days, Administrative Reconsideration Law of 2023, article 20) to find it there.
pub const KEEP_DAYS: u32 = 90;

/// One government service. Element names follow GB/T 39554 and GB/T 39046.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matter {
    /// 实施编码 or a district's own code; up to 64 characters, kept as text.
    pub code: String,
    /// 事项名称.
    pub name: Text,
    /// 事项类型 code: `05` 给付, `07` 确认, `20` 公共服务 …
    pub kind: String,
    /// 办件类型 code: `1` 即办件, `2` 承诺件, `9` 其他.
    pub handling: String,
    /// 行使层级 code: `4` 县 … `6` 村.
    pub level: String,
    /// 责任部门.
    pub department: Text,
    /// 设定依据.
    pub basis: Text,
    /// 受理条件.
    pub conditions: Text,
    /// 收费: empty means free.
    pub fee: Text,
    /// 法定办结时限, when the law names one.
    pub statutory: Option<Limit>,
    /// 承诺办结时限; of a bundle whose sheet says nothing that of its slowest matter.
    pub promised: Limit,
    /// 站点保留天数: how many days stations keep an application on their devices after it is finished; [`KEEP_DAYS`] when the
    /// workbook says nothing.
    pub keep_days: Option<u32>,
    /// 马上办 / 网上办 / 就近办 / 一次办.
    pub tags: Vec<String>,
    /// 基本编码 (GB/T 39554), 12 characters; empty when the workbook has none.
    pub basic_code: String,
    /// 办理形式 codes: `1` 窗口, `2` 电脑, `3` 移动, `4` 快递, `9` 其他.
    pub channels: Vec<String>,
    /// 通办范围: 本村, 本镇, 全区, 全市, 川渝, 跨省.
    pub coverage: Vec<String>,
    /// 别名: other words people use for it; search finds them.
    pub synonyms: Vec<String>,
    /// 结果名称: what a person holds in the end.
    pub result: Text,
    /// 咨询电话.
    pub phone: String,
    /// 服务对象.
    pub who: Text,
    /// What is asked for, in the workbook's order.
    pub materials: Vec<Material>,
    /// The form.
    pub form: Form,
    /// 智能引导, when the workbook has one.
    pub guide: Option<Guide>,
    /// Pre-checks at the center.
    pub rules: Vec<Rule>,
    /// The flow at the authority, in order.
    pub steps: Vec<FlowStep>,
    /// Answers that nobody gives twice.
    pub shared: Vec<Shared>,
    /// The matters of a bundle (一件事), in order; empty for a single matter.
    pub parts: Vec<Part>,
    /// Values that the district has not confirmed yet, marked `[?]` in the workbook.
    pub unconfirmed: Vec<Unconfirmed>,
    /// How the matter is to behave for sample answers.
    pub scenarios: Vec<Scenario>,
}

/// A step of the flow at the authority (GB/T 39046: 办理环节).
#[derive(Clone, Debug, PartialEq)]
pub struct FlowStep {
    /// Name within the matter.
    pub name: String,
    /// Its words.
    pub label: Text,
    /// Who does it.
    pub office: Text,
    /// Within which time.
    pub limit: Option<Limit>,
    /// The clock of the matter stands still meanwhile, as during a public notice (公示).
    pub pauses: bool,
    /// Taken when this holds for the answers; always when there is none.
    pub relevant: Option<Expression>,
}

/// An answer that is offered when the applicant is known, so that nobody answers twice (四减).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The question of this form.
    pub question: String,
    /// Where the answer comes from.
    pub source: Source,
    /// The question's name there.
    pub from: String,
    /// Only from applications of the matter with this code; `None` for any.
    pub matter: Option<String>,
}

/// Where a shared answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// 特殊群体服务台账.
    Register,
    /// An earlier application of the same person.
    Application,
}

/// A value that the district has not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unconfirmed {
    /// Sheet.
    pub sheet: String,
    /// Row as Excel counts.
    pub row: u32,
    /// Column heading.
    pub column: String,
    /// What the row is about: the key of `matter`, the code of a material, the name of a step.
    pub name: String,
}

/// A document the matter asks for (材料).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Material {
    /// Identifier within the matter.
    pub code: String,
    /// 材料名称.
    pub name: Text,
    /// What to look for, where to get it.
    pub hint: Text,
    /// Who issues it (出具单位); empty when everyone knows, or nobody does.
    pub issuer: Text,
    /// Asked for at all when this holds for the answers; `None` means always.
    pub relevant_when: Option<Expression>,
    /// Needed when this holds for the answers; `None` means always.
    pub required_when: Option<Expression>,
    /// Whether it is needed at all or only welcome.
    pub required: bool,
    /// Number of copies.
    pub copies: u32,
    /// Sides that are photographed: 2 for a card, 1 for all else.
    pub sides: u32,
    /// Kinds that are taken: `original`, `copy`.
    pub kinds: Vec<String>,
    /// 容缺: working days within which it may be brought later; `None` when it may not.
    pub defer_days: Option<u32>,
    /// 容缺 in words: until when it may be brought, beside the day.
    pub defer_words: Text,
    /// 告知承诺: a declaration may stand in for it.
    pub may_declare: bool,
    /// 免于提交: the data source and the reason; empty when it must be brought.
    pub exempt: Text,
    /// Exempt when this holds for the answers; always when there is none and `exempt` says something.
    pub exempt_when: Option<Expression>,
    /// The lowest evidence level that is taken (国办函〔2016〕108号): `A` from the issuer, `B` compared with the original
    /// by staff, `C` self-uploaded, `D` self-made with a promise; empty for any.
    pub evidence: String,
    /// File name of a sample picture in the catalogue; empty when there is none.
    pub sample: String,
    /// Longest side of a photograph, in pixels.
    pub max_pixels: Option<u32>,
    /// Years it is kept after completion; `None` when the district has not said.
    pub retention_years: Option<u32>,
}

impl Matter {
    /// The line in a list.
    pub fn summary(&self, language: Language) -> MatterSummary {
        MatterSummary {
            code: self.code.clone(),
            name: self.name.get(language).to_owned(),
            initials: initials(&self.name.zh),
            department: self.department.get(language).to_owned(),
            kind: self.kind.clone(),
            promised: self.promised,
            statutory: self.statutory,
            tags: self.tags.clone(),
            synonyms: self.synonyms.clone(),
            parts: self.parts.iter().map(|part| part.view(language)).collect(),
        }
    }

    /// Everything needed, for the answers given so far.
    pub fn view(&self, answers: &Answers, context: &Context) -> MatterView {
        let language = context.language;
        let evaluation = self.form.values(answers, context);
        let words = |text: &Text| text.get(language).to_owned();
        MatterView {
            summary: self.summary(language),
            basis: words(&self.basis),
            conditions: words(&self.conditions),
            fee: words(&self.fee),
            who: words(&self.who),
            result: words(&self.result),
            phone: self.phone.clone(),
            basic_code: self.basic_code.clone(),
            channels: self.channels.clone(),
            coverage: self.coverage.clone(),
            materials: self.materials(&evaluation, context),
            steps: self.steps(&evaluation, language),
            guided: self.guide.is_some(),
            unconfirmed: self
                .unconfirmed
                .iter()
                .filter(|mark| matches!(mark.sheet.as_str(), "matter" | "bundle"))
                .map(|mark| mark.name.clone())
                .collect(),
        }
    }

    /// The steps at the authority that these answers go through, in order.
    pub fn flow(&self, answers: &Answers, context: &Context) -> Vec<StepView> {
        self.steps(&self.form.values(answers, context), context.language)
    }

    fn steps(&self, evaluation: &Evaluation<'_>, language: Language) -> Vec<StepView> {
        let taken = |step: &&FlowStep| step.relevant.as_ref().is_none_or(|e| evaluation.holds(e));
        let view = |step: &FlowStep| StepView {
            name: step.name.clone(),
            label: step.label.get(language).to_owned(),
            office: step.office.get(language).to_owned(),
            limit: step.limit,
            pauses: step.pauses,
            unconfirmed: self.marks("steps", &step.name),
        };
        self.steps.iter().filter(taken).map(view).collect()
    }

    /// The columns of a line that are not confirmed.
    fn marks(&self, sheet: &str, name: &str) -> Vec<String> {
        let marks = self
            .unconfirmed
            .iter()
            .filter(|mark| mark.sheet == sheet && mark.name == name);
        marks.map(|mark| mark.column.clone()).collect()
    }

    /// The form and what is asked for, for the answers given so far, evaluated once.
    pub fn evaluate(&self, answers: &Answers, context: &Context) -> (FormView, Vec<MaterialView>) {
        let evaluation = self.form.values(answers, context);
        (evaluation.view(), self.materials(&evaluation, context))
    }

    fn materials(&self, evaluation: &Evaluation<'_>, context: &Context) -> Vec<MaterialView> {
        let language = context.language;
        let holds = |expression: &Option<Expression>| expression.as_ref().is_none_or(|e| evaluation.holds(e));
        let material = |material: &Material| {
            let relevant = holds(&material.relevant_when);
            let exempt = !material.exempt.zh.is_empty() && holds(&material.exempt_when);
            MaterialView {
                code: material.code.clone(),
                name: material.name.get(language).to_owned(),
                hint: material.hint.get(language).to_owned(),
                issuer: material.issuer.get(language).to_owned(),
                required: relevant && !exempt && material.required && holds(&material.required_when),
                relevant,
                copies: material.copies,
                sides: material.sides,
                kinds: material.kinds.clone(),
                defer_until: material
                    .defer_days
                    .and_then(|days| add_working_days(&context.today, days)),
                may_declare: material.may_declare,
                defer_words: material.defer_words.get(language).to_owned(),
                exempt: if exempt {
                    material.exempt.get(language).to_owned()
                } else {
                    String::new()
                },
                evidence: material.evidence.clone(),
                sample: material.sample.clone(),
                max_pixels: material.max_pixels,
                unconfirmed: self.marks("materials", &material.code),
            }
        };
        self.materials.iter().map(material).collect()
    }

    /// What has no English words yet, each as the sheet and the name of the line; empty when English is complete.
    pub fn untranslated(&self) -> Vec<String> {
        let half = |text: &Text| !text.zh.is_empty() && text.en.is_empty();
        let mut missing = Vec::new();
        let own = [
            ("name", &self.name),
            ("department", &self.department),
            ("basis", &self.basis),
            ("conditions", &self.conditions),
            ("fee", &self.fee),
            ("who", &self.who),
            ("result", &self.result),
        ];
        missing.extend(
            own.iter()
                .filter(|(_, text)| half(text))
                .map(|(key, _)| format!("matter {key}")),
        );
        for question in self.form.questions() {
            let words = [&question.label, &question.hint]
                .into_iter()
                .any(|words| !words.is_empty() && !words.has(Language::English));
            let choices = self.form.choices(question).iter().filter(|choice| half(&choice.label));
            missing.extend(choices.map(|choice| format!("choices {} {}", question.name, choice.name)));
            if words || half(&question.constraint_message) || half(&question.required_message) {
                missing.push(format!("survey {}", question.name));
            }
        }
        let materials = self.materials.iter().filter(|m| {
            [&m.name, &m.hint, &m.issuer, &m.exempt, &m.defer_words]
                .into_iter()
                .any(half)
        });
        missing.extend(materials.map(|material| format!("materials {}", material.code)));
        let guide = self.guide.iter().flat_map(|guide| &guide.steps);
        let guide = guide.filter(|step| {
            let answers = || step.answers.iter().flat_map(|answer| [&answer.label, &answer.message]);
            half(&step.question) || answers().any(half)
        });
        missing.extend(guide.map(|step| format!("guide {}", step.name)));
        let rules = self.rules.iter().filter(|rule| half(&rule.message));
        missing.extend(rules.map(|rule| format!("rules {}", rule.name)));
        let steps = self.steps.iter().filter(|step| half(&step.label) || half(&step.office));
        missing.extend(steps.map(|step| format!("steps {}", step.name)));
        let parts = self.parts.iter().filter(|part| half(&part.label));
        missing.extend(parts.map(|part| format!("matters {}", part.code)));
        missing
    }
}
