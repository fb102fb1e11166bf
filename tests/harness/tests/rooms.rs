//! The arrows between the rooms, checked on what Cargo and the sources really say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Each room and the rooms it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("doorstep", &["doorstep-station"]),
    (
        "doorstep-station",
        &[
            "doorstep-matters",
            "doorstep-records",
            "doorstep-scan",
            "doorstep-sync",
            "doorstep-wal",
        ],
    ),
    // The center shows scans beside the form, turned and in small: `scan` is a leaf both ends may lean on.
    (
        "doorstep-center",
        &[
            "doorstep-custody",
            "doorstep-matters",
            "doorstep-records",
            "doorstep-scan",
            "doorstep-sync",
            "doorstep-wal",
        ],
    ),
    // Whoever holds a custody file checks it without a center: it knows items and documents, and no store.
    ("doorstep-custody", &["doorstep-records", "doorstep-sync"]),
    ("doorstep-records", &["doorstep-matters"]),
    ("doorstep-sync", &[]),
    ("doorstep-matters", &[]),
    ("doorstep-scan", &[]),
    ("doorstep-wal", &[]),
];

/// Crates that only some rooms may name.
const KEPT: &[(&str, &[&str])] = &[
    ("tauri", &["doorstep"]),
    ("tauri-build", &["doorstep"]),
    ("wry", &["doorstep"]),
    ("webkit2gtk", &["doorstep"]),
    ("rusqlite", &["doorstep-station", "doorstep-center"]),
    // The harness lets other programs read what Automerge wrote.
    ("automerge", &["doorstep-records", "doorstep-harness"]),
    (
        "axum",
        &[
            "doorstep-station",
            "doorstep-center",
            "doorstep-harness",
            "doorstep-fuzz",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every member with the crates it names outside its own tests.
fn members() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let named = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|one| one["kind"] != "dev")
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    packages
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), named(package)))
        .collect()
}

#[test]
fn rooms_name_only_the_rooms_their_arrows_lead_to() {
    let members = members();
    let rooms: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for (member, named) in &members {
        if ["doorstep-harness", "doorstep-fuzz"].contains(&member.as_str()) {
            continue; // They test them all; nobody may name them, which the lists below see to.
        }
        let allowed = rooms
            .get(member.as_str())
            .unwrap_or_else(|| panic!("{member} has no line in ARROWS"));
        for room in named.iter().filter(|name| name.starts_with("doorstep")) {
            assert!(allowed.contains(&room.as_str()), "{member} must not depend on {room}");
        }
    }
    for room in rooms.keys() {
        assert!(members.contains_key(*room), "ARROWS names {room}, which is no member");
    }
}

#[test]
fn kept_crates_stay_where_they_are_kept() {
    for (member, named) in members() {
        for (kept, allowed) in KEPT {
            assert!(
                !named.contains(*kept) || allowed.contains(&member.as_str()),
                "{member} must not depend on {kept}"
            );
        }
    }
}

/// Rust sources below `folder`, `target` and packages of the interfaces apart.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "ui", "data"].contains(&name.as_str()) {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// What gives SQL away, whichever way it is spelt.
fn is_sql(line: &str) -> bool {
    let shouted = [
        "SELECT ",
        "INSERT INTO ",
        "INSERT OR ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "CREATE INDEX ",
        "PRAGMA ",
    ];
    let quoted = [
        "\"select ",
        "\"insert into ",
        "\"insert or ",
        "\"delete from ",
        "\"create table ",
        "\"pragma ",
    ];
    let lower = line.to_lowercase();
    shouted.iter().any(|word| line.contains(word))
        || quoted.iter().any(|word| lower.contains(word))
        || line.contains("UPDATE ") && line.contains(" SET ")
}

#[test]
fn sql_stays_in_the_stores() {
    let root = root();
    let mut found = Vec::new();
    sources(&root, &mut found);
    assert!(found.len() > 20, "the sources were not found");
    for path in found {
        let local = path.strip_prefix(&root).unwrap();
        // Tests and benches may look at a store from outside to prove what it holds.
        // XLSForm says `select one` in small letters; the catalogue reaches no database.
        if local.starts_with("matters") {
            continue;
        }
        if local.components().any(|part| {
            ["store", "tests", "benches"]
                .iter()
                .any(|name| part.as_os_str() == *name)
        }) {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for (number, line) in source.lines().enumerate() {
            let code = line.trim_start();
            assert!(
                code.starts_with("//") || !is_sql(code),
                "SQL outside a store: {}:{}",
                local.display(),
                number + 1
            );
        }
    }
}

#[test]
fn sql_is_recognised() {
    for line in [
        "let q = \"SELECT id FROM item\";",
        "\"select id from item\"",
        "UPDATE item SET id = 1",
        "conn.execute(\"PRAGMA x\")",
    ] {
        assert!(is_sql(line), "{line}");
    }
    for line in [
        "let selected = select(&list);",
        "Choice::SelectOne",
        "update(item)",
        "select_one",
    ] {
        assert!(!is_sql(line), "{line}");
    }
}
