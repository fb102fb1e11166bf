//! Lists from files beside the workbook: `select_one_from_file villages.csv`, `pulldata('villages', …)`.

use std::collections::BTreeSet;

use super::choices::{self, Lists};
use super::list;
use super::problem::Problems;
use super::table::Table;

/// A file of the catalogue by its name; `None` when there is none of that name.
pub(crate) type Files<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Why a file gives no list.
pub(super) enum Lack {
    /// There is none of that name.
    File,
    /// It cannot be read as a table.
    Unreadable,
    /// It has no such column.
    Column(String),
}

/// The ending of a file that lists may come from.
pub(super) fn ending(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    (!stem.is_empty() && matches!(ending, "csv" | "xml" | "geojson")).then_some(ending)
}

/// The name by which expressions know a file: its own without the ending.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Reads the list of a `.csv` with its values in the column `value` and its words in `label`, once; the name under which it
/// stands among the lists. A table to look things up in needs neither column.
pub(super) fn load(
    file: &str,
    value: &str,
    label: &str,
    table_only: bool,
    files: Option<Files<'_>>,
    lists: &mut Lists,
) -> Result<String, Lack> {
    let usual = value == "name" && label == "label";
    let key = if usual {
        stem(file).to_owned()
    } else {
        format!("{}?{value}?{label}", stem(file))
    };
    if lists.choices.contains_key(&key) {
        return Ok(key);
    }
    let bytes = files.and_then(|files| files(file)).ok_or(Lack::File)?;
    let rows = list::csv_rows(&bytes).ok_or(Lack::Unreadable)?;
    let table = Table::new("", &rows, &mut Problems::of_plain_form()).ok_or(Lack::Unreadable)?;
    let columns: BTreeSet<String> = table.headings().map(str::to_owned).collect();
    for column in [value, label].into_iter().filter(|_| !table_only) {
        let there = columns.iter().any(|heading| {
            heading
                .strip_prefix(column)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        if !there {
            return Err(Lack::Column(column.to_owned()));
        }
    }
    let read = table.records().map(|record| {
        let mut choice = choices::choice(&record, &columns, record.get(value), true);
        choice.label = record.any_words(label);
        choice
    });
    let choices = read.collect();
    lists.columns.extend(columns.iter().cloned());
    lists.choices.insert(key.clone(), choices);
    Ok(key)
}

/// The first arguments, when they are texts, of every call of `function` in an expression.
pub(super) fn calls<'t>(text: &'t str, function: &str) -> Vec<&'t str> {
    let after = text.match_indices(function).filter_map(|(at, _)| {
        let rest = text
            .get(at + function.len()..)?
            .trim_start()
            .strip_prefix('(')?
            .trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        rest.get(1..)?.split_once(quote).map(|(name, _)| name.trim())
    });
    after.collect()
}
