//! What was measured: a table for people, a file for comparing.

use serde_json::{Value, json};

/// One figure.
struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    bar: Option<f64>,
}

/// Every figure of a run.
#[derive(Default)]
pub struct Figures(Vec<Figure>);

impl Figures {
    /// A figure with the bar it should stay under.
    pub fn under(&mut self, what: impl Into<String>, value: f64, unit: &'static str, bar: f64) {
        self.add(what.into(), value, unit, Some(bar));
    }

    /// A figure to be known.
    pub fn note(&mut self, what: impl Into<String>, value: f64, unit: &'static str) {
        self.add(what.into(), value, unit, None);
    }

    fn add(&mut self, what: String, value: f64, unit: &'static str, bar: Option<f64>) {
        eprintln!("· {what}: {value:.2} {unit}");
        self.0.push(Figure { what, value, unit, bar });
    }

    /// The table: figure, bar, and their ratio (1.00 is the bar).
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "{:<64} {:>14} {:>12} {:>7}",
            "what", "measured", "bar", "ratio"
        )];
        for figure in &self.0 {
            let measured = format!("{:.2} {}", figure.value, figure.unit);
            let bar = figure
                .bar
                .map_or("–".to_owned(), |bar| format!("{bar:.0} {}", figure.unit));
            let ratio = figure
                .bar
                .map_or(String::new(), |bar| format!("{:.2}", figure.value / bar));
            lines.push(format!("{:<64} {measured:>14} {bar:>12} {ratio:>7}", figure.what));
        }
        lines.join("\n")
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let figure = |figure: &Figure| {
            let ratio = figure.bar.map(|bar| figure.value / bar);
            json!({"what": figure.what, "value": figure.value, "unit": figure.unit, "bar": figure.bar, "ratio": ratio})
        };
        Value::Array(self.0.iter().map(figure).collect())
    }
}

/// The value below which `percent` of a hundred lie.
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(index).copied().unwrap_or_default()
}
