//! PINs that are tried first by whoever guesses.

/// Fewest and most digits of a PIN that somebody chooses.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=12;

/// Whether a chosen PIN is too easy to guess: not of 6 to 12 digits, of two digits only, equal steps (123456, 246802), the
/// same part again (123123), or a day that may be a birthday. The district's own PINs are drawn by chance and not asked.
pub(crate) fn is_weak(pin: &str) -> bool {
    let digits: Vec<u8> = pin
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    digits.len() != pin.len() || !LENGTH.contains(&pin.len()) || is_pattern(&digits) || is_day(&digits)
}

fn is_pattern(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| pair.first().zip(pair.get(1)).map(|(a, b)| (10 + b - a) % 10);
    let mut steps = digits.windows(2).map(step);
    let first = steps.next();
    let few = (0..10).filter(|digit| digits.contains(digit)).count() < 3;
    let again = (2..=digits.len() / 2).any(|part| digits.chunks(part).all(|chunk| digits.starts_with(chunk)));
    few || again || steps.all(|step| Some(step) == first)
}

/// 19840503 and 05031984, 840503 and 050384, 198405: as people write days.
fn is_day(digits: &[u8]) -> bool {
    let number = |from: usize, count: usize| {
        let part = digits.get(from..from + count).unwrap_or_default();
        part.iter().fold(0, |number, digit| number * 10 + u32::from(*digit))
    };
    let year = |from| (1900..2100).contains(&number(from, 4));
    let month = |from| (1..=12).contains(&number(from, 2));
    let day = |from| (1..=31).contains(&number(from, 2));
    let either = |from| month(from) && day(from + 2) || day(from) && month(from + 2);
    match digits.len() {
        6 => month(2) && day(4) || either(0) || year(0) && month(4),
        8 => year(0) && month(4) && day(6) || either(0) && year(4),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_weak;

    #[test]
    fn what_is_guessed_first_is_weak() {
        for pin in [
            "",
            "12345",
            "1234567890123",
            "12345a",
            "１２３４５６",
            "111111",
            "121212",
            "112211",
            "123456",
            "654321",
            "890123",
            "975319",
            "246802",
            "123123",
            "12341234",
            "840503",
            "030584",
            "050384",
            "198405",
            "19840503",
            "03051984",
        ] {
            assert!(is_weak(pin), "{pin}");
        }
    }

    #[test]
    fn others_are_not() {
        for pin in ["739164", "580271", "9157260", "41785263", "739164739165", "991399"] {
            assert!(!is_weak(pin), "{pin}");
        }
    }
}
