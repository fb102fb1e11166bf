//! A paper promised for later (容缺) is brought after 收件.

use doorstep_records::CaseStep;
use doorstep_records::case::{CorrectionPoint, CorrectionRequest};
use doorstep_station::FailureCode;
use serde_json::{Value, json};

use crate::world::{Device, World, picture};

const DAY: u64 = 24 * 3600 * 1000;

/// Received with the household register to follow, a day ago.
async fn promised(world: &World, device: &Device) -> String {
    let id = device.begin().await;
    device.fill(&id).await;
    let page = pages(&device.view(&id).await, "household_register")[0]["id"].clone();
    let out = json!({ "id": id, "page": page, "rotation": null, "index": null, "removed": true });
    device.call("page_set", out).await;
    let later = json!({ "id": id, "material": "household_register", "evidence": "", "deferred_until": "2026-02-20", "declared": null });
    device.call("material_set", later).await;
    device.sign(&id).await;
    device.call("receive", json!({ "id": id })).await;
    device.sync().await;
    world.pass(DAY);
    id
}

fn pages(view: &Value, code: &str) -> Vec<Value> {
    let materials = view["materials"].as_array().unwrap();
    let material = materials.iter().find(|material| material["asked"]["code"] == code);
    material.unwrap()["record"]["pages"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promised_paper_is_brought_later_and_reaches_the_district() {
    let world = World::new();
    let device = world.device().await;
    let id = promised(&world, &device).await;
    let view = device.view(&id).await;
    assert_eq!(
        (view["editable_fields"].clone(), view["editable_materials"].clone()),
        (json!([]), json!(["household_register"]))
    );
    let before = view["chain"]["files"].as_u64().unwrap();
    device
        .photograph(&id, "household_register", picture(500, 300, 90))
        .await;
    let level = json!({ "id": id, "material": "household_register", "evidence": "A", "deferred_until": null, "declared": null });
    device.call("material_set", level).await;
    let page = pages(&device.view(&id).await, "household_register")[0]["id"].clone();
    let turned = json!({ "id": id, "page": page, "rotation": 90, "index": null, "removed": null });
    device.call("page_set", turned).await;
    // What was handed over stays as it was.
    let then = pages(&device.view(&id).await, "id_card")[0]["id"].clone();
    let out = json!({ "id": id, "page": then, "rotation": null, "index": null, "removed": true });
    assert_eq!(device.code("page_set", out, Vec::new()).await, FailureCode::Locked);
    let other = json!({ "id": id, "material": "id_card", "replaces": null });
    assert_eq!(
        device.code("page_add", other, picture(50, 30, 91)).await,
        FailureCode::Locked
    );

    assert_eq!(device.sync().await["result"], "done");
    let view = device.view(&id).await;
    let chain = &view["chain"];
    assert_eq!(
        (&chain["saved"], &chain["verified"]),
        (&chain["reached"], &chain["files"])
    );
    assert_eq!(chain["files"].as_u64().unwrap(), before + 1);
    assert_eq!(view["status"], "received");

    let end = CaseStep::NotAccepted {
        reason: "不属于本机关".into(),
        remedies: "复议".into(),
    };
    world.district.decide(&id, CaseStep::Arrived);
    world.district.decide(&id, end);
    device.sync().await;
    assert_eq!(device.view(&id).await["editable_materials"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_stays_what_was_handed_over() {
    let world = World::new();
    let device = world.device().await;
    let draft = device.begin().await;
    assert_eq!(
        device.code("receipt", json!({ "id": draft }), Vec::new()).await,
        FailureCode::NotFound
    );
    let id = promised(&world, &device).await;
    let receipt = device.call("receipt", json!({ "id": id })).await;
    let handed_over = receipt["materials"].clone();
    let lines = handed_over.as_array().unwrap().iter().map(|material| {
        let text = |field: &str| material[field].as_str().unwrap().to_owned();
        (
            text("name"),
            material["pages"].as_u64().unwrap(),
            text("deferred_until"),
        )
    });
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            ("居民身份证".into(), 1, String::new()),
            ("户口簿".into(), 0, "2026-02-20".into()),
            ("社会保障卡或银行卡".into(), 1, String::new()),
        ]
    );
    assert_eq!(
        (&receipt["later"], receipt["status"].as_str()),
        (&json!([]), Some("received"))
    );

    for seed in [90, 91] {
        device
            .photograph(&id, "household_register", picture(500, 300, seed))
            .await;
    }
    let level = json!({ "id": id, "material": "household_register", "evidence": "A", "deferred_until": null, "declared": null });
    device.call("material_set", level).await;
    // A page that was handed over is taken anew because the district asks for it.
    let request = CorrectionRequest {
        message: "不清楚".into(),
        fields: Vec::new(),
        materials: vec![CorrectionPoint {
            name: "id_card".into(),
            words: "重拍".into(),
        }],
        due: "2026-03-01".into(),
    };
    world.district.decide(&id, CaseStep::Arrived);
    world.district.decide(&id, CaseStep::CorrectionAsked { request });
    device.sync().await;
    world.pass(DAY);
    let old = pages(&device.view(&id).await, "id_card")[0]["id"].clone();
    let again = json!({ "id": id, "material": "id_card", "replaces": old });
    device.try_call("page_add", again, picture(500, 300, 92)).await.unwrap();

    let receipt = device.call("receipt", json!({ "id": id })).await;
    assert_eq!(receipt["materials"], handed_over);
    assert_eq!(
        receipt["later"],
        json!([
            { "name": "居民身份证", "pages": 1, "day": "2026-02-15" },
            { "name": "户口簿", "pages": 2, "day": "2026-02-15" },
        ])
    );
    assert_eq!(receipt["status"], "correction_asked");
}
