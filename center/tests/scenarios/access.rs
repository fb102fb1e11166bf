//! The access logs at the center: collected, checked, and told to whoever may ask.

use crate::support::{DAY, Device, START, World, receipts, refused_as};
use axum::http::{Request, StatusCode};
use doorstep_records::Purpose;
use doorstep_sync::looks::Head;
use doorstep_sync::payload::{Look, Looks};
use doorstep_sync::{DocumentId, Item, Kind};
use rusqlite::Connection;
use serde_json::{Value, json};

const SEEN: DocumentId = DocumentId([9; 16]);

/// A device's log, as it keeps it.
#[derive(Clone, Default)]
struct Log(Head);

impl Log {
    /// The next `count` entries, as an item.
    fn run(&mut self, device: &Device, count: u64, now: u64) -> Item {
        let before = self.0;
        let look = |n| Look {
            time: now + n,
            staff: device.staff.clone(),
            purpose: Purpose::Opened.number(),
            documents: vec![SEEN],
            count: 1,
        };
        let entries: Vec<Look> = (0..count).map(look).collect();
        self.0 = entries.iter().fold(before, |head, look| head.then(look));
        let looks = Looks {
            first: before.number + 1,
            before: before.hash,
            entries,
        };
        item(device, &looks, now)
    }
}

fn item(device: &Device, looks: &Looks, now: u64) -> Item {
    let mut envelope = device.envelope(Kind::Look, SEEN, looks.to_bytes(), now);
    (envelope.document, envelope.staff) = (None, String::new());
    envelope.scope = format!("{}/0", device.scope.division()).parse().unwrap();
    device.sign(&envelope)
}

fn database(world: &World) -> Connection {
    Connection::open(world.folder.path().join("center.sqlite")).unwrap()
}

/// The faults of a device's log, as codes and what they are about; and how many branches it has.
fn judged(world: &World, device: &Device) -> (Vec<(String, String)>, u32) {
    let view = world.center.check_access().unwrap();
    let id = device.key.verifying_key().device().to_string();
    let log = view.logs.into_iter().find(|log| log.id == id).unwrap();
    let faults = log.faults.into_iter().map(|fault| (fault.code, fault.about)).collect();
    (faults, log.branches)
}

#[tokio::test]
async fn a_whole_log_is_taken_acknowledged_and_told() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut log = Log::default();
    let runs = vec![log.run(&device, 3, START), log.run(&device, 2, START + 10)];
    let ids: Vec<_> = runs.iter().map(Item::id).collect();
    let came = device.sync(&world, runs).await;
    assert_eq!(receipts(&came).accepted, ids);
    assert_eq!(judged(&world, &device), (vec![], 1));
    let seen = world.center.seen_by(&SEEN).unwrap();
    assert_eq!(seen.len(), 5);
    assert_eq!(
        (seen[0].staff_name.as_str(), seen[0].time, seen[0].purpose),
        ("陶春晓", START + 11, Purpose::Opened)
    );
    assert_eq!(seen[0].station.as_ref().unwrap().name, "桃花村便民服务站");
    // A view over the items, like every other.
    world.center.rebuild().unwrap();
    assert_eq!(world.center.seen_by(&SEEN).unwrap().len(), 5);
    assert!(world.center.check_access().unwrap().holds());
}

#[tokio::test]
async fn what_is_missing_altered_or_cut_off_is_named() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut log = Log::default();
    let runs = [
        log.run(&device, 3, START),
        log.run(&device, 2, START + 10),
        log.run(&device, 1, START + 20),
    ];
    // The second one is held back: the next one shows it.
    device.sync(&world, vec![runs[0].clone(), runs[2].clone()]).await;
    assert_eq!(judged(&world, &device).0, [("gap".to_owned(), "6".to_owned())]);
    device.sync(&world, vec![runs[1].clone()]).await;
    assert_eq!(judged(&world, &device).0, []);
    let sql = database(&world);
    let stored = |id: &Item| -> Vec<u8> {
        sql.query_row("SELECT bytes FROM items WHERE id = ?", [&id.id().0[..]], |row| {
            row.get(0)
        })
        .unwrap()
    };
    let mut altered = stored(&runs[1]);
    let at = altered.windows(5).position(|part| part == b"T0101").unwrap();
    altered[at + 4] = b'2';
    sql.execute(
        "UPDATE items SET bytes = ? WHERE id = ?",
        rusqlite::params![altered, &runs[1].id().0[..]],
    )
    .unwrap();
    let codes: Vec<String> = judged(&world, &device).0.into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["signature", "gap"]);
    // The last one is taken out: nothing is behind it, but there is a receipt for it.
    sql.execute(
        "UPDATE items SET bytes = ? WHERE id = ?",
        rusqlite::params![minicbor::to_vec(&runs[1]).unwrap(), &runs[1].id().0[..]],
    )
    .unwrap();
    sql.execute("DELETE FROM items WHERE id = ?", [&runs[2].id().0[..]])
        .unwrap();
    let view = world.center.check_access().unwrap();
    assert_eq!(view.gone, [runs[2].id().to_string()]);
    assert!(!view.holds());
}

