//! When a browser is replaced.

use std::{fmt, time::Duration};

use pool::InvalidConfig;

/// When a browser of [`Pages`](crate::Pages) is replaced by another, although it still works.
///
/// One at a time: until its turn has come a browser goes on serving, then it gets no new page, its idle pages end, and it ends
/// with its last page. The next one's turn comes once another serves in its place, or nobody needs one.
///
/// | field | default | bound |
/// | --- | --- | --- |
/// | `leases` | 5,000 | at least 1 |
/// | `age` | 1 h | above zero |
/// | `age_jitter` | 10 (per cent) | at most 100 |
/// | `memory` | 1 GiB | above zero |
/// | `faults` | 5 | at least 1 |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retirement {
    /// After so many leases of its pages.
    pub leases: Option<u32>,
    /// After so long a life.
    pub age: Option<Duration>,
    /// By how many per cent at most that is shortened at random, so that browsers launched together do not retire together.
    pub age_jitter: u8,
    /// Once its processes hold more bytes than this together; looked at every 5 s, where it can be known. Above
    /// [`LaunchOptions::memory_limit`](crate::LaunchOptions::memory_limit) it never comes to that.
    pub memory: Option<u64>,
    /// After so many leases in a row in which a page crashed or hung.
    pub faults: Option<u32>,
}

impl Default for Retirement {
    fn default() -> Self {
        Self {
            leases: Some(5_000),
            age: Some(Duration::from_secs(3600)),
            age_jitter: 10,
            memory: Some(1 << 30),
            faults: Some(5),
        }
    }
}

impl Retirement {
    /// Browsers that are replaced only once they are broken.
    #[must_use]
    pub fn never() -> Self {
        Self {
            leases: None,
            age: None,
            age_jitter: 0,
            memory: None,
            faults: None,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidConfig> {
        let at_least_1 = |field, value: Option<u64>| match value {
            Some(0) => Err(InvalidConfig::new(field, "0", "at least 1")),
            _ => Ok(()),
        };
        at_least_1("retirement.leases", self.leases.map(u64::from))?;
        at_least_1("retirement.faults", self.faults.map(u64::from))?;
        at_least_1("retirement.memory", self.memory)?;
        if self.age == Some(Duration::ZERO) {
            return Err(InvalidConfig::new("retirement.age", "0ns", "above zero"));
        }
        if self.age_jitter > 100 {
            let value = self.age_jitter.to_string();
            let bound = "at most 100";
            return Err(InvalidConfig::new("retirement.age_jitter", value, bound));
        }
        Ok(())
    }

    /// How long a browser lives for which chance has drawn `drawn`, from 0 to 1.
    pub(crate) fn lifetime(&self, drawn: f64) -> Option<Duration> {
        let shortened = drawn * f64::from(self.age_jitter) / 100.0;
        self.age.map(|age| age.mul_f64(1.0 - shortened))
    }
}

/// Why a browser is to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Leases,
    Age,
    Memory,
    Faults,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leases => "it has served enough leases",
            Self::Age => "it has lived long enough",
            Self::Memory => "it holds too much memory",
            Self::Faults => "too many of its pages crashed or hung in a row",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_every_value_out_of_bounds_is_refused_by_name() {
        assert_eq!(Retirement::default().validate(), Ok(()));
        assert_eq!(Retirement::never().validate(), Ok(()));
        type Spoil = fn(&mut Retirement);
        let spoils: [(&str, Spoil); 5] = [
            ("leases", |r| r.leases = Some(0)),
            ("age", |r| r.age = Some(Duration::ZERO)),
            ("age_jitter", |r| r.age_jitter = 101),
            ("memory", |r| r.memory = Some(0)),
            ("faults", |r| r.faults = Some(0)),
        ];
        for (field, spoil) in spoils {
            let mut retirement = Retirement::default();
            spoil(&mut retirement);
            let error = retirement.validate().unwrap_err();
            assert_eq!(error.field, format!("retirement.{field}"));
        }
    }

    #[test]
    fn a_life_is_shortened_by_no_more_than_the_jitter() {
        let hour = Duration::from_secs(3600);
        let retirement = Retirement::default();
        assert_eq!(retirement.lifetime(0.0), Some(hour));
        assert_eq!(retirement.lifetime(1.0), Some(hour.mul_f64(0.9)));
        assert_eq!(Retirement::never().lifetime(0.5), None);
    }
}
