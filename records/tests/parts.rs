//! Parts of a bundle, and drafts that were moved to another version of the catalogue.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use doorstep_records::application::ApplicationStep;
use doorstep_records::permit::permit;
use doorstep_records::{Application, ApplicationDocument, Case, Edit, Page, RecordError, Save};

const BUNDLE: &str = "0f0e0d0c0b0a09080706050403020100";

fn whole() -> Application {
    let (mut document, _) = begun();
    document
        .edit(
            &author(1, MONDAY),
            &[answer("name", "柳青禾"), answer("phone", "13900000001")],
        )
        .unwrap();
    document.view()
}

fn part(number: u8, edits: &[Edit]) -> (ApplicationDocument, Save) {
    ApplicationDocument::create_part(
        &author(number, MONDAY + u64::from(number)),
        BUNDLE,
        &whole(),
        "M0002",
        edits,
    )
    .unwrap()
}

#[test]
fn a_part_says_what_it_was_divided_from() {
    let (document, save) = part(2, &[answer("name", "柳青禾"), step(ApplicationStep::Received, "")]);
    let view = document.view();
    assert_eq!((view.matter.as_str(), view.bundle.as_str()), ("M0002", BUNDLE));
    // Whoever divides: the first person asked, the day and the station are those of the whole.
    let whole = whole();
    assert_eq!(
        (&view.first_responder, view.created),
        (&whole.first_responder, whole.created)
    );
    assert_eq!((&view.station, view.edition), (&whole.station, whole.edition));
    assert_eq!(view.events.len(), 1);
    // One save: what a part is made of never comes in pieces.
    let mut other = ApplicationDocument::empty();
    other.apply(&device(2), &save.bytes).unwrap();
    assert_eq!(other.view(), view);
}

#[test]
fn two_devices_that_divide_while_apart_make_one_part() {
    let received = [
        step(ApplicationStep::Received, ""),
        Edit::Signed { signature: signature() },
    ];
    let (mut here, first) = part(
        1,
        &[
            &[answer("name", "柳青禾"), answer("phone", "13900000001")],
            &received[..],
        ]
        .concat(),
    );
    let (mut there, second) = part(
        2,
        &[
            &[answer("name", "柳青禾"), answer("phone", "13900000002")],
            &received[..],
        ]
        .concat(),
    );
    here.apply(&device(2), &second.bytes).unwrap();
    there.apply(&device(1), &first.bytes).unwrap();
    assert_eq!(here.view(), there.view());
    let view = here.view();
    // What both had is one; what they had differently stands side by side.
    assert_eq!(view.conflicts(), ["answers.phone"]);
    assert_eq!(view.events.len(), 2);
    assert_eq!(view.signatures, [signature()]);
    assert_eq!(view.matter, "M0002");
    let again = ApplicationDocument::load(&here.save()).unwrap();
    assert_eq!(again.view(), view);
}

#[test]
fn a_part_that_two_devices_made_has_each_page_once() {
    let pages = |device: u8| {
        let page = |id: &str, file: &str, position| Edit::PageAdded {
            material: "M1".into(),
            page: Page {
                id: format!("{id}{device}"),
                file: format!("{file:0<64}"),
                ..page("", position)
            },
        };
        [page("a", "aa", 1.0), page("b", "bb", 2.0)]
    };
    let (mut here, first) = part(1, &pages(1));
    let (mut there, second) = part(2, &pages(2));
    here.apply(&device(2), &second.bytes).unwrap();
    there.apply(&device(1), &first.bytes).unwrap();
    let ids = |document: &ApplicationDocument| {
        let material = document.view().materials["M1"].clone();
        let ids = |pages: &[Page]| pages.iter().map(|page| page.id.clone()).collect::<Vec<_>>();
        (ids(&material.pages), ids(&material.removed))
    };
    assert_eq!(ids(&here), (vec!["a1".into(), "b1".into()], vec![]));
    assert_eq!(ids(&there), ids(&here));
    // Taken out where both are known, it is out; its double does not come in its place.
    let removed = Edit::PageRemoved {
        page: "a1".into(),
        removed: true,
    };
    let out = there.edit(&author(2, MONDAY), &[removed]).unwrap();
    here.apply(&device(2), &out.bytes).unwrap();
    assert_eq!(ids(&here), (vec!["b1".into()], vec!["a1".into()]));
    // The same picture taken twice is two pages, in an application that nobody divided too.
    let (mut plain, _) = begun();
    plain.edit(&author(1, MONDAY), &[pages(1), pages(2)].concat()).unwrap();
    assert_eq!(ids(&plain).0.len(), 4);
}

