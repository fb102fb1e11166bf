//! The door: unlocking and locking, whose PIN opens the device, and who is shown out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use doorstep_records::{Purpose, Staff, StationDetails};
use doorstep_sync::{ItemId, Millis};

use crate::contract::Pin;
use crate::keys::{DatabaseKey, KeyError, Sealed, Try, is_weak};
use crate::ledger::Ledger;
use crate::station::{Desk, Inner, Station, blocking, lock, run_aside};
use crate::{Failure, FailureCode, mend};

/// How long a store stays open for sending when nobody is at the device, milliseconds: four hours.
const LONGEST_LEFT: Millis = 4 * 60 * 60 * 1000;

/// Between two looks whether anybody is still at the device.
const LOOK: Duration = Duration::from_secs(5);

/// Locks the screen when no page has asked for anything for as long as a person may be away: a page locks by itself, but
/// one that was closed cannot.
pub(crate) fn start(station: &Station) {
    let alive = Arc::downgrade(&station.inner);
    run_aside(async move {
        loop {
            tokio::time::sleep(LOOK).await;
            let Some(inner) = alive.upgrade() else { return };
            let looked = blocking(move || inner.look_after_door()).await;
            if let Err(failure) = looked {
                tracing::error!(%failure, "the device could not be locked");
            }
        }
    });
}

impl Station {
    /// Unlocks with a PIN. While the store is open, this only changes who is at it.
    pub(crate) async fn unlock(&self, staff: String, pin: Pin) -> Result<(), Failure> {
        let inner = self.inner.clone();
        blocking(move || {
            let (_, key) = inner.try_pin(&staff, &pin)?;
            let mut keyring = lock(&inner.keyring);
            let keyring = keyring.as_mut().ok_or_else(not_enrolled)?;
            let staff = keyring.person(&staff).ok_or_else(|| Failure::not_found("staff"))?;
            let mut desk = lock(&inner.desk);
            match desk.as_mut() {
                Some(desk) => (desk.staff, desk.left) = (staff, None),
                None => {
                    let (data, station, world) = (&inner.config.data, keyring.station(), inner.world());
                    let open = || Ledger::open(data, key.clone(), station.clone(), world.clone());
                    let ledger = mend::open(data, open, &key, &world)?;
                    *desk = Some(Desk {
                        ledger,
                        staff,
                        left: None,
                    });
                }
            }
            desk.as_mut()
                .map_or(Ok(()), |desk| desk.look(Purpose::Unlocked, &[], 0))
        })
        .await?;
        let inner = self.inner.clone();
        let unsealed = blocking(move || {
            inner.show_out()?;
            Ok(inner.unsealed().is_some_and(|(_, _, _, unsealed)| !unsealed.is_empty()))
        });
        if unsealed.await? {
            // Slots of before, and of grants that came just before a power cut, are made anew while people work.
            let station = self.clone();
            tokio::spawn(async move {
                if let Err(failure) = station.renew_keyring().await {
                    tracing::error!(%failure, "not everyone who works here could be given a way in");
                }
            });
        }
        self.inner.wake();
        Ok(())
    }

    /// Gives whoever is at the device another PIN, on this device. It opens the device offline at once, and grants that
    /// carry the district's PIN of before leave it alone.
    pub(crate) async fn change_pin(&self, pin: Pin, new: Pin) -> Result<(), Failure> {
        if is_weak(new.as_str()) || new.as_str() == pin.as_str() {
            return Err(Failure::new(FailureCode::WeakPin, "too easy to guess"));
        }
        let staff = self.work(|desk| Ok(desk.staff.number.clone())).await?;
        let inner = self.inner.clone();
        blocking(move || {
            let (attempt, key) = inner.try_pin(&staff, &pin)?;
            let sealed = attempt.seal_anew(new.as_str(), &key, &*inner.config.random)?;
            let mut keyring = lock(&inner.keyring);
            let keyring = keyring.as_mut().ok_or_else(not_enrolled)?;
            match keyring.change(&attempt, sealed)? {
                true => Ok(()),
                false => Err(Failure::new(FailureCode::WrongPin, "another PIN was given meanwhile")),
            }
        })
        .await
    }

    /// Whoever is at the device lets a colleague try again after too many wrong PINs.
    pub(crate) async fn let_try_again(&self, number: String) -> Result<(), Failure> {
        let staff = self.work(|desk| Ok(desk.staff.number.clone())).await?;
        if staff == number {
            return Err(Failure::bad_request("a colleague does it"));
        }
        let inner = self.inner.clone();
        blocking(move || {
            let mut keyring = lock(&inner.keyring);
            let keyring = keyring.as_mut().ok_or_else(not_enrolled)?;
            keyring.person(&number).ok_or_else(|| Failure::not_found("staff"))?;
            Ok(keyring.forgive(&number)?)
        })
        .await
    }

    /// Locks: nothing can be read until somebody's PIN opens it again.
    pub async fn lock(&self) -> Result<(), Failure> {
        let inner = self.inner.clone();
        blocking(move || {
            inner.close();
            Ok(())
        })
        .await
    }

    /// Locks the screen. What waits for the district is still sent, for [`LONGEST_LEFT`] at most; then the store is closed
    /// as [`Self::lock`] does.
    pub(crate) async fn leave(&self) -> Result<(), Failure> {
        let inner = self.inner.clone();
        blocking(move || inner.leave()).await
    }

    /// Whether nobody is at the device although its store is open.
    pub(crate) fn is_left(&self) -> bool {
        lock(&self.inner.desk).as_ref().is_some_and(|desk| desk.left.is_some())
    }

