//! When a circuit opens, how it recovers, and how many there may be.

use std::time::Duration;

use crate::{Over, Rate, Trip};

/// When a circuit opens, how it recovers, and how many keys are remembered.
///
/// | field | default | bound |
/// | --- | --- | --- |
/// | `trip` | 5 failures within 300 s | as its fields say |
/// | `cooldown` | 300 s | above zero |
/// | `cooldown_cap` | `None` | at least `cooldown` |
/// | `probes` | 1 | at least 1 |
/// | `probe_deadline` | 60 s | above zero |
/// | `capacity` | 100,000 | at least 1 |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// What opens a closed circuit.
    pub trip: Trip,
    /// How long an open circuit rejects everybody.
    pub cooldown: Duration,
    /// The longest cooldown, where it grows: it doubles each time a probe opens the circuit again, and starts afresh once
    /// the circuit has closed. `None` keeps it as it is.
    pub cooldown_cap: Option<Duration>,
    /// How many callers a half-open circuit admits at a time, and how many of them must succeed to close it.
    pub probes: u32,
    /// How long a probe keeps its place: once it is this old, another may be admitted and its own result is ignored.
    pub probe_deadline: Duration,
    /// How many keys are remembered at once; healthy ones count only where [`Trip::Rate`] has to remember their successes.
    pub capacity: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            trip: Trip::Failures {
                count: 5,
                within: Duration::from_secs(300),
            },
            cooldown: Duration::from_secs(300),
            cooldown_cap: None,
            probes: 1,
            probe_deadline: Duration::from_secs(60),
            capacity: 100_000,
        }
    }
}

/// A setting of [`Config`] that no breaker could work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}, but must be {bound}")]
#[non_exhaustive]
pub struct InvalidConfig {
    /// The name of the field.
    pub field: &'static str,
    /// The value it has.
    pub value: String,
    /// What the value must be.
    pub bound: &'static str,
}

