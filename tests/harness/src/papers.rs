//! Items as a station and the center write them, without either: what the wire's dictionary is trained on, and what its
//! budgets are measured with. People and places are invented; training and measuring use other ones.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use doorstep_matters::view::QuestionKind;
use doorstep_matters::{Matter, workbook};
use doorstep_records::application::{ApplicationStep, Beginning, Signature, page_id};
use doorstep_records::number::application_number;
use doorstep_records::{ApplicationDocument, Author, CaseDocument, CaseEvent, CaseStep, Edit, Page, kind};
use doorstep_sync::payload::{Change, FileName, Receipt};
use doorstep_sync::{Document, DocumentId, Envelope, FileHash, Item, Kind, Millis, Scope, SigningKey, envelope, serve};

use crate::chance::Chance;

/// Words that names and addresses are made of.
pub struct Words {
    /// Family names.
    pub families: &'static [&'static str],
    /// Characters of given names.
    pub given: &'static [&'static str],
    /// Places within a village.
    pub places: &'static [&'static str],
}

/// What the dictionary is trained with.
pub const TRAINING: Words = Words {
    families: &["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"],
    given: &["桃", "柳", "石", "云", "溪", "白", "青", "山", "禾", "春", "秋", "明"],
    places: &["村东", "上坝", "石桥", "老街", "河口", "新院子"],
};

/// What the budgets are measured with.
pub const MEASURING: Words = Words {
    families: &["胡", "朱", "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢"],
    given: &["月", "松", "竹", "兰", "梅", "雪", "江", "川", "帆", "远", "安", "宁"],
    places: &["槐树湾", "大田", "水井边", "后山", "竹林", "磨坊沟"],
};

/// The matters that the wire's dictionary was trained on: the catalogue as it was then.
pub fn catalogue() -> Result<Vec<Matter>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matters/tests/fixtures/before_blocks");
    let mut paths: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    paths.sort_by_key(|entry| entry.file_name());
    let read = |entry: &std::fs::DirEntry| {
        workbook::read(&std::fs::read(entry.path())?).map_err(|faults| anyhow!("{:?}: {faults:?}", entry.path()))
    };
    paths.iter().map(read).collect()
}

/// A device, and the person at it.
pub struct Desk {
    /// Its key.
    pub key: SigningKey,
    /// Its station.
    pub division: String,
    /// Its clock.
    pub now: Millis,
    actor: Vec<u8>,
    staff: String,
    words: &'static Words,
    chance: Chance,
    pages: u8,
}

/// An application on the desk.
pub struct Paper {
    /// Its identifier.
    pub id: DocumentId,
    document: ApplicationDocument,
}

impl Desk {
    /// A device of the station `division`, all its chance from `seed`.
    pub fn new(key: SigningKey, division: &str, now: Millis, words: &'static Words, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let incarnation = chance.draw().to_le_bytes();
        let (fresh, _) = incarnation.split_at(4);
        let actor = [&key.verifying_key().device().0[..], fresh].concat();
        let staff = format!("{}{:03}", division.get(6..12).unwrap_or_default(), chance.below(20));
        Self {
            key,
            division: division.to_owned(),
            now,
            actor,
            staff,
            words,
            chance,
            pages: 0,
        }
    }

    fn author(&self) -> Author {
        Author {
            actor: self.actor.clone(),
            staff: self.staff.clone(),
            time: self.now,
        }
    }

    fn item(&self, kind: Kind, id: DocumentId, payload: Vec<u8>) -> Result<Item> {
        let envelope = Envelope {
            version: envelope::VERSION,
            kind,
            scope: scope(&self.division)?,
            document: Some(Document {
                kind: kind::APPLICATION.to_owned(),
                id,
            }),
            device: self.key.verifying_key().device(),
            staff: self.staff.clone(),
            time: self.now,
            payload,
        };
        Ok(Item::sign(&envelope, &self.key))
    }

