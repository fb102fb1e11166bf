//! What the authority does, how far an application has got, what is owed, and what may be edited.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use doorstep_matters::calendar::{Limit, LimitUnit};
use doorstep_records::application::{ApplicationEvent, ApplicationStep};
use doorstep_records::case::CorrectionPoint;
use doorstep_records::deadline::{Deadline, Light, day, deadline, statutory};
use doorstep_records::permit::permit;
use doorstep_records::{
    Application, Author, Case, CaseDocument, CaseEvent, CaseStep, CorrectionRequest, Edit, Field, MaterialRecord, Page,
    RecordError, Stage, Status, status,
};

const TEN: Limit = Limit {
    count: 10,
    unit: LimitUnit::WorkingDays,
};

fn did(steps: &[(ApplicationStep, &str)]) -> Application {
    let event = |(step, note): &(ApplicationStep, &str)| ApplicationEvent {
        step: *step,
        staff: "T0101".into(),
        time: MONDAY,
        note: (*note).into(),
    };
    Application {
        events: steps.iter().map(event).collect(),
        ..Application::default()
    }
}

fn received() -> Application {
    did(&[(ApplicationStep::Received, "")])
}

fn case(steps: Vec<(CaseStep, u64)>) -> Case {
    let event =
        |(number, (step, day)): (usize, (CaseStep, u64))| event(&format!("e{number}"), step, MONDAY + day * DAY);
    Case {
        events: steps.into_iter().enumerate().map(event).collect(),
    }
}

fn ask() -> CaseStep {
    let point = |name: &str| CorrectionPoint {
        name: name.into(),
        words: "看不清".into(),
    };
    let request = CorrectionRequest {
        message: "请补正".into(),
        fields: vec![point("phone")],
        materials: vec![point("M1")],
        due: "2026-03-20".into(),
    };
    CaseStep::CorrectionAsked { request }
}

fn accepted(due: &str) -> CaseStep {
    CaseStep::accepted(due)
}

fn decided(granted: bool) -> CaseStep {
    let (number, reason, remedies) = ("Z-1".into(), String::new(), String::new());
    CaseStep::Decided {
        granted,
        number,
        reason,
        remedies,
        file: None,
        seal: None,
    }
}

fn not_accepted() -> CaseStep {
    CaseStep::NotAccepted {
        reason: "不属于本机关".into(),
        remedies: "复议".into(),
    }
}

#[test]
fn status_follows_both_sides() {
    use CaseStep::Arrived;
    let checked = || CaseStep::prechecked(vec![]);
    let answered = did(&[(ApplicationStep::Received, ""), (ApplicationStep::Resubmitted, "e2")]);
    let withdrawn = did(&[(ApplicationStep::Received, ""), (ApplicationStep::Withdrawn, "不办了")]);
    let table = [
        (Application::default(), vec![], Status::Draft),
        (did(&[(ApplicationStep::Withdrawn, "")]), vec![], Status::Withdrawn),
        (received(), vec![], Status::Received),
        (received(), vec![Arrived, checked()], Status::Arrived),
        // The case can be here before the application is.
        (Application::default(), vec![Arrived], Status::Arrived),
        (received(), vec![Arrived, checked(), accepted("")], Status::Accepted),
        (received(), vec![Arrived, not_accepted()], Status::NotAccepted),
        (received(), vec![Arrived, checked(), ask()], Status::CorrectionAsked),
        (
            received(),
            vec![Arrived, checked(), ask(), checked()],
            Status::CorrectionAsked,
        ),
        (answered.clone(), vec![Arrived, checked(), ask()], Status::Resubmitted),
        (
            answered.clone(),
            vec![Arrived, checked(), ask(), Arrived],
            Status::Arrived,
        ),
        (
            answered.clone(),
            vec![Arrived, accepted(""), ask(), Arrived],
            Status::Accepted,
        ),
        (
            answered,
            vec![Arrived, checked(), ask(), Arrived, checked(), ask()],
            Status::CorrectionAsked,
        ),
        (received(), vec![Arrived, accepted(""), decided(true)], Status::Granted),
        (received(), vec![Arrived, accepted(""), decided(false)], Status::Refused),
        (withdrawn.clone(), vec![Arrived], Status::Withdrawn),
        (withdrawn, vec![Arrived, accepted(""), decided(true)], Status::Granted),
    ];
    for (row, (application, steps, expected)) in table.into_iter().enumerate() {
        let case = case(steps.into_iter().map(|step| (step, 0)).collect());
        assert_eq!(status(&application, &case), expected, "row {row}");
    }
}

