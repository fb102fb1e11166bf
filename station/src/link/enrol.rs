//! Enrolment: a one-time code and a new key become a grant.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_records::StationDetails;
use doorstep_sync::payload::Grant;
use doorstep_sync::{Item, Kind, SigningKey, VerifyingKey};
use http::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::network::center_address;
use crate::contract::{EnrolRequest, StationView};
use crate::keys::Keyring;
use crate::ledger::{Enrolment, Ledger, grant_details, grant_station};
use crate::station::{Inner, Station, blocking, lock};
use crate::world::bytes;
use crate::{Failure, FailureCode, wipe};

#[derive(Serialize)]
struct Ask<'a> {
    code: &'a str,
    public_key: String,
    label: &'a str,
}

#[derive(Deserialize)]
struct Granted {
    /// Hex.
    center_public_key: String,
    /// The grant item (CBOR), base64.
    grant: String,
    /// The center's clock, milliseconds.
    now: u64,
}

/// Joins the center. The device's key never leaves it; the center's key is kept, and nothing else is believed later.
pub(crate) async fn enrol(station: &Station, request: EnrolRequest) -> Result<(), Failure> {
    let inner = station.inner.clone();
    if lock(&inner.keyring).is_some() {
        return Err(Failure::new(FailureCode::AlreadyEnrolled, "enrolled already"));
    }
    let center = center_address(&request.center)
        .ok_or_else(|| Failure::bad_request("a center's address is https, or http on this machine"))?;
    let code = request.code.trim();
    let key = key_for(&inner, code);
    let granted = ask(&inner, &center, code, &key).await?;
    blocking(move || settle(&inner, center, &key, &granted)).await
}

/// The key that this code was tried with before, or a new one.
fn key_for(inner: &Inner, code: &str) -> SigningKey {
    let mut enrolling = lock(&inner.enrolling);
    match enrolling.as_ref() {
        Some((tried, key)) if tried == code => key.clone(),
        _ => {
            let key = SigningKey::generate(&*inner.config.random);
            *enrolling = Some((code.to_owned(), key.clone()));
            key
        }
    }
}

async fn ask(inner: &Inner, center: &str, code: &str, key: &SigningKey) -> Result<Granted, Failure> {
    let public_key = hex::encode(key.verifying_key().to_bytes());
    let body = serde_json::to_vec(&Ask {
        code,
        public_key,
        label: "",
    })
    .map_err(Failure::store)?;
    let request = Request::builder()
        .method(Method::POST)
        .uri("/enrol")
        .header("content-type", "application/json")
        .body(body);
    let answer = inner
        .config
        .network
        .send(center, request.map_err(Failure::store)?)
        .await;
    let answer = answer.map_err(|error| Failure::new(FailureCode::Offline, error.to_string()))?;
    match answer.status() {
        StatusCode::OK => serde_json::from_slice(answer.body())
            .map_err(|_| Failure::new(FailureCode::Refused, "the answer is not that of a center")),
        StatusCode::TOO_MANY_REQUESTS => {
            let seconds = answer
                .headers()
                .get("retry-after")
                .and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
            let wait = Some(seconds.unwrap_or(60) * 1000);
            Err(Failure {
                wait,
                ..Failure::new(FailureCode::Wait, "too many tries")
            })
        }
        status if status.is_client_error() => Err(Failure::new(
            FailureCode::EnrolmentCode,
            "the center does not know this code",
        )),
        status => Err(Failure::new(
            FailureCode::Refused,
            format!("the center answers {status}"),
        )),
    }
}

/// Whether an answer grants something to `key`.
pub(crate) fn grants(answer: &[u8], key: &SigningKey) -> bool {
    let granted = serde_json::from_slice::<Granted>(answer).ok();
    granted.is_some_and(|granted| granted.read(key).is_some())
}

/// A grant in order.
struct InOrder {
    center_key: VerifyingKey,
    item: Item,
    details: StationDetails,
    view: StationView,
}

impl Granted {
    /// What it says, when the center signed it for `key`.
    fn read(&self, key: &SigningKey) -> Option<InOrder> {
        let center_key = VerifyingKey::from_bytes(&hex::decode(&self.center_public_key).ok()?)?;
        let item = Item::from_bytes(&STANDARD.decode(&self.grant).ok()?).ok()?;
        let envelope = item.verify(&center_key).ok()?;
        let grant = Grant::from_bytes(&envelope.payload).ok()?;
        if envelope.kind != Kind::Grant || grant.public_key != key.verifying_key().to_bytes() {
            return None;
        }
        Some(InOrder {
            details: grant_details(&grant)?,
            view: grant_station(&grant)?,
            center_key,
            item,
        })
    }
}

fn settle(inner: &Inner, center: String, key: &SigningKey, granted: &Granted) -> Result<(), Failure> {
    let wrong = || Failure::new(FailureCode::Refused, "the center's grant is not in order");
    let InOrder {
        center_key,
        item,
        details,
        view,
    } = granted.read(key).ok_or_else(wrong)?;
    if details.staff.is_empty() {
        // Nobody could ever unlock it.
        return Err(Failure::new(FailureCode::Refused, "nobody works at this station yet"));
    }
    let config = &inner.config;
    let database_key = Zeroizing::new(bytes::<32>(&*config.random));
    // Before the lock, for it is slow, and before the database: nothing of it lies on the disk without a way in.
    let slots = Keyring::seal(
        &config.data,
        view,
        &details,
        &database_key,
        config.pin_cost,
        &*config.random,
    )?;
    let mut keyring = lock(&inner.keyring);
    if keyring.is_some() {
        return Err(Failure::new(FailureCode::AlreadyEnrolled, "enrolled already"));
    }
    let now = config.clock.now();
    // A database without its keys: of an enrolment that was cut off, or of one whose key file somebody lost. It is set
    // aside and not removed, for the key file may be found again.
    for leftover in ["station.db", "station.db-wal", "station.db-shm"] {
        let aside = leftover.replace("station.db", &format!("station.{now}.db"));
        match std::fs::rename(config.data.join(leftover), config.data.join(aside)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Failure::store(error)),
            _ => {}
        }
    }
    let offset = i64::try_from(i128::from(granted.now) - i128::from(now)).unwrap_or(0);
    let enrolment = Enrolment {
        seed: key.seed(),
        center,
        center_key,
        grant: item,
        offset,
    };
    Ledger::create(&config.data, &database_key, &enrolment)?;
    wipe::forget(&config.data)?;
    // Last: from here on the device is enrolled.
    slots.keep()?;
    *keyring = Some(slots);
    *lock(&inner.enrolling) = None;
    Ok(())
}
