//! What the screen shows of an application: the documents, the matter and the chain put together.

mod application;
mod conflicts;
mod edition;
mod labels;
mod materials;
mod presence;
mod receipt;
mod rows;

use std::collections::HashSet;
use std::sync::Arc;

use doorstep_matters::{Context, FormView, Language, MaterialView, Matter};
use doorstep_records::{Application, Case};
use doorstep_sync::DocumentId;

pub(crate) use application::application;
pub(crate) use edition::change as edition_change;
pub(crate) use presence::normalize as normalize_presence;
pub(crate) use receipt::receipt;

use crate::contract::{Chain, Offer, PartState, Whole};
use crate::store::items::Refused;

/// Everything known here about one application.
#[derive(Clone)]
pub(crate) struct Seen {
    pub id: DocumentId,
    pub application: Arc<Application>,
    pub case: Arc<Case>,
    /// The matter in the version that holds for the application; `None` when that has not come.
    pub matter: Option<Arc<Matter>>,
    /// The matter in the version it was begun under, when its draft was moved to another.
    pub began: Option<Arc<Matter>>,
    /// A newer version of the catalogue that a draft may be moved to.
    pub newer: Option<u64>,
    /// What earlier applications of the same person say.
    pub offers: Vec<Offer>,
    /// The parts of a bundle.
    pub parts: Vec<PartState>,
    /// What was typed into a bundle by who had not heard that it was divided, as path and value.
    pub late: Vec<(String, String)>,
    /// The bundle that this is a part of.
    pub whole: Option<Whole>,
    pub chain: Chain,
    /// What is set aside, with the number of who typed it.
    pub refused: Vec<(Refused, String)>,
    /// Heads of the application.
    pub heads: Vec<String>,
    /// The center refused its beginning: nothing can be changed.
    pub aside: bool,
    /// Files of it that the center holds whole, hex.
    pub verified: HashSet<String>,
    /// Today in China.
    pub today: String,
    pub language: Language,
}

impl Seen {
    pub(crate) fn context(&self) -> Context {
        self.application.context(self.today.clone(), self.language)
    }

    /// The form and the materials for the answers given so far.
    fn evaluated(&self) -> (FormView, Vec<MaterialView>) {
        let (answers, context) = (self.application.plain_answers(), self.context());
        match &self.matter {
            Some(matter) => matter.evaluate(&answers, &context),
            None => (FormView::default(), Vec::new()),
        }
    }
}

/// The words in the language of the screen.
pub(crate) fn say(language: Language, zh: &str, en: &str) -> String {
    match language {
        Language::Chinese => zh.to_owned(),
        Language::English => en.to_owned(),
    }
}
