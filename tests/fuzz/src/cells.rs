//! The cells of a workbook, and the form that they make.

use doorstep_matters::Language;
use doorstep_matters::catalogue;
use doorstep_matters::form::{Answers, Context};
use doorstep_matters::workbook::read_form_with;

use crate::package;

/// The bytes are sheets: a line `# NAME`, then a line for each row, its cells between `|`. A line of its own may stand in a
/// cell as `\n`.
pub fn cells(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut sheets: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            sheets.push((name.to_owned(), Vec::new()));
        } else if let Some((_, rows)) = sheets.last_mut() {
            rows.push(
                line.split('|')
                    .take(700)
                    .map(|cell| cell.trim().replace("\\n", "\n"))
                    .collect(),
            );
        }
    }
    let bytes = package::workbook(&sheets);
    let today = Context {
        today: "2026-03-05".into(),
        now: "2026-03-05T08:30:00.000+08:00".into(),
        ..Context::default()
    };
    if let Ok((form, _)) = read_form_with(&bytes, None) {
        form.evaluate(&Answers::new(), &today);
    }
    let Ok(catalogue) = catalogue::check(&[("事项.xlsx".to_owned(), bytes)]) else {
        return;
    };
    for matter in catalogue.matters.values() {
        matter.summary(Language::English);
        matter.view(&Answers::new(), &today);
        matter.flow(&Answers::new(), &today);
        matter.untranslated();
        matter.guided(&[""; 0], &today);
    }
}
