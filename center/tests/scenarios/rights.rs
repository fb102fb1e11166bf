//! Who may do what at the center: every route of the description for every role, exactly as the table says.

use crate::support::{self, Person, START, World, read};
use axum::http::{Method, Request, StatusCode};
use doorstep_records::{Right, Role};
use serde_json::{Value, json};

/// What a route takes: a right; or nothing but to be signed in; or it is for everybody.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Takes {
    Right(Right),
    SignIn,
    Nothing,
}

/// Method and path as in the description, what it takes, and a body that can be read.
fn routes() -> Vec<(&'static str, &'static str, Takes, Value)> {
    use Right::*;
    use Takes::{Nothing, Right as R, SignIn};
    let seen = || json!({ "expected": 0 });
    let with = |more: Value| {
        let mut body = seen();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let none = Value::Null;
    let person = json!({ "number": "T9999", "name": "云中君", "role": "agent" });
    vec![
        ("get", "/api/session", SignIn, none.clone()),
        (
            "post",
            "/api/session",
            Nothing,
            json!({ "name": "nobody", "password": "wrong" }),
        ),
        ("post", "/api/session/code", SignIn, json!({ "code": "" })),
        ("get", "/api/provider", Nothing, none.clone()),
        ("get", "/api/provider/begin", Nothing, none.clone()),
        ("get", "/api/provider/back", Nothing, none.clone()),
        ("get", "/api/account", SignIn, none.clone()),
        (
            "post",
            "/api/account/password",
            SignIn,
            json!({ "password": "wrong", "new_password": "" }),
        ),
        ("post", "/api/account/second-factor", SignIn, json!({ "code": "" })),
        (
            "post",
            "/api/account/second-factor/confirm",
            SignIn,
            json!({ "code": "" }),
        ),
        ("post", "/api/account/recovery-codes", SignIn, json!({ "code": "" })),
        ("delete", "/api/account/sessions/{id}", SignIn, none.clone()),
        ("get", "/api/cases", R(ReadCases), none.clone()),
        ("get", "/api/cases/{id}", R(ReadCases), none.clone()),
        ("get", "/api/cases/{id}/custody", R(ReadCases), none.clone()),
        ("get", "/api/cases/{id}/custody/file", R(ReadCases), none.clone()),
        ("get", "/api/cases/{id}/looks", R(ReadCases), none.clone()),
        ("get", "/api/access", R(ReadLogs), none.clone()),
        ("post", "/api/cases/{id}/accept", R(Accept), seen()),
        (
            "post",
            "/api/cases/{id}/advance",
            R(Accept),
            with(json!({ "opinion": "同意" })),
        ),
        (
            "post",
            "/api/cases/{id}/verify",
            R(Accept),
            with(json!({ "material": "id_card" })),
        ),
        (
            "post",
            "/api/cases/{id}/not-accept",
            R(Accept),
            with(json!({ "reason": "", "remedies": "" })),
        ),
        (
            "post",
            "/api/cases/{id}/correction",
            R(Accept),
            with(json!({ "message": "", "fields": [], "materials": [], "due": "" })),
        ),
        (
            "post",
            "/api/cases/{id}/decide",
            R(Decide),
            with(json!({ "granted": true, "number": "", "reason": "", "remedies": "", "file": null })),
        ),
        ("get", "/api/files/{hash}", R(ReadCases), none.clone()),
        ("post", "/api/results?name=a.pdf", R(Decide), none.clone()),
        ("get", "/api/matters", SignIn, none.clone()),
        ("get", "/api/matters/{code}", SignIn, none.clone()),
        (
            "post",
            "/api/catalogue/files?name=a.xlsx",
            R(ManageCatalogue),
            none.clone(),
        ),
        (
            "post",
            "/api/catalogue/check",
            R(ManageCatalogue),
            json!({ "files": [], "upper": null }),
        ),
        (
            "post",
            "/api/catalogue/preview",
            R(ManageCatalogue),
            json!({ "files": [], "code": "", "answers": {} }),
        ),
        (
            "post",
            "/api/catalogue/publish",
            R(ManageCatalogue),
            json!({ "files": [], "version": 0 }),
        ),
        ("post", "/api/matters/{code}/withdraw", R(ManageCatalogue), none.clone()),
        ("get", "/api/stations", R(ReadStations), none.clone()),
        (
            "post",
            "/api/stations/{division}/enrolment-codes",
            R(ManageStations),
            json!({ "label": "" }),
        ),
        (
            "post",
            "/api/devices/{id}/revoke",
            R(ManageStations),
            json!({ "reason": "丢失" }),
        ),
        ("post", "/api/bundles", R(ManageStations), json!({ "device": "00" })),
        ("get", "/api/bundles/{bundle}/{part}", R(ManageStations), none.clone()),
        ("post", "/api/bundles/import", R(ManageStations), none.clone()),
        (
            "post",
            "/api/stations/{division}/staff",
            R(ManagePeople),
            person.clone(),
        ),
        (
            "post",
            "/api/staff/{number}",
            R(ManagePeople),
            json!({ "name": "云中君", "role": "agent", "station": "" }),
        ),
        ("post", "/api/staff/{number}/pin", R(ManagePeople), none.clone()),
        ("post", "/api/staff/{number}/remove", R(ManagePeople), none.clone()),
        ("get", "/api/accounts", R(ManagePeople), none.clone()),
        (
            "post",
            "/api/accounts",
            R(ManagePeople),
            json!({ "account": "", "name": "", "role": "window" }),
        ),
        (
            "post",
            "/api/accounts/{account}/role",
            R(ManagePeople),
            json!({ "role": "window" }),
        ),
        (
            "post",
            "/api/accounts/{account}/password",
            R(ManagePeople),
            none.clone(),
        ),
        ("post", "/api/accounts/{account}/disable", R(ManagePeople), none.clone()),
        ("post", "/api/accounts/{account}/enable", R(ManagePeople), none.clone()),
        ("get", "/api/stand-ins", R(ManagePeople), none.clone()),
        (
            "post",
            "/api/stand-ins",
            R(ManagePeople),
            json!({ "at_station": false, "who": "", "whom": "", "from": "", "until": "" }),
        ),
        ("post", "/api/stand-ins/{id}/end", R(ManagePeople), none.clone()),
        ("get", "/api/rights", SignIn, none.clone()),
        (
            "post",
            "/api/rights/deciders",
            R(ManagePeople),
            json!({ "deciders": "reviewers" }),
        ),
        ("get", "/api/deeds", R(ReadLogs), none.clone()),
        ("get", "/api/seal-uses", R(ReadLogs), none.clone()),
        ("get", "/api/overview", R(ReadOverview), none.clone()),
        (
            "post",
            "/enrol",
            Nothing,
            json!({ "code": "", "public_key": "", "label": "" }),
        ),
        ("get", "/health", Nothing, none.clone()),
        // Last: nobody is signed in afterwards.
        ("delete", "/api/account/sessions", SignIn, none.clone()),
        ("delete", "/api/session", SignIn, none),
    ]
}

/// A request to a route, with something in the place of every name in braces.
fn request(method: &str, path: &str, id: &str, body: &Value) -> Request<Vec<u8>> {
    let path = path
        .replace("{id}/end", "999/end")
        .replace("{id}", id)
        .replace("{hash}", &"0".repeat(64))
        .replace("{code}", "NO-SUCH")
        .replace("{division}", "500199101999")
        .replace("{bundle}", &"0".repeat(32))
        .replace("{part}", "1")
        .replace("{number}", "T9999")
        .replace("{account}", "nobody");
    let method: Method = method.to_uppercase().parse().unwrap();
    if body.is_null() {
        return Request::builder().method(method).uri(path).body(Vec::new()).unwrap();
    }
    support::json(method, &path, body)
}

const ACCOUNTS: [(&str, Role); 5] = [
    ("window", Role::Window),
    ("reviewer", Role::Reviewer),
    ("chief", Role::ChiefRepresentative),
    ("supervisor", Role::Supervisor),
    ("administrator", Role::Administrator),
];

async fn answers(person: &Person<'_>, method: &str, path: &str, id: &str, body: &Value) -> (StatusCode, String) {
    let (status, answer) = read(person.raw(request(method, path, id, body)).await);
    (status, answer["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn every_route_is_for_the_roles_that_have_its_right_and_for_no_other() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    device.sync(&world, paper.items.clone()).await;
    let id = paper.id.to_string();
    for (account, role) in ACCOUNTS {
        for (method, path, takes, body) in routes() {
            let person = world.sign_in(account).await;
            let (status, code) = answers(&person, method, path, &id, &body).await;
            let may = match takes {
                Takes::Right(right) => role.rights().contains(&right),
                Takes::SignIn | Takes::Nothing => true,
            };
            if may {
                // A wrong code to enrol with is the one other reason for 403.
                let refused = status == StatusCode::FORBIDDEN && code != "wrong_code";
                assert!(
                    !refused && code != "not_signed_in",
                    "{account}: {method} {path}: {status} {code}"
                );
            } else {
                assert_eq!(
                    (status, code.as_str()),
                    (StatusCode::FORBIDDEN, "not_allowed"),
                    "{account}: {method} {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_stranger_gets_what_is_for_everybody_and_nothing_else() {
    let world = World::new();
    for (method, path, takes, body) in routes() {
        let (status, answer) = read(world.send(request(method, path, &"0".repeat(32), &body)).await);
        let stranger = (status, answer["code"].as_str()) == (StatusCode::UNAUTHORIZED, Some("not_signed_in"));
        assert_eq!(stranger, takes != Takes::Nothing, "{method} {path}: {status} {answer}");
    }
}

#[test]
fn every_route_of_the_description_is_in_the_table() {
    let description: Value = serde_json::from_str(&doorstep_center::routes::openapi()).unwrap();
    let mut described: Vec<String> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap();
            methods.keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    let bare = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let mut known: Vec<String> = routes()
        .iter()
        .map(|(method, path, ..)| format!("{method} {}", bare(path)))
        .collect();
    described.sort();
    known.sort();
    assert_eq!(known, described);
}
