//! Who may do what, who stands in for whom, and how that is told to devices of any age.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use doorstep_records::people::{in_place_of, named, who_and_whom};
use doorstep_records::{Deciders, Right, Role, Staff, StandIn, StationDetails};

/// As programs before stand-ins read it.
#[derive(PartialEq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Before {
    #[n(0)]
    division: String,
    #[n(1)]
    name: String,
    #[n(2)]
    town: String,
    #[n(3)]
    district: String,
    #[n(4)]
    address: String,
    #[n(5)]
    telephone: String,
    #[n(6)]
    staff: Vec<Staff>,
}

fn staff(number: &str) -> Staff {
    Staff {
        number: number.into(),
        name: "向远山".into(),
        role: Role::Agent,
        pin_salt: vec![1; 16],
        pin_hash: vec![2; 32],
    }
}

#[test]
fn a_program_before_stand_ins_reads_the_rest_and_a_grant_without_any_is_what_it_was() {
    let duty = StandIn {
        person: staff("T0201"),
        stands_for: "T0102".into(),
        from: "2026-03-05".into(),
        until: "2026-03-08".into(),
    };
    let mut details = StationDetails {
        division: "500199101201".into(),
        name: "桃花村便民服务站".into(),
        town: String::new(),
        district: String::new(),
        address: String::new(),
        telephone: String::new(),
        staff: vec![staff("T0102")],
        stand_ins: Some(vec![duty.clone()]),
    };
    let before: Before = minicbor::decode(&minicbor::to_vec(&details).unwrap()).unwrap();
    assert_eq!(before.staff, details.staff, "nobody is let in who should not be");
    let read: StationDetails = minicbor::decode(&minicbor::to_vec(&details).unwrap()).unwrap();
    assert_eq!(read, details);
    details.stand_ins = None;
    assert_eq!(minicbor::to_vec(&before).unwrap(), minicbor::to_vec(&details).unwrap());
    assert!(duty.holds("2026-03-05") && duty.holds("2026-03-08"));
    assert!(!duty.holds("2026-03-04") && !duty.holds("2026-03-09"));
}

#[test]
fn who_stands_in_is_named_with_whom() {
    let name = |number: &str| (number == "T0102").then(|| "向远山".to_owned());
    let written = in_place_of("T0201", "T0102");
    assert_eq!(who_and_whom(&written), ("T0201", Some("T0102")));
    assert_eq!(named(&written, name).as_deref(), Some("T0201（代 向远山）"));
    assert_eq!(
        (named("T0102", name).as_deref(), named("T0303", name)),
        (Some("向远山"), None)
    );
}

#[test]
fn every_role_is_read_as_it_is_stored() {
    for role in Role::AT_STATION.into_iter().chain(Role::AT_CENTER) {
        assert_eq!(Role::read(role.word()), Some(role));
        assert_eq!(serde_json::to_value(role).unwrap(), role.word());
    }
    assert_eq!(Role::read("emperor"), None);
}

#[test]
fn a_station_has_no_right_of_the_center_and_the_center_none_of_a_station() {
    let here: Vec<Right> = Role::AT_STATION
        .iter()
        .flat_map(|role| role.rights())
        .copied()
        .collect();
    let there = Role::AT_CENTER.iter().flat_map(|role| role.rights());
    assert!(there.into_iter().all(|right| !here.contains(right)));
    assert!(!Role::Agent.may_stand_in_for(Role::Administrator) && Role::Agent.may_stand_in_for(Role::TownClerk));
}

#[test]
fn only_a_reviewers_decision_is_the_districts_choice() {
    for role in Role::AT_CENTER {
        let all: Vec<Right> = role.rights_where(Deciders::Reviewers).collect();
        assert_eq!(all, role.rights());
        let less: Vec<Right> = role.rights_where(Deciders::ChiefRepresentatives).collect();
        assert_eq!(all.len() - less.len(), usize::from(role == Role::Reviewer), "{role:?}");
    }
    let mut reviewers = Role::Reviewer.rights_where(Deciders::ChiefRepresentatives);
    assert!(reviewers.all(|right| right != Right::Decide));
}
