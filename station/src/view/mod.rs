//! What the screen shows of an application: the documents, the matter and the chain put together.

mod application;
mod conflicts;
mod labels;
mod materials;
mod presence;
mod receipt;

use std::collections::HashSet;
use std::sync::Arc;

use doorstep_matters::{Context, FormView, Language, MaterialView, Matter};
use doorstep_records::{Application, Case};
use doorstep_sync::DocumentId;

pub(crate) use application::application;
pub(crate) use presence::normalize as normalize_presence;
pub(crate) use receipt::receipt;

use crate::contract::Chain;
use crate::store::items::Refused;

/// Everything known here about one application.
#[derive(Clone)]
pub(crate) struct Seen {
    pub id: DocumentId,
    pub application: Arc<Application>,
    pub case: Arc<Case>,
    /// The matter in the version the application was begun under; `None` when that has not come.
    pub matter: Option<Arc<Matter>>,
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
    fn context(&self) -> Context {
        Context {
            today: self.today.clone(),
            station: self.application.station.clone(),
            language: self.language,
            kept: self.application.kept(),
            seed: self.application.created,
            ..Context::default()
        }
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