#[test]
fn a_correction_is_open_until_it_is_answered() {
    let case = case(vec![(CaseStep::Arrived, 0), (ask(), 1)]);
    assert_eq!(
        case.open_correction(&received()).map(|(event, _)| event.id.as_str()),
        Some("e1")
    );
    let other = did(&[(ApplicationStep::Resubmitted, "e0")]);
    assert!(case.open_correction(&other).is_some());
    let answered = did(&[(ApplicationStep::Resubmitted, "e1")]);
    assert!(case.open_correction(&answered).is_none());
}

#[test]
fn days_are_those_of_china() {
    assert_eq!(day(MONDAY), "2026-03-02");
    assert_eq!(day(MONDAY + 15 * 3_600_000 - 1), "2026-03-02");
    assert_eq!(day(MONDAY + 15 * 3_600_000), "2026-03-03");
    assert_eq!(day(u64::MAX).len(), 10);
}

#[test]
fn the_authority_has_five_working_days_and_then_what_it_promised() {
    let due = |application: &Application, steps, today| {
        let Deadline { due, days_left, light } = deadline(application, &case(steps), TEN, today);
        (due, days_left, light)
    };
    let arrived = || vec![(CaseStep::Arrived, 0)];
    assert_eq!(due(&received(), vec![], "2026-03-02"), (String::new(), 0, Light::Done));
    // Monday to Monday: Tuesday is the first of the five.
    assert_eq!(
        due(&received(), arrived(), "2026-03-02"),
        ("2026-03-09".into(), 5, Light::Green)
    );
    assert_eq!(
        due(&received(), arrived(), "2026-03-06"),
        ("2026-03-09".into(), 1, Light::Yellow)
    );
    assert_eq!(
        due(&received(), arrived(), "2026-03-09"),
        ("2026-03-09".into(), 0, Light::Yellow)
    );
    assert_eq!(
        due(&received(), arrived(), "2026-03-10"),
        ("2026-03-09".into(), -1, Light::Red)
    );

    let with = |due: &str| vec![(CaseStep::Arrived, 0), (accepted(due), 1)];
    assert_eq!(due(&received(), with("2026-03-17"), "2026-03-03").0, "2026-03-17");
    assert_eq!(due(&received(), with(""), "2026-03-03").0, "2026-03-17");
    // A Saturday after a last day that was a Friday is overdue.
    assert_eq!(
        due(&received(), with("2026-03-13"), "2026-03-14"),
        ("2026-03-13".into(), -1, Light::Red)
    );

    let done = vec![(CaseStep::Arrived, 0), (accepted(""), 1), (decided(true), 2)];
    assert_eq!(due(&received(), done, "2026-05-01"), (String::new(), 0, Light::Done));
}

#[test]
fn the_clock_stands_still_while_a_correction_is_open() {
    // Accepted on Tuesday for the 17th; asked on Thursday, back on the next Tuesday: three working days more.
    let mut steps = vec![(CaseStep::Arrived, 0), (accepted("2026-03-17"), 1), (ask(), 3)];
    let open = deadline(&received(), &case(steps.clone()), TEN, "2026-04-30");
    assert_eq!(
        open,
        Deadline {
            due: String::new(),
            days_left: 8,
            light: Light::Paused
        }
    );
    let answered = did(&[(ApplicationStep::Received, ""), (ApplicationStep::Resubmitted, "e2")]);
    assert_eq!(
        deadline(&answered, &case(steps.clone()), TEN, "2026-04-30").light,
        Light::Paused
    );
    steps.push((CaseStep::Arrived, 8));
    let back = deadline(&answered, &case(steps), TEN, "2026-03-10");
    assert_eq!(
        back,
        Deadline {
            due: "2026-03-20".into(),
            days_left: 8,
            light: Light::Green
        }
    );
    // Before acceptance the five days begin anew.
    let steps = vec![(CaseStep::Arrived, 0), (ask(), 3), (CaseStep::Arrived, 8)];
    assert_eq!(deadline(&answered, &case(steps), TEN, "2026-03-10").due, "2026-03-17");
}

