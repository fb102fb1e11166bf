//! A paper promised for later (容缺) is brought after 收件.

use doorstep_records::CaseStep;
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
