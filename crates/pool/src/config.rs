//! The settings of a pool.

use std::time::Duration;

/// How large a pool may grow and how long each step may take.
#[derive(Debug, Clone)]
pub struct Config {
    /// Resources alive at once, in whatever state. Default 3.
    pub max_size: usize,
    /// Callers that may wait at once; the next one gets `QueueFull`. Default 1024.
    pub max_waiters: usize,
    /// The longest a caller waits for a lease. Default 60 s.
    pub acquire_timeout: Duration,
    /// The longest making a resource may take. Default 30 s.
    pub create_timeout: Duration,
    /// The longest preparing a resource for its next lease may take. Default 10 s.
    pub recycle_timeout: Duration,
    /// The longest destroying a resource may take before it is killed. Default 10 s.
    pub destroy_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_size: 3,
            max_waiters: 1024,
            acquire_timeout: Duration::from_secs(60),
            create_timeout: Duration::from_secs(30),
            recycle_timeout: Duration::from_secs(10),
            destroy_timeout: Duration::from_secs(10),
        }
    }
}

impl Config {
    pub(crate) fn validate(&self) -> Result<(), InvalidConfig> {
        let at_least_one = |field, value: usize| {
            if value == 0 {
                Err(InvalidConfig {
                    field,
                    bound: "at least 1",
                })
            } else {
                Ok(())
            }
        };
        at_least_one("max_size", self.max_size)?;
        at_least_one("max_waiters", self.max_waiters)?;
        for (field, value) in [
            ("acquire_timeout", self.acquire_timeout),
            ("create_timeout", self.create_timeout),
            ("recycle_timeout", self.recycle_timeout),
            ("destroy_timeout", self.destroy_timeout),
        ] {
            if value.is_zero() {
                return Err(InvalidConfig {
                    field,
                    bound: "longer than zero",
                });
            }
        }
        Ok(())
    }
}

/// A setting of [`Config`] that no pool can work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is 0, it must be {bound}")]
pub struct InvalidConfig {
    field: &'static str,
    bound: &'static str,
}

impl InvalidConfig {
    /// The name of the field that is out of bounds.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
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
    fn every_zero_is_refused_by_name() {
        type Zero = fn(&mut Config);
        let zeros: [(&str, Zero); 6] = [
            ("max_size", |c| c.max_size = 0),
            ("max_waiters", |c| c.max_waiters = 0),
            ("acquire_timeout", |c| c.acquire_timeout = Duration::ZERO),
            ("create_timeout", |c| c.create_timeout = Duration::ZERO),
            ("recycle_timeout", |c| c.recycle_timeout = Duration::ZERO),
            ("destroy_timeout", |c| c.destroy_timeout = Duration::ZERO),
        ];
        for (field, zero) in zeros {
            let mut config = Config::default();
            zero(&mut config);
            let error = config.validate().unwrap_err();
            assert_eq!(error.field(), field);
            assert!(error.to_string().starts_with(field), "{error}");
        }
    }
}
