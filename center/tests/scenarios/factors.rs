//! Whoever has the database and not the key beside it has no second factor of anybody.

use std::fs;

use crate::support::World;
use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::json;

/// The secret of an account of the demo district, as bytes.
fn secret(world: &World, name: &str) -> Vec<u8> {
    let mut accounts = world.demo.accounts.iter();
    let account = accounts.find(|account| account.name == name).unwrap();
    let spelt = account.second_factor.as_deref().unwrap();
    totp_rs::Secret::try_from_base32(spelt).unwrap().as_bytes().to_vec()
}

fn database(world: &World) -> Connection {
    Connection::open(world.folder.path().join("center.sqlite")).unwrap()
}

/// Whether a secret lies open in the database or its log.
fn lies_open(world: &World, secret: &[u8]) -> bool {
    ["center.sqlite", "center.sqlite-wal"].iter().any(|name| {
        let bytes = fs::read(world.folder.path().join(name)).unwrap_or_default();
        bytes.windows(secret.len()).any(|window| window == secret)
    })
}

#[tokio::test]
async fn secrets_lie_sealed_and_those_of_before_are_sealed_at_the_next_start() {
    let world = World::new();
    let secret = secret(&world, "reviewer");
    assert!(!lies_open(&world, &secret));
    world.sign_in("reviewer").await;
    // As a program of before left it.
    let sql = database(&world);
    let sealed: Vec<u8> = sql
        .query_row("SELECT secret FROM factors WHERE account = 'reviewer'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(sealed.len() > secret.len());
    sql.execute("UPDATE factors SET secret = ? WHERE account = 'reviewer'", [&secret])
        .unwrap();
    sql.execute("DELETE FROM meta WHERE name = 'factors_sealed'", [])
        .unwrap();
    // The others lay open as well.
    sql.execute("DELETE FROM factors WHERE account <> 'reviewer'", [])
        .unwrap();
    drop(sql);
    assert!(lies_open(&world, &secret));
    world.pass(60_000);
    let world = world.restart();
    assert!(!lies_open(&world, &secret), "it can still be read");
    let path = "/api/session";
    assert_eq!(world.sign_in("reviewer").await.get(path).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_secret_opens_in_its_own_row_and_under_its_own_key_alone() {
    let world = World::new();
    let sql = database(&world);
    let (theirs, password) = {
        let account = |name: &str| {
            world
                .demo
                .accounts
                .iter()
                .find(|account| account.name == name)
                .unwrap()
                .clone()
        };
        (
            account("supervisor").code(world.now()).unwrap(),
            account("reviewer").password,
        )
    };
    let tries = async |world: &World, code: &str| {
        let person = world.enter("reviewer", &password).await;
        person.post("/api/session/code", json!({ "code": code })).await.0
    };
    // Whoever can write the database gives a colleague the secret of their own telephone.
    sql.execute(
        "UPDATE factors SET secret = (SELECT secret FROM factors WHERE account = 'supervisor') WHERE account = 'reviewer'",
        [],
    )
    .unwrap();
    assert_eq!(tries(&world, &theirs).await, StatusCode::SERVICE_UNAVAILABLE);
    let other = World::new();
    fs::remove_file(other.folder.path().join("center.factors.key")).unwrap();
    let own = other
        .demo
        .accounts
        .iter()
        .find(|account| account.name == "reviewer")
        .unwrap();
    let code = own.code(other.now()).unwrap();
    let password = own.password.clone();
    let other = other.restart();
    let person = other.enter("reviewer", &password).await;
    let answer = person.post("/api/session/code", json!({ "code": code })).await;
    assert_eq!(answer.0, StatusCode::SERVICE_UNAVAILABLE);
    // An administrator has them set up another.
    other.center.forget_second_factor("reviewer").unwrap();
    let person = other.enter("reviewer", &password).await;
    assert_eq!(person.get("/api/session").await.1["todo"], json!(["second_factor"]));
}