fn stage(name: &str, pauses: bool) -> Stage {
    let words = |zh: &str| doorstep_matters::Text {
        zh: zh.into(),
        en: String::new(),
    };
    Stage {
        name: name.into(),
        label: words("村公示"),
        office: words("桃花村"),
        due: String::new(),
        pauses,
    }
}

fn begins(name: &str, pauses: bool) -> CaseStep {
    CaseStep::StageBegun {
        stage: stage(name, pauses),
    }
}

fn ends(name: &str) -> CaseStep {
    CaseStep::StageEnded {
        stage: name.into(),
        opinion: "同意".into(),
        begun: MONDAY,
    }
}

#[test]
fn the_clock_stands_still_in_a_stage_that_pauses_and_counts_in_the_unit_of_the_limit() {
    // Accepted on Tuesday for the 17th; on show from Thursday to the next Thursday: five working days, or seven days.
    let flow = |due: &str| {
        vec![
            (CaseStep::Arrived, 0),
            (accepted(due), 1),
            (begins("visit", false), 1),
            (ends("visit"), 3),
            (begins("notice", true), 3),
        ]
    };
    let at = |steps: &[(CaseStep, u64)], limit| deadline(&received(), &case(steps.to_vec()), limit, "2026-03-09");
    let days = Limit {
        count: 14,
        unit: LimitUnit::Days,
    };
    let mut steps = flow("2026-03-17");
    assert_eq!(at(&steps, TEN).light, Light::Paused);
    assert_eq!(
        case(steps.clone())
            .stage()
            .map(|(event, stage)| (event.time, &*stage.name)),
        Some((MONDAY + 3 * DAY, "notice"))
    );
    // A correction within it is one pause, not two: nothing runs until both are over.
    steps.extend([(ask(), 4), (CaseStep::Arrived, 8)]);
    assert_eq!(at(&steps, TEN).light, Light::Paused);
    steps.push((ends("notice"), 10));
    assert_eq!(at(&steps, TEN).due, "2026-03-24");
    assert_eq!(at(&steps, days).due, "2026-03-24");
    assert_eq!(case(steps.clone()).stage(), None);
    // A pause that ends on a Sunday is two working days shorter than it is long.
    let mut steps = flow("2026-03-17");
    steps.push((ends("notice"), 13));
    assert_eq!(at(&steps, TEN).due, "2026-03-25");
    assert_eq!(at(&steps, days).due, "2026-03-27");
    // The law counts from acceptance, whatever was promised: a month, that is the 3rd of April.
    let month = Limit {
        count: 1,
        unit: LimitUnit::Months,
    };
    assert_eq!(
        statutory(
            &received(),
            &case(flow("2026-03-17")[..3].to_vec()),
            month,
            "2026-03-09"
        )
        .due,
        "2026-04-03"
    );
    assert_eq!(status(&received(), &case(steps.clone())), Status::Accepted);
    // An end of the whole ends the stage.
    let mut steps = flow("2026-03-17");
    steps.push((decided(false), 5));
    assert_eq!(
        (case(steps.clone()).stage(), at(&steps, TEN).light),
        (None, Light::Done)
    );
}

#[test]
fn what_is_verified_and_staged_leaves_a_correction_open() {
    let looked_up = CaseStep::MaterialVerified {
        material: "M1".into(),
        name: "户口簿".into(),
    };
    let asked = case(vec![(CaseStep::Arrived, 0), (ask(), 1), (looked_up, 2)]);
    assert!(asked.open_correction(&received()).is_some());
    assert_eq!((asked.is_verified("M1"), asked.is_verified("M2")), (true, false));
}