    /// Seals the key for those whom a grant has named since, one after the other and holding nothing: saves go on meanwhile.
    pub(crate) async fn renew_keyring(&self) -> Result<(), Failure> {
        let _one = self.inner.sealing.lock().await;
        let inner = self.inner.clone();
        blocking(move || inner.seal_keyring()).await
    }
}

pub(crate) fn not_enrolled() -> Failure {
    Failure::new(FailureCode::NotEnrolled, "not enrolled")
}

impl Inner {
    /// Opens the database's key with a PIN. Slow on purpose, and nothing is held meanwhile.
    fn try_pin(&self, staff: &str, pin: &Pin) -> Result<(Try, DatabaseKey), Failure> {
        let clock = &self.config.clock;
        let attempt = match lock(&self.keyring).as_mut() {
            Some(keyring) => keyring.begin(staff, clock.steady(), self.config.pin_cost)?,
            None => return Err(not_enrolled()),
        };
        let opened = attempt.open(pin.as_str());
        let mut keyring = lock(&self.keyring);
        let keyring = keyring.as_mut().ok_or_else(not_enrolled)?;
        match opened {
            Ok(key) => {
                keyring.forgive(staff)?;
                Ok((attempt, key))
            }
            Err(KeyError::Wrong) if keyring.needs_help(staff) => Err(KeyError::Locked.into()),
            Err(KeyError::Wrong) => Err(Failure {
                wait: Some(keyring.missed(staff, clock.steady())),
                ..KeyError::Wrong.into()
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn close(&self) {
        shut(lock(&self.desk).take());
        self.near.turn();
    }

    fn leave(&self) -> Result<(), Failure> {
        if let Some(desk) = lock(&self.desk).as_mut() {
            let _ = desk.left.get_or_insert(self.config.clock.steady());
        }
        self.close_when_sent()
    }

    fn look_after_door(&self) -> Result<(), Failure> {
        let away = self
            .config
            .clock
            .steady()
            .saturating_sub(self.asked.load(Ordering::Relaxed));
        match away >= Millis::from(lock(&self.preferences).idle_minutes) * 60_000 {
            true => self.leave(),
            false => self.close_when_sent(),
        }
    }

    /// Closes the store of a device that nobody is at, when nothing waits for the district, or has waited for too long.
    fn close_when_sent(&self) -> Result<(), Failure> {
        let mut desk = lock(&self.desk);
        let Some((open, left)) = desk.as_ref().and_then(|desk| Some((desk, desk.left?))) else {
            return Ok(());
        };
        let tally = open.ledger.tally()?;
        let waits = tally.waiting_items + tally.carried_items + tally.waiting_files > 0;
        let long = self.config.clock.steady().saturating_sub(left) >= LONGEST_LEFT;
        if !waits || long {
            let closed = desk.take();
            drop(desk);
            shut(closed);
            self.near.turn();
        }
        Ok(())
    }

    /// Who works here no more by the newest grant is out at once.
    pub(crate) fn show_out(&self) -> Result<(), Failure> {
        // Always the keyring first: unlocking does the same.
        let mut keyring = lock(&self.keyring);
        let mut desk = lock(&self.desk);
        let (Some(keyring), Some(open)) = (keyring.as_mut(), desk.as_mut()) else {
            return Ok(());
        };
        // A grant that names nobody changes nothing: the last slot holds the only way to what has not been sent yet.
        let Some((grant, details)) = open.ledger.staff().filter(|(_, details)| !details.staff.is_empty()) else {
            return Ok(());
        };
        keyring.follow(grant, open.ledger.station(), &details)?;
        if details.staff.iter().all(|staff| staff.number != open.staff.number) {
            tracing::info!("the staff member at this device no longer works here: locked");
            match keyring.unsealed(&details, self.config.pin_cost).is_empty() {
                true => *desk = None,
                // Those who do work here have no way in yet, and it is sealed with what is open.
                false => open.left = open.left.or(Some(self.config.clock.steady())),
            }
        }
        Ok(())
    }

    /// By the newest grant: for whom a slot is still to be sealed, and with what.
    fn unsealed(&self) -> Option<(ItemId, StationDetails, DatabaseKey, Vec<Staff>)> {
        let keyring = lock(&self.keyring);
        let desk = lock(&self.desk);
        let ledger = &desk.as_ref()?.ledger;
        let (grant, details) = ledger.staff()?;
        let unsealed = keyring.as_ref()?.unsealed(&details, self.config.pin_cost);
        Some((grant, details, ledger.database_key().clone(), unsealed))
    }

    fn seal_keyring(&self) -> Result<(), Failure> {
        self.show_out()?;
        let Some((grant, details, key, unsealed)) = self.unsealed() else {
            return Ok(());
        };
        for staff in &unsealed {
            let sealed = Sealed::for_staff(staff, &key, self.config.pin_cost, &*self.config.random)?;
            if let Some(keyring) = lock(&self.keyring).as_mut() {
                keyring.put(grant, &details, sealed)?;
            }
        }
        // Somebody who works here no more was let stay only until there was a way in for somebody else.
        self.show_out()
    }
}

/// Closes a store: the last connection writes its log back, and the keys leave the memory.
fn shut(desk: Option<Desk>) {
    if let Some(mut desk) = desk {
        // Locking goes on whatever becomes of the access log: it is on the disk already.
        if let Err(error) = desk.ledger.gather_looks(true) {
            tracing::warn!(%error, "the access log was not gathered");
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Wrong => Self::new(FailureCode::WrongPin, "wrong PIN"),
            KeyError::Wait(wait) => Self {
                wait: Some(wait),
                ..Self::new(FailureCode::Wait, "too many wrong PINs")
            },
            KeyError::Locked => Self::new(FailureCode::PinLocked, "a colleague lets them try again"),
            KeyError::Store(error) => error.into(),
        }
    }
}
