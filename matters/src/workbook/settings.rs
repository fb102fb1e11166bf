//! The sheet `settings`. The title shown is the name in `matter`; most of what stands here keeps the form readable for
//! other tools that know XLSForm.

use super::cell::{is_tag, yes};
use super::problem::Problems;
use super::table::Table;

/// What other tools know.
const KNOWN: [&str; 32] = [
    "form_title",
    "form_id",
    "id_string",
    "version",
    "default_language",
    "style",
    "name",
    "public_key",
    "submission_url",
    "instance_name",
    "instance_id",
    "allow_choice_duplicates",
    "omit_instanceID",
    "auto_send",
    "auto_delete",
    "client_editable",
    "clean_text_values",
    "add_none_option",
    "instance_xmlns",
    "namespaces",
    "attribute",
    "flat",
    "sms_keyword",
    "sms_separator",
    "sms_allow_media",
    "sms_date_format",
    "sms_datetime_format",
    "sms_response",
    "compact_prefix",
    "prefix",
    "delimiter",
    "hxl",
];

/// What the form's own settings change.
pub(super) struct Settings {
    /// Choices of one list may share a name.
    pub(super) duplicates: bool,
    /// What the form itself is called in paths.
    pub(super) root: String,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            duplicates: false,
            root: "data".into(),
        }
    }
}

/// Reads the first line; there is no second one.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Settings {
    table.refuse_others(&KNOWN, &[], problems);
    let mut settings = Settings::default();
    let Some(record) = table.records().next() else {
        return settings;
    };
    settings.duplicates = yes(record.get("allow_choice_duplicates"));
    let name = record.get("name");
    if !name.is_empty() {
        settings.root = name.to_owned();
    }
    if !is_tag(&settings.root) {
        let remedy = "以字母开头，只用字母、数字、下划线、连字符和点";
        problems.add(
            table.sheet,
            record.number(),
            "name",
            "name_shape",
            format!("名称“{name}”写法不对"),
            remedy,
        );
    }
    if yes(record.get("omit_instanceID")) && !record.get("public_key").is_empty() {
        problems.add(
            table.sheet,
            record.number(),
            "omit_instanceID",
            "setting_conflict",
            "加密的表单不能没有 instanceID",
            "删去 omit_instanceID 或 public_key",
        );
    }
    settings
}
