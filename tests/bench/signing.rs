//! What signing and checking cost, as a share of the work they belong to.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result};
use doorstep_sync::envelope::VERSION;
use doorstep_sync::{Document, DocumentId, Envelope, Item, Kind, Scope, SigningKey};

use crate::figures::Figures;

/// Signatures made and checked for the figure.
const TIMES: u32 = 2_000;
/// Bytes of an ordinary save.
const PAYLOAD: usize = 300;
/// Most that signing and checking may take of anything, in per cent.
const BAR: f64 = 10.0;

/// What one item costs, in seconds of one core on this machine.
pub struct Cost {
    /// Its signature, encoding included.
    sign: f64,
    /// Its check: canonical form, name and signature.
    verify: f64,
}

impl Cost {
    /// Measures it.
    pub fn measure(figures: &mut Figures) -> Result<Self> {
        let key = SigningKey::from_seed(&[7; 32]);
        let (public, envelope) = (key.verifying_key(), envelope(&key)?);
        let begun = Instant::now();
        for _ in 0..TIMES {
            black_box(Item::sign(black_box(&envelope), &key));
        }
        let sign = begun.elapsed().as_secs_f64() / f64::from(TIMES);
        let item = Item::sign(&envelope, &key);
        let begun = Instant::now();
        for _ in 0..TIMES {
            black_box(black_box(&item).id());
            black_box(black_box(&item).verify(&public))
                .ok()
                .context("its own item")?;
        }
        let verify = begun.elapsed().as_secs_f64() / f64::from(TIMES);
        figures.note("signing one item", sign * 1e6, "µs");
        figures.note("checking one item", verify * 1e6, "µs");
        Ok(Self { sign, verify })
    }

    /// The share of `seconds` that signing and checking so many items takes.
    pub fn share(&self, figures: &mut Figures, what: &str, signed: f64, checked: f64, seconds: f64) {
        let spent = self.sign * signed + self.verify * checked;
        let what = format!("signing and checking, of {what}");
        figures.under(what, spent / seconds * 100.0, "%", BAR);
    }
}

fn envelope(key: &SigningKey) -> Result<Envelope> {
    Ok(Envelope {
        version: VERSION,
        kind: Kind::Change,
        scope: Scope::new("510199001001", "2026")?,
        document: Some(Document {
            kind: "application".into(),
            id: DocumentId([9; 16]),
        }),
        device: key.verifying_key().device(),
        staff: "T0101".into(),
        time: 1_771_000_000_000,
        payload: vec![3; PAYLOAD],
    })
}
