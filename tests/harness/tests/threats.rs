//! What `docs/threats.md` says is shown by a test is shown by one that exists.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Tests that an attack must have at least.
const FEWEST: usize = 60;

/// The names of all functions below a folder that follow a `#[test]` or `#[tokio::test]` line, and of the browser's tests.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", ".git", "data"].contains(&name.as_str()) {
            tests(&path, found);
        } else if name.ends_with(".spec.ts") {
            let text = fs::read_to_string(&path).unwrap();
            let named = text.lines().filter_map(|line| line.strip_prefix("test('"));
            found.extend(named.filter_map(|rest| rest.split('\'').next().map(str::to_owned)));
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if is_test && let Some((_, rest)) = line.split_once("fn ") {
                    found.extend(rest.split('(').next().map(str::to_owned));
                    is_test = false;
                }
            }
        }
    }
}

/// The lines of `docs/threats.md` that name tests.
fn lines(page: &str) -> Vec<&str> {
    page.lines()
        .filter(|line| line.starts_with('|') && line.matches('`').count() >= 2 && !line.contains("| test |"))
        .collect()
}

/// The tests that a line names.
fn named(line: &str) -> Vec<&str> {
    let last = line.trim_end_matches('|').rsplit('|').next().unwrap();
    last.split('`').skip(1).step_by(2).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_threat_names_a_test_that_exists() {
    let root = root();
    let mut known = BTreeSet::new();
    tests(&root, &mut known);
    let page = fs::read_to_string(root.join("docs/threats.md")).unwrap();
    let lines = lines(&page);
    for line in &lines {
        let named = named(line);
        assert!(!named.is_empty(), "no test: {line}");
        for test in named {
            assert!(known.contains(test), "there is no test {test}: {line}");
        }
    }
    assert!(lines.len() >= FEWEST, "{} lines", lines.len());
}

/// `make guards` takes each guard out and sees its test fail; that takes hours. Here it is only looked at that none is missing
/// and that each is still found in the code.
#[test]
fn every_threat_has_a_guard_that_can_be_taken_out() {
    let root = root();
    let (mut guarded, mut file, mut stands) = (BTreeSet::new(), String::new(), None);
    for entry in fs::read_dir(root.join("tests/guards")).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            match (line, &mut stands) {
                ("<<<<", _) => stands = Some(Vec::new()),
                ("====", Some(text)) => {
                    let code = fs::read_to_string(root.join(&file)).unwrap();
                    let text = text.join("\n");
                    assert_eq!(code.matches(&text).count(), 1, "in {file}:\n{text}");
                    stands = None;
                }
                (line, Some(text)) => text.push(line.to_owned()),
                _ if line.starts_with("test: ") => guarded.extend(line[6..].split(", ").map(str::to_owned)),
                _ if line.starts_with("file: ") => line[6..].clone_into(&mut file),
                _ => {}
            }
        }
    }
    let page = fs::read_to_string(root.join("docs/threats.md")).unwrap();
    for section in page.split("\n## ") {
        let named: Vec<&str> = lines(section).into_iter().flat_map(named).collect();
        let lacking: Vec<_> = named.iter().filter(|test| !guarded.contains(**test)).collect();
        // Begun is done: a section of which one line has a guard has one for each.
        assert!(
            lacking.is_empty() || lacking.len() == named.len(),
            "no guard: {lacking:?}"
        );
    }
    assert!(guarded.len() >= FEWEST, "{} guards", guarded.len());
}
