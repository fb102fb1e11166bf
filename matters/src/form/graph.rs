//! In which order questions are computed, and which go round in circles.

use std::collections::{BTreeMap, BTreeSet};

use super::question::Question;

/// Questions in an order in which everything a value or a relevance needs comes before it, or the circles that make
/// such an order impossible, each as the places of its members.
pub fn order(questions: &[Question]) -> Result<Vec<usize>, Vec<Vec<usize>>> {
    let needs = needs(questions);
    let mut done = vec![false; questions.len()];
    let mut order = Vec::with_capacity(questions.len());
    let mut circles = Vec::new();
    while order.len() < questions.len() {
        let before = order.len();
        // Each pass takes what is ready in the order of the sheet; a workbook seldom needs a second.
        for place in 0..questions.len() {
            let ready = needs
                .get(place)
                .is_some_and(|needs| needs.iter().all(|need| done.get(*need) == Some(&true)));
            if let Some(done) = done.get_mut(place).filter(|done| !**done && ready) {
                *done = true;
                order.push(place);
            }
        }
        if order.len() == before {
            // Nothing is ready: a circle. It is named and taken as done, so that every circle is found.
            let circle = circle(&needs, &done);
            for place in &circle {
                if let Some(done) = done.get_mut(*place) {
                    *done = true;
                    order.push(*place);
                }
            }
            circles.push(circle);
        }
    }
    if circles.is_empty() { Ok(order) } else { Err(circles) }
}

/// For each question, the places of those whose value its own value or relevance depends on.
fn needs(questions: &[Question]) -> Vec<BTreeSet<usize>> {
    let places: BTreeMap<&str, usize> = questions
        .iter()
        .enumerate()
        .map(|(place, q)| (q.name.as_str(), place))
        .collect();
    questions
        .iter()
        .map(|question| {
            let expressions = [&question.relevant, &question.calculation, &question.default];
            let mentioned = expressions
                .into_iter()
                .flatten()
                .flat_map(|expression| expression.questions());
            mentioned
                .chain(question.group.as_deref())
                .filter_map(|name| places.get(name).copied())
                .collect()
        })
        .collect()
}

/// Walks from need to need among what is not done until it meets a place again.
fn circle(needs: &[BTreeSet<usize>], done: &[bool]) -> Vec<usize> {
    let open = |place: &usize| done.get(*place) == Some(&false);
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..needs.len()).find(|place| open(place));
    while let Some(place) = next {
        if let Some(start) = path.iter().position(|seen| *seen == place) {
            return path.split_off(start);
        }
        path.push(place);
        next = needs
            .get(place)
            .and_then(|needs| needs.iter().copied().find(|need| open(need)));
    }
    // Not reached: an open place always has an open need. Should it be, what was walked counts as the circle.
    path
}
