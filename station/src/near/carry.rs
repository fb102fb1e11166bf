//! Carrying for a device of another station. The two hold no scope in common, so nothing is compared: the one gives
//! bundles sealed for the center, the other brings them there and takes back what the center sealed in return. Each shows
//! the other a passport, a grant of the center without names; the key of the connection must be the one in it.
//!
//! A carrier's word is never taken for the center's. Once nothing of ours lies with it any more, and the center's receipts
//! do not name everything, the rest counts as handed to nobody, and goes again.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_records::Purpose;
use doorstep_sync::auth::CODE;
use doorstep_sync::client::{Http, Network};
use doorstep_sync::{DeviceId, FileHash, SigningKey};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tokio::time::Instant;

use super::meetings::{Due, End};
use super::parcels::Parcels;
use super::tls::{self, Seen};
use crate::Failure;
use crate::bundle::Ready;
use crate::contract::Link;
use crate::station::{Station, blocking, lock};

/// The header that shows a passport: the item, base64.
pub(super) const PASSPORT: &str = "doorstep-passport";
/// A passport is some 300 bytes.
const LONGEST: usize = 4_096;
/// Bytes of a part that is given to a neighbour.
const PART: u64 = 3 << 20;

/// The passport that a request or an answer shows.
pub(super) fn shown(headers: &HeaderMap) -> Option<Vec<u8>> {
    let text = headers
        .get(PASSPORT)?
        .to_str()
        .ok()
        .filter(|text| text.len() <= LONGEST)?;
    STANDARD.decode(text).ok()
}

/// A passport as a header.
pub(super) fn header(passport: &[u8]) -> Option<HeaderValue> {
    HeaderValue::try_from(STANDARD.encode(passport)).ok()
}

/// The header that says how many parts of whoever asks still lie here on their way to the center.
pub(super) const PARCELS_HELD: &str = "doorstep-parcels";
/// A carrier that was given everything, and for which no receipt came back, is given the same again after this long; then
/// after twice as long, and so on.
const AGAIN: Duration = Duration::from_secs(600);

/// What this device shows.
struct Own {
    key: SigningKey,
    passport: HeaderValue,
}

/// What a carrier is being given, or was given last.
#[derive(Clone)]
pub(super) struct Given {
    ready: Arc<Ready>,
    /// The newest own item that waited, and the files.
    through: i64,
    files: Vec<FileHash>,
    /// The part that is next.
    next: u32,
    /// When the last part went.
    at: Instant,
    /// How often the same went in vain.
    tries: u32,
}

impl Given {
    fn is_whole(&self) -> bool {
        self.next > self.ready.plan.parts()
    }

    fn is_worth_another(&self) -> bool {
        self.at.elapsed() >= AGAIN * 2_u32.saturating_pow(self.tries.min(7))
    }
}

/// A carrier that has shown its passport.
struct Carrier {
    device: DeviceId,
    name: String,
    http: Http,
    /// What it brings back.
    brings: Response<Vec<u8>>,
}

impl Station {
    /// Lets a device of another station carry what waits, when the district is out of reach; `None` when there is no need.
    pub(super) async fn let_carry(&self, due: &Due) -> Option<(DeviceId, SocketAddr, End)> {
        if self.inner.link.state().0 == Link::Online {
            return None;
        }
        let own = self.own().await.ok().flatten()?;
        for address in &due.addresses {
            let Ok(carrier) = self.greet(*address, &own).await else {
                continue;
            };
            let device = carrier.device;
            let end = match self.hand_parcels(carrier, *address, &own).await {
                Ok(()) => End::Carries,
                Err(end) => end,
            };
            return Some((device, *address, end));
        }
        None
    }

    async fn own(&self) -> Result<Option<Own>, Failure> {
        self.work(|desk| {
            let ledger = &desk.ledger;
            let passport = ledger.passport()?.as_deref().and_then(header);
            let passport = passport.filter(|_| ledger.has_waiting().unwrap_or(false));
            let key = ledger.device_key().clone();
            Ok(passport.map(|passport| Own { key, passport }))
        })
        .await
    }

    /// Shows passports, and hears what the other brings back.
    async fn greet(&self, address: SocketAddr, own: &Own) -> Result<Carrier, End> {
        let offline = End::Broken("offline");
        let seen = Seen::default();
        let tls = tls::dialler(&own.key, None, &seen).map_err(|_| End::Broken("store"))?;
        let http = super::dial::client(tls, address).ok_or(offline)?;
        let mut request = asking(Method::GET, own, Vec::new());
        let tag = lock(&self.inner.near.taken).get(&address).cloned();
        if let Some(tag) = tag {
            request.headers_mut().insert(header::IF_NONE_MATCH, tag);
        }
        let brings = http.send(request).await.map_err(|_| offline)?;
        let device = seen.device().ok_or(offline)?;
        let passport = shown(brings.headers()).ok_or(End::Refused("stranger"))?;
        let name = self.work(move |desk| Ok(desk.ledger.vouched(&device, &passport)));
        let name = name.await.map_err(|_| End::Broken("locked"))?.map_err(End::Refused)?;
        if brings.status().is_success() || brings.status() == StatusCode::NOT_MODIFIED {
            return Ok(Carrier {
                device,
                name,
                http,
                brings,
            });
        }
        Err(super::dial::refusal(code(&brings)))
    }

