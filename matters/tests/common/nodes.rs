//! What a screen shows, by the paths that other engines have for it.

use std::collections::BTreeMap;

use doorstep_matters::form::Evaluation;
use doorstep_matters::view::QuestionView;

/// Everything in the form, by path: `/data/group/member[2]/name`.
pub fn nodes(evaluation: &Evaluation<'_>) -> BTreeMap<String, QuestionView> {
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut nodes = BTreeMap::new();
    for view in evaluation.view().questions {
        let around = view.group.as_ref().map_or("/data", |group| paths[group].as_str());
        let path = if view.name.ends_with(']') {
            let row = rows.entry(around.to_owned()).or_default();
            *row += 1;
            format!("{around}[{row}]")
        } else {
            let name = view.name.rsplit(['/', ':']).next().unwrap();
            format!("{around}/{name}")
        };
        paths.insert(view.name.clone(), path.clone());
        nodes.insert(path, view);
    }
    nodes
}