#[test]
fn once_handed_in_only_what_a_correction_names_is_open() {
    let add = |material: &str| Edit::PageAdded {
        material: material.into(),
        page: page("b2", 1.0),
    };
    let turn = || Edit::PageRotated {
        page: "a1".into(),
        rotation: 90,
    };
    let with_page = |mut application: Application| {
        let material = MaterialRecord {
            pages: vec![page("a1", 1.0)],
            ..MaterialRecord::default()
        };
        application.materials.insert("M1".into(), material);
        application
    };
    let choose = || Edit::Chosen {
        path: "answers.name".into(),
        value: "甲".into(),
    };
    let withdraw = || step(ApplicationStep::Withdrawn, "");
    let resubmit = |id: &str| step(ApplicationStep::Resubmitted, id);
    let none = Case::default();
    let asked = case(vec![(CaseStep::Arrived, 0), (ask(), 1)]);
    let closed = case(vec![(CaseStep::Arrived, 0), (decided(true), 1)]);

    let draft = with_page(Application::default());
    for edit in [
        answer("name", "甲"),
        add("M9"),
        turn(),
        withdraw(),
        Edit::Numbered { number: "N".into() },
    ] {
        assert_eq!(permit(&draft, &none, &edit), Ok(()), "{edit:?}");
    }
    let handed = with_page(received());
    for edit in [
        answer("name", "甲"),
        answer("phone", "1"),
        add("M1"),
        turn(),
        resubmit("e1"),
    ] {
        assert_eq!(permit(&handed, &none, &edit), Err(RecordError::Locked), "{edit:?}");
    }
    for edit in [choose(), withdraw()] {
        assert_eq!(permit(&handed, &none, &edit), Ok(()), "{edit:?}");
    }
    for edit in [
        answer("phone", "1"),
        add("M1"),
        turn(),
        resubmit("e1"),
        Edit::Signed { signature: signature() },
    ] {
        assert_eq!(permit(&handed, &asked, &edit), Ok(()), "{edit:?}");
    }
    for edit in [
        answer("name", "甲"),
        add("M2"),
        resubmit("e0"),
        Edit::Numbered { number: "N".into() },
    ] {
        assert_eq!(permit(&handed, &asked, &edit), Err(RecordError::Locked), "{edit:?}");
    }
    for edit in [choose(), withdraw(), answer("phone", "1")] {
        assert_eq!(permit(&handed, &closed, &edit), Err(RecordError::Locked), "{edit:?}");
    }
    let unknown = Edit::PageRotated {
        page: "zz".into(),
        rotation: 90,
    };
    assert_eq!(permit(&handed, &asked, &unknown), Err(RecordError::NotFound));
}

