//! Sample answers and how the matter is to behave for them (the sheet `scenarios`). They run as tests and in the checker,
//! so that a change of a workbook that breaks what the district expects of it is seen before it is published.

/// One scenario: its lines in order.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Name.
    pub name: String,
    /// What is done and looked at, with the row of the sheet.
    pub lines: Vec<(u32, Line)>,
}

/// A line of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The day of the form, `2026-02-14`.
    Today(String),
    /// The station that takes it, a 12-digit division.
    Station(String),
    /// An answer, by key.
    Answer(String, String),
    /// A row with this word in a repeat.
    Row(String, String),
    /// The question is asked.
    Visible(String),
    /// The question is not asked.
    Hidden(String),
    /// The question has this value.
    Value(String, String),
    /// The choices of the question, by name, in order.
    Choices(String, Vec<String>),
    /// The question has an error, of this code when there is one.
    Error(String, String),
    /// The question has no error.
    Valid(String),
    /// Nothing stands in the way of the form.
    Complete,
    /// Something does.
    Incomplete,
    /// A material is so.
    Material(String, MaterialState),
    /// A check does not hold.
    Broken(String),
    /// A check holds.
    Holds(String),
    /// The center accepts by itself, or does not.
    Accepts(bool),
    /// These answers of the guide end so.
    Guide(Vec<String>, bool),
}

/// How a material is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaterialState {
    /// It must be brought.
    Needed,
    /// It may be brought.
    Optional,
    /// Government holds it already.
    Exempt,
    /// It does not apply.
    Hidden,
}
