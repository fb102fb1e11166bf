//! A station as its screen sees it: commands, whether it runs in this process or in another.

use std::future::Future;

use serde_json::{Value, json};

/// A command that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{command}: {code}: {message}")]
pub struct Failed {
    /// Which command.
    pub command: String,
    /// Stable code, as the station gives it; `no_answer` when none came.
    pub code: String,
    /// Words for a log.
    pub message: String,
}

impl Failed {
    /// A command that failed with a code.
    pub fn new(command: &str, code: &str, message: impl std::fmt::Display) -> Self {
        Self {
            command: command.to_owned(),
            code: code.to_owned(),
            message: message.to_string(),
        }
    }
}

/// Commands that say what they were made on.
const EDITS: [&str; 10] = [
    "answer_set",
    "presence_set",
    "resolve",
    "material_set",
    "page_add",
    "page_set",
    "sign",
    "receive",
    "resubmit",
    "withdraw",
];

/// What a screen does with a station.
pub trait Screen: Sync {
    /// Runs a command as it stands.
    fn run(&self, command: &str, args: Value, body: Vec<u8>) -> impl Future<Output = Result<Value, Failed>> + Send;

    /// Runs a command that answers with JSON. `body` is for commands that take bytes, and empty for others. An edit that
    /// does not say what it was made on looks first.
    fn ask(&self, command: &str, mut args: Value, body: Vec<u8>) -> impl Future<Output = Result<Value, Failed>> + Send {
        async move {
            if EDITS.contains(&command) && args.get("seen").is_none() {
                let look = json!({"id": args["id"]});
                args["seen"] = self.run("application", look, Vec::new()).await?["shows"].take();
            }
            self.run(command, args, body).await
        }
    }

    /// Runs a command without bytes.
    fn call(&self, command: &str, args: Value) -> impl Future<Output = Result<Value, Failed>> + Send {
        self.ask(command, args, Vec::new())
    }
}

/// The arguments of an edit made on what `view` shows.
pub fn made_on(view: &Value, mut args: Value) -> Value {
    args["id"] = view["id"].clone();
    args["seen"] = view["shows"].clone();
    args
}

/// What a view shows in a field: the value, and its rivals when there are any. `path` is as in `Conflict::path`.
pub fn shown(view: &Value, path: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut add = |value: &Value| {
        if let Some(text) = value.as_str().filter(|text| !text.is_empty())
            && !values.iter().any(|known| known == text)
        {
            values.push(text.to_owned());
        }
    };
    let parts: Vec<&str> = path.split('.').collect();
    match parts.as_slice() {
        ["answers", name] => add(&question(view, name)["value"]),
        ["presence", name] => add(&view["presence"][*name]["value"]),
        ["materials", code, field] => add(&material(view, code)["record"][*field]["value"]),
        _ => {}
    }
    for conflict in list(&view["conflicts"]).filter(|conflict| conflict["path"] == path) {
        list(&conflict["versions"]).for_each(|version| add(&version["value"]));
    }
    values
}

/// A question of a view's form; `null` when there is none of this name.
pub fn question<'a>(view: &'a Value, name: &str) -> &'a Value {
    list(&view["form"]["questions"])
        .find(|question| question["name"] == name)
        .unwrap_or(&Value::Null)
}

/// A material of a view; `null` when there is none of this code.
pub fn material<'a>(view: &'a Value, code: &str) -> &'a Value {
    list(&view["materials"])
        .find(|material| material["asked"]["code"] == code)
        .unwrap_or(&Value::Null)
}

/// Hashes of all pages of a view, removed ones too, and of the signature.
pub fn files(view: &Value) -> Vec<String> {
    let records = list(&view["materials"]).map(|material| &material["record"]);
    let pages = records.flat_map(|record| list(&record["pages"]).chain(list(&record["removed"])));
    let hashes = pages
        .chain(std::iter::once(&view["signature"]))
        .map(|named| &named["file"]);
    hashes.filter_map(|hash| hash.as_str().map(str::to_owned)).collect()
}

/// The members of an array; none when it is not one.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
