//! The chain of custody at the center: what is altered in its database or among its files is named, and the file of it holds
//! by itself.

use crate::support::{Paper, START, World};
use axum::http::{Request, StatusCode, header};
use doorstep_custody::{Flaw, check, file};
use doorstep_sync::payload::Grant;
use doorstep_sync::{Code, FileHash, Kind};
use rusqlite::{Connection, params};
use serde_json::json;

/// An application that arrived with its scan and was accepted.
async fn accepted(world: &World) -> Paper {
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    device.sync(world, paper.items.clone()).await;
    assert_eq!(device.upload(world, &paper.scan).await.status(), StatusCode::CREATED);
    let reviewer = world.sign_in("reviewer").await;
    let path = format!("/api/cases/{}/accept", paper.id);
    assert_eq!(reviewer.post(&path, json!({ "expected": 7 })).await.0, StatusCode::OK);
    paper
}

fn flaws(world: &World, paper: &Paper) -> Vec<(Flaw, String)> {
    let chain = world.center.custody(&paper.id).unwrap().chain;
    chain
        .faults
        .into_iter()
        .map(|fault| (fault.flaw, fault.about))
        .collect()
}

/// Somebody with the disk in hand.
fn database(world: &World) -> Connection {
    Connection::open(world.folder.path().join("center.sqlite")).unwrap()
}

