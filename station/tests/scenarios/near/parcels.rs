//! Sealed parts of others on their way to the center.

use http::StatusCode;

use super::Here;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_part_waits_for_those_before_it_and_not_for_ever() {
    let world = World::new();
    let laptop = Here::new(&world).await;
    let folder = laptop.device.folder.path().join("parcels");
    std::fs::create_dir_all(&folder).unwrap();
    let (one, other) = ("01".repeat(16), "02".repeat(16));
    let parts = [(&one, 1, 'f'), (&one, 2, 'a'), (&other, 1, 'c')];
    for (device, number, hash) in parts {
        let name = format!("{device}-{number:020}-{}.up", hash.to_string().repeat(64));
        std::fs::write(folder.join(name), b"sealed").unwrap();
    }
    let left = || -> Vec<String> {
        let entries = std::fs::read_dir(&folder).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let mut left: Vec<_> = names.filter(|name| name.ends_with(".up")).collect();
        left.sort();
        left
    };
    let all = left();
    let brings = async |answers: &[StatusCode]| {
        world
            .district
            .books(|books| books.parcels = answers.iter().copied().collect());
        laptop.device.sync().await;
        assert_eq!(
            world.district.books(|books| books.parcels.len()),
            0,
            "each is brought once"
        );
    };
    let (busy, early, taken) = (
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::CONFLICT,
        StatusCode::NO_CONTENT,
    );
    // What follows a part that could not go is brought again after it; what follows nothing is its author's to give again.
    brings(&[busy, early, early]).await;
    assert_eq!(left(), all[..2]);
    brings(&[busy, taken]).await;
    assert_eq!(left(), all[..1], "one that cannot go holds up no other");
    brings(&[early]).await;
    assert!(left().is_empty());
}