    /// A number that looks as if it came from anywhere.
    pub fn noise<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for part in bytes.chunks_mut(8) {
            let word = self.chance.draw().to_le_bytes();
            part.iter_mut().zip(word).for_each(|(byte, random)| *byte = random);
        }
        bytes
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        self.chance.pick(words).copied().unwrap_or_default()
    }

    fn person(&mut self) -> String {
        let words = self.words;
        [
            self.pick(words.families),
            self.pick(words.given),
            self.pick(words.given),
        ]
        .concat()
    }

    fn digits(&mut self, count: u32) -> String {
        (0..count)
            .map(|_| char::from(b'0' + (self.chance.below(10) as u8)))
            .collect()
    }

    fn day(&mut self, from: u64, years: u64) -> String {
        let (year, month, day) = (self.chance.below(years), self.chance.below(12), self.chance.below(28));
        format!("{}-{:02}-{:02}", from + year, month + 1, day + 1)
    }

    /// Begins an application of `matter`.
    pub fn begin(&mut self, matter: &Matter) -> Result<(Paper, Item)> {
        self.now += 20_000 + self.chance.below(600_000);
        let id = DocumentId(self.noise());
        let beginning = Beginning {
            matter: matter.code.clone(),
            catalogue: 1 + self.chance.below(9),
            station: self.division.clone(),
        };
        let (document, save) = ApplicationDocument::create(&self.author(), &beginning);
        let item = self.item(Kind::Change, id, change(save.bytes))?;
        Ok((Paper { id, document }, item))
    }

    /// Saves `edits` as one item.
    pub fn save(&mut self, paper: &mut Paper, edits: &[Edit]) -> Result<Item> {
        self.save_with(paper, edits, Vec::new())
    }

    fn save_with(&mut self, paper: &mut Paper, edits: &[Edit], files: Vec<FileName>) -> Result<Item> {
        self.now += 2_000 + self.chance.below(40_000);
        let save = paper.document.edit(&self.author(), edits)?;
        ensure!(!save.is_empty(), "an edit changed nothing");
        let automerge = save.bytes;
        self.item(Kind::Change, paper.id, Change { automerge, files }.to_bytes())
    }

    /// What somebody answers to every question of `matter` that is asked.
    pub fn answers(&mut self, matter: &Matter) -> Vec<Edit> {
        let mut edits = Vec::new();
        for question in matter.form.questions().iter().filter(|question| question.is_asked()) {
            let choices: Vec<&str> = matter
                .form
                .choices(question)
                .iter()
                .map(|choice| choice.name.as_str())
                .collect();
            let name = question.name.as_str();
            let value = match question.kind {
                QuestionKind::SelectOne | QuestionKind::SelectMultiple => self
                    .chance
                    .pick(&choices)
                    .map_or_else(String::new, |choice| (*choice).to_owned()),
                QuestionKind::Date => self.day(2015, 12),
                QuestionKind::Integer | QuestionKind::Decimal => self.chance.below(90).to_string(),
                _ if name.contains("id_number") => self.identity(),
                _ if name.contains("phone") => format!("1{}", self.digits(10)),
                _ if name.contains("account") => format!("6222{}", self.digits(15)),
                _ if name.contains("address") => self.address(),
                _ if name.contains("name") => self.person(),
                _ => format!("{}{}", self.address(), self.person()),
            };
            if !value.is_empty() {
                edits.push(answer(name, value));
            }
        }
        edits
    }

    /// An invented ID number; the area does not exist.
    fn identity(&mut self) -> String {
        let birth = self.day(1930, 70).replace('-', "");
        format!("500199{birth}{}", self.digits(4))
    }

    fn address(&mut self) -> String {
        let place = self.pick(self.words.places);
        format!("{place}{}组{}号", 1 + self.chance.below(9), 1 + self.chance.below(200))
    }

    /// A photograph of a page of `material`: the file, and the edit.
    pub fn scan(&mut self, material: &str) -> (FileName, Edit) {
        let file = FileName {
            hash: FileHash(self.noise()),
            len: 90_000 + self.chance.below(400_000),
            media_type: "image/jpeg".to_owned(),
        };
        self.pages = self.pages.wrapping_add(1);
        let page = Page {
            id: page_id(self.pages.into(), &self.actor),
            file: file.hash.to_string(),
            media_type: file.media_type.clone(),
            len: file.len,
            rotation: 0,
            position: 1.0,
            staff: self.staff.clone(),
            time: self.now,
        };
        let material = material.to_owned();
        (file, Edit::PageAdded { material, page })
    }

    /// A whole application as it is written at the desk: a save for each answer, page and step.
    pub fn application(&mut self, matter: &Matter) -> Result<(Paper, Vec<Item>)> {
        let (mut paper, begun) = self.begin(matter)?;
        let mut items = vec![begun];
        for edit in self.answers(matter) {
            items.push(self.save(&mut paper, &[edit])?);
        }
        let who = Edit::Presence {
            name: "who".to_owned(),
            value: "applicant".to_owned(),
        };
        items.push(self.save(&mut paper, &[who])?);
        for material in &matter.materials {
            let (file, page) = self.scan(&material.code);
            items.push(self.save_with(&mut paper, &[page], vec![file])?);
            let evidence = Edit::Evidence {
                material: material.code.clone(),
                level: ["A", "B", "C"]
                    .get(self.chance.below(3) as usize)
                    .copied()
                    .unwrap_or("A")
                    .to_owned(),
            };
            items.push(self.save(&mut paper, &[evidence])?);
        }
        let hash = FileHash(self.noise());
        let len = 3_000 + self.chance.below(4_000);
        let name = FileName {
            hash,
            len,
            media_type: "image/png".to_owned(),
        };
        let signature = Signature {
            file: hash.to_string(),
            len,
            time: self.now,
        };
        items.push(self.save_with(&mut paper, &[Edit::Signed { signature }], vec![name])?);
        items.push(self.save(&mut paper, &self.received())?);
        Ok((paper, items))
    }

    fn received(&self) -> Vec<Edit> {
        let day = jiff::Timestamp::from_millisecond(self.now.cast_signed()).unwrap_or_default();
        let day = day.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date();
        let sequence = u32::try_from(self.now / 1_000 % 500).unwrap_or_default();
        vec![
            Edit::Numbered {
                number: application_number(&self.division, &day.to_string(), "A1", sequence),
            },
            Edit::Step {
                step: ApplicationStep::Received,
                note: String::new(),
            },
        ]
    }
}

