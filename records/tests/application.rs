//! What a clerk does to an application, and what two clerks do to it while apart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use doorstep_records::application::ApplicationStep;
use doorstep_records::{ApplicationDocument, Edit, RecordError};

/// Two devices with the same document.
fn two() -> (ApplicationDocument, ApplicationDocument) {
    let (first, save) = begun();
    let mut second = ApplicationDocument::empty();
    second.apply(&device(1), &save.bytes).unwrap();
    (first, second)
}

#[test]
fn a_new_application_says_where_it_comes_from() {
    let (document, save) = begun();
    assert!(!save.is_empty());
    let view = document.view();
    assert_eq!(
        (view.matter.as_str(), view.catalogue, view.station.as_str()),
        ("M0001", 3, "500199101201")
    );
    assert_eq!((view.first_responder.as_str(), view.created), ("T0101", MONDAY));
    assert_eq!(view.number, None);
}

#[test]
fn an_answer_is_kept_with_its_note() {
    let (mut document, _) = begun();
    let note = "旧户口簿上就是这样".to_owned();
    let edit = Edit::Answer {
        name: "id_number".into(),
        value: "500199193001011".into(),
        note,
    };
    document.edit(&author(1, MONDAY + 1000), &[edit]).unwrap();
    let view = document.view();
    assert_eq!(view.applicant_id_number(), "500199193001011");
    assert_eq!(view.kept(), ["id_number"]);
    // A new value does not inherit the excuse.
    document
        .edit(&author(1, MONDAY + 2000), &[answer("id_number", "50019919300101123X")])
        .unwrap();
    assert!(document.view().kept().is_empty());
}

#[test]
fn an_equal_value_makes_no_change() {
    let (mut document, _) = begun();
    assert!(
        !document
            .edit(&author(1, MONDAY), &[answer("name", "柳青禾")])
            .unwrap()
            .is_empty()
    );
    let heads = document.heads();
    assert!(
        document
            .edit(&author(1, MONDAY + 1000), &[answer("name", "柳青禾")])
            .unwrap()
            .is_empty()
    );
    assert_eq!(document.heads(), heads);
    // To clear what the form or an earlier application offered is a change, once.
    let mut clear = || {
        document
            .edit(&author(1, MONDAY + 1000), &[answer("nickname", "")])
            .unwrap()
    };
    assert!(!clear().is_empty());
    assert!(clear().is_empty());
}

#[test]
fn nothing_is_applied_when_one_edit_fails() {
    let (mut document, _) = begun();
    let edits = [
        answer("name", "柳青禾"),
        Edit::PageRotated {
            page: "00".into(),
            rotation: 90,
        },
    ];
    assert_eq!(document.edit(&author(1, MONDAY), &edits), Err(RecordError::NotFound));
    assert!(document.view().answers.is_empty());
    assert!(!document.edit(&author(1, MONDAY), &edits[..1]).unwrap().is_empty());
}

#[test]
fn an_edit_that_fails_leaves_no_trace() {
    let (mut one, mut two) = two();
    one.edit(&author(1, MONDAY), &[answer("name", "柳青禾")]).unwrap();
    let theirs = two.edit(&author(2, MONDAY), &[answer("name", "柳青和")]).unwrap();
    one.apply(&device(2), &theirs.bytes).unwrap();
    let chosen = Edit::Chosen {
        path: "answers.name".into(),
        value: "柳青和".into(),
    };
    let edits = [answer("phone", "00000000000"), answer("name", "柳远山"), chosen];
    let fails = Edit::PageRotated {
        page: "00".into(),
        rotation: 90,
    };
    let mut without = one.clone();
    let (whole, heads, view) = (one.save(), one.heads(), one.view());
    // Somebody who wrote here before, and somebody who did not.
    for writer in [1, 3] {
        for written in 0..=edits.len() {
            let with = [&edits[..written], std::slice::from_ref(&fails)].concat();
            assert!(one.edit(&author(writer, MONDAY), &with).is_err());
            assert!(one.edit_seen(&author(writer, MONDAY), &heads, &with).is_err());
            assert!(one.save() == whole && one.heads() == heads && one.view() == view);
        }
    }
    for writer in [1, 3] {
        let saved = one.edit(&author(writer, MONDAY), &edits);
        assert_eq!(without.edit(&author(writer, MONDAY), &edits), saved);
    }
    assert!(one.save() == without.save());
}

