//! The catalogue: an Excel workbook becomes a matter with its form and materials; the form engine is pure.
//!
//! The sheets `survey`, `choices` and `settings` follow XLSForm; `matter`, `materials`, `guide`, `rules`, `steps`, `shared`
//! and `scenarios` hold what XLSForm lacks.

pub mod bundle;
pub mod calendar;
pub mod catalogue;
pub mod finder;
pub mod form;
pub mod guide;
pub mod identity;
pub mod initials;
pub mod matter;
pub mod rule;
pub mod scenario;
pub mod text;
pub mod view;
pub mod workbook;

pub use calendar::{Limit, LimitUnit};
pub use catalogue::{Catalogue, Fault};
pub use form::{Answers, Context, Form};
pub use guide::GuideView;
pub use matter::{KEEP_DAYS, Material, Matter};
pub use rule::{BrokenRule, Effect, Standing, Standings};
pub use text::{Language, Text};
pub use view::{FormView, MaterialView, MatterSummary, QuestionView};
pub use workbook::{WorkbookError, read, read_form, read_form_with};
