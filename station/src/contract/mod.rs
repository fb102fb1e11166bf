//! What the station's commands take and give, as the screen sees it. TypeScript is generated from these types into
//! `ui/contract/station.ts`.

mod application;
mod bundle;
mod matter;
mod neighbour;
mod session;
mod sync;

pub use application::*;
pub use bundle::*;
pub use matter::*;
pub use neighbour::*;
pub use session::*;
pub use sync::*;