#[test]
fn different_fields_merge() {
    let (mut one, mut two) = two();
    let a = one.edit(&author(1, MONDAY), &[answer("name", "柳青禾")]).unwrap();
    let b = two.edit(&author(2, MONDAY), &[answer("phone", "00000000000")]).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    two.apply(&device(1), &a.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    assert_eq!(one.heads(), two.heads());
    assert!(one.view().conflicts().is_empty());
    assert_eq!(one.view().plain_answers().len(), 2);
}

#[test]
fn rivals_are_shown_with_who_and_when_until_a_person_chooses() {
    let (mut one, mut two) = two();
    let a = one
        .edit(&author(1, MONDAY + 5_000), &[answer("name", "柳青禾")])
        .unwrap();
    let b = two
        .edit(&author(2, MONDAY + 9_000), &[answer("name", "柳青和")])
        .unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    two.apply(&device(1), &a.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    let view = one.view();
    assert_eq!(view.conflicts(), ["answers.name"]);
    let versions = &view.answers["name"].versions;
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0].value, view.answers["name"].value);
    let first = versions.iter().find(|version| version.value == "柳青禾").unwrap();
    assert_eq!((first.staff.as_str(), first.time), ("T0101", MONDAY + 5_000));
    assert_eq!(
        first.device,
        device(1).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    );

    // Typing what is shown settles nothing.
    let shown = view.answers["name"].value.clone();
    assert!(
        one.edit(&author(1, MONDAY), &[answer("name", &shown)])
            .unwrap()
            .is_empty()
    );
    assert_eq!(one.view().conflicts().len(), 1);
    // A value that nobody wrote cannot be chosen.
    let choose = |value: &str| Edit::AnswerChosen {
        name: "name".into(),
        value: value.into(),
    };
    assert_eq!(one.edit(&author(1, MONDAY), &[choose("x")]), Err(RecordError::NotFound));

    for value in ["柳青禾", "柳青和"] {
        let (mut here, mut there) = (one.clone(), two.clone());
        let save = here.edit(&author(1, MONDAY + 60_000), &[choose(value)]).unwrap();
        assert!(!save.is_empty());
        there.apply(&device(1), &save.bytes).unwrap();
        assert_eq!(here.view(), there.view());
        assert_eq!(
            (
                here.view().answers["name"].value.as_str(),
                here.view().conflicts().len()
            ),
            (value, 0)
        );
    }
}

