//! Devices and people for tests. All invented.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use doorstep_records::application::{ApplicationStep, Beginning, Edit, Signature};
use doorstep_records::{ApplicationDocument, Author, CaseEvent, CaseStep, Page, Save};

/// 2026-03-02 09:00 in China, a Monday.
pub const MONDAY: u64 = 1_772_413_200_000;
/// A day in milliseconds.
pub const DAY: u64 = 86_400_000;

pub fn device(number: u8) -> [u8; 16] {
    let mut id = [number; 16];
    id[0] = 0xd0 + number;
    id
}

pub fn author(number: u8, time: u64) -> Author {
    let actor = [&device(number)[..], &[0, 0, 0, 1]].concat();
    Author {
        actor,
        staff: format!("T010{number}"),
        time,
    }
}

pub fn beginning() -> Beginning {
    Beginning {
        matter: "M0001".into(),
        catalogue: 3,
        station: "500199101201".into(),
    }
}

pub fn begun() -> (ApplicationDocument, Save) {
    ApplicationDocument::create(&author(1, MONDAY), &beginning())
}

pub fn answer(name: &str, value: &str) -> Edit {
    Edit::Answer {
        name: name.into(),
        value: value.into(),
        note: String::new(),
    }
}

pub fn step(step: ApplicationStep, note: &str) -> Edit {
    Edit::Step {
        step,
        note: note.into(),
    }
}

pub fn page(id: &str, position: f64) -> Page {
    let file = format!("{:0<64}", id);
    let staff = "T0101".to_owned();
    let media_type = "image/jpeg".to_owned();
    Page {
        id: id.into(),
        file,
        media_type,
        len: 1_834_221,
        rotation: 0,
        position,
        staff,
        time: MONDAY + 345,
    }
}

pub fn signature() -> Signature {
    Signature {
        file: "5".repeat(64),
        len: 9_120,
        time: MONDAY + 7_250,
    }
}

pub fn event(id: &str, step: CaseStep, time: u64) -> CaseEvent {
    CaseEvent {
        id: id.into(),
        step,
        staff: "赵审".into(),
        stands_for: None,
        time,
    }
}
