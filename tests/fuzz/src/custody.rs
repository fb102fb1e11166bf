//! Custody files, as whoever was given one checks them.

use doorstep_custody::file::{Custody, read, write};
use doorstep_custody::{check, report};
use doorstep_sync::Item;

use crate::district::center;
use crate::item::signed;

/// The bytes are a custody file, or what such a file says: it is then signed by the center, and so is every item in it by
/// whom it names.
pub fn custody(data: &[u8]) {
    let key = center().verifying_key();
    if let Ok(custody) = read(data, &key) {
        assert_eq!(write(&custody, center()), data, "there is one form");
        follow(&custody);
    }
    let Ok(mut custody) = minicbor::decode::<Custody>(data) else {
        return;
    };
    follow(&custody);
    let sign = |item: &mut Item| *item = signed(&item.envelope);
    let evidence = &mut custody.evidence;
    evidence.items.iter_mut().for_each(|kept| sign(&mut kept.item));
    evidence.grants.iter_mut().chain(&mut evidence.receipts).for_each(sign);
    follow(&custody);
    assert_eq!(read(&write(&custody, center()), &key), Ok(custody));
}

fn follow(custody: &Custody) {
    let chain = check(&center().verifying_key(), &custody.evidence);
    report(&chain, &custody.evidence.people);
    chain.application.view();
    chain.case.view();
}
