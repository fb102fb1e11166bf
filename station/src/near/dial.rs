//! Meeting a neighbour: who is it, and then the exchange.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use doorstep_sync::auth::CODE;
use doorstep_sync::client::{Http, Network, drive};
use doorstep_sync::protocol::{Outcome, Run, Trouble};
use doorstep_sync::{DeviceId, SigningKey};
use http::{Request, StatusCode};
use rustls::ClientConfig;
use tokio::time::Instant;

use super::meetings::{Due, End};
use super::tls::{self, Seen};
use super::toward::Toward;
use crate::Failure;
use crate::contract::Link;
use crate::station::{Station, lock};

/// On a local network whoever is there answers soon.
const CONNECT: Duration = Duration::from_secs(4);
/// One request, with a piece of a file in it.
const REQUEST: Duration = Duration::from_secs(60);

/// Somebody who answered.
struct Answering {
    device: DeviceId,
    address: SocketAddr,
    http: Http,
}

impl Station {
    /// Meets somebody: at the first address where the right one answers.
    pub(super) async fn dial(&self, due: Due) {
        let near = &self.inner.near;
        let _turn = near.turn.lock().await;
        lock(&near.meetings).begin(&due);
        let (device, address, end) = match self.find(&due).await {
            Ok(answering) => {
                let (device, address) = (answering.device, answering.address);
                let end = self.exchange_with(answering).await;
                (Some(device), Some(address), end)
            }
            Err((device, end @ End::Refused("stranger" | "unknown_device"))) => match self.let_carry(&due).await {
                Some((device, address, end)) => (Some(device), Some(address), end),
                None => (device, None, end),
            },
            Err((device, end)) => (device, None, end),
        };
        if !matches!(end, End::Level | End::Carries) {
            tracing::info!(?end, "a meeting with a neighbour broke off");
        }
        lock(&near.meetings).end(&due, device, address, end, Instant::now());
    }

    /// Asks at each address who is there.
    async fn find(&self, due: &Due) -> Result<Answering, (Option<DeviceId>, End)> {
        let expected = due.device;
        let own = self.work(move |desk| {
            let known = match expected {
                Some(device) => HashSet::from([device]),
                None => desk.ledger.possible_neighbours(),
            };
            Ok((desk.ledger.device_key().clone(), known))
        });
        let (key, known) = own.await.map_err(|_| (None, End::Broken("locked")))?;
        let mut failed = (None, End::Broken("offline"));
        for address in &due.addresses {
            match knock(*address, &key, known.clone()).await {
                Ok(answering) => return Ok(answering),
                Err(end) => failed = end,
            }
        }
        Err(failed)
    }

    /// Photographs go to a neighbour only while the district is out of reach. The last contact may be minutes old, so when
    /// some wait, the district is asked first: then they are there, or it is known to be out of reach.
    async fn look_for_the_district(&self) {
        let waits = self.work(|desk| Ok(desk.ledger.tally()?.waiting_files > 0)).await;
        if waits.unwrap_or(false) && self.inner.link.state().0 == Link::Online {
            self.exchange().await;
        }
    }

    async fn exchange_with(&self, answering: Answering) -> End {
        let Answering { device, address, http } = answering;
        self.look_for_the_district().await;
        let Ok(signer) = self.work(|desk| Ok(desk.ledger.signer())).await else {
            return End::Broken("locked");
        };
        let (inner, runtime) = (self.inner.clone(), tokio::runtime::Handle::current());
        // The store waits for the disk, so the whole run goes where that is allowed.
        let driven = tokio::task::spawn_blocking(move || {
            let clock = inner.config.clock.clone();
            let mut toward = Toward::new(inner, device);
            let driven = runtime.block_on(drive(&http, Run::new(signer), &mut toward, &*clock));
            driven.map(|outcome| (outcome, toward))
        });
        let (outcome, toward) = match driven.await {
            Ok(Ok(done)) => done,
            Ok(Err(error)) if error.0 == "locked" => return End::Broken("locked"),
            _ => return End::Broken("store"),
        };
        let end = judge(&outcome);
        if let Err(failure) = self.met(device, address, &outcome, toward, end).await {
            tracing::warn!(%failure, "a meeting could not be noted");
        }
        if outcome.received_items > 0 {
            // What a neighbour brought is for the district, too.
            self.inner.link.wake();
        }
        end
    }

    /// Notes what both hold now.
    async fn met(
        &self,
        device: DeviceId,
        address: SocketAddr,
        outcome: &Outcome,
        toward: Toward,
        end: End,
    ) -> Result<(), Failure> {
        let level = outcome
            .fingerprints_equal
            .iter()
            .filter(|(_, equal)| *equal == Some(true));
        let level: Vec<_> = level.map(|(scope, _)| scope.clone()).collect();
        let through = toward.through();
        self.work(move |desk| {
            if end == End::Level {
                desk.ledger.hand_over(&device, &level, through)?;
                desk.ledger.neighbour_met(&device, &[address])?;
            }
            Ok(())
        })
        .await?;
        self.renew_keyring().await?;
        self.tidy().await
    }
}

/// Opens a connection and asks whether we may come in.
async fn knock(
    address: SocketAddr,
    key: &SigningKey,
    known: HashSet<DeviceId>,
) -> Result<Answering, (Option<DeviceId>, End)> {
    let offline = (None, End::Broken("offline"));
    let seen = Seen::default();
    let tls = tls::dialler(key, Some(known), &seen).map_err(|_| (None, End::Broken("store")))?;
    let http = client(tls, address).ok_or(offline)?;
    let answer = http.send(Request::new(Vec::new())).await;
    let Some(device) = seen.device() else {
        return Err(match seen.is_stranger() {
            true => (None, End::Refused("stranger")),
            false => offline,
        });
    };
    let Ok(answer) = answer else { return Err(offline) };
    if answer.status() == StatusCode::NO_CONTENT {
        return Ok(Answering { device, address, http });
    }
    let code = answer.headers().get(CODE).and_then(|code| code.to_str().ok());
    Err((Some(device), refusal(code.unwrap_or_default())))
}

/// Stands for the address where a URL stands: it has no room for the interface that an IPv6 address may name.
const THERE: &str = "neighbour";

/// A connection to `address` over `tls`, once something is sent.
pub(super) fn client(tls: ClientConfig, address: SocketAddr) -> Option<Http> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .resolve(THERE, address)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .build();
    Some(Http::new(client.ok()?, &format!("https://{THERE}:{}", address.port())))
}

/// What a code of the other end means for us.
pub(super) fn refusal(code: &str) -> End {
    match code {
        "locked" => End::Broken("locked"),
        "quota" | "full" => End::Broken("full"),
        "unknown_device" => End::Refused("unknown_device"),
        "revoked" => End::Refused("revoked"),
        "not_granted" => End::Refused("not_granted"),
        _ => End::Broken("protocol"),
    }
}

fn judge(outcome: &Outcome) -> End {
    match &outcome.trouble {
        None => End::Level,
        Some(Trouble::Offline) => End::Broken("offline"),
        Some(Trouble::Refused(code)) => refusal(code),
        Some(Trouble::Busy(_)) => End::Broken("locked"),
        Some(Trouble::Protocol(_)) => End::Broken("protocol"),
    }
}
