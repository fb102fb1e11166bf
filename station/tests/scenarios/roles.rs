//! Who may do what at a station: every command for every role, and stand-ins (AB角) with their days.

use doorstep_records::deadline::day;
use doorstep_records::{Right, Role, StandIn};
use doorstep_station::FailureCode;
use doorstep_station::rpc::COMMANDS;
use doorstep_sync::Clock;
use serde_json::json;

use crate::district::person;
use crate::world::{Device, World};

const DAY: u64 = 24 * 3_600_000;

/// Gives the second of the station's staff a role, and lets the station hear of it.
async fn with_role(world: &World, device: &Device, role: Role) {
    world.district.books(|books| books.staff[1].role = role);
    hear(world, device).await;
}

async fn hear(world: &World, device: &Device) {
    world.district.books(|books| {
        let key = books.devices()[0].to_bytes();
        books.grant(key, "A1");
    });
    device.sync().await;
}

async fn unlock_second(device: &Device) {
    device
        .call("unlock", json!({ "staff": "T0102", "pin": "246802" }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_for_the_roles_that_have_its_right_and_for_no_other() {
    let world = World::new();
    let device = world.device().await;
    let mut refused = Vec::new();
    for role in Role::AT_STATION {
        device.unlock().await;
        with_role(&world, &device, role).await;
        unlock_second(&device).await;
        let rights = device.call("strip", json!({})).await["rights"].clone();
        assert_eq!(
            rights,
            json!(role.rights()),
            "{role:?}: the screen shows what the table says"
        );
        // Locking comes last: afterwards nobody is there.
        for (name, right) in COMMANDS.iter().filter(|(name, _)| *name != "lock") {
            let answer = device.run(name, json!({}), Vec::new()).await;
            let not_allowed = answer.is_err_and(|failure| failure.code == FailureCode::NotAllowed);
            let may = right.is_none_or(|right| role.rights().contains(&right));
            assert_eq!(not_allowed, !may, "{role:?}: {name}");
            if not_allowed {
                refused.push((role, *name));
            }
        }
    }
    // What the table comes to, said once more in full.
    let agent = ["resolve", "sync_mode"];
    assert_eq!(refused, agent.map(|name| (Role::Agent, name)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_device_says_so_whatever_right_it_takes() {
    let world = World::new();
    let device = world.device().await;
    device.call("lock", json!({})).await;
    for (name, _) in COMMANDS.iter().filter(|(_, right)| right.is_some()) {
        let failure = device.run(name, json!({}), Vec::new()).await.unwrap_err();
        assert_eq!(failure.code, FailureCode::LockedDevice, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_in_of_another_station_works_here_on_their_days_and_signs_for_whom_they_stand_in() {
    let world = World::new();
    let device = world.device().await;
    let today = world.clock.now();
    let stand_in = StandIn {
        person: person("T0201", "柳青禾", "975310"),
        stands_for: "T0101".into(),
        from: day(today + DAY),
        until: day(today + 2 * DAY),
    };
    world.district.books(|books| books.stand_ins = vec![stand_in]);
    hear(&world, &device).await;
    let unlock = || json!({ "staff": "T0201", "pin": "975310" });
    device.call("lock", json!({})).await;
    assert_eq!(device.code("unlock", unlock(), Vec::new()).await, FailureCode::NotToday);
    assert_eq!(
        device.code("applications", json!({}), Vec::new()).await,
        FailureCode::LockedDevice,
        "nothing is open the day before"
    );

    world.pass(DAY);
    let strip = device.call("unlock", unlock()).await;
    assert_eq!(strip["staff"]["stands_for"]["name"], "陶春晓");
    let id = device.begin().await;
    device.answer(&id, "name", "高山月").await;
    let view = device.view(&id).await;
    let people = view["people"].as_object().unwrap();
    assert!(
        people
            .iter()
            .any(|(number, name)| number == "T0201>T0101" && name == "柳青禾（代 陶春晓）"),
        "{people:?}"
    );

    // It ends by itself, also for who is at the device.
    world.pass(2 * DAY);
    assert_eq!(device.call("strip", json!({})).await["staff"], json!(null));
    assert_eq!(device.code("unlock", unlock(), Vec::new()).await, FailureCode::NotToday);
    device.unlock().await;
    assert_eq!(device.view(&id).await["id"], id, "what they wrote stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_has_the_rights_of_whom_they_stand_in_for_while_it_lasts() {
    let world = World::new();
    let device = world.device().await;
    let today = world.clock.now();
    world.district.books(|books| {
        books.staff[1].role = Role::Agent;
        books.stand_ins = vec![StandIn {
            person: books.staff[1].clone(),
            stands_for: "T0101".into(),
            from: day(today),
            until: day(today),
        }];
    });
    hear(&world, &device).await;
    unlock_second(&device).await;
    let strip = device.call("strip", json!({})).await;
    assert_eq!(strip["rights"], json!(Role::VillageClerk.rights()));
    assert_ne!(
        device.code("resolve", json!({}), Vec::new()).await,
        FailureCode::NotAllowed
    );
    world.pass(DAY);
    assert_eq!(
        device.code("resolve", json!({}), Vec::new()).await,
        FailureCode::NotAllowed,
        "an agent again, and still here"
    );
    let rights = device.call("strip", json!({})).await["rights"].clone();
    assert!(!rights.as_array().unwrap().contains(&json!(Right::ChooseValues)));
}
