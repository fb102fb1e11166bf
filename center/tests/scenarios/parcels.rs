//! Parcels at the center: whoever carries them, they count as what they are.

use crate::support::{self, DAY, Device, World};
use doorstep_sync::bundle::{
    Batch, Contents, Ends, Head, Kept, MIN_PART, Piece, Plan, Receiver, Sink, SinkError, Source, SourceError, Step,
    parcel, read_part, write_part,
};
use doorstep_sync::payload::FileName;
use doorstep_sync::replica::Outgoing;
use doorstep_sync::wire::Offset;
use doorstep_sync::{BundleId, DeviceId, DocumentId, FileHash, Item, tus};
use http::{Method, Request, Response, StatusCode};

fn bring(bytes: Vec<u8>) -> Request<Vec<u8>> {
    Request::builder()
        .method(Method::POST)
        .uri("/parcels")
        .body(bytes)
        .unwrap()
}

#[tokio::test]
async fn a_parcel_is_taken_from_whoever_carries_it_and_the_answer_is_sealed() {
    let world = World::new();
    let mut author = world.device(1, 0).await;
    let mut carrier = world.device(0, 0).await;
    let paper = author.application(world.now(), "田小麦");
    let ends = Ends {
        sender: &author.key,
        receiver: &author.center,
    };
    let sealed = parcel(BundleId([7; 16]), world.now(), &ends, &paper.items).unwrap();

    let unsigned = world.send(bring(sealed.clone())).await;
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
    for nonsense in [Vec::new(), b"not a parcel".to_vec(), sealed[..40].to_vec()] {
        let refused = carrier.signed(&world, bring(nonsense)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    for _ in 0..2 {
        let taken = carrier.signed(&world, bring(sealed.clone())).await;
        assert_eq!(taken.status(), StatusCode::NO_CONTENT);
    }

    let path = format!("/parcels/{}", author.key.verifying_key().device());
    let back = Request::get(path).body(Vec::new()).unwrap();
    let back = carrier.signed(&world, back).await;
    assert_eq!(back.status(), StatusCode::OK);
    let name = "田小麦".as_bytes();
    assert!(!back.body().windows(name.len()).any(|part| part == name), "sealed");
    let mine = carrier.sync(&world, Vec::new()).await;
    assert!(
        mine.iter()
            .all(|item| paper.items.iter().all(|other| other.id() != item.id())),
        "the carrier sees nothing"
    );
    let receipts = support::receipts(&author.sync(&world, Vec::new()).await);
    assert_eq!(receipts.accepted.len(), paper.items.len());

    let nobody = Request::get(format!("/parcels/{}", "00".repeat(16)))
        .body(Vec::new())
        .unwrap();
    assert_eq!(carrier.signed(&world, nobody).await.status(), StatusCode::NOT_FOUND);
}

/// A file of an author, and the item that names it.
struct Scan {
    name: Item,
    bytes: Vec<u8>,
}

impl Source for Scan {
    fn items(&mut self, _: &Batch) -> Result<Vec<Item>, SourceError> {
        Ok(vec![self.name.clone()])
    }
    fn read(&mut self, _: &FileHash, offset: u64, len: u64) -> Result<Vec<u8>, SourceError> {
        Ok(self.bytes[offset as usize..(offset + len) as usize].to_vec())
    }
}

/// Of what the center gives back: how far it has the author's files.
#[derive(Default)]
struct Told(Vec<Offset>);

impl Sink for Told {
    fn head(&mut self, _: &DeviceId, head: &Head) -> Result<(), SinkError> {
        self.0.clone_from(&head.offsets);
        Ok(())
    }
    fn items(&mut self, _: &DeviceId, _: &[Item], _: Option<&Step>) -> Result<u64, SinkError> {
        Ok(0)
    }
    fn piece(&mut self, _: &DeviceId, _: &Piece) -> Result<Kept, SinkError> {
        Ok(Kept::Whole)
    }
}

fn told(author: &Device, back: &Response<Vec<u8>>) -> Vec<Offset> {
    assert_eq!(back.status(), StatusCode::OK);
    let center = &author.center;
    let sender = |id: &DeviceId| (*id == center.device()).then(|| center.clone());
    let receiver = Receiver {
        key: &author.key,
        sender: &sender,
    };
    let mut told = Told(vec![Offset {
        hash: FileHash([0; 32]),
        stored: 1,
        verified: false,
    }]);
    read_part(std::io::Cursor::new(back.body()), &receiver, &mut told).unwrap();
    told.0
}

/// A scan of 300 KB that `author` names, and a bundle of it in parts.
fn cut(world: &World, author: &Device, names: bool) -> (FileHash, Vec<Vec<u8>>) {
    let mut bytes = vec![0; 300_000];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    let id = DocumentId([5; 16]);
    let name = author.file(id, &bytes, "image/jpeg", world.now());
    let file = FileName {
        hash: FileHash::of(&bytes),
        len: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    };
    let (hash, scope) = (file.hash, author.scope.clone());
    let sizes = names.then(|| (1, name.to_bytes().len() as u64));
    let contents = Contents {
        cursor: Some(author.cursor),
        batches: Batch::gather(0, sizes),
        files: vec![Outgoing { file, scope }],
        ..Contents::default()
    };
    let plan = Plan::cut(BundleId([8; 16]), world.now(), contents, MIN_PART);
    let ends = Ends {
        sender: &author.key,
        receiver: &author.center,
    };
    let mut scan = Scan { name, bytes };
    let parts = (1..=plan.parts()).map(|number| {
        let mut part = Vec::new();
        write_part(&plan, number, &ends, &mut scan, &mut part).unwrap();
        part
    });
    (hash, parts.collect())
}

#[tokio::test]
async fn a_part_that_follows_one_that_has_not_come_is_to_be_brought_again() {
    let world = World::new();
    let author = world.device(1, 0).await;
    let carrier = world.device(0, 0).await;
    let (hash, parts) = cut(&world, &author, true);
    assert!(parts.len() > 2);
    let brings = async |part: &Vec<u8>| carrier.signed(&world, bring(part.clone())).await.status();
    // Before the item that names the scan.
    assert_eq!(brings(&parts[1]).await, StatusCode::CONFLICT);
    assert_eq!(brings(&parts[0]).await, StatusCode::NO_CONTENT);
    // Before the bytes that it follows.
    assert_eq!(brings(&parts[2]).await, StatusCode::CONFLICT);
    for part in &parts {
        assert_eq!(brings(part).await, StatusCode::NO_CONTENT);
    }
    let head = Request::head(tus::path(&hash)).body(Vec::new()).unwrap();
    let there = author.signed(&world, head).await;
    assert_eq!(there.headers()[tus::OFFSET], "300000");
    assert!(!there.headers().contains_key(tus::EXPIRES), "whole and verified");
}

#[tokio::test]
async fn a_device_hears_that_a_part_of_a_file_is_here_no_more() {
    let world = World::new();
    let mut author = world.device(1, 0).await;
    let carrier = world.device(0, 0).await;
    let (hash, parts) = cut(&world, &author, true);
    let brings = async |part: &Vec<u8>| carrier.signed(&world, bring(part.clone())).await.status();
    assert_eq!(brings(&parts[0]).await, StatusCode::NO_CONTENT);
    // It has everything that there is, and says so.
    author.sync(&world, Vec::new()).await;
    world.pass(DAY);
    let (_, parts) = cut(&world, &author, false);
    assert_eq!(brings(&parts[0]).await, StatusCode::NO_CONTENT);
    let back = async || {
        let path = format!("/parcels/{}", author.key.verifying_key().device());
        let back = Request::get(path).body(Vec::new()).unwrap();
        told(&author, &carrier.signed(&world, back).await)
    };
    let there = back().await;
    assert!(there.len() == 1 && there[0].stored > 100_000, "{there:?}");
    let gone = Request::delete(tus::path(&hash)).body(Vec::new()).unwrap();
    assert_eq!(author.signed(&world, gone).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(back().await, [], "the next bundle begins where the file does");
}
