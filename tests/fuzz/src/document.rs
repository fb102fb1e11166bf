//! Automerge changes and whole documents, as `records` reads them.

use std::hint::black_box;

use doorstep_matters::Language;
use doorstep_matters::calendar::Limit;
use doorstep_records::application::differences;
use doorstep_records::{ApplicationDocument, Case, CaseDocument, changes, deadline, status};
use sha2::{Digest, Sha256};

use crate::district::{base, device};

/// What a chunk of Automerge begins with.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// The bytes are changes one after the other, or a whole document; with checksums as they are, and with such as fit.
pub fn document(data: &[u8]) {
    read(data);
    let mended = mended(data);
    if mended != data {
        read(&mended);
    }
}

fn read(bytes: &[u8]) {
    let author = device().verifying_key().device().0;
    let (begun, _) = base();
    let mut application = begun.clone();
    let before = application.heads();
    match application.apply(&author, bytes) {
        Ok(()) => look_at(&mut application),
        Err(_) => assert_eq!(application.heads(), before, "what is refused changes nothing"),
    }
    let mut new = ApplicationDocument::empty();
    if new.apply(&author, bytes).is_ok() {
        look_at(&mut new);
    }
    let mut case = CaseDocument::empty();
    if case.apply(&author, bytes).is_ok() {
        look_at_case(&mut case);
    }
    ApplicationDocument::contents(bytes);
    changes::people(bytes);
    // Documents of our own disk, on which bits may have turned: nothing was judged.
    let _ = ApplicationDocument::load(bytes).map(|loaded| loaded.view());
    let _ = CaseDocument::load(bytes).map(|loaded| loaded.view());
}

fn look_at(document: &mut ApplicationDocument) {
    let application = document.view();
    let empty = Case::default();
    status(&application, &empty);
    deadline::deadline(&application, &empty, Limit::default(), "2026-03-05");
    application.context("2026-03-05".into(), Language::Chinese);
    black_box((application.kept(), application.conflicts(), application.files()));
    black_box((application.plain_answers(), application.answers_with_rows_out()));
    for received in document.receptions() {
        differences(&received, &application);
    }
    document.as_received();
    let saved = document.save();
    let again = ApplicationDocument::load(&saved).map(|document| document.view());
    assert_eq!(again, Ok(application), "what is saved is read again");
}

fn look_at_case(document: &mut CaseDocument) {
    let case = document.view();
    let application = base().0.view();
    status(&application, &case);
    deadline::deadline(&application, &case, Limit::default(), "2026-03-05");
    deadline::statutory(&application, &case, Limit::default(), "2026-03-05");
    case.open_correction(&application);
    let _ = (case.lies_with(), case.stage());
    let saved = document.save();
    let again = CaseDocument::load(&saved).map(|document| document.view());
    assert_eq!(again, Ok(case), "what is saved is read again");
}

/// The same chunks with checksums that fit them.
fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut mended = bytes.to_vec();
    let mut at = 0;
    while let Some(length) = chunk(&bytes[at..]) {
        let sum = Sha256::digest(&bytes[at + 8..at + length]);
        mended[at + 4..at + 8].copy_from_slice(&sum[..4]);
        at += length;
    }
    mended
}

/// The length of the chunk that begins here: magic, checksum (4), kind, length of the rest (LEB128), the rest.
fn chunk(bytes: &[u8]) -> Option<usize> {
    bytes.starts_with(&MAGIC).then_some(())?;
    let mut length = 0_usize;
    for (place, byte) in bytes.iter().enumerate().skip(9).take(4) {
        length |= usize::from(byte & 0x7f) << (7 * (place - 9));
        if byte & 0x80 == 0 {
            let end = place + 1 + length;
            return (end <= bytes.len()).then_some(end);
        }
    }
    None
}