#[tokio::test]
async fn a_copy_that_was_put_back_is_two_branches_and_no_fault() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut log = Log::default();
    device.sync(&world, vec![log.run(&device, 3, START)]).await;
    let mut copy = log.clone();
    device.sync(&world, vec![log.run(&device, 2, START + 10)]).await;
    let came = device.sync(&world, vec![copy.run(&device, 2, START + 5_000)]).await;
    assert_eq!(receipts(&came).refused, [], "it goes on");
    assert_eq!(judged(&world, &device), (vec![], 2));
    assert!(world.center.check_access().unwrap().holds());
    assert_eq!(world.center.seen_by(&SEEN).unwrap().len(), 7, "both count");
}

#[tokio::test]
async fn a_device_that_writes_and_keeps_no_log_is_named() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    let mut log = Log::default();
    device
        .sync(&world, [paper.items, vec![log.run(&device, 1, START)]].concat())
        .await;
    assert_eq!(judged(&world, &device).0, []);
    world.pass(2 * DAY);
    let later = device.application(START + 2 * DAY, "石上泉");
    device.sync(&world, later.items).await;
    assert_eq!(judged(&world, &device).0, [("stopped".to_owned(), String::new())]);
    device.sync(&world, vec![log.run(&device, 1, START + 2 * DAY)]).await;
    assert_eq!(judged(&world, &device).0, []);
}

#[tokio::test]
async fn a_log_is_written_by_its_device_in_its_own_scope_alone() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let other = world.device(1, 0).await;
    let good = Log::default().run(&device, 1, START);
    let entry = Look {
        time: START,
        staff: String::new(),
        purpose: 1,
        documents: Vec::new(),
        count: 0,
    };
    let of = |first, entries| Looks {
        first,
        before: [0; 32],
        entries,
    };
    let nothing = item(&device, &of(1, Vec::new()), START);
    let unnumbered = item(&device, &of(0, vec![entry.clone()]), START);
    let endless = item(&device, &of(1, vec![entry.clone(); 501]), START);
    let mut elsewhere = good.open().unwrap();
    elsewhere.scope = format!("{}/0", other.scope.division()).parse().unwrap();
    let elsewhere = device.sign(&elsewhere);
    let mut with_document = good.open().unwrap();
    with_document.document = device.envelope(Kind::Look, SEEN, Vec::new(), START).document;
    let with_document = device.sign(&with_document);
    let mut as_change = device.envelope(Kind::Change, SEEN, good.open().unwrap().payload, START);
    as_change.document.as_mut().unwrap().kind = "look".into();
    let as_change = device.sign(&as_change);
    let bad = [&nothing, &unnumbered, &endless, &elsewhere, &with_document, &as_change];
    let came = device
        .sync(
            &world,
            bad.iter().map(|item| (*item).clone()).chain([good.clone()]).collect(),
        )
        .await;
    let told = receipts(&came);
    assert_eq!(told.accepted, [good.id()], "nothing refused stands in the way");
    let codes = bad.map(|item| refused_as(&told.refused, &item.id()).unwrap());
    assert_eq!(
        codes,
        [
            "malformed",
            "malformed",
            "malformed",
            "not_granted",
            "malformed",
            "malformed"
        ]
    );
}

async fn looks(world: &World, id: &DocumentId) -> Vec<(String, String)> {
    let supervisor = world.sign_in("supervisor").await;
    let (status, list) = supervisor.get(&format!("/api/cases/{id}/looks")).await;
    assert_eq!(status, StatusCode::OK);
    let word = |look: &Value, name: &str| look[name].as_str().unwrap().to_owned();
    let rows = list["looks"].as_array().unwrap().iter();
    rows.map(|look| (word(look, "staff"), word(look, "purpose"))).collect()
}

