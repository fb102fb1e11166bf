//! Nobody answers twice: what the same person's earlier applications on this device say is offered for the questions that
//! the sheet `shared` names. There is no register of residents yet: what would come from it is looked for in earlier
//! applications too.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_records::{Application, Status, status};
use doorstep_sync::DocumentId;

use super::Ledger;
use crate::contract::Offer;
use crate::store::{Stored, rows};
use crate::view::Seen;
use crate::world::day_in_china;

/// Earlier applications that are looked through, newest first.
const LOOKED_THROUGH: usize = 20;
/// Shorter numbers name too many.
const SHORTEST_NUMBER: usize = 6;

impl Ledger {
    /// What is offered for questions of a draft that nobody has answered. Everything that this device holds it was granted,
    /// so what is offered here may be read here.
    pub(super) fn offers(&mut self, seen: &Seen) -> Stored<Vec<Offer>> {
        let Some(matter) = seen.matter.clone() else {
            return Ok(Vec::new());
        };
        let record = seen.application.clone();
        let number = record.applicant_id_number();
        let draft = status(&record, &seen.case) == Status::Draft;
        let open = |question: &str| !record.answers.contains_key(question);
        let known = number.chars().filter(char::is_ascii_alphanumeric).count() >= SHORTEST_NUMBER;
        if !draft || !known || !matter.shared.iter().any(|shared| open(&shared.question)) {
            return Ok(Vec::new());
        }
        let earlier = self.earlier(seen.id, number)?;
        let mut found: BTreeMap<&str, (String, &Arc<Application>)> = BTreeMap::new();
        for shared in matter.shared.iter().filter(|shared| open(&shared.question)) {
            let newest = earlier.iter().find_map(|application| {
                let fits = shared
                    .matter
                    .as_ref()
                    .is_none_or(|matter| *matter == application.matter);
                let field = application.answers.get(&shared.from).filter(|_| fits)?;
                let settled = !field.value.is_empty() && field.versions.is_empty();
                settled.then(|| (field.value.clone(), application))
            });
            if let Some(newest) = newest {
                found.entry(&shared.question).or_insert(newest);
            }
        }
        // Judged as if they stood there: what the form would refuse, or does not ask, is not offered.
        let mut answers = record.plain_answers();
        answers.extend(
            found
                .iter()
                .map(|(name, (value, _))| ((*name).to_owned(), value.clone())),
        );
        let form = matter.form.evaluate(&answers, &seen.context());
        let mut offers = Vec::new();
        for question in &form.questions {
            let Some((value, from)) = found.get(question.name.as_str()) else {
                continue;
            };
            if question.relevant && !question.readonly && question.error.is_none() {
                let name = self.matter(from.edition, &from.matter)?;
                offers.push(Offer {
                    question: question.name.clone(),
                    value: value.clone(),
                    display: question.display.clone(),
                    matter: name.map_or_else(
                        || from.matter.clone(),
                        |matter| matter.name.get(seen.language).to_owned(),
                    ),
                    day: day_in_china(from.received().map_or(from.created, |received| received.time)),
                });
            }
        }
        Ok(offers)
    }

    /// What was handed in for the person of this ID number before, newest first.
    fn earlier(&mut self, id: DocumentId, number: &str) -> Stored<Vec<Arc<Application>>> {
        self.index()?;
        let mut earlier = Vec::new();
        for other in rows::of_person(&self.db, number, LOOKED_THROUGH)? {
            if other == id {
                continue;
            }
            let opened = self.take(other)?;
            let application = opened.record();
            let counts = !opened.aside
                && !matches!(
                    status(&application, &opened.authority()),
                    Status::Draft | Status::Withdrawn
                );
            self.give(other, opened);
            if counts && application.applicant_id_number() == number {
                earlier.push(application);
            }
        }
        Ok(earlier)
    }
}
