//! Answers as an application brings them, over a form of the catalogue.

use std::sync::{Arc, LazyLock};

use doorstep_center::demo::workbooks;
use doorstep_matters::Language;
use doorstep_matters::catalogue;
use doorstep_matters::form::{Answers, Context};
use doorstep_matters::matter::Matter;

static MATTERS: LazyLock<Vec<Arc<Matter>>> = LazyLock::new(|| {
    let read = catalogue::read(&workbooks()).unwrap_or_else(|faults| unreachable!("{faults:?}"));
    read.matters.into_values().collect()
});

/// The first byte chooses a matter of the demo district; behind it stands a line `KEY=ANSWER` for each answer.
pub fn answers(data: &[u8]) {
    let Some((chosen, lines)) = data.split_first() else {
        return;
    };
    let Some(matter) = MATTERS.get(usize::from(*chosen) % MATTERS.len()) else {
        return;
    };
    let text = String::from_utf8_lossy(lines);
    let pairs = || text.lines().filter_map(|line| line.split_once('='));
    let answers: Answers = pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let context = Context {
        today: "2026-03-05".into(),
        now: "2026-03-05T08:30:00.000+08:00".into(),
        station: "500199101201".into(),
        language: Language::Chinese,
        ..Context::default()
    };
    matter.evaluate(&answers, &context);
    matter.flow(&answers, &context);
    matter.broken(&answers, &Default::default(), &context);
    matter.accepts(&answers, &Default::default(), &context);
    // Typed one after the other, as at a station.
    let mut evaluation = matter.form.values(&Answers::new(), &context);
    for (key, typed) in pairs().take(8) {
        let value = matter.form.normalize(key, typed);
        evaluation.answer(key, &value);
    }
    evaluation.view();
}
