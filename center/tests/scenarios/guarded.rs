//! The console against the network: what every answer carries, what no change goes without, how long a session lasts, and
//! who has to wait.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::support::{self, DAY, Person, STEP, World, cookies, read};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use doorstep_center::world::SystemRandom;
use doorstep_center::{Center, Config};
use doorstep_records::Role;
use serde_json::{Value, json};

const MINUTE: u64 = 60_000;

/// Every call of the description: method and path, with something in the place of names.
fn calls() -> Vec<(Method, String)> {
    let description: Value = serde_json::from_str(&doorstep_center::routes::openapi()).unwrap();
    let mut calls = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let parts = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part });
            calls.push((method, parts.collect::<Vec<_>>().join("/")));
        }
    }
    assert!(calls.len() > 30, "{calls:?}");
    calls
}

fn guarded(headers: &HeaderMap, of: &str) {
    let value = |name: &str| {
        let value = headers.get(name).unwrap_or_else(|| panic!("{of}: {name}"));
        value.to_str().unwrap().to_owned()
    };
    let policy = value("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{of}: {policy}");
    assert!(!policy.contains("unsafe"), "{of}: {policy}");
    for (name, expected) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(value(name), expected, "{of}: {name}");
    }
    let permissions = value("permissions-policy");
    for thing in ["camera", "microphone", "geolocation", "usb"] {
        assert!(permissions.contains(&format!("{thing}=()")), "{of}: {thing}");
    }
    if of.contains("/api/") || of.contains("/enrol") {
        assert_eq!(value("cache-control"), "no-store", "{of}");
    }
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let world = World::new();
    let reviewer = world.sign_in("reviewer").await;
    let mut pages = vec![(Method::GET, "/".to_owned()), (Method::GET, "/no/such/page".into())];
    pages.push((Method::GET, "/api/no-such-noun".into()));
    pages.push((Method::PUT, "/api/session".into()));
    for (method, path) in calls().into_iter().chain(pages) {
        // Health is asked by machines.
        if ["/health", "/healthz", "/readyz", "/metrics"].contains(&path.as_str()) {
            continue;
        }
        let of = format!("{method} {path}");
        let request = || Request::builder().method(&method).uri(&path).body(Vec::new()).unwrap();
        // Errors first: of a stranger, and of somebody who may not or asks nonsense; success is among the second.
        guarded(world.send(request()).await.headers(), &of);
        if !of.starts_with("DELETE") {
            guarded(reviewer.raw(request()).await.headers(), &of);
        }
    }
}

/// Another page's request carries no session, no script reads one, and over TLS it never goes without.
#[tokio::test]
async fn a_session_goes_to_its_own_page_alone() {
    for tls in [false, true] {
        let mut world = World::new();
        world.center = Arc::new(
            Center::open(Config {
                data: world.folder.path().to_owned(),
                clock: world.clock.clone(),
                random: Arc::new(SystemRandom),
                tls,
            })
            .unwrap(),
        );
        world.router = doorstep_center::router(world.center.clone());
        let account = world
            .demo
            .accounts
            .iter()
            .find(|account| account.name == "window")
            .unwrap();
        let body = json!({ "name": account.name, "password": account.password });
        let answer = world.send(support::json(Method::POST, "/api/session", &body)).await;
        let set: Vec<&str> = answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|line| line.to_str().unwrap())
            .collect();
        assert!(!set.is_empty());
        for line in set {
            let parts: Vec<&str> = line.split("; ").collect();
            assert!(
                parts.contains(&"SameSite=Strict") && parts.contains(&"HttpOnly"),
                "{line}"
            );
            assert_eq!(parts.contains(&"Secure"), tls, "{line}");
        }
        let kept = answer.headers().get(header::STRICT_TRANSPORT_SECURITY);
        assert_eq!(
            kept.is_some(),
            tls,
            "browsers are told to come by TLS when there is TLS"
        );
        assert!(kept.is_none_or(|kept| kept.to_str().unwrap().starts_with("max-age=")));
    }
}

