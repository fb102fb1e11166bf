//! The screen's TypeScript, made from the command list.

use std::collections::BTreeMap;
use std::fmt::Write;

use ts_rs::{Config, TS, TypeVisitor};

/// A reply that is no JSON: a `Blob` on the screen.
#[derive(TS)]
#[ts(as = "String")]
pub(super) struct Bytes;

/// Declarations by type name, and the commands in order.
#[derive(Default)]
pub(super) struct Declarations {
    config: Config,
    types: BTreeMap<String, String>,
    commands: Vec<String>,
}

impl Declarations {
    /// Adds a command and every type it mentions.
    pub(super) fn command<Q: TS + 'static, R: TS + 'static>(&mut self, name: &str, bytes: bool) {
        self.visit::<Q>();
        self.visit::<R>();
        let (args, reply) = (Q::name(&self.config), R::name(&self.config));
        let reply = if reply == "Bytes" { "Blob".into() } else { reply };
        self.commands
            .push(format!("  {name}: {{ args: {args}, reply: {reply}, bytes: {bytes} }}"));
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only types of our own have a place to be exported to; numbers, lists and maps are written where they stand.
        if T::output_path().is_some() && T::name(&self.config) != "Bytes" {
            let name = T::ident(&self.config);
            if self.types.contains_key(&name) {
                return;
            }
            self.types.insert(name, T::decl(&self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

/// The whole of `ui/contract/station.ts`.
pub fn typescript() -> String {
    let mut list = Declarations {
        config: Config::new(),
        ..Declarations::default()
    };
    super::declare(&mut list);
    list.visit::<crate::Failure>();
    let mut text = String::from(
        "// Generated from the station's command list; do not edit. `DOORSTEP_BLESS=1 cargo test -p doorstep-station --test contract`\n\n",
    );
    for declaration in list.types.values() {
        let _ = writeln!(text, "export {declaration}\n");
    }
    text.push_str("/** Every command: what it takes, what it gives, and whether bytes go with it. */\nexport interface Commands {\n");
    for command in &list.commands {
        let _ = writeln!(text, "{command}");
    }
    text.push_str("}\n");
    text
}
