//! The receipt.

use doorstep_records::Purpose;

use crate::contract::{ApplicationRequest, Receipt};
use crate::{Failure, Station};

pub(crate) async fn receipt(station: &Station, request: ApplicationRequest) -> Result<Receipt, Failure> {
    let language = station.language();
    let id = request.id.parse().map_err(|_| Failure::not_found("application"))?;
    station
        .work(move |desk| {
            let receipt = desk.ledger.receipt(id, language)?;
            desk.look(Purpose::Receipt, &[id], 1)?;
            Ok(receipt)
        })
        .await
}
