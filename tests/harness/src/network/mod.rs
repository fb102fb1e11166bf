//! A district of up to fifty devices in one process, in virtual time: the real center on its database, stations around
//! the real protocol, and a network between them that loses, doubles, cuts, bends and delays. Machines crash, fill up,
//! are put back from old copies, run twice. When everything is mended, all of it must be level and nothing gone.
//!
//! One number decides all of it, so a seed is the same run every time: [`run`]. Each seed draws the faults that befall
//! it, so that a few faults meet often, and all of them together sometimes.

mod books;
pub mod coverage;
mod district;
mod judge;
mod life;
mod line;
mod meeting;
mod mishap;
mod oblivion;
mod settle;
mod stick;
mod world;

use std::path::Path;

use anyhow::{Context, Result};

pub use coverage::{Coverage, Fault, Way};
pub use district::District;

/// Runs one seed on a copy of `template` (made by [`District::make`]) in the empty folder `folder`. An error is a
/// violation of what Doorstep promises.
pub async fn run(seed: u64, template: &Path, folder: &Path) -> Result<Coverage> {
    let mut world = world::World::open(seed, template, folder)?;
    let climate = world.climate.clone();
    let lived = async {
        world.live().await?;
        world.settle().await?;
        world.judge().await?;
        world.oblivion().await
    };
    lived.await.with_context(|| format!("with {climate:?}"))?;
    Ok(world.coverage())
}