impl Config {
    /// How long the circuit stays open once probes have opened it again this many times in a row.
    pub(crate) fn cooldown_after(&self, reopened: u32) -> Duration {
        let Some(cap) = self.cooldown_cap else {
            return self.cooldown;
        };
        let factor = 1_u32.checked_shl(reopened).unwrap_or(u32::MAX);
        self.cooldown.saturating_mul(factor).min(cap)
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidConfig> {
        self.trip.validate()?;
        above_zero("cooldown", self.cooldown)?;
        if let Some(cap) = self.cooldown_cap
            && cap < self.cooldown
        {
            let cap = format!("{cap:?}");
            return Err(InvalidConfig::new(
                "cooldown_cap",
                cap,
                "at least `cooldown`",
            ));
        }
        at_least_1("probes", u64::from(self.probes))?;
        above_zero("probe_deadline", self.probe_deadline)?;
        at_least_1("capacity", self.capacity as u64)
    }
}

impl Trip {
    fn validate(&self) -> Result<(), InvalidConfig> {
        match *self {
            Self::Failures { count, within } => {
                at_least_1("trip.count", u64::from(count))?;
                above_zero("trip.within", within)
            }
            Self::Consecutive { count } => at_least_1("trip.count", u64::from(count)),
            Self::Rate(rate) => rate.validate(),
        }
    }
}

impl Rate {
    fn validate(&self) -> Result<(), InvalidConfig> {
        at_least_1("trip.minimum", u64::from(self.minimum))?;
        match self.over {
            Over::Calls(calls) => {
                at_least_1("trip.over", u64::from(calls))?;
                if self.minimum > calls {
                    let minimum = self.minimum.to_string();
                    return Err(InvalidConfig::new(
                        "trip.minimum",
                        minimum,
                        "at most `over`",
                    ));
                }
            }
            Over::Time(time) => above_zero("trip.over", time)?,
        }
        if self.failed.is_none() && self.slow.is_none() {
            let bound = "set where `slow` is not";
            return Err(InvalidConfig::new("trip.failed", "None".into(), bound));
        }
        if let Some(percent) = self.failed {
            is_percentage("trip.failed", percent)?;
        }
        if let Some(slow) = self.slow {
            is_percentage("trip.slow.percent", slow.percent)?;
            above_zero("trip.slow.threshold", slow.threshold)?;
        }
        Ok(())
    }
}

impl InvalidConfig {
    fn new(field: &'static str, value: String, bound: &'static str) -> Self {
        Self {
            field,
            value,
            bound,
        }
    }
}

fn at_least_1(field: &'static str, count: u64) -> Result<(), InvalidConfig> {
    if count == 0 {
        return Err(InvalidConfig::new(field, "0".into(), "at least 1"));
    }
    Ok(())
}

fn above_zero(field: &'static str, time: Duration) -> Result<(), InvalidConfig> {
    if time.is_zero() {
        return Err(InvalidConfig::new(field, "0ns".into(), "above zero"));
    }
    Ok(())
}

fn is_percentage(field: &'static str, percent: u8) -> Result<(), InvalidConfig> {
    if !(1..=100).contains(&percent) {
        let percent = percent.to_string();
        return Err(InvalidConfig::new(field, percent, "from 1 to 100"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Slow;

    fn rate() -> Rate {
        Rate {
            over: Over::Calls(10),
            minimum: 5,
            failed: Some(50),
            slow: Some(Slow {
                percent: 50,
                threshold: Duration::from_secs(1),
            }),
        }
    }

    #[test]
    fn the_defaults_are_valid() {
        let config = Config::default();
        let within = Duration::from_secs(300);
        assert_eq!(config.trip, Trip::Failures { count: 5, within });
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn extremes_are_valid() {
        let max = Duration::MAX;
        let count = u32::MAX;
        let slow = Slow {
            percent: 100,
            threshold: max,
        };
        for trip in [
            Trip::Failures { count, within: max },
            Trip::Consecutive { count },
            Trip::Rate(Rate {
                over: Over::Calls(count),
                minimum: count,
                failed: Some(100),
                slow: None,
            }),
            Trip::Rate(Rate {
                over: Over::Time(max),
                minimum: count,
                failed: None,
                slow: Some(slow),
            }),
        ] {
            let extreme = Config {
                trip,
                cooldown: max,
                cooldown_cap: Some(max),
                probes: u32::MAX,
                probe_deadline: max,
                capacity: usize::MAX,
            };
            assert_eq!(extreme.validate(), Ok(()));
        }
    }

    #[test]
    fn the_error_names_the_field_the_value_and_the_bound() {
        let broken = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.validate().unwrap_err().to_string()
        };
        assert_eq!(
            broken(|c| c.probes = 0),
            "probes is 0, but must be at least 1"
        );
        assert_eq!(
            broken(|c| c.capacity = 0),
            "capacity is 0, but must be at least 1"
        );
        assert_eq!(
            broken(|c| c.cooldown = Duration::ZERO),
            "cooldown is 0ns, but must be above zero"
        );
        assert_eq!(
            broken(|c| c.cooldown_cap = Some(Duration::from_secs(299))),
            "cooldown_cap is 299s, but must be at least `cooldown`"
        );
        assert_eq!(
            broken(|c| c.probe_deadline = Duration::ZERO),
            "probe_deadline is 0ns, but must be above zero"
        );
    }

    #[test]
    fn the_error_names_the_part_of_the_policy() {
        let broken = |trip| {
            let config = Config {
                trip,
                ..Config::default()
            };
            config.validate().unwrap_err().to_string()
        };
        let within = Duration::from_secs(1);
        let zero = Duration::ZERO;
        let broken_rate = |change: fn(&mut Rate)| {
            let mut rate = rate();
            change(&mut rate);
            broken(Trip::Rate(rate))
        };
        assert_eq!(rate().validate(), Ok(()));
        for (error, expected) in [
            (
                broken(Trip::Failures { count: 0, within }),
                "trip.count is 0, but must be at least 1",
            ),
            (
                broken(Trip::Failures {
                    count: 1,
                    within: zero,
                }),
                "trip.within is 0ns, but must be above zero",
            ),
            (
                broken(Trip::Consecutive { count: 0 }),
                "trip.count is 0, but must be at least 1",
            ),
            (
                broken_rate(|r| r.minimum = 0),
                "trip.minimum is 0, but must be at least 1",
            ),
            (
                broken_rate(|r| r.minimum = 11),
                "trip.minimum is 11, but must be at most `over`",
            ),
            (
                broken_rate(|r| r.over = Over::Calls(0)),
                "trip.over is 0, but must be at least 1",
            ),
            (
                broken_rate(|r| r.over = Over::Time(Duration::ZERO)),
                "trip.over is 0ns, but must be above zero",
            ),
            (
                broken_rate(|r| r.failed = Some(0)),
                "trip.failed is 0, but must be from 1 to 100",
            ),
            (
                broken_rate(|r| r.failed = Some(101)),
                "trip.failed is 101, but must be from 1 to 100",
            ),
            (
                broken_rate(|r| (r.failed, r.slow) = (None, None)),
                "trip.failed is None, but must be set where `slow` is not",
            ),
            (
                broken_rate(|r| r.slow.as_mut().unwrap().percent = 0),
                "trip.slow.percent is 0, but must be from 1 to 100",
            ),
            (
                broken_rate(|r| r.slow.as_mut().unwrap().threshold = Duration::ZERO),
                "trip.slow.threshold is 0ns, but must be above zero",
            ),
        ] {
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn a_cooldown_without_a_cap_stays_and_one_with_a_cap_doubles_up_to_it() {
        let mut config = Config::default();
        assert_eq!(config.cooldown_after(9), config.cooldown);
        config.cooldown_cap = Some(Duration::from_secs(1000));
        let seconds = |reopened| config.cooldown_after(reopened).as_secs();
        assert_eq!(
            [0, 1, 2, 31, 32, u32::MAX].map(seconds),
            [300, 600, 1000, 1000, 1000, 1000]
        );
    }
}
