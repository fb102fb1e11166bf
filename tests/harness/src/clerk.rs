//! What a clerk does at a screen, step by step.

use serde_json::{Value, json};

use crate::picture;
use crate::screen::{Failed, Screen, list, made_on};

/// An invented ID number in an area that does not exist: born on `birth` (`19400101`), the `sequence`-th (0 to 999; odd
/// is a man), with the right check digit (GB 11643).
pub fn id_number(birth: &str, sequence: u32) -> String {
    let digits = format!("999999{birth}{:03}", sequence % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    let check = "10X98765432".chars().nth(sum as usize % 11).unwrap_or('0');
    format!("{digits}{check}")
}

/// Somebody who applies.
#[derive(Clone, Debug)]
pub struct Person {
    /// Name.
    pub name: String,
    /// ID number.
    pub id_number: String,
    /// Telephone.
    pub phone: String,
}

/// What is typed for a person beyond what every matter asks: the four matters of the catalogue by their initials.
fn typed(initials: &str, today: &str, person: &Person) -> Vec<(&'static str, String)> {
    let mut answers = vec![
        ("id_number", person.id_number.clone()),
        ("name", person.name.clone()),
        ("phone", person.phone.clone()),
        ("household_address", "3组12号".to_owned()),
        ("bank_account", "6222000000000000".to_owned()),
    ];
    let own: &[(&'static str, &str)] = match initials.get(..2).unwrap_or_default() {
        "kn" => &[
            ("disability_valid", "2099-01-01"),
            ("low_income", "yes"),
            ("needs_care", "yes"),
            ("subsidies", "living care"),
        ],
        "sy" => &[
            ("marital", "20"),
            ("marriage_date", "2020-05-20"),
            ("spouse_name", "周大柳"),
            ("spouse_id_number", "999999199001010016"),
            ("spouse_household_address", "2组"),
        ],
        _ => &[],
    };
    answers.extend(own.iter().map(|(name, value)| (*name, (*value).to_owned())));
    if initials.starts_with("kn") {
        // The certificate's number: the ID number, kind 4 (physical), grade 1.
        answers.push(("disability_number", format!("{}41", person.id_number)));
    }
    if initials.starts_with("sy") {
        answers.push(("last_period", days_before(today, 60)));
    }
    answers.push(("declaration", "yes".to_owned()));
    answers
}

/// The day `days` before `day` (`2026-03-01`).
pub fn days_before(day: &str, days: i32) -> String {
    let parsed: Result<jiff::civil::Date, _> = day.parse();
    let moved = parsed.and_then(|date| date.checked_sub(jiff::Span::new().days(days)));
    moved.map(|date| date.to_string()).unwrap_or_default()
}

/// The birth that suits a matter, so that its applicant may apply: `19400101`.
pub fn birth_for(initials: &str) -> &'static str {
    match initials.get(..2).unwrap_or_default() {
        "gl" => "19400214",
        "sy" => "19950303",
        _ => "19800101",
    }
}

/// Begins an application of the matter found by `query`.
pub async fn begin(station: &impl Screen, query: &str) -> Result<Value, Failed> {
    let found = station.call("matters", json!({"query": query, "tag": ""})).await?;
    let code = found["matters"][0]["code"]
        .as_str()
        .ok_or_else(|| Failed::new("matters", "no_matter", query))?;
    station.call("begin", json!({"matter": code})).await
}

/// Types every answer until the form asks for nothing more.
pub async fn fill(station: &impl Screen, mut view: Value, person: &Person, today: &str) -> Result<Value, Failed> {
    let initials = view["matter"]["initials"].as_str().unwrap_or_default().to_owned();
    let typed = typed(&initials, today, person);
    for (name, value) in &typed {
        if !crate::screen::question(&view, name).is_null() {
            let args = json!({"name": name, "value": value, "note": ""});
            view = station.call("answer_set", made_on(&view, args)).await?;
        }
    }
    // What else this person is asked, each question once.
    let mut tried: Vec<String> = typed.iter().map(|(name, _)| (*name).to_owned()).collect();
    while let Some(name) = open_question(&view, &tried) {
        let value = invent(crate::screen::question(&view, &name), today);
        let args = json!({"name": name, "value": value, "note": ""});
        view = station.call("answer_set", made_on(&view, args)).await?;
        tried.push(name);
    }
    if let Some(name) = view["form"]["incomplete"][0].as_str() {
        return Err(Failed::new(
            "answer_set",
            "form_incomplete",
            crate::screen::question(&view, name),
        ));
    }
    Ok(view)
}

fn open_question(view: &Value, tried: &[String]) -> Option<String> {
    let mut open = list(&view["form"]["incomplete"]).filter_map(Value::as_str);
    open.find(|name| !tried.iter().any(|done| done == name))
        .map(str::to_owned)
}

fn invent(question: &Value, today: &str) -> String {
    let choice = question["choices"][0]["name"]
        .as_str()
        .or(question["choices"][0]["value"].as_str());
    match question["kind"].as_str().unwrap_or_default() {
        "select_one" | "select_multiple" => choice.unwrap_or_default().to_owned(),
        "date" => today.to_owned(),
        "integer" | "decimal" => "1".to_owned(),
        _ => "试".to_owned(),
    }
}

/// Says that the applicant is here, photographs what is needed (`pages` pages each) and lets them sign.
pub async fn bring(station: &impl Screen, mut view: Value, pages: u32, seed: u64) -> Result<Value, Failed> {
    let id = view["id"].clone();
    let who = json!({"name": "who", "value": "applicant"});
    view = station.call("presence_set", made_on(&view, who)).await?;
    let needed = list(&view["materials"]).filter(|material| material["asked"]["required"] == true);
    let needed: Vec<Value> = needed.map(|material| material["asked"]["code"].clone()).collect();
    for (which, code) in needed.iter().enumerate() {
        for page in 0..pages {
            let picture = picture::photograph(160, 120, seed + which as u64 * 100 + u64::from(page));
            let picture = picture.map_err(|error| Failed::new("page_add", "picture", error))?;
            let page = json!({"material": code, "replaces": null});
            view = station.ask("page_add", made_on(&view, page), picture).await?;
        }
        let level = evidence(&id, code, "A");
        view = station.call("material_set", made_on(&view, level)).await?;
    }
    let signature = picture::signature(seed).map_err(|error| Failed::new("sign", "picture", error))?;
    station.ask("sign", made_on(&view, json!({})), signature).await
}

/// The arguments that set an evidence level.
pub fn evidence(id: &Value, material: &Value, level: &str) -> Value {
    json!({"id": id, "material": material, "evidence": level, "deferred_until": null, "declared": null})
}

/// A whole application, from the search for its matter to 收件.
pub async fn take(
    station: &impl Screen,
    query: &str,
    person: &Person,
    today: &str,
    seed: u64,
) -> Result<Value, Failed> {
    let view = begin(station, query).await?;
    let view = fill(station, view, person, today).await?;
    let view = bring(station, view, 1, seed).await?;
    station.call("receive", made_on(&view, json!({}))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_numbers_have_the_right_check_digit() {
        assert_eq!(id_number("19410214", 2), "999999194102140028");
        assert_eq!(id_number("19900101", 1), "999999199001010016");
        assert_eq!(id_number("19950303", 2), "999999199503030025");
    }
}