    async fn hand_parcels(&self, carrier: Carrier, address: SocketAddr, own: &Own) -> Result<(), End> {
        let store = |_| End::Broken("store");
        let (device, mut taken) = (carrier.device, true);
        if carrier.brings.status() == StatusCode::OK {
            let tag = carrier.brings.headers().get(header::ETAG).cloned();
            let imported = self.import_bytes(carrier.brings.body().clone()).await.map_err(store)?;
            taken = imported.report.stopped.is_none();
            if taken {
                lock(&self.inner.near.taken).extend(tag.map(|tag| (address, tag)));
            }
        }
        if taken
            && carrier
                .brings
                .headers()
                .get(PARCELS_HELD)
                .is_some_and(|held| held == "0")
        {
            // It has brought everything to the center, or lost it. The receipts for what was taken there are here.
            let taken_back = self.work(move |desk| Ok(desk.ledger.take_back(&device)?));
            taken_back.await.map_err(store)?;
        }
        let Some(mut giving) = self.giving(&device).await.map_err(store)? else {
            return Ok(());
        };
        while !giving.is_whole() {
            let part = self.bundle_part(giving.ready.clone(), giving.next);
            let part = part.await.map_err(store)?;
            let sent = carrier.http.send(asking(Method::POST, own, part)).await;
            match sent {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => return Err(super::dial::refusal(code(&answer))),
                Err(_) => return Err(End::Broken("offline")),
            }
            (giving.next, giving.at) = (giving.next + 1, Instant::now());
            lock(&self.inner.near.given).insert(device, giving.clone());
        }
        let noted = self.work(move |desk| {
            let ledger = &mut desk.ledger;
            let items = usize::try_from(giving.ready.plan.items()).unwrap_or(usize::MAX);
            ledger.look("", Purpose::Exported, &[], items)?;
            Ok(ledger.carried_by(&device, &carrier.name, address, giving.through, &giving.files)?)
        });
        noted.await.map_err(store)
    }

    /// What to give a carrier now: what nobody has, or the rest of what was cut short the last time.
    async fn giving(&self, device: &DeviceId) -> Result<Option<Given>, Failure> {
        let waiting = self.work(|desk| {
            let ledger = &desk.ledger;
            let gives = ledger.has_unhanded()?;
            Ok(gives.then_some((ledger.newest_waiting()?, ledger.waiting_files()?)))
        });
        let Some((through, files)) = waiting.await? else {
            return Ok(None);
        };
        let last = lock(&self.inner.near.given).get(device).cloned();
        let last = last.filter(|given| given.through >= through);
        let tries = match last {
            Some(given) if !given.is_whole() => return Ok(Some(given)),
            Some(given) if !given.is_worth_another() => return Ok(None),
            Some(given) => given.tries + 1,
            None => 0,
        };
        Ok(Some(Given {
            ready: self.gather_bundle(PART).await?,
            through,
            files,
            next: 1,
            at: Instant::now(),
            tries,
        }))
    }

    /// Brings to the center what this device carries for others, and takes along what the center gives for them.
    pub(crate) async fn forward_parcels(&self) {
        if let Err(failure) = self.forward().await {
            tracing::warn!(%failure, "parcels wait for the next time");
        }
    }

    async fn forward(&self) -> Result<(), Failure> {
        let data = self.inner.config.data.clone();
        let waiting = blocking(move || Ok(Parcels::open(&data)?.waiting()?)).await?;
        // Whose parts could not all go this time.
        let mut held_up = HashSet::new();
        for (device, path) in waiting {
            let read = path.clone();
            let part = blocking(move || std::fs::read(read).map_err(Failure::store)).await?;
            let brought = self.ask_center(Method::POST, "/parcels".to_owned(), part).await?;
            let done = match brought.status() {
                StatusCode::UNPROCESSABLE_ENTITY => true,
                // It builds on a part before it. Where none is left here, its author has to give both again.
                StatusCode::CONFLICT => !held_up.contains(&device),
                status => status.is_success(),
            };
            if !done {
                // One that cannot go now holds up no other.
                held_up.insert(device);
                continue;
            }
            if !brought.status().is_success() {
                tracing::warn!(code = code(&brought), "the center did not take all of a parcel");
            }
            let back = self
                .ask_center(Method::GET, format!("/parcels/{device}"), Vec::new())
                .await?;
            if back.status().is_server_error() {
                continue;
            }
            let data = self.inner.config.data.clone();
            blocking(move || {
                if back.status() == StatusCode::OK {
                    Parcels::open(&data)?.keep_return(&device, back.body())?;
                }
                // Only now: its author takes a parcel that lies here no more, and has no receipt, for lost.
                std::fs::remove_file(path).map_err(Failure::store)
            })
            .await?;
        }
        Ok(())
    }

    async fn ask_center(&self, method: Method, path: String, body: Vec<u8>) -> Result<Response<Vec<u8>>, Failure> {
        let (signer, center) = self
            .work(|desk| Ok((desk.ledger.signer(), desk.ledger.center().to_owned())))
            .await?;
        let request = Request::builder().method(method).uri(path).body(body);
        let mut request = request.map_err(Failure::store)?;
        signer.sign(&mut request, self.inner.config.clock.now());
        let answer = self.inner.config.network.send(&center, request).await;
        answer.map_err(|error| Failure::new(crate::FailureCode::Offline, error.to_string()))
    }
}

fn asking(method: Method, own: &Own, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = http::Uri::from_static("/parcels");
    request.headers_mut().insert(PASSPORT, own.passport.clone());
    request
}

fn code(answer: &Response<Vec<u8>>) -> &str {
    let code = answer.headers().get(CODE).and_then(|code| code.to_str().ok());
    code.unwrap_or_default()
}