#[tokio::test]
async fn a_good_chain_holds_and_is_found_by_its_number() {
    let world = World::new();
    let paper = accepted(&world).await;
    assert_eq!(flaws(&world, &paper), []);
    assert_eq!(world.center.find_application(&paper.number).unwrap(), paper.id);
    assert_eq!(world.center.find_application(&paper.id.to_string()).unwrap(), paper.id);
    assert!(world.center.find_application("500199101201-20260305-A1-9999").is_err());
    let chain = world.center.custody(&paper.id).unwrap().chain;
    let typed = chain
        .links
        .iter()
        .find(|link| link.wrote.iter().any(|(path, _)| path == "answers.name"));
    let typed = typed.unwrap();
    assert_eq!(typed.staff, "T0101");
    assert_eq!(typed.granted.as_ref().unwrap().code, "A1");
    assert!(typed.receipt.is_some());
    let accepted = chain.links.last().unwrap();
    assert!(accepted.by_center && accepted.wrote[0].0 == "case.accepted");
    let supervisor = world.sign_in("supervisor").await;
    let (status, page) = supervisor.get(&format!("/api/cases/{}/custody", paper.id)).await;
    assert_eq!((status, &page["faults"]), (StatusCode::OK, &json!([])));
    assert_eq!(page["key"], hex::encode(world.center.public_key().to_bytes()));
    let links = page["links"].as_array().unwrap();
    assert!(
        links
            .iter()
            .any(|link| link["staff_name"] == "陶春晓" && link["device_code"] == "A1")
    );
    let administrator = world.sign_in("administrator").await;
    let (status, _) = administrator.get(&format!("/api/cases/{}/custody", paper.id)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_altered_row_is_named() {
    for column in [
        "staff = 'T0102'",
        "time = time + 1",
        "scope = '500199101202/2026'",
        "device = x'00'",
    ] {
        let world = World::new();
        let paper = accepted(&world).await;
        let item = paper.items[1].id();
        let sql = format!("UPDATE items SET {column} WHERE id = ?");
        assert_eq!(database(&world).execute(&sql, [&item.0[..]]).unwrap(), 1);
        assert_eq!(
            flaws(&world, &paper)[0],
            (Flaw::AlteredRow, item.to_string()),
            "{column}"
        );
    }
}

#[tokio::test]
async fn altered_bytes_of_an_item_are_named() {
    let world = World::new();
    let paper = accepted(&world).await;
    let item = &paper.items[1];
    let sql = database(&world);
    let bytes: Vec<u8> = sql
        .query_row("SELECT bytes FROM items WHERE id = ?", [&item.id().0[..]], |row| {
            row.get(0)
        })
        .unwrap();
    let at = bytes.windows(9).position(|part| part == "高山月".as_bytes()).unwrap();
    let mut altered = bytes.clone();
    altered[at..at + 9].copy_from_slice("低山月".as_bytes());
    let put = |bytes: &[u8]| {
        let sql = sql.execute(
            "UPDATE items SET bytes = ? WHERE id = ?",
            params![bytes, &item.id().0[..]],
        );
        assert_eq!(sql.unwrap(), 1);
    };
    put(&altered);
    let found = flaws(&world, &paper);
    assert_eq!(found[0].0, Flaw::AlteredRow, "its id is no longer that of its bytes");
    assert!(
        found.iter().any(|(flaw, _)| *flaw == Flaw::Item(Code::Signature)),
        "{found:?}"
    );
    put(&bytes[..20]);
    assert_eq!(flaws(&world, &paper)[0].0, Flaw::Item(Code::Malformed));
}

#[tokio::test]
async fn a_row_that_was_taken_out_is_named() {
    let world = World::new();
    let paper = accepted(&world).await;
    let gone = paper.items[1].id();
    database(&world)
        .execute("DELETE FROM items WHERE id = ?", [&gone.0[..]])
        .unwrap();
    let found = flaws(&world, &paper);
    assert_eq!(found[0], (Flaw::MissingForerunner, paper.items[2].id().to_string()));
    assert!(found.contains(&(Flaw::Gone, gone.to_string())));
}

#[tokio::test]
async fn a_file_that_is_not_what_was_named_is_named() {
    let world = World::new();
    let paper = accepted(&world).await;
    let hash = FileHash::of(&paper.scan);
    let name = hash.to_string();
    let file = walk(world.folder.path())
        .into_iter()
        .find(|path| path.ends_with(&name))
        .unwrap();
    std::fs::write(&file, b"another scan").unwrap();
    assert_eq!(flaws(&world, &paper), [(Flaw::FileAltered, name.clone())]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(flaws(&world, &paper), [(Flaw::FileGone, name)]);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

#[tokio::test]
async fn what_is_shown_and_does_not_follow_from_the_items_is_named() {
    let world = World::new();
    let paper = accepted(&world).await;
    let sql = database(&world);
    sql.execute("UPDATE cases SET applicant = '别人' WHERE id = ?", [&paper.id.0[..]])
        .unwrap();
    assert_eq!(flaws(&world, &paper), [(Flaw::AlteredView, paper.id.to_string())]);
    world.center.rebuild().unwrap();
    assert_eq!(flaws(&world, &paper), []);
    sql.execute(
        "DELETE FROM documents WHERE kind = 'case' AND id = ?",
        [&paper.id.0[..]],
    )
    .unwrap();
    assert_eq!(flaws(&world, &paper), [(Flaw::AlteredView, paper.id.to_string())]);
}

#[tokio::test]
async fn the_file_holds_by_itself_and_tells_no_pins() {
    let world = World::new();
    let paper = accepted(&world).await;
    let reviewer = world.sign_in("reviewer").await;
    let path = format!("/api/cases/{}/custody/file", paper.id);
    let answer = reviewer.raw(Request::get(&path).body(Vec::new()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(
        answer.headers()[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .contains(".custody")
    );
    let key = world.center.public_key();
    let custody = file::read(answer.body(), &key).unwrap();
    let chain = check(&key, &custody.evidence);
    assert_eq!(
        (chain.faults, chain.links.len()),
        (vec![], world.center.custody(&paper.id).unwrap().chain.links.len())
    );
    assert_eq!(custody.evidence.people["T0101"], "陶春晓");
    let grants = custody.evidence.grants.iter().filter_map(|item| {
        let envelope = item.open().unwrap();
        (envelope.kind == Kind::Grant).then(|| Grant::from_bytes(&envelope.payload).unwrap())
    });
    assert!(grants.map(|grant| grant.details.len()).eq([0]));
    // Of another application's items it holds nothing.
    let mut device = world.device(1, 0).await;
    let other = device.application(START, "石上泉");
    device.sync(&world, other.items).await;
    let custody = file::read(&world.center.custody_file(&paper.id).unwrap(), &key).unwrap();
    assert!(
        custody
            .evidence
            .items
            .iter()
            .all(|kept| kept.item.open().unwrap().document.unwrap().id == paper.id)
    );
}