/// The center's items about a paper: its receipt, the case it opens, the decision.
pub fn case(center: &SigningKey, desk: &mut Desk, paper: &Paper, arrived: &[Item]) -> Result<Vec<Item>> {
    let scope = scope(&desk.division)?;
    let mut now = desk.now + 1_500;
    let device = center.verifying_key().device();
    let mut document = CaseDocument::empty();
    let mut items = Vec::new();
    let person = desk.person();
    let steps = [
        vec![CaseStep::Arrived, CaseStep::prechecked(Vec::new())],
        vec![CaseStep::accepted(desk.day(2026, 1))],
        vec![CaseStep::Decided {
            granted: true,
            number: format!("{}-{}", desk.digits(4), desk.digits(6)),
            reason: String::new(),
            remedies: String::new(),
            file: None,
            seal: None,
        }],
    ];
    for (turn, steps) in steps.into_iter().enumerate() {
        let staff = if turn == 0 { "" } else { &person };
        let author = Author {
            actor: [&device.0[..], &desk.noise::<4>()].concat(),
            staff: staff.to_owned(),
            time: now,
        };
        let events: Vec<CaseEvent> = steps
            .into_iter()
            .map(|step| CaseEvent {
                id: hex::encode(desk.noise::<8>()),
                step,
                staff: staff.to_owned(),
                stands_for: None,
                time: now,
            })
            .collect();
        let save = document.append(&author, &events)?;
        let envelope = Envelope {
            version: envelope::VERSION,
            kind: Kind::Change,
            scope: scope.clone(),
            document: Some(Document {
                kind: kind::CASE.to_owned(),
                id: paper.id,
            }),
            device,
            staff: staff.to_owned(),
            time: now,
            payload: change(save.bytes),
        };
        items.push(Item::sign(&envelope, center));
        now += desk.chance.below(86_400_000);
    }
    let accepted = arrived.iter().map(Item::id).collect();
    let receipt = Receipt {
        accepted,
        ..Receipt::default()
    };
    items.push(serve::receipt_item(scope.clone(), &receipt, center, now));
    let verified = Receipt {
        verified: vec![FileHash(desk.noise())],
        ..Receipt::default()
    };
    items.push(serve::receipt_item(scope, &verified, center, now));
    Ok(items)
}

/// An answer without a note.
pub fn answer(name: &str, value: String) -> Edit {
    Edit::Answer {
        name: name.to_owned(),
        value,
        note: String::new(),
    }
}

fn change(automerge: Vec<u8>) -> Vec<u8> {
    Change::of(automerge).to_bytes()
}

/// The scope of a station in the year of the measurements.
pub fn scope(division: &str) -> Result<Scope> {
    Scope::new(division, "2026").ok().context("not a division")
}
