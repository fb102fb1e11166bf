//! A scope is a division and a period: the unit of what a device holds and may write.

use std::fmt;
use std::str::FromStr;

use crate::id::IdError;

/// A 12-digit division code and a period, written `500112103201/2026`. The period `0` is for what never ends
/// (grants, the catalogue).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, minicbor::Encode)]
#[cbor(transparent)]
pub struct Scope(String);

/// By hand, so that a scope from outside is as well-formed as one made here.
impl<'b, C> minicbor::Decode<'b, C> for Scope {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str()?
            .parse()
            .map_err(|_| minicbor::decode::Error::message("not a scope"))
    }
}

impl Scope {
    /// The scope of `division` in `period`.
    pub fn new(division: &str, period: &str) -> Result<Self, IdError> {
        format!("{division}/{period}").parse()
    }

    /// The 12-digit division.
    pub fn division(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The period: a year, or `0`.
    pub fn period(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or_default()
    }

    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Scope {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (division, period) = text.split_once('/').ok_or(IdError)?;
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if division.len() == 12 && digits(division) && digits(period) && period.len() <= 8 {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError)
        }
    }
}

/// Scopes a grant covers: a division and, when the grant is limited, one period. A town code (ending in `000`)
/// covers its villages; a county code (ending in `000000`) covers its towns.
#[derive(Clone, PartialEq, Eq, Hash, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ScopePattern {
    /// 12 digits.
    #[n(0)]
    pub division: String,
    /// One period, or every period.
    #[n(1)]
    pub period: Option<String>,
}

impl ScopePattern {
    /// Whether `scope` is covered.
    pub fn covers(&self, scope: &Scope) -> bool {
        // A shorter code would be a prefix of more than it names.
        if self.division.len() != 12 {
            return false;
        }
        let stem = if let Some(county) = self.division.strip_suffix("000000") {
            county
        } else if let Some(town) = self.division.strip_suffix("000") {
            town
        } else {
            &self.division
        };
        scope.division().starts_with(stem) && self.period.as_deref().is_none_or(|p| p == scope.period())
    }
}