#[test]
fn a_deferred_paper_can_be_brought_after_the_others() {
    let field = |value: &str| Field {
        value: value.into(),
        ..Field::default()
    };
    let at = |id: &str, time| Page { time, ..page(id, 1.0) };
    let mut application = received();
    let deferred = MaterialRecord {
        deferred_until: field("2026-03-20"),
        pages: vec![at("then", MONDAY), at("since", MONDAY + DAY)],
        ..MaterialRecord::default()
    };
    application.materials.insert("M1".into(), deferred.clone());
    application.materials.insert(
        "M2".into(),
        MaterialRecord {
            declared: field("true"),
            ..deferred
        },
    );
    let add = |material: &str| Edit::PageAdded {
        material: material.into(),
        page: at("new", MONDAY + 2 * DAY),
    };
    let evidence = |material: &str| Edit::Evidence {
        material: material.into(),
        level: "A".into(),
    };
    let touch = |id: &str| {
        let page = || id.to_owned();
        [
            Edit::PageRotated {
                page: page(),
                rotation: 90,
            },
            Edit::PageMoved {
                page: page(),
                position: 2.0,
            },
            Edit::PageRemoved {
                page: page(),
                removed: true,
            },
        ]
    };
    let handed_in = [
        case(vec![]),
        case(vec![(CaseStep::Arrived, 0)]),
        case(vec![(CaseStep::Arrived, 0), (accepted("2026-03-30"), 1)]),
    ];
    for case in &handed_in {
        for edit in [add("M1"), evidence("M1")].iter().chain(&touch("since")) {
            assert_eq!(permit(&application, case, edit), Ok(()), "{edit:?}");
        }
        let promise = Edit::DeferredUntil {
            material: "M1".into(),
            day: "2026-12-31".into(),
        };
        let others = [promise, add("M2"), evidence("M2"), add("M3"), answer("name", "甲")];
        for edit in others.iter().chain(&touch("then")) {
            assert_eq!(permit(&application, case, edit), Err(RecordError::Locked), "{edit:?}");
        }
    }
    for end in [decided(true), not_accepted()] {
        let closed = case(vec![(CaseStep::Arrived, 0), (end, 1)]);
        assert_eq!(permit(&application, &closed, &add("M1")), Err(RecordError::Locked));
    }
    application
        .events
        .extend(did(&[(ApplicationStep::Withdrawn, "")]).events);
    assert_eq!(
        permit(&application, &Case::default(), &add("M1")),
        Err(RecordError::Locked)
    );
}

#[test]
fn a_case_is_written_by_the_center_and_read_everywhere() {
    let mut center = CaseDocument::empty();
    let first = [
        event("b", CaseStep::Arrived, MONDAY),
        event("a", CaseStep::prechecked(vec!["缺页".into()]), MONDAY),
    ];
    let save = center.append(&author(9, MONDAY), &first).unwrap();
    let second = [event("c", ask(), MONDAY - DAY), first[0].clone()];
    let next = center.append(&author(9, MONDAY), &second).unwrap();
    assert!(center.append(&author(9, MONDAY), &second).unwrap().is_empty());
    for id in ["", "a.b", "a b"] {
        let wrong = [event(id, CaseStep::Arrived, MONDAY)];
        assert!(matches!(
            center.append(&author(9, MONDAY), &wrong),
            Err(RecordError::Schema(_))
        ));
    }

    let mut station = CaseDocument::empty();
    assert_eq!(station.apply(&device(1), &save.bytes), Err(RecordError::Actor));
    assert_eq!(
        station.apply(&device(9), &next.bytes),
        Err(RecordError::MissingDependencies)
    );
    station.apply(&device(9), &save.bytes).unwrap();
    station.apply(&device(9), &next.bytes).unwrap();
    station.apply(&device(9), &save.bytes).unwrap();
    // Events of one millisecond keep the order in which they were written, and so do those after the clock went back.
    let ids: Vec<_> = station
        .view()
        .events
        .iter()
        .map(|CaseEvent { id, .. }| id.clone())
        .collect();
    assert_eq!(ids, ["b", "a", "c"]);
    assert_eq!(station.view(), center.view());
    assert_eq!(CaseDocument::load(&station.save()).unwrap().view(), center.view());
}

#[test]
fn a_case_begun_again_after_a_restore_takes_back_what_was_there_before() {
    // Put back from a backup, the center wrote the case anew before its old part came home from a station.
    let (center, mut old, mut new) = (device(9), CaseDocument::empty(), CaseDocument::empty());
    let again = Author {
        actor: [&center[..], &[0, 0, 0, 2]].concat(),
        ..author(9, MONDAY + DAY)
    };
    let first = old
        .append(&author(9, MONDAY), &[event("a", CaseStep::Arrived, MONDAY)])
        .unwrap();
    let second = new
        .append(&again, &[event("b", CaseStep::Arrived, MONDAY + DAY)])
        .unwrap();
    new.apply(&center, &first.bytes).unwrap();
    old.apply(&center, &second.bytes).unwrap();
    assert_eq!(new.view(), old.view());
    assert_eq!(new.view().events.len(), 2);
    assert_eq!(CaseDocument::load(&new.save()).unwrap().view(), old.view());
}
