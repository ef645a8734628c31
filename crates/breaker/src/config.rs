//! When a circuit opens, how it recovers, and how many there may be.

use std::time::Duration;

/// When a circuit opens, how it recovers, and how many keys are remembered.
///
/// | field | default | bound |
/// | --- | --- | --- |
/// | `failures` | 5 | at least 1 |
/// | `window` | 300 s | above zero |
/// | `cooldown` | 300 s | above zero |
/// | `probes` | 1 | at least 1 |
/// | `probe_deadline` | 60 s | above zero |
/// | `capacity` | 100,000 | at least 1 |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many failures within the window open the circuit.
    ///
    /// A failing key keeps the time of each, 16 bytes, so memory is bounded by `capacity` times this.
    pub failures: u32,
    /// How long a failure counts: it no longer does once it is this old.
    pub window: Duration,
    /// How long an open circuit rejects everybody.
    pub cooldown: Duration,
    /// How many callers a half-open circuit admits at a time, and how many of them must succeed to close it.
    pub probes: u32,
    /// How long a probe keeps its place: once it is this old, another may be admitted and its own result is ignored.
    pub probe_deadline: Duration,
    /// How many keys are remembered at once, healthy ones not counted.
    pub capacity: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            failures: 5,
            window: Duration::from_secs(300),
            cooldown: Duration::from_secs(300),
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
    pub(crate) fn validate(&self) -> Result<(), InvalidConfig> {
        const COUNT: &str = "at least 1";
        const DURATION: &str = "above zero";
        let counts = [
            ("failures", u64::from(self.failures)),
            ("probes", u64::from(self.probes)),
            ("capacity", self.capacity as u64),
        ];
        let durations = [
            ("window", self.window),
            ("cooldown", self.cooldown),
            ("probe_deadline", self.probe_deadline),
        ];
        let invalid = |field, value, bound| {
            Err(InvalidConfig {
                field,
                value,
                bound,
            })
        };
        if let Some((field, value)) = counts.into_iter().find(|&(_, count)| count == 0) {
            return invalid(field, value.to_string(), COUNT);
        }
        if let Some((field, value)) = durations.into_iter().find(|(_, time)| time.is_zero()) {
            return invalid(field, format!("{value:?}"), DURATION);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Config::default().validate(), Ok(()));
    }

    #[test]
    fn extremes_are_valid() {
        let extreme = Config {
            failures: u32::MAX,
            window: Duration::MAX,
            cooldown: Duration::MAX,
            probes: u32::MAX,
            probe_deadline: Duration::MAX,
            capacity: usize::MAX,
        };
        assert_eq!(extreme.validate(), Ok(()));
    }

    #[test]
    fn the_error_names_the_field_the_value_and_the_bound() {
        let zero = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.validate().unwrap_err().to_string()
        };
        assert_eq!(
            zero(|c| c.failures = 0),
            "failures is 0, but must be at least 1"
        );
        assert_eq!(
            zero(|c| c.probes = 0),
            "probes is 0, but must be at least 1"
        );
        assert_eq!(
            zero(|c| c.capacity = 0),
            "capacity is 0, but must be at least 1"
        );
        assert_eq!(
            zero(|c| c.window = Duration::ZERO),
            "window is 0ns, but must be above zero"
        );
        assert_eq!(
            zero(|c| c.cooldown = Duration::ZERO),
            "cooldown is 0ns, but must be above zero"
        );
        assert_eq!(
            zero(|c| c.probe_deadline = Duration::ZERO),
            "probe_deadline is 0ns, but must be above zero"
        );
    }
}
