//! Repair messages: what two ends say to find out how their sets differ.

use std::sync::LazyLock;

use doorstep_sync::repair::{Key, Memory, Message, answer};
use doorstep_sync::{ItemId, Scope};

use crate::district::{NOW, SCOPE};

/// More answers than any two sets need.
const ROUNDS: usize = 32;

static HELD: LazyLock<Memory> = LazyLock::new(|| {
    let memory = Memory::default();
    for number in 0..300_u16 {
        let id = ItemId(*blake3::hash(&number.to_le_bytes()).as_bytes());
        memory.insert(&scope(), Key::of(NOW + u64::from(number / 2) * 1_000, id));
    }
    memory
});

/// A set of some hundred items.
pub fn held() -> &'static Memory {
    &HELD
}

fn scope() -> Scope {
    SCOPE.parse().unwrap_or_else(|_| unreachable!("it is a scope"))
}

/// The bytes are a message; an end with many items and one with none answer each other until both are silent.
pub fn repair(data: &[u8]) {
    let ends = [held(), &Memory::default()];
    let mut said = Some(Message(data.to_vec()));
    for round in 0..ROUNDS {
        let Some(message) = said.take() else { return };
        let Ok(answer) = answer(ends[round % 2], &scope(), &message) else {
            assert_eq!(round, 0, "an end understands what the other one says");
            return;
        };
        assert!(answer.give.len() <= 4_096);
        said = answer.message;
    }
    assert!(said.is_none(), "it comes to an end");
}