#[test]
fn two_people_who_choose_differently_are_rivals_again() {
    let (mut one, mut two) = two();
    let a = one.edit(&author(1, MONDAY), &[answer("name", "甲")]).unwrap();
    let b = two.edit(&author(2, MONDAY), &[answer("name", "乙")]).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    two.apply(&device(1), &a.bytes).unwrap();
    let choose = |value: &str| Edit::Chosen {
        path: "answers.name".into(),
        value: value.into(),
    };
    let a = one.edit(&author(1, MONDAY), &[choose("甲")]).unwrap();
    let b = two.edit(&author(2, MONDAY), &[choose("乙")]).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    two.apply(&device(1), &a.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    assert_eq!(one.view().answers["name"].versions.len(), 2);
}

#[test]
fn two_people_who_wrote_the_same_have_nothing_to_choose() {
    let (mut one, mut two) = two();
    one.edit(&author(1, MONDAY), &[answer("name", "柳青禾")]).unwrap();
    let b = two.edit(&author(2, MONDAY), &[answer("name", "柳青禾")]).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    assert!(one.view().conflicts().is_empty());
}

#[test]
fn clearing_a_field_is_a_rival_of_filling_it() {
    let (mut one, mut two) = two();
    let first = one.edit(&author(1, MONDAY), &[answer("phone", "1")]).unwrap();
    two.apply(&device(1), &first.bytes).unwrap();
    one.edit(&author(1, MONDAY), &[answer("phone", "")]).unwrap();
    let b = two.edit(&author(2, MONDAY), &[answer("phone", "2")]).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    assert_eq!(one.view().conflicts(), ["answers.phone"]);
}

#[test]
fn what_arrived_behind_the_screen_is_not_overwritten() {
    let (mut one, mut two) = two();
    let seen = two.heads();
    let remote = one
        .edit(&author(1, MONDAY), &[answer("name", "柳青禾"), answer("age", "81")])
        .unwrap();
    two.apply(&device(1), &remote.bytes).unwrap();
    // The screen of the second device still shows an empty field.
    let save = two
        .edit_seen(&author(2, MONDAY), &seen, &[answer("name", "柳青和")])
        .unwrap();
    one.apply(&device(2), &save.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    assert_eq!(two.view().conflicts(), ["answers.name"]);
    assert_eq!(two.view().answers["age"].value, "81");
    // The next letter of the same person, from the same screen, is no rival of the one before.
    let save = two
        .edit_seen(&author(2, MONDAY), &save.heads, &[answer("name", "柳青河")])
        .unwrap();
    one.apply(&device(2), &save.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    let values: Vec<_> = two.view().answers["name"]
        .versions
        .iter()
        .map(|version| version.value.clone())
        .collect();
    assert_eq!(values.len(), 2, "{values:?}");
    assert!(
        values.contains(&"柳青禾".into()) && values.contains(&"柳青河".into()),
        "{values:?}"
    );
    // Once the screen has shown it, an edit stands over it.
    let seen = two.heads();
    two.edit_seen(&author(2, MONDAY), &seen, &[answer("age", "82")])
        .unwrap();
    assert!(!two.view().conflicts().contains(&"answers.age".into()));
    for unknown in [&["00".repeat(32)][..], &["words".to_owned()], &[]] {
        assert_eq!(
            two.edit_seen(&author(2, MONDAY), unknown, &[answer("age", "1")]),
            Err(RecordError::Unseen)
        );
    }
}

#[test]
fn two_screens_of_one_device_are_two_writers() {
    let (mut here, first) = begun();
    let mut there = ApplicationDocument::empty();
    there.apply(&device(1), &first.bytes).unwrap();
    let opened = here.heads();
    let me = author(1, MONDAY);
    let mut type_at = |seen: &[String], name: &str, value: &str| {
        let save = here.edit_seen(&me, seen, &[answer(name, value)]).unwrap();
        // Everyone takes it as written by this device.
        there.apply(&device(1), &save.bytes).unwrap();
        assert_eq!(here.view(), there.view());
        (save.heads, here.view())
    };
    // Both screens opened it before either wrote; each goes on from what it wrote itself, turn by turn.
    let (mut left, _) = type_at(&opened, "phone", "1");
    let (mut right, mut view) = type_at(&opened, "name", "柳");
    for n in 2..6 {
        (left, _) = type_at(&left, "phone", &n.to_string());
        (right, view) = type_at(&right, "name", &"柳青禾".repeat(n));
    }
    assert!(view.conflicts().is_empty(), "different fields merge");
    let (_, view) = type_at(&left, "name", "甲");
    assert_eq!(view.conflicts(), ["answers.name"]);
    let versions = &view.answers["name"].versions;
    assert!(versions.iter().any(|version| version.value == "甲"));
    assert!(versions.iter().all(|version| version.device == hex::encode(device(1))));
    let (_, view) = type_at(&right, "name", "乙");
    let mut values: Vec<_> = view.answers["name"].versions.iter().map(|v| v.value.as_str()).collect();
    values.sort_unstable();
    assert_eq!(
        values,
        ["乙", "甲"],
        "the value of the other screen stays, one's own is gone on with"
    );
    let (loaded, all) = (ApplicationDocument::load(&here.save()).unwrap(), here.heads());
    assert_eq!((loaded.view(), loaded.heads()), (here.view(), all.clone()));
    // Who has seen all of it writes over it.
    let choose = Edit::Chosen {
        path: "answers.name".into(),
        value: "甲".into(),
    };
    here.edit_seen(&me, &all, &[choose]).unwrap();
    assert!(here.view().conflicts().is_empty());
}

#[test]
fn pages_are_turned_moved_taken_out_and_never_lost() {
    let (mut document, _) = begun();
    let me = author(1, MONDAY);
    let add = |id: &str, position| Edit::PageAdded {
        material: "M1".into(),
        page: page(id, position),
    };
    document
        .edit(&me, &[add("a1", 1.0), add("b2", 2.0), add("c3", 3.0)])
        .unwrap();
    let edits = [
        Edit::PageMoved {
            page: "c3".into(),
            position: 0.5,
        },
        Edit::PageRotated {
            page: "a1".into(),
            rotation: 270,
        },
        Edit::PageRemoved {
            page: "b2".into(),
            removed: true,
        },
    ];
    assert!(!document.edit(&me, &edits).unwrap().is_empty());
    assert!(document.edit(&me, &edits).unwrap().is_empty());
    let material = &document.view().materials["M1"];
    assert_eq!(
        material.pages.iter().map(|page| page.id.as_str()).collect::<Vec<_>>(),
        ["c3", "a1"]
    );
    assert_eq!(
        material.pages[1],
        doorstep_records::Page {
            rotation: 270,
            ..page("a1", 1.0)
        }
    );
    assert_eq!(material.removed, [page("b2", 2.0)]);
    assert_eq!(document.view().files().len(), 3);
    document
        .edit(
            &me,
            &[Edit::PageRemoved {
                page: "b2".into(),
                removed: false,
            }],
        )
        .unwrap();
    assert!(document.view().materials["M1"].removed.is_empty());

    assert!(document.edit(&me, &[add("a1", 1.0)]).unwrap().is_empty());
    for wrong in [
        add("a1", 9.0),
        add("a.b", 1.0),
        add("", 1.0),
        add("n", f64::NAN),
        Edit::PageAdded {
            material: String::new(),
            page: page("z", 1.0),
        },
        Edit::PageAdded {
            material: "M1".into(),
            page: doorstep_records::Page {
                file: "xy".into(),
                ..page("z", 1.0)
            },
        },
        Edit::PageRotated {
            page: "a1".into(),
            rotation: 45,
        },
        Edit::PageMoved {
            page: "a1".into(),
            position: f64::INFINITY,
        },
    ] {
        assert!(
            matches!(
                document.edit(&me, std::slice::from_ref(&wrong)),
                Err(RecordError::Schema(_))
            ),
            "{wrong:?}"
        );
    }
}

#[test]
fn a_page_put_back_by_one_and_taken_out_by_another_stays() {
    let (mut one, mut two) = two();
    let add = Edit::PageAdded {
        material: "M1".into(),
        page: page("a1", 1.0),
    };
    let out = |removed| Edit::PageRemoved {
        page: "a1".into(),
        removed,
    };
    let save = one.edit(&author(1, MONDAY), &[add, out(true)]).unwrap();
    two.apply(&device(1), &save.bytes).unwrap();
    let back = one.edit(&author(1, MONDAY), &[out(false)]).unwrap();
    two.edit(&author(2, MONDAY), &[out(false)]).unwrap();
    two.edit(&author(2, MONDAY), &[out(true)]).unwrap();
    two.apply(&device(1), &back.bytes).unwrap();
    assert_eq!(two.view().materials["M1"].pages.len(), 1);
}

#[test]
fn materials_signatures_and_steps_are_kept() {
    let (mut document, _) = begun();
    let edits = [
        Edit::Evidence {
            material: "M.1".into(),
            level: "B".into(),
        },
        Edit::DeferredUntil {
            material: "M.1".into(),
            day: "2026-03-20".into(),
        },
        Edit::Declared {
            material: "M2".into(),
            declared: true,
        },
        Edit::Presence {
            name: "who".into(),
            value: "agent".into(),
        },
        Edit::Signed { signature: signature() },
        Edit::Numbered {
            number: "500199101201-20260302-A1-0001".into(),
        },
        step(ApplicationStep::Received, ""),
        step(ApplicationStep::Withdrawn, "不办了"),
    ];
    document.edit(&author(1, MONDAY + 10_250), &edits).unwrap();
    let view = document.view();
    assert_eq!(view.materials["M.1"].evidence.value, "B");
    assert_eq!(view.materials["M.1"].deferred_until.value, "2026-03-20");
    assert_eq!(view.materials["M2"].declared.value, "true");
    assert_eq!(view.presence["who"].value, "agent");
    assert_eq!(view.signatures, [signature()]);
    assert_eq!(view.number.as_deref(), Some("500199101201-20260302-A1-0001"));
    let steps: Vec<_> = view
        .events
        .iter()
        .map(|event| (event.step, event.staff.as_str(), event.time))
        .collect();
    let time = MONDAY + 10_250;
    assert_eq!(
        steps,
        [
            (ApplicationStep::Received, "T0101", time),
            (ApplicationStep::Withdrawn, "T0101", time)
        ]
    );
    assert_eq!(view.events[1].note, "不办了");
    let loaded = ApplicationDocument::load(&document.save()).unwrap();
    assert_eq!(loaded.view(), view);
}

#[test]
fn rival_material_fields_are_chosen_by_path() {
    let (mut one, mut two) = two();
    let level = |level: &str| Edit::Evidence {
        material: "M.1".into(),
        level: level.into(),
    };
    one.edit(&author(1, MONDAY), &[level("A")]).unwrap();
    let b = two.edit(&author(2, MONDAY), &[level("B")]).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    assert_eq!(one.view().conflicts(), ["materials.M.1.evidence"]);
    let choose = Edit::Chosen {
        path: "materials.M.1.evidence".into(),
        value: "A".into(),
    };
    one.edit(&author(1, MONDAY), &[choose]).unwrap();
    assert_eq!(
        (
            one.view().conflicts().len(),
            one.view().materials["M.1"].evidence.value.as_str()
        ),
        (0, "A")
    );
    for path in ["matter", "pages.a1", "nonsense", "answers.nobody"] {
        let edit = Edit::Chosen {
            path: path.into(),
            value: "M0001".into(),
        };
        assert_eq!(
            one.edit(&author(1, MONDAY), &[edit]),
            Err(RecordError::NotFound),
            "{path}"
        );
    }
}

#[test]
fn two_devices_that_received_the_same_papers_both_keep_their_number() {
    let (mut one, mut two) = two();
    let receive = |number: &str| {
        [
            Edit::Numbered { number: number.into() },
            step(ApplicationStep::Received, ""),
        ]
    };
    let a = one.edit(&author(1, MONDAY + 9_000), &receive("N-A1-0001")).unwrap();
    let b = two.edit(&author(2, MONDAY + 5_000), &receive("N-B1-0001")).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    two.apply(&device(1), &a.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    assert_eq!(one.view().number.as_deref(), Some("N-B1-0001"));
    assert_eq!(one.view().other_numbers, ["N-A1-0001"]);
    assert_eq!(one.view().events.len(), 2);
}

#[test]
fn too_much_is_refused() {
    let (mut document, _) = begun();
    let me = author(1, MONDAY);
    let long = "x".repeat(64 * 1024 + 1);
    let edits = [
        answer("name", &long),
        answer(&long, "x"),
        answer("", "x"),
        answer("a\nb", "x"),
        answer("a", &long),
    ];
    for wrong in edits {
        assert!(matches!(document.edit(&me, &[wrong]), Err(RecordError::Schema(_))));
    }
    let many: Vec<_> = (0..2_000).map(|number| answer(&format!("q{number}"), "x")).collect();
    assert!(matches!(document.edit(&me, &many), Err(RecordError::Schema(_))));
    assert!(document.view().answers.is_empty());
    assert!(document.edit(&me, &many[..1_900]).is_ok());
}

#[test]
fn what_was_typed_can_be_read_from_the_item_alone() {
    let (mut document, _) = begun();
    let note = "旧证".to_owned();
    let add = |id: &str| Edit::PageAdded {
        material: "M1".into(),
        page: page(id, 1.0),
    };
    let edits = [
        Edit::Answer {
            name: "id_number".into(),
            value: "1".into(),
            note,
        },
        Edit::Presence {
            name: "who".into(),
            value: "agent".into(),
        },
        Edit::Numbered { number: "N".into() },
        add("a1"),
        add("a2"),
    ];
    let save = document.edit(&author(1, MONDAY), &edits).unwrap();
    let expected = [
        ("answers.id_number".to_owned(), "1 (旧证)".to_owned()),
        ("presence.who".into(), "agent".into()),
        ("materials.M1.pages".into(), "2".into()),
    ];
    assert_eq!(ApplicationDocument::contents(&save.bytes), expected);
    assert!(ApplicationDocument::contents(b"nonsense").is_empty());
}
