//! Pre-checks of the sheet `rules` (智能审批): the center looks at an application the moment it arrives. A station never
//! refuses anything because of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::form::{Answers, Context, Expression};
use crate::matter::Matter;
use crate::text::Text;

/// A line of the sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name within the matter; it is recorded with what the rule did.
    pub name: String,
    /// For a check what must hold; for an automatic acceptance when it is taken.
    pub expression: Expression,
    /// What it does.
    pub effect: Effect,
    /// What is said when a check does not hold, or why it is accepted.
    pub message: Text,
}

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Where it does not hold, accepting needs a reason.
    Blocks,
    /// Where it does not hold, the reviewer is told.
    Warns,
    /// Where it holds and nothing else is open, the center accepts by itself (秒批).
    AutoAccept,
}

/// How a material stands, as `material('code')` in a rule says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing was done about it: the empty text.
    #[default]
    Missing,
    /// It is there, photographed or taken over.
    Given,
    /// It is promised for later (容缺).
    Deferred,
    /// A declaration stands in for it (告知承诺).
    Declared,
    /// Government holds it already (免于提交).
    Exempt,
}

impl Standing {
    /// As expressions see it.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Missing => "",
            Standing::Given => "given",
            Standing::Deferred => "deferred",
            Standing::Declared => "declared",
            Standing::Exempt => "exempt",
        }
    }
}

/// How the materials of an application stand, by code; what is not there is missing, or exempt where the matter says so.
pub type Standings = BTreeMap<String, Standing>;

/// A check that does not hold.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrokenRule {
    /// Name of the rule.
    pub name: String,
    /// `blocks` or `warns`.
    pub effect: Effect,
    /// Its words.
    pub message: String,
}

impl Matter {
    /// The checks that do not hold for an application, in the order of the sheet.
    pub fn broken(&self, answers: &Answers, standings: &Standings, context: &Context) -> Vec<BrokenRule> {
        let context = self.with_materials(answers, standings, context);
        let evaluation = self.form.values(answers, &context);
        let checks = self.rules.iter().filter(|rule| rule.effect != Effect::AutoAccept);
        checks
            .filter(|rule| !evaluation.holds(&rule.expression))
            .map(|rule| BrokenRule {
                name: rule.name.clone(),
                effect: rule.effect,
                message: rule.message.get(context.language).to_owned(),
            })
            .collect()
    }

    /// The rule by which the center accepts this application by itself: one of `auto_accept` holds, no check is broken,
    /// every answer stands, and no required material is missing or promised for later. Whoever asks also looks at what
    /// lies outside a matter: conflicts, signatures, files on their way.
    pub fn accepts(&self, answers: &Answers, standings: &Standings, context: &Context) -> Option<&Rule> {
        let mut automatic = self
            .rules
            .iter()
            .filter(|rule| rule.effect == Effect::AutoAccept)
            .peekable();
        automatic.peek()?;
        let context = self.with_materials(answers, standings, context);
        let (form, materials) = self.evaluate(answers, &context);
        let settled = [Standing::Given, Standing::Declared, Standing::Exempt].map(Standing::word);
        let missing = |code: &str| {
            context
                .materials
                .get(code)
                .is_none_or(|word| !settled.contains(&word.as_str()))
        };
        let open = !form.incomplete.is_empty()
            || materials
                .iter()
                .any(|material| material.required && missing(&material.code))
            || !self.broken(answers, standings, &context).is_empty();
        if open {
            return None;
        }
        let evaluation = self.form.values(answers, &context);
        let rule = automatic.find(|rule| evaluation.holds(&rule.expression));
        rule.filter(|_| !evaluation.is_too_costly())
    }

    /// The context in which `material()` knows how each material stands.
    fn with_materials(&self, answers: &Answers, standings: &Standings, context: &Context) -> Context {
        let mut context = context.clone();
        let materials = self.evaluate(answers, &context).1;
        let standing = |code: &str, exempt: bool| match standings.get(code).copied().unwrap_or_default() {
            Standing::Missing if exempt => Standing::Exempt,
            standing => standing,
        };
        context.materials = materials
            .into_iter()
            .map(|asked| {
                let word = standing(&asked.code, !asked.exempt.is_empty()).word();
                (asked.code, word.to_owned())
            })
            .collect();
        context
    }
}