#[tokio::test]
async fn no_change_goes_without_the_token() {
    let world = World::new();
    let mut asked = 0;
    for account in ["reviewer", "administrator"] {
        let mut person = world.sign_in(account).await;
        let token = person.csrf.clone();
        for (method, path) in calls() {
            // Who signs in or enrols has no session yet; another page's form cannot send their type of body.
            let is_first = method == Method::POST && ["/api/session", "/enrol"].contains(&path.as_str());
            if method.is_safe() || is_first {
                continue;
            }
            for wrong in ["", &"00".repeat(32), &token[..62]] {
                person.csrf = wrong.to_owned();
                let request = Request::builder().method(&method).uri(&path);
                let request = request.header(header::CONTENT_TYPE, "application/json");
                let (status, body) = read(person.raw(request.body(b"{}".to_vec()).unwrap()).await);
                let code = body["code"].as_str();
                assert_eq!((status, code), (StatusCode::FORBIDDEN, Some("csrf")), "{method} {path}");
            }
            asked += 1;
        }
        person.csrf = token;
        assert_eq!(
            person.get("/api/session").await.0,
            StatusCode::OK,
            "signed out by a call without the token"
        );
    }
    assert!(asked > 40, "{asked}");
}

#[tokio::test]
async fn a_session_ends_when_nobody_is_there_and_after_twelve_hours() {
    let world = World::new();
    let window = world.sign_in("window").await;
    // Somebody works for eleven hours and fifty minutes, with pauses.
    for _ in 0..29 {
        world.pass(24 * MINUTE + 20_000);
        assert_eq!(window.get("/api/cases").await.0, StatusCode::OK);
    }
    world.pass(15 * MINUTE);
    assert_eq!(
        window.get("/api/cases").await.0,
        StatusCode::UNAUTHORIZED,
        "after twelve hours"
    );

    // A page that looks again by itself keeps nobody signed in.
    let window = world.sign_in("window").await;
    let look = || {
        Request::get("/api/cases")
            .header("x-unattended", "1")
            .body(Vec::new())
            .unwrap()
    };
    for _ in 0..29 {
        world.pass(MINUTE);
        assert_eq!(window.raw(look()).await.status(), StatusCode::OK);
    }
    world.pass(MINUTE);
    assert_eq!(
        window.raw(look()).await.status(),
        StatusCode::UNAUTHORIZED,
        "after thirty minutes"
    );
}

/// Somebody at a browser that keeps its cookies, at an address.
struct Visitor<'a> {
    world: &'a World,
    address: &'a str,
    jar: String,
}

impl<'a> Visitor<'a> {
    fn at(world: &'a World, address: &'a str) -> Self {
        Self {
            world,
            address,
            jar: String::new(),
        }
    }

    async fn tries(&mut self, account: &str, password: &str) -> Response<Vec<u8>> {
        let body = json!({ "name": account, "password": password });
        let mut request = support::json(Method::POST, "/api/session", &body);
        let peer: SocketAddr = format!("{}:7", self.address).parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request.headers_mut().insert(header::COOKIE, self.jar.parse().unwrap());
        let answer = self.world.send(request).await;
        // What is set anew takes the place of what was there.
        let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
        let set = cookies(&answer);
        let kept = self
            .jar
            .split("; ")
            .filter(|old| set.split("; ").all(|new| name(new) != name(old)));
        let all: Vec<&str> = kept.chain(set.split("; ")).filter(|pair| !pair.is_empty()).collect();
        self.jar = all.join("; ");
        answer
    }
}

fn password_of(world: &World, account: &str) -> String {
    let place = world.demo.accounts.iter().find(|a| a.name == account).unwrap();
    place.password.clone()
}

