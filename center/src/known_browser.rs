//! A browser in which somebody has signed in before: a signed cookie says so, for one account (OWASP, "Slow Down Online
//! Guessing Attacks with Device Cookies"). It opens nothing; whoever has it does not wait for what strangers did.

use crate::center::Center;

/// How long a browser is known: 400 days, the most that browsers keep a cookie (RFC 6265bis, 5.6.2).
pub(crate) const LIFE: u64 = 400 * 24 * 3_600;

/// Name of the cookie. Several people may use one browser, so each account has one of its own.
pub(crate) fn cookie(account: &str) -> String {
    let hash = blake3::derive_key("doorstep center known browser name", account.as_bytes());
    format!("doorstep_known_{}", hex::encode(&hash[..6]))
}

impl Center {
    /// A new value of the cookie.
    pub(crate) fn know_browser(&self, account: &str) -> String {
        let mut number = [0; 16];
        self.random.fill(&mut number);
        let number = hex::encode(number);
        let proof = self.browser_proof(account, &number);
        format!("{number}.{}", proof.to_hex())
    }

    /// The number of the browser, if this value was given out for this account.
    pub(crate) fn known_browser(&self, account: &str, value: &str) -> Option<String> {
        let (number, proof) = value.split_once('.')?;
        // Compared in time that tells nothing.
        let is_ours = blake3::Hash::from_hex(proof).ok()? == self.browser_proof(account, number);
        is_ours.then(|| number.to_owned())
    }

    fn browser_proof(&self, account: &str, number: &str) -> blake3::Hash {
        let key = blake3::derive_key("doorstep center known browser", &*self.key.seed());
        blake3::keyed_hash(&key, format!("{number}\n{account}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    #[test]
    fn a_cookie_says_so_for_one_account_and_cannot_be_made_up() {
        let (_folder, center) = crate::center::tests::new();
        let value = center.know_browser("window");
        let (number, proof) = value.split_once('.').unwrap();
        assert_eq!(center.known_browser("window", &value).as_deref(), Some(number));
        assert_eq!(center.known_browser("reviewer", &value), None);
        assert_eq!(
            center.known_browser("window", &format!("{}.{proof}", "0".repeat(32))),
            None
        );
        for nonsense in ["", ".", number, &format!("{number}."), &format!("{number}.zz")] {
            assert_eq!(center.known_browser("window", nonsense), None);
        }
    }
}