#[test]
fn a_device_that_knew_of_another_version_of_the_bundle_divides_into_the_same_part() {
    let (mut here, _) = part(1, &[answer("name", "柳青禾")]);
    let mut moved = whole();
    moved.edition = moved.catalogue + 2;
    let edits = [Edit::Numbered { number: "N-2".into() }];
    let (there, save) = ApplicationDocument::create_part(&author(2, MONDAY), BUNDLE, &moved, "M0002", &edits).unwrap();
    assert_eq!(there.view().edition, moved.edition);
    here.apply(&device(2), &save.bytes).unwrap();
    let view = here.view();
    assert_eq!((view.edition, view.number.as_deref()), (moved.edition, Some("N-2")));
    assert_eq!(view.answers["name"].value, "柳青禾");
}

#[test]
fn a_part_is_begun_again_only_in_the_same_words() {
    let (mut here, _) = part(1, &[]);
    let mut other = whole();
    other.station = "500199101202".into();
    let (_, save) = ApplicationDocument::create_part(&author(2, MONDAY), BUNDLE, &other, "M0002", &[]).unwrap();
    assert!(matches!(
        here.apply(&device(2), &save.bytes),
        Err(RecordError::Schema(_))
    ));
    let elsewhere = "00000000000000000000000000000000";
    let (_, save) = ApplicationDocument::create_part(&author(2, MONDAY), elsewhere, &whole(), "M0002", &[]).unwrap();
    assert!(matches!(
        here.apply(&device(2), &save.bytes),
        Err(RecordError::Schema(_))
    ));
}

#[test]
fn what_bundle_it_is_of_is_never_changed() {
    let (mut document, save) = begun();
    let mut plain = automerge::Automerge::new();
    plain
        .apply_changes([automerge::Change::try_from(&save.bytes[..]).unwrap()])
        .unwrap();
    plain.set_actor(automerge::ActorId::from(&[&device(2)[..], &[1]].concat()[..]));
    let mut tx = plain.transaction();
    automerge::transaction::Transactable::put(&mut tx, automerge::ROOT, "bundle", BUNDLE).unwrap();
    tx.commit();
    let change = plain.get_last_local_change().unwrap();
    assert!(matches!(
        document.apply(&device(2), change.raw_bytes()),
        Err(RecordError::Schema(_))
    ));
}

#[test]
fn a_draft_is_moved_and_moved_back() {
    let (mut document, _) = begun();
    assert_eq!(document.view().edition, 3);
    let to = |version| [Edit::Edition { version }];
    document.edit(&author(1, MONDAY), &to(5)).unwrap();
    let view = document.view();
    assert_eq!((view.catalogue, view.edition), (3, 5));
    document.edit(&author(1, MONDAY), &to(3)).unwrap();
    assert_eq!(document.view().edition, 3);
}

#[test]
fn two_devices_that_move_a_draft_agree_on_the_newer_version() {
    let (mut here, save) = begun();
    let mut there = ApplicationDocument::empty();
    there.apply(&device(1), &save.bytes).unwrap();
    let first = here.edit(&author(1, MONDAY), &[Edit::Edition { version: 5 }]).unwrap();
    let second = there.edit(&author(2, MONDAY), &[Edit::Edition { version: 4 }]).unwrap();
    here.apply(&device(2), &second.bytes).unwrap();
    there.apply(&device(1), &first.bytes).unwrap();
    assert_eq!((here.view().edition, there.view().edition), (5, 5));
    assert_eq!(here.view().conflicts(), Vec::<String>::new());
    // And back: the higher one does not come again.
    here.edit(&author(1, MONDAY), &[Edit::Edition { version: 3 }]).unwrap();
    assert_eq!(here.view().edition, 3);
}

#[test]
fn what_was_handed_in_stays_with_its_version() {
    let (mut document, _) = begun();
    let edit = Edit::Edition { version: 5 };
    permit(&document.view(), &Case::default(), &edit).unwrap();
    document
        .edit(&author(1, MONDAY), &[step(ApplicationStep::Received, "")])
        .unwrap();
    let refused = permit(&document.view(), &Case::default(), &edit);
    assert!(matches!(refused, Err(RecordError::Locked)));
}
