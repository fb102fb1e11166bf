//! Any interleaving of edits on three devices, two screens each, delivered in any order and more than once, gives everyone the same view;
//! and every value that nobody wrote over knowingly is in that view.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::*;
use doorstep_records::{Application, ApplicationDocument, Edit, RecordError};
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
enum Act {
    /// Somebody at one of a device's two screens writes a value that was never written before.
    Write { device: usize, screen: usize, field: u8 },
    /// A device chooses among the rivals it sees.
    Choose { device: usize, field: u8, pick: Index },
    /// A device adds a page, or takes out one that it sees.
    Page { device: usize, pick: Index },
    /// An item reaches a device.
    Deliver { item: Index, device: usize },
    /// A screen shows its device's document as it is now.
    Look { device: usize, screen: usize },
}

fn act() -> impl Strategy<Value = Act> {
    let device = 0_usize..3;
    prop_oneof![
        4 => (device.clone(), 0_usize..2, 0_u8..3).prop_map(|(device, screen, field)| Act::Write { device, screen, field }),
        2 => (device.clone(), 0_u8..3, any::<Index>()).prop_map(|(device, field, pick)| Act::Choose { device, field, pick }),
        2 => (device.clone(), any::<Index>()).prop_map(|(device, pick)| Act::Page { device, pick }),
        5 => (any::<Index>(), device.clone()).prop_map(|(item, device)| Act::Deliver { item, device }),
        2 => (device, 0_usize..2).prop_map(|(device, screen)| Act::Look { device, screen }),
    ]
}

struct Peer {
    document: ApplicationDocument,
    /// Items it holds.
    known: BTreeSet<usize>,
    screens: [Shown; 2],
}

#[derive(Clone)]
struct Shown {
    /// Items that a screen has shown, with those written at it.
    items: BTreeSet<usize>,
    heads: Vec<String>,
}

/// A value in a field, the item that wrote it, and whether somebody who knew it wrote over it.
struct Value {
    field: String,
    value: String,
    item: usize,
    overwritten: bool,
}

struct World {
    peers: Vec<Peer>,
    items: Vec<(usize, Vec<u8>)>,
    values: Vec<Value>,
    pages: BTreeSet<String>,
    by_screen: bool,
}

impl World {
    fn new(by_screen: bool) -> Self {
        let (first, save) = begun();
        let peers = (0..3).map(|number| {
            let mut document = if number == 0 {
                first.clone()
            } else {
                ApplicationDocument::empty()
            };
            document.apply(&device(1), &save.bytes).unwrap();
            let (items, heads) = (BTreeSet::from([0]), document.heads());
            let shown = Shown { items, heads };
            Peer {
                document,
                known: BTreeSet::from([0]),
                screens: [shown.clone(), shown],
            }
        });
        let (values, pages) = (Vec::new(), BTreeSet::new());
        Self {
            peers: peers.collect(),
            items: vec![(0, save.bytes)],
            values,
            pages,
            by_screen,
        }
    }

