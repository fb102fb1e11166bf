//! What a person may choose as a password (NIST SP 800-63B-4, 3.1.1.2: long, of any characters, not one of those that
//! everybody thinks of, no rules of composition, no change after some time).

/// Characters at least.
const SHORTEST: usize = 10;
/// Characters at most: bounded, and longer than anybody types.
const LONGEST: usize = 128;
/// Characters that are left when what everybody thinks of is taken out.
const OWN: usize = 4;
/// Different characters at least.
const DIFFERENT: usize = 5;

/// Words that people begin with: of passwords, of this work, of what is dear. Not a list from anywhere: guessing programs
/// begin with such words, put digits behind them and write them with signs in place of letters, and all of that is
/// found by rule.
const WORDS: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "welcome",
    "admin",
    "administrator",
    "root",
    "login",
    "master",
    "default",
    "changeme",
    "change",
    "letmein",
    "test",
    "user",
    "guest",
    "hello",
    "computer",
    "internet",
    "dragon",
    "monkey",
    "sunshine",
    "iloveyou",
    "love",
    "doorstep",
    "daojiaban",
    "center",
    "window",
    "reviewer",
    "supervisor",
    "mima",
    "guanliyuan",
    "zhengwu",
    "zhengfu",
    "woaini",
    "woshi",
    "nihao",
    "zhongguo",
    "beijing",
    "shanghai",
    "chongqing",
    "china",
    "xiexie",
    "laopo",
    "laogong",
    "baobao",
    "密码",
    "管理员",
    "管理",
    "政务",
    "服务",
    "中心",
    "到家办",
    "我爱你",
    "中国",
];

/// Rows of keyboards and of the alphabet, read in both directions.
const ROWS: &[&str] = &[
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "!@#$%^&*()",
];

/// What is wrong with a password, as a code: `too_short`, `too_long`, `like_name`, `common`. `names`: of the account.
pub fn fault(password: &str, names: &[&str]) -> Option<&'static str> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some("too_short");
    }
    if length > LONGEST {
        return Some("too_long");
    }
    let plain = password.to_lowercase();
    let is_like = |name: &str| {
        let name = name.to_lowercase();
        let length = name.chars().count();
        length > 1 && plain.contains(&name) && own(&plain, &[&name]) < OWN.max(length)
    };
    if names.iter().flat_map(|name| name.split_whitespace()).any(is_like) {
        return Some("like_name");
    }
    let is_common = |text: &str| own(text, WORDS) < OWN;
    let different: std::collections::HashSet<char> = plain.chars().collect();
    // Dates, telephone and identity numbers.
    let is_number = plain.chars().all(|c| c.is_ascii_digit());
    let is_common = is_number
        || different.len() < DIFFERENT
        || repeats(&plain)
        || is_common(&plain)
        || is_common(&unsigned(&plain));
    is_common.then_some("common")
}

/// How many characters are left without these words, runs of a row, and digits at the end.
fn own(text: &str, words: &[&str]) -> usize {
    let mut left = text.to_owned();
    // The longest first: `administrator` is more than `admin`.
    let mut found: Vec<&str> = words.iter().copied().filter(|word| text.contains(word)).collect();
    found.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let is_named = !found.is_empty();
    for word in found {
        left = left.replace(word, "\n");
    }
    let rest: Vec<char> = left.chars().collect();
    let mut count = 0;
    let mut at = 0;
    while at < rest.len() {
        let run = run(&rest[at..]);
        if run >= 3 {
            at += run;
            continue;
        }
        // Behind a word everybody puts a year and a sign.
        let is_own = rest[at] != '\n' && (rest[at].is_alphabetic() || !is_named);
        count += usize::from(is_own);
        at += 1;
    }
    count
}

/// How many characters go along a row, or are the same.
fn run(text: &[char]) -> usize {
    let same = text.iter().take_while(|c| text.first() == Some(c)).count();
    let along = |row: Vec<char>| {
        let start = text.first().and_then(|first| row.iter().position(|c| c == first));
        start.map_or(0, |start| {
            text.iter().zip(&row[start..]).take_while(|(a, b)| a == b).count()
        })
    };
    let rows = ROWS.iter().flat_map(|row| {
        let forward: Vec<char> = row.chars().collect();
        let back = forward.iter().rev().copied().collect();
        [along(forward), along(back)]
    });
    rows.max().unwrap_or(0).max(same)
}

/// Whether it is one short thing again and again.
fn repeats(text: &str) -> bool {
    let all: Vec<char> = text.chars().collect();
    (1..=all.len() / 2)
        .filter(|unit| *unit <= 4)
        .any(|unit| all.iter().zip(&all[unit..]).all(|(a, b)| a == b))
}

/// With letters where people put signs that look like them.
fn unsigned(text: &str) -> String {
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_everybody_thinks_of_is_refused() {
        for (password, expected) in [
            ("short1!", "too_short"),
            ("密码密码密码", "too_short"),
            ("password123", "common"),
            ("P@ssw0rd2026!", "common"),
            ("Administrator1", "common"),
            ("qwertyuiop", "common"),
            ("1qaz2wsx3edc", "common"),
            ("poiuytrewq12", "common"),
            ("abcdefghijk", "common"),
            ("woaini1314520", "common"),
            ("iloveyou2026", "common"),
            ("19900101001122", "common"),
            ("13800000000", "common"),
            ("aaaaaaaaaaab", "common"),
            ("abc1abc1abc1", "common"),
            ("管理员密码2026年!", "common"),
            ("xiaohe.yang1", "like_name"),
            ("杨小禾杨小禾123456", "like_name"),
        ] {
            assert_eq!(
                fault(password, &["xiaohe.yang", "杨小禾"]),
                Some(expected),
                "{password}"
            );
        }
        assert_eq!(fault(&"长".repeat(129), &[]), Some("too_long"));
    }

    #[test]
    fn what_is_somebodys_own_is_taken() {
        for password in [
            "horse under seven lamps",
            "菜园里的第三棵柿子树",
            "k7vw-m2qd-x9rt",
            "wj8nq4xz2rvp",
            "Über-Brücke&Fluss",
        ] {
            assert_eq!(fault(password, &["window", "窗口 杨小禾"]), None, "{password}");
        }
    }

    #[test]
    fn a_password_that_was_made_here_would_be_taken() {
        let random = crate::world::SystemRandom;
        for _ in 0..1_000 {
            let made = crate::password::random_password(&random);
            assert_eq!(fault(&made, &["reviewer"]), None, "{made}");
        }
    }
}