#[tokio::test]
async fn guesses_from_everywhere_slow_an_account_down_and_not_its_owner() {
    let world = World::new();
    let right = password_of(&world, "window");
    let mut owner = Visitor::at(&world, "192.0.2.1");
    assert_eq!(owner.tries("window", &right).await.status(), StatusCode::OK);

    let guesses = async |from: u8| {
        let address = format!("198.51.100.{from}");
        Visitor::at(&world, &address).tries("window", "a guess").await.status()
    };
    for from in 0..20 {
        assert_eq!(guesses(from).await, StatusCode::UNAUTHORIZED, "{from}");
    }
    assert_eq!(
        guesses(99).await,
        StatusCode::TOO_MANY_REQUESTS,
        "an address that never asked before"
    );
    // The owner comes from where they always come from.
    assert_eq!(owner.tries("window", &right).await.status(), StatusCode::OK);
    // From another browser, even the right password waits like a guess; and other accounts do not.
    let mut elsewhere = Visitor::at(&world, "192.0.2.1");
    assert_eq!(
        elsewhere.tries("window", &right).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    let reviewer = password_of(&world, "reviewer");
    assert_eq!(elsewhere.tries("reviewer", &reviewer).await.status(), StatusCode::OK);

    // A cookie that somebody made up is no known browser; neither is that of another account.
    let mut forger = Visitor::at(&world, "203.0.113.5");
    forger.jar = owner.jar.replace("doorstep_session=", "x=");
    let (name, value) = forger
        .jar
        .split("; ")
        .find_map(|pair| pair.split_once("known_"))
        .unwrap()
        .1
        .split_once('=')
        .unwrap();
    forger.jar = format!(
        "doorstep_known_{name}={}.{}",
        "0".repeat(32),
        value.split_once('.').unwrap().1
    );
    assert_eq!(
        forger.tries("window", &right).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    // The owner's own mistakes count for themselves.
    for _ in 0..5 {
        assert_eq!(
            owner.tries("window", "mistyped").await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(
        owner.tries("window", &right).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn a_crowd_behind_one_address_waits_for_none_of_its_members() {
    let world = World::new();
    let hall = "192.0.2.77";
    // Fifty colleagues, of whom forty do not know their passwords.
    for person in 0..40 {
        let name = format!("nobody{person}");
        for _ in 0..5 {
            let status = Visitor::at(&world, hall).tries(&name, "forgotten").await.status();
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
        let status = Visitor::at(&world, hall).tries(&name, "forgotten").await.status();
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "who fails waits");
    }
    for account in ["window", "reviewer", "supervisor", "administrator"] {
        let right = password_of(&world, account);
        let status = Visitor::at(&world, hall).tries(account, &right).await.status();
        assert_eq!(status, StatusCode::OK, "{account} behind the same address");
    }
}

#[tokio::test]
async fn a_restart_forgives_nobody() {
    let world = World::new();
    for _ in 0..5 {
        Visitor::at(&world, "192.0.2.9").tries("window", "a guess").await;
    }
    let world = world.restart();
    let mut same = Visitor::at(&world, "192.0.2.9");
    let right = password_of(&world, "window");
    let blocked = same.tries("window", &right).await;
    assert_eq!(blocked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(blocked.headers()[header::RETRY_AFTER], "5");
    world.pass(5_000);
    assert_eq!(same.tries("window", &right).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner() {
    let world = World::new();
    let right = password_of(&world, "window");
    let first = world.enter("window", &right).await;
    world.pass(MINUTE);
    let second = world.enter("window", &right).await;
    let (_, seen) = first.get("/api/account").await;
    let places = seen["sessions"].as_array().unwrap();
    assert_eq!(places.len(), 2);
    let here: Vec<bool> = places.iter().map(|place| place["here"].as_bool().unwrap()).collect();
    assert_eq!(here.iter().filter(|here| **here).count(), 1);
    let other = places.iter().find(|place| place["here"] == false).unwrap()["id"]
        .as_str()
        .unwrap();
    let end = |id: &str| {
        let path = format!("/api/account/sessions/{id}");
        Request::delete(path).body(Vec::new()).unwrap()
    };
    // Nobody ends the session of somebody else.
    let reviewer = world.sign_in("reviewer").await;
    assert_eq!(reviewer.raw(end(other)).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(second.get("/api/session").await.0, StatusCode::OK);
    assert_eq!(first.raw(end(other)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(second.get("/api/session").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(first.get("/api/session").await.0, StatusCode::OK);

    let third = world.enter("window", &right).await;
    let everywhere = Request::delete("/api/account/sessions").body(Vec::new()).unwrap();
    assert_eq!(third.raw(everywhere).await.status(), StatusCode::NO_CONTENT);
    for ended in [first, third] {
        assert_eq!(ended.get("/api/session").await.0, StatusCode::UNAUTHORIZED);
    }
    // Another role is another account: whoever was signed in is signed out.
    let before = world.enter("window", &right).await;
    world
        .center
        .new_account("window", "窗口 杨小禾", Role::Supervisor)
        .unwrap();
    assert_eq!(before.get("/api/session").await.0, StatusCode::UNAUTHORIZED);
}

async fn changes(person: &Person<'_>, old: &str, new: &str) -> (StatusCode, Value) {
    let body = json!({ "password": old, "new_password": new });
    person.post("/api/account/password", body).await
}

#[tokio::test]
async fn a_password_that_somebody_else_set_is_changed_first() {
    let world = World::new();
    let given = world.center.new_account("fang", "窗口 方小满", Role::Window).unwrap();
    let person = world.enter("fang", &given).await;
    let (_, session) = person.get("/api/session").await;
    assert_eq!(session["todo"], json!(["password"]));
    let (status, body) = person.get("/api/cases").await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("unfinished"))
    );
    let elsewhere = world.enter("fang", &given).await;

    let own = "菜园里的第三棵柿子树";
    assert_eq!(changes(&person, "not it", own).await.0, StatusCode::UNAUTHORIZED);
    for (new, expected) in [
        ("kurz", "too_short"),
        ("password2026!", "common"),
        (given.as_str(), "same"),
        ("方小满方小满123456", "like_name"),
    ] {
        let (status, body) = changes(&person, &given, new).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
        assert_eq!(body["fields"]["new_password"], expected, "{new}");
    }
    let (status, session) = changes(&person, &given, own).await;
    assert_eq!((status, &session["todo"]), (StatusCode::OK, &json!([])));
    assert_eq!(person.get("/api/cases").await.0, StatusCode::OK);
    assert_eq!(
        elsewhere.get("/api/session").await.0,
        StatusCode::UNAUTHORIZED,
        "signed out elsewhere"
    );
    world.enter("fang", own).await;
    let old = Visitor::at(&world, "192.0.2.3").tries("fang", &given).await;
    assert_eq!(old.status(), StatusCode::UNAUTHORIZED);
}

async fn shows(person: &Person<'_>, code: &str) -> StatusCode {
    person.post("/api/session/code", json!({ "code": code })).await.0
}

#[tokio::test]
async fn a_reviewer_shows_a_code_and_none_twice() {
    let world = World::new();
    let place = world.demo.accounts.iter().find(|a| a.name == "reviewer").unwrap();
    let code = |off: i64| {
        place
            .code(world.now().saturating_add_signed(off * STEP as i64))
            .unwrap()
    };
    let person = world.enter("reviewer", &place.password).await;
    assert_eq!(person.get("/api/session").await.1["todo"], json!(["code"]));
    // Before that, nothing: neither cases nor the account's own things.
    for path in ["/api/cases", "/api/account", "/api/overview"] {
        assert_eq!(person.get(path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(
        changes(&person, &place.password, "菜园里的第三棵柿子树").await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        person.post("/api/account/second-factor", json!({ "code": "" })).await.0,
        StatusCode::FORBIDDEN
    );

    assert_eq!(
        shows(&person, &code(-2)).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "two steps late"
    );
    assert_eq!(
        shows(&person, &code(2)).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "two steps early"
    );
    assert_eq!(shows(&person, &code(0)).await, StatusCode::OK);
    assert_eq!(person.get("/api/cases").await.0, StatusCode::OK);

    let again = world.enter("reviewer", &place.password).await;
    assert_eq!(
        shows(&again, &code(0)).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the same code"
    );
    assert_eq!(
        shows(&again, &code(-1)).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "an earlier one"
    );
    let spaced = format!(" {} {} ", &code(1)[..3], &code(1)[3..]);
    assert_eq!(shows(&again, &spaced).await, StatusCode::OK, "a clock a little ahead");

    // Guessing ends soon, right codes included.
    world.pass(10 * STEP);
    let guesser = world.enter("reviewer", &place.password).await;
    for guess in 0..5 {
        assert_eq!(
            shows(&guesser, &format!("00000{guess}")).await,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    assert_eq!(shows(&guesser, &code(0)).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_new_reviewer_sets_up_a_second_factor_before_anything_else() {
    let world = World::new();
    let given = world.center.new_account("he", "审核 何小雪", Role::Reviewer).unwrap();
    let person = world.enter("he", &given).await;
    assert_eq!(
        person.get("/api/session").await.1["todo"],
        json!(["password", "second_factor"])
    );
    let own = "山坡上的七只白色山羊";
    assert_eq!(changes(&person, &given, own).await.1["todo"], json!(["second_factor"]));
    assert_eq!(person.get("/api/cases").await.0, StatusCode::FORBIDDEN);

    let (status, set_up) = person.post("/api/account/second-factor", json!({ "code": "" })).await;
    assert_eq!(status, StatusCode::OK);
    let secret = set_up["secret"].as_str().unwrap();
    assert!(set_up["line"].as_str().unwrap().contains(secret) && set_up["qr"].as_str().unwrap().contains("<svg"));
    let telephone = doorstep_center::demo::DemoAccount {
        name: "he".into(),
        display: String::new(),
        role: Role::Reviewer,
        password: own.to_owned(),
        second_factor: Some(secret.to_owned()),
    };
    let confirm = async |code: &str| {
        person
            .post("/api/account/second-factor/confirm", json!({ "code": code }))
            .await
    };
    assert_eq!(confirm("000000").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, shown) = confirm(&telephone.code(world.now()).unwrap()).await;
    assert_eq!((status, &shown["session"]["todo"]), (StatusCode::OK, &json!([])));
    assert_eq!(person.get("/api/cases").await.0, StatusCode::OK);
    let codes: Vec<&str> = shown["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c.as_str().unwrap())
        .collect();
    assert_eq!(codes.len(), 10);

    // The telephone is gone: each code on paper opens the account once, in any case, by nobody else.
    let reviewer = world.enter("reviewer", &password_of(&world, "reviewer")).await;
    assert_eq!(shows(&reviewer, codes[0]).await, StatusCode::UNPROCESSABLE_ENTITY);
    let person = world.enter("he", own).await;
    assert_eq!(
        shows(&person, &codes[0].to_lowercase().replace('-', " ")).await,
        StatusCode::OK
    );
    assert_eq!(person.get("/api/account").await.1["recovery_left"], 9);
    let again = world.enter("he", own).await;
    assert_eq!(shows(&again, codes[0]).await, StatusCode::UNPROCESSABLE_ENTITY, "used");

    // Another telephone: only with a code, and the old one opens no more.
    let set_up = async |code: &str| person.post("/api/account/second-factor", json!({ "code": code })).await;
    assert_eq!(set_up("").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, new) = set_up(codes[1]).await;
    assert_eq!(status, StatusCode::OK);
    world.pass(STEP);
    let second = doorstep_center::demo::DemoAccount {
        second_factor: Some(new["secret"].as_str().unwrap().to_owned()),
        ..telephone
    };
    let body = json!({ "code": second.code(world.now()).unwrap() });
    assert_eq!(
        person.post("/api/account/second-factor/confirm", body).await.0,
        StatusCode::OK
    );
    world.pass(2 * STEP);
    let person = world.enter("he", own).await;
    assert_eq!(
        shows(&person, codes[2]).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the old paper"
    );
    assert_eq!(shows(&person, &second.code(world.now()).unwrap()).await, StatusCode::OK);

    // All is lost: the district forgets the factor, and everything begins anew.
    world.center.forget_second_factor("he").unwrap();
    assert_eq!(person.get("/api/session").await.0, StatusCode::UNAUTHORIZED);
    let person = world.enter("he", own).await;
    assert_eq!(person.get("/api/session").await.1["todo"], json!(["second_factor"]));
    world.pass(DAY);
}
