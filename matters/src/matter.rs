//! A matter (事项) as its workbook describes it.

use crate::calendar::add_working_days;
use crate::form::{Answers, Context, Evaluation, Expression, Form};
use crate::initials::initials;
use crate::text::{Language, Text};
use crate::view::{FormView, MaterialView, MatterSummary, MatterView};

/// One government service. Element names follow GB/T 39554 and GB/T 39046.
#[derive(Clone, Debug)]
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
    /// 法定办结时限 in working days, when the law names one.
    pub statutory_days: Option<u32>,
    /// 承诺办结时限 in working days; 0 means at once.
    pub promised_days: u32,
    /// 马上办 / 网上办 / 就近办 / 一次办.
    pub tags: Vec<String>,
    /// What is asked for, in the workbook's order.
    pub materials: Vec<Material>,
    /// The form.
    pub form: Form,
}

/// A document the matter asks for (材料).
#[derive(Clone, Debug)]
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
    /// 告知承诺: a declaration may stand in for it.
    pub may_declare: bool,
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
            promised_days: self.promised_days,
            statutory_days: self.statutory_days,
            tags: self.tags.clone(),
        }
    }

    /// Everything needed, for the answers given so far.
    pub fn view(&self, answers: &Answers, context: &Context) -> MatterView {
        let language = context.language;
        MatterView {
            summary: self.summary(language),
            basis: self.basis.get(language).to_owned(),
            conditions: self.conditions.get(language).to_owned(),
            fee: self.fee.get(language).to_owned(),
            materials: self.materials(&self.form.values(answers, context), context),
        }
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
            MaterialView {
                code: material.code.clone(),
                name: material.name.get(language).to_owned(),
                hint: material.hint.get(language).to_owned(),
                issuer: material.issuer.get(language).to_owned(),
                required: relevant && material.required && holds(&material.required_when),
                relevant,
                copies: material.copies,
                sides: material.sides,
                kinds: material.kinds.clone(),
                defer_until: material
                    .defer_days
                    .and_then(|days| add_working_days(&context.today, days)),
                may_declare: material.may_declare,
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
        let materials = self
            .materials
            .iter()
            .filter(|m| half(&m.name) || half(&m.hint) || half(&m.issuer));
        missing.extend(materials.map(|material| format!("materials {}", material.code)));
        missing
    }
}