#[tokio::test]
async fn who_reads_at_the_console_is_written_down() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    device.sync(&world, paper.items.clone()).await;
    assert_eq!(looks(&world, &paper.id).await, []);
    let reviewer = world.sign_in("reviewer").await;
    let page = format!("/api/cases/{}", paper.id);
    let said = |purpose: &str| ("reviewer".to_owned(), purpose.to_owned());
    reviewer.get("/api/cases?q=gsy").await;
    assert_eq!(looks(&world, &paper.id).await, [said("found")]);
    world.pass(1);
    reviewer.get(&page).await;
    reviewer.get(&page).await;
    assert_eq!(
        looks(&world, &paper.id).await,
        [said("opened"), said("found")],
        "one look, however often it is drawn"
    );
    world.pass(1);
    reviewer.get(&format!("{page}/custody")).await;
    world.pass(1);
    reviewer
        .raw(Request::get(format!("{page}/custody/file")).body(Vec::new()).unwrap())
        .await;
    world.pass(11 * 60_000);
    reviewer.get(&page).await;
    let all = looks(&world, &paper.id).await;
    assert_eq!(all[..3], [said("opened"), said("custody_file"), said("custody")]);
    // The queue is everybody's, and nobody's record.
    reviewer.get("/api/cases").await;
    assert_eq!(looks(&world, &paper.id).await, all);
    let view = world.center.check_access().unwrap();
    let console = &view.logs[0];
    assert!(
        console.center && console.faults.is_empty() && console.entries == 5,
        "{console:?}"
    );
}

#[tokio::test]
async fn what_is_cut_off_the_consoles_log_is_named() {
    let world = World::new();
    let documents = [[1; 16], [2; 16], [3; 16]].map(DocumentId);
    for document in documents {
        world.center.look("reviewer", Purpose::Opened, &[document]).unwrap();
        world.pass(1);
    }
    let sql = database(&world);
    let faults = || {
        let view = world.center.check_access().unwrap();
        view.logs[0]
            .faults
            .iter()
            .map(|fault| fault.code.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(faults(), [""; 0]);
    let last: i64 = sql
        .query_row("SELECT max(seq) FROM items", [], |row| row.get(0))
        .unwrap();
    let (id, end): (Vec<u8>, Vec<u8>) = sql
        .query_row(
            "SELECT id, (SELECT value FROM meta WHERE name = 'looks_end') FROM items WHERE seq = ?",
            [last],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    sql.execute("DELETE FROM items WHERE id = ?", [&id]).unwrap();
    assert_eq!(faults(), ["end"]);
    // Nor does it help to say that it ended there: that would have to be signed.
    let mut earlier = end;
    earlier[2] ^= 1;
    sql.execute("UPDATE meta SET value = ? WHERE name = 'looks_end'", [&earlier])
        .unwrap();
    assert_eq!(faults(), ["end"]);
    sql.execute("DELETE FROM meta WHERE name = 'looks_end'", []).unwrap();
    assert_eq!(faults(), ["end"]);
}

#[tokio::test]
async fn what_was_written_down_before_there_was_a_chain_goes_into_it_once() {
    let world = World::new();
    database(&world)
        .execute(
            "INSERT INTO looks(account, case_id, at) VALUES('reviewer', ?, 7)",
            [&SEEN.0[..]],
        )
        .unwrap();
    let world = world.restart().restart();
    let seen = world.center.seen_by(&SEEN).unwrap();
    assert_eq!(
        seen.iter()
            .map(|look| (look.time, look.staff.as_str()))
            .collect::<Vec<_>>(),
        [(7, "reviewer")]
    );
    assert!(world.center.check_access().unwrap().holds());
}

#[tokio::test]
async fn only_who_supervises_sees_the_logs() {
    let world = World::new();
    for (account, expected) in [
        ("supervisor", StatusCode::OK),
        ("reviewer", StatusCode::FORBIDDEN),
        ("administrator", StatusCode::FORBIDDEN),
    ] {
        let person = world.sign_in(account).await;
        let (status, view) = person.get("/api/access").await;
        assert_eq!(status, expected, "{account}");
        assert!(status != StatusCode::OK || view["gone"] == json!([]));
    }
}
