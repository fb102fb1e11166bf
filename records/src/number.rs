//! 办件编号: made offline, unique for ever.

/// `500112103201-20260214-A1-0007`: station, day, device code, sequence of that device on that day.
pub fn application_number(station: &str, day: &str, device_code: &str, sequence: u32) -> String {
    let day: String = day.chars().filter(char::is_ascii_digit).collect();
    format!("{station}-{day}-{device_code}-{sequence:04}")
}
