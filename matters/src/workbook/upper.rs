//! 四级四同: name, code, basis, kind and materials of a matter are the same at every level. An upper-level list is put beside
//! ours, and what differs is told.

use std::collections::{BTreeMap, BTreeSet};

use super::about;
use super::file::Row;
use super::list;
use crate::matter::Matter;

/// What the columns of such a list are called, in the order in which they are looked for.
const CODE: [&str; 6] = ["code", "基本编码", "实施编码", "事项编码", "目录编码", "编码"];
const NAME: [&str; 4] = ["name", "事项名称", "目录名称", "名称"];
const KIND: [&str; 3] = ["kind", "事项类型", "类型"];
const BASIS: [&str; 3] = ["basis", "设定依据", "依据"];
const MATERIALS: [&str; 5] = ["materials", "申请材料", "材料名称", "材料清单", "材料"];
/// Headings stand in one of the first rows: titles stand above.
const HEAD: usize = 5;

/// A line of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpperMatter {
    /// Its code: the basic code (12 characters), or a whole one.
    pub code: String,
    /// Its name.
    pub name: String,
    /// 事项类型, as code or words; empty when the list does not say.
    pub kind: String,
    /// 设定依据; empty when the list does not say.
    pub basis: String,
    /// Names of its materials; empty when the list does not say.
    pub materials: Vec<String>,
}

/// What of a matter differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// 事项名称.
    Name,
    /// 编码: the name is the same, the code is not.
    Code,
    /// 事项类型.
    Kind,
    /// 设定依据.
    Basis,
    /// 申请材料: those that only one of the two has.
    Materials,
    /// The list has it, the catalogue does not.
    NotHere,
    /// The catalogue has it, the list does not.
    NotListed,
}

/// One thing that is not the same above and here.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Disagreement {
    /// The matter's code: ours when we have it.
    pub code: String,
    /// Its name: ours when we have it.
    pub name: String,
    /// What differs.
    pub element: Element,
    /// What the list says.
    pub upper: String,
    /// What the catalogue says.
    pub ours: String,
}

/// Reads an upper-level list (`.xlsx`: its first sheet; or `.csv`); `None` when it has no column for codes or for names.
pub fn read_upper(name: &str, bytes: &[u8]) -> Option<Vec<UpperMatter>> {
    let rows = list::rows(name, bytes)?;
    let (head, rows) = rows
        .iter()
        .enumerate()
        .take(HEAD)
        .find_map(|(place, row)| Some((Head::new(row)?, rows.get(place + 1..)?)))?;
    let mut list: Vec<UpperMatter> = Vec::new();
    for row in rows {
        let cell = |column: Option<u32>| {
            let text = column.and_then(|column| row.cells.get(&column));
            text.map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let materials = split(&cell(head.materials));
        let (code, name) = (cell(Some(head.code)), cell(Some(head.name)));
        // Further materials of a matter stand in lines of their own, with or without its code again.
        match list.last_mut() {
            Some(last) if (code.is_empty() || code == last.code) && (name.is_empty() || name == last.name) => {
                last.materials.extend(materials);
            }
            _ if code.is_empty() && name.is_empty() => {}
            _ => list.push(UpperMatter {
                code,
                name,
                kind: cell(head.kind),
                basis: cell(head.basis),
                materials,
            }),
        }
    }
    Some(list)
}

struct Head {
    code: u32,
    name: u32,
    kind: Option<u32>,
    basis: Option<u32>,
    materials: Option<u32>,
}

impl Head {
    fn new(row: &Row) -> Option<Self> {
        let column = |names: &[&str]| {
            let called = |name: &str| {
                let mut cells = row.cells.iter();
                cells
                    .find(|(_, text)| text.trim().to_lowercase() == name)
                    .map(|(column, _)| *column)
            };
            names.iter().find_map(|name| called(name))
        };
        Some(Self {
            code: column(&CODE)?,
            name: column(&NAME)?,
            kind: column(&KIND),
            basis: column(&BASIS),
            materials: column(&MATERIALS),
        })
    }
}

fn split(text: &str) -> Vec<String> {
    let names = text.split(['\n', ';', '；', '、', '|']).map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What differs between the list and these matters. What the list does not say of a matter is not compared.
pub fn disagreements<'a>(upper: &[UpperMatter], ours: impl Iterator<Item = &'a Matter> + Clone) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let mut listed = BTreeSet::new();
    for line in upper {
        let by_code = ours.clone().find(|matter| same_code(matter, &line.code));
        let matter = by_code.or_else(|| ours.clone().find(|matter| same(&matter.name.zh, &line.name)));
        let Some(matter) = matter else {
            found.push(tell(&line.code, &line.name, Element::NotHere, &line.name, ""));
            continue;
        };
        listed.insert(matter.code.as_str());
        let mut differs = |element, upper: &str, ours: &str| {
            found.push(tell(&matter.code, &matter.name.zh, element, upper, ours));
        };
        if by_code.is_none() && !line.code.is_empty() {
            differs(Element::Code, &line.code, &matter.code);
        }
        if !line.name.is_empty() && !same(&line.name, &matter.name.zh) {
            differs(Element::Name, &line.name, &matter.name.zh);
        }
        if !line.kind.is_empty() && about::kind_code(&line.kind) != Some(matter.kind.as_str()) {
            differs(Element::Kind, &line.kind, &about::kind_words(&matter.kind));
        }
        if !line.basis.is_empty() && !same(&line.basis, &matter.basis.zh) {
            differs(Element::Basis, &line.basis, &matter.basis.zh);
        }
        if !line.materials.is_empty() {
            let ours: BTreeMap<String, &str> = matter
                .materials
                .iter()
                .map(|m| (plain(&m.name.zh), m.name.zh.as_str()))
                .collect();
            let theirs: BTreeMap<String, &str> = line.materials.iter().map(|m| (plain(m), m.as_str())).collect();
            let only = |these: &BTreeMap<String, &str>, those: &BTreeMap<String, &str>| {
                let alone = these.iter().filter(|(plain, _)| !those.contains_key(*plain));
                alone.map(|(_, name)| *name).collect::<Vec<_>>().join("、")
            };
            let (upper, here) = (only(&theirs, &ours), only(&ours, &theirs));
            if !(upper.is_empty() && here.is_empty()) {
                differs(Element::Materials, &upper, &here);
            }
        }
    }
    for matter in ours.filter(|matter| !listed.contains(matter.code.as_str())) {
        found.push(tell(
            &matter.code,
            &matter.name.zh,
            Element::NotListed,
            "",
            &matter.name.zh,
        ));
    }
    found
}

/// An implementing code is the body's credit code, the level, and the basic code (GB/T 39554): it ends in the basic code, which
/// is the same at every level.
fn same_code(matter: &Matter, code: &str) -> bool {
    const BASIC: usize = 12;
    !code.is_empty()
        && (matter.code == code
            || matter.basic_code == code
            || (code.len() >= BASIC && matter.code.len() > BASIC && matter.code.ends_with(code))
            || (!matter.basic_code.is_empty() && code.ends_with(&matter.basic_code)))
}

fn same(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// Words without what two typists would write differently: spaces, punctuation, brackets of either width.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn tell(code: &str, name: &str, element: Element, upper: &str, ours: &str) -> Disagreement {
    Disagreement {
        code: code.to_owned(),
        name: name.to_owned(),
        element,
        upper: upper.to_owned(),
        ours: ours.to_owned(),
    }
}
