//! The sheet `settings`. The title shown is the name in `matter`; what stands here keeps the form readable for other
//! tools that know XLSForm.

use super::problem::Problems;
use super::table::Table;

pub(super) fn check(table: &Table<'_>, problems: &mut Problems) {
    let known = [
        "form_title",
        "form_id",
        "id_string",
        "version",
        "default_language",
        "style",
    ];
    table.refuse_others(&known, &[], problems);
}
