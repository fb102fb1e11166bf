//! How the questions of a form lie in each other: who stands in whom, and which repeat a question belongs to.
//!
//! Questions stand in the order of the sheet, a group before its members, so that everything inside the question at
//! place `p` lies between `p + 1` and `end(p)`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::question::Question;
use crate::view::QuestionKind;

/// The place of a question in [`super::Form::questions`].
pub type Place = u32;

/// The tree of a form, without answers.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    spots: Vec<Spot>,
    /// Places outside every group.
    top: Vec<Place>,
    named: BTreeMap<String, Vec<Place>>,
    /// By key: a key names one question among those with the same rows around them.
    keyed: BTreeMap<String, Vec<Place>>,
}

#[derive(Clone, Debug)]
struct Spot {
    name: String,
    key: String,
    parent: Option<Place>,
    /// The innermost repeat around it, not itself.
    home: Option<Place>,
    repeats: bool,
    members: Vec<Place>,
    end: Place,
}

impl Layout {
    /// The layout of these questions.
    pub fn new(questions: &[Question]) -> Self {
        let mut layout = Layout::default();
        let mut open: Vec<Place> = Vec::new();
        for question in questions {
            let place = layout.spots.len() as Place;
            // A group that is no longer the innermost one has ended.
            while let Some(last) = open.last()
                && layout.name(*last) != question.group.as_deref()
            {
                open.pop();
            }
            let parent = open.last().copied();
            match parent.and_then(|parent| layout.spots.get_mut(parent as usize)) {
                Some(parent) => parent.members.push(place),
                None => layout.top.push(place),
            }
            let repeats = question.kind == QuestionKind::Repeat;
            let home = parent.and_then(|parent| layout.row(parent));
            layout.spots.push(Spot {
                name: question.name.clone(),
                key: String::new(),
                parent,
                home,
                repeats,
                members: Vec::new(),
                end: place + 1,
            });
            for around in &open {
                if let Some(spot) = layout.spots.get_mut(*around as usize) {
                    spot.end = place + 1;
                }
            }
            layout.named.entry(question.name.clone()).or_default().push(place);
            if repeats || question.kind == QuestionKind::Group {
                open.push(place);
            }
        }
        layout.give_keys();
        layout
    }

    /// A question is kept under its name. Where questions with the same rows around them share one, under the names of
    /// the groups around it as well: `mother:name`.
    fn give_keys(&mut self) {
        for place in 0..self.len() {
            let Some(spot) = self.spot(place) else { continue };
            let same = self
                .places(&spot.name)
                .iter()
                .filter(|other| self.home(**other) == spot.home);
            let mut key = spot.name.clone();
            if same.count() > 1 {
                let mut around = spot.parent;
                while let Some(parent) = around.filter(|parent| Some(*parent) != spot.home) {
                    key = format!("{}:{key}", self.name(parent).unwrap_or_default());
                    around = self.parent(parent);
                }
            }
            if let Some(spot) = self.spots.get_mut(place as usize) {
                spot.key.clone_from(&key);
            }
            self.keyed.entry(key).or_default().push(place);
        }
    }

    /// Under which key, among those with the same rows around them, the question is kept.
    pub fn key(&self, place: Place) -> &str {
        self.spot(place).map(|spot| spot.key.as_str()).unwrap_or_default()
    }

    /// The question of that key whose innermost repeat around is `home`.
    pub fn keyed(&self, key: &str, home: Option<Place>) -> Option<Place> {
        let places = self.keyed.get(key)?;
        places.iter().copied().find(|place| self.home(*place) == home)
    }

    fn spot(&self, place: Place) -> Option<&Spot> {
        self.spots.get(place as usize)
    }

    /// How many questions there are.
    pub fn len(&self) -> Place {
        self.spots.len() as Place
    }

    /// The name of the question there.
    pub fn name(&self, place: Place) -> Option<&str> {
        self.spot(place).map(|spot| spot.name.as_str())
    }

    /// Where a question of this name stands; several when groups share a name between their members.
    pub fn places(&self, name: &str) -> &[Place] {
        self.named.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The group or repeat around it.
    pub fn parent(&self, place: Place) -> Option<Place> {
        self.spot(place)?.parent
    }

    /// What stands directly in it; of `None`, what stands in the form itself.
    pub fn members(&self, place: Option<Place>) -> &[Place] {
        match place {
            None => &self.top,
            Some(place) => self.spot(place).map(|spot| spot.members.as_slice()).unwrap_or_default(),
        }
    }

    /// Everything in it, at any depth.
    pub fn inside(&self, place: Place) -> Range<Place> {
        place + 1..self.spot(place).map_or(place + 1, |spot| spot.end)
    }

    /// Whether there may be several of it.
    pub fn repeats(&self, place: Place) -> bool {
        self.spot(place).is_some_and(|spot| spot.repeats)
    }

    /// The innermost repeat around it, not itself.
    pub fn home(&self, place: Place) -> Option<Place> {
        self.spot(place)?.home
    }

    /// The innermost repeat in whose rows it stands: itself, when it is one.
    pub fn row(&self, place: Place) -> Option<Place> {
        let spot = self.spot(place)?;
        if spot.repeats { Some(place) } else { spot.home }
    }

    /// The repeats around it from the innermost outwards, itself first when it is one.
    pub fn rows(&self, place: Place) -> impl Iterator<Item = Place> {
        std::iter::successors(self.row(place), |repeat| self.home(*repeat))
    }

    /// The innermost repeat in whose rows both stand.
    pub fn shared_row(&self, one: Place, other: Place) -> Option<Place> {
        self.rows(one)
            .find(|repeat| self.rows(other).any(|around| around == *repeat))
    }
}
