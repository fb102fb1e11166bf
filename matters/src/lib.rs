//! The catalogue: an Excel workbook becomes a matter with its form and materials; the form engine is pure.
//!
//! The sheets `survey`, `choices` and `settings` follow XLSForm; `matter` and `materials` hold what XLSForm lacks.

pub mod calendar;
pub mod form;
pub mod identity;
pub mod initials;
pub mod matter;
pub mod text;
pub mod view;
pub mod workbook;

pub use form::{Answers, Context, Form};
pub use matter::{Material, Matter};
pub use text::{Language, Text};
pub use view::{FormView, MaterialView, MatterSummary, QuestionView};
pub use workbook::{WorkbookError, read, read_form};
