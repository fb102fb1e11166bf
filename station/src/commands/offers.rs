//! What earlier applications of the same person already say.

use doorstep_records::Edit;

use crate::contract::{ApplicationView, OffersRequest};
use crate::{Failure, Station};

pub(crate) async fn offers_take(station: &Station, request: OffersRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    station
        .change(&request.id, move |desk, id| {
            // Only what is offered now: a question that somebody has answered meanwhile is no longer among them.
            let offers = desk.ledger.view(id, language)?.offers;
            let wanted = |question: &String| match &request.questions {
                Some(questions) => questions.contains(question),
                None => true,
            };
            let edits = offers
                .into_iter()
                .filter(|offer| wanted(&offer.question))
                .map(|offer| Edit::Answer {
                    name: offer.question,
                    value: offer.value,
                    note: String::new(),
                });
            let edits = edits.collect();
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(edits))
        })
        .await
}
