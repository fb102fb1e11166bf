//! In what the form of an application is evaluated.

use doorstep_matters::form::Filled;
use doorstep_matters::{Context, Language};

use super::Application;
use crate::deadline::moment;

impl Application {
    /// What its form is evaluated in on the day `today` (`2026-02-14`): all that both ends know of it alike.
    pub fn context(&self, today: String, language: Language) -> Context {
        Context {
            today,
            station: self.station.clone(),
            language,
            kept: self.kept(),
            seed: self.created,
            filled: Filled {
                begun: moment(self.created),
                ended: self.received().map(|event| moment(event.time)).unwrap_or_default(),
                device: self.device.clone(),
                user: self.first_responder.clone(),
            },
            ..Context::default()
        }
    }
}