    fn write(&mut self, device: usize, screen: usize, field: &str, value: &str, edit: Edit) {
        let item = self.items.len();
        let author = author(device as u8 + 1, MONDAY + item as u64 * 1000);
        let peer = &mut self.peers[device];
        let shown = &mut peer.screens[screen];
        let (seen, save) = if self.by_screen {
            let save = peer.document.edit_seen(&author, &shown.heads, &[edit]).unwrap();
            shown.heads.clone_from(&save.heads);
            (shown.items.clone(), save)
        } else {
            (peer.known.clone(), peer.document.edit(&author, &[edit]).unwrap())
        };
        if save.is_empty() {
            return;
        }
        peer.known.insert(item);
        shown.items.insert(item);
        self.items.push((device, save.bytes));
        for known in self
            .values
            .iter_mut()
            .filter(|known| known.field == field && seen.contains(&known.item))
        {
            known.overwritten = true;
        }
        self.values.push(Value {
            field: field.into(),
            value: value.into(),
            item,
            overwritten: false,
        });
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Write { device, screen, field } => {
                let (field, value) = (format!("f{field}"), format!("v{}", self.items.len()));
                self.write(*device, *screen, &field, &value, answer(&field, &value));
            }
            Act::Choose { device, field, pick } if !self.by_screen => {
                let field = format!("f{field}");
                let view = self.peers[*device].document.view();
                let versions = view
                    .answers
                    .get(&field)
                    .map(|field| field.versions.clone())
                    .unwrap_or_default();
                if !versions.is_empty() {
                    let value = pick.get(&versions).value.clone();
                    self.write(
                        *device,
                        0,
                        &field,
                        &value,
                        Edit::AnswerChosen {
                            name: field.clone(),
                            value: value.clone(),
                        },
                    );
                }
            }
            Act::Choose { .. } => {}
            Act::Page { device, pick } => {
                let view = self.peers[*device].document.view();
                let there: Vec<_> = view
                    .materials
                    .values()
                    .flat_map(|material| material.pages.clone())
                    .collect();
                let edit = if there.len() < 2 {
                    let id = format!("{:02x}", self.items.len());
                    self.pages.insert(id.clone());
                    Edit::PageAdded {
                        material: "M1".into(),
                        page: page(&id, there.len() as f64),
                    }
                } else {
                    Edit::PageRemoved {
                        page: pick.get(&there).id.clone(),
                        removed: true,
                    }
                };
                // A page on the device may not be on its screen yet.
                let known_to_screen = !self.by_screen || matches!(edit, Edit::PageAdded { .. });
                if known_to_screen {
                    self.write(*device, 0, "", "", edit);
                }
            }
            Act::Deliver { item, device } => {
                let item = item.index(self.items.len());
                self.deliver(item, *device);
            }
            Act::Look { device, screen } => {
                let peer = &mut self.peers[*device];
                let (items, heads) = (peer.known.clone(), peer.document.heads());
                peer.screens[*screen] = Shown { items, heads };
            }
        }
    }

    fn deliver(&mut self, item: usize, to: usize) -> bool {
        let (from, bytes) = &self.items[item];
        let peer = &mut self.peers[to];
        let before = peer.document.heads();
        match peer.document.apply(&device(*from as u8 + 1), bytes) {
            Ok(()) => {
                peer.known.insert(item);
                true
            }
            Err(RecordError::MissingDependencies) => {
                assert_eq!(peer.document.heads(), before);
                false
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn deliver_all(&mut self, order: &[Index]) {
        for to in 0..3 {
            let mut waiting: Vec<usize> = (0..self.items.len()).collect();
            for index in order {
                let len = waiting.len();
                waiting.swap(index.index(len), 0);
            }
            // Some come twice.
            let again: Vec<usize> = waiting.iter().copied().take(order.len()).collect();
            waiting.extend(again);
            while !waiting.is_empty() {
                let before = waiting.len();
                waiting.retain(|item| !self.deliver(*item, to));
                assert!(waiting.len() < before, "some items can never be taken");
            }
        }
    }
}

fn visible(view: &Application, field: &str) -> BTreeSet<String> {
    let Some(field) = view.answers.get(field) else {
        return BTreeSet::new();
    };
    let versions = field.versions.iter().map(|version| version.value.clone());
    versions.chain([field.value.clone()]).collect()
}

fn check(acts: &[Act], order: &[Index], by_screen: bool) {
    let mut world = World::new(by_screen);
    for act in acts {
        world.act(act);
    }
    world.deliver_all(order);
    let view = world.peers[0].document.view();
    let heads = world.peers[0].document.heads();
    for peer in &mut world.peers {
        assert_eq!(peer.document.view(), view);
        assert_eq!(peer.document.heads(), heads);
        let loaded = ApplicationDocument::load(&peer.document.save()).unwrap();
        assert_eq!((loaded.view(), loaded.heads()), (view.clone(), heads.clone()));
    }
    for field in ["f0", "f1", "f2"] {
        let live = world
            .values
            .iter()
            .filter(|value| value.field == field && !value.overwritten);
        assert_eq!(
            visible(&view, field),
            live.map(|value| value.value.clone()).collect(),
            "{field}"
        );
    }
    let material = view.materials.get("M1").cloned().unwrap_or_default();
    let there = material
        .pages
        .iter()
        .chain(&material.removed)
        .map(|page| page.id.clone());
    assert_eq!(there.collect::<BTreeSet<_>>(), world.pages);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn devices_agree_and_lose_nothing(
        acts in proptest::collection::vec(act(), 0..50),
        order in proptest::collection::vec(any::<Index>(), 0..20),
    ) {
        check(&acts, &order, false);
    }

    #[test]
    fn screens_lag_and_still_nothing_is_lost(
        acts in proptest::collection::vec(act(), 0..50),
        order in proptest::collection::vec(any::<Index>(), 0..20),
    ) {
        check(&acts, &order, true);
    }
}
