//! Pictures that are none, and pages that move.

use doorstep_station::FailureCode;
use doorstep_sync::{FileHash, Kind};
use serde_json::{Value, json};

use crate::world::{World, picture};

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_picture_is_said_and_nothing_before_is_lost() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let good = device.photograph(&id, "id_card", picture(800, 600, 1)).await;
    let whole = picture(800, 600, 2);
    let mut heic = vec![0, 0, 0, 24];
    heic.extend(b"ftypheic\0\0\0\0mif1heic");
    for (bytes, code) in [
        (whole[..whole.len() / 2].to_vec(), FailureCode::PictureBroken),
        (b"just words".to_vec(), FailureCode::PictureUnknown),
        (Vec::new(), FailureCode::PictureUnknown),
        (b"%PDF-1.7 and so on".to_vec(), FailureCode::PicturePdf),
        (heic, FailureCode::PictureHeic),
    ] {
        let args = json!({ "id": id, "material": "id_card", "replaces": null });
        assert_eq!(device.code("page_add", args, bytes).await, code);
    }
    let view = device.view(&id).await;
    assert_eq!(view["materials"], good["materials"]);
    let jpeg = json!({ "id": id });
    assert_eq!(
        device.code("sign", jpeg, b"\xff\xd8\xff".to_vec()).await,
        FailureCode::PictureBroken
    );
    let files = std::fs::read_dir(device.folder.path().join("files")).unwrap().count();
    assert_eq!(files, 2, "the workbook and the one good picture");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_turn_move_go_and_come_back() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let mut view = Value::Null;
    for seed in 1..=3 {
        view = device.photograph(&id, "id_card", picture(300, 200, seed)).await;
    }
    let pages = |view: &Value| -> Vec<String> {
        let pages = view["materials"][0]["record"]["pages"].as_array().unwrap();
        pages
            .iter()
            .map(|page| page["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let [a, b, c] = pages(&view).try_into().unwrap();
    let set = async |page: &str, rotation: Value, index: Value, removed: Value| {
        let args = json!({ "id": id, "page": page, "rotation": rotation, "index": index, "removed": removed });
        device.call("page_set", args).await
    };
    let view = set(&c, json!(90), json!(0), json!(null)).await;
    assert_eq!(pages(&view), [c.clone(), a.clone(), b.clone()]);
    assert_eq!(view["materials"][0]["record"]["pages"][0]["rotation"], 90);
    let view = set(&a, json!(null), json!(null), json!(true)).await;
    assert_eq!(pages(&view), [c.clone(), b.clone()]);
    let view = set(&a, json!(null), json!(null), json!(false)).await;
    assert_eq!(pages(&view), [c.clone(), a.clone(), b.clone()]);
    let retake = json!({ "id": id, "material": "id_card", "replaces": a });
    let view = device.try_call("page_add", retake, picture(300, 200, 9)).await.unwrap();
    assert_eq!(
        (
            pages(&view).len(),
            view["materials"][0]["record"]["removed"][0]["id"].as_str()
        ),
        (3, Some(a.as_str()))
    );
    assert!(!pages(&view).contains(&a));
    assert_eq!(pages(&view)[0], c);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_picture_in_two_applications_is_one_file() {
    let world = World::new();
    let device = world.device().await;
    let one = device.begin().await;
    device.photograph(&one, "id_card", picture(300, 200, 5)).await;
    let two = device.begin().await;
    device.photograph(&two, "id_card", picture(300, 200, 5)).await;
    assert_eq!(device.call("strip", json!({})).await["waiting_files"], 1);
    device.sync().await;
    for id in [&one, &two] {
        assert_eq!(device.view(id).await["chain"]["verified"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_photographed_again_takes_the_place_of_a_file_that_is_gone() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let view = device.view(&id).await;
    let material = view["materials"][0]["asked"]["code"].as_str().unwrap().to_owned();
    let view = device
        .photograph(&id, &material, crate::world::picture(60, 40, 1))
        .await;
    let hash = view["materials"][0]["record"]["pages"][0]["file"]
        .as_str()
        .unwrap()
        .to_owned();
    let files = device.folder.path().join("files");
    std::fs::remove_file(files.join(&hash)).unwrap();
    // A folder that somebody put there stops nobody either.
    std::fs::create_dir(files.join("lost+found")).unwrap();
    let device = world.restart(device).await;
    device
        .photograph(&id, &material, crate::world::picture(60, 40, 1))
        .await;
    let file = device
        .call("file", serde_json::json!({ "hash": hash, "edge": null }))
        .await;
    assert!(file["bytes"].as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_its_file_are_one_item() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.sync().await;
    let view = device.photograph(&id, "id_card", picture(60, 40, 1)).await;
    let hash: FileHash = view["materials"][0]["record"]["pages"][0]["file"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let before = world.district.books(|books| books.log.len());
    device.sync().await;
    let (named, kinds) = world.district.books(|books| {
        let new: Vec<_> = books.log[before..].iter().map(|item| item.open().unwrap()).collect();
        let named: Vec<_> = new.iter().flat_map(|envelope| envelope.files()).collect();
        let kinds: Vec<_> = new.iter().map(|envelope| envelope.kind).collect();
        (named, kinds)
    });
    assert_eq!(named.iter().map(|file| file.hash).collect::<Vec<_>>(), [hash]);
    assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Change).count(), 1);
    assert!(!kinds.contains(&Kind::File), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_saves_name_is_known_after_everything_was_made_anew() {
    let world = World::new();
    let (device, other) = (world.device().await, world.device().await);
    let id = device.begin().await;
    let view = device.photograph(&id, "id_card", picture(60, 40, 1)).await;
    device.sync().await;
    other.sync().await;
    assert!(other.station.examine().await.unwrap().same_as_items);
    let args = json!({ "hash": view["materials"][0]["record"]["pages"][0]["file"], "edge": null });
    let code = other.code("file", args.clone(), Vec::new()).await;
    assert_eq!(code, FailureCode::FileElsewhere, "it comes, as somebody waits for it");
    other.sync().await;
    assert!(other.call("file", args).await["bytes"].as_u64().unwrap() > 0);
}
