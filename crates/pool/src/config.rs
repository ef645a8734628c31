//! The settings of a pool.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use crate::Event;

/// How large a pool may grow, how long its resources live and how long each step may take.
///
/// | field | default | bound |
/// | --- | --- | --- |
/// | `name` | `"pool"` | |
/// | `max_size` | 3 | at least 1 |
/// | `min_idle` | 0 | at most `max_size` |
/// | `max_waiters` | 1024 | at least 1 |
/// | `acquire_timeout` | 60 s | above zero |
/// | `create_timeout` | 30 s | above zero |
/// | `check_timeout` | 5 s | above zero |
/// | `recycle_timeout` | 10 s | above zero |
/// | `destroy_timeout` | 10 s | above zero |
/// | `check_after`, `check_interval` | `None` | the interval above zero |
/// | `idle_timeout`, `max_lifetime` | `None` | above zero |
/// | `lifetime_jitter` | 10 (per cent) | at most 100 |
/// | `max_uses` | `None` | at least 1 |
/// | `max_lease` | `None` | above zero |
/// | `revoke_overdue` | `false` | only with `max_lease` |
/// | `retry_creation`, `observer` | `None` | |
#[derive(Debug, Clone)]
pub struct Config {
    /// What logs and metrics call the pool.
    pub name: Cow<'static, str>,
    /// Resources alive at once, in whatever state.
    pub max_size: usize,
    /// Resources that are kept ready beyond those that waiters need, made as soon as the pool is.
    pub min_idle: usize,
    /// Callers that may wait at once, besides those for whom a resource is being made; the next one gets `QueueFull`.
    pub max_waiters: usize,
    /// The longest a caller waits for a lease.
    pub acquire_timeout: Duration,
    /// The longest making a resource may take.
    pub create_timeout: Duration,
    /// The longest checking a resource may take.
    pub check_timeout: Duration,
    /// The longest preparing a resource for its next lease may take.
    pub recycle_timeout: Duration,
    /// The longest destroying a resource may take before it is killed.
    pub destroy_timeout: Duration,
    /// A resource that was idle so long is checked before it is lent; zero checks before every lease but the first.
    pub check_after: Option<Duration>,
    /// How often idle resources are checked, one after the other, while nobody needs them.
    pub check_interval: Option<Duration>,
    /// A resource that was idle so long is ended, unless it is one of the `min_idle`.
    pub idle_timeout: Option<Duration>,
    /// A resource that lived so long is retired.
    ///
    /// Retired resources are replaced one at a time: until its turn has come, each goes on serving.
    pub max_lifetime: Option<Duration>,
    /// By how many per cent at most a lifetime is shortened at random, so that resources made together do not end together.
    pub lifetime_jitter: u8,
    /// A resource that was lent so often is retired, as for `max_lifetime`.
    pub max_uses: Option<u32>,
    /// A lease that lasts so long is overdue: a warning names where it was asked for, and an event tells of it.
    pub max_lease: Option<Duration>,
    /// Whether overdue leases are revoked: the resource is killed, and its slot serves others.
    pub revoke_overdue: bool,
    /// How a creation that failed is tried again; without it, the oldest waiter gets the error at once.
    pub retry_creation: Option<RetryCreation>,
    /// Who is told of what becomes of resources.
    pub observer: Option<Observer>,
}

/// How a creation that failed is tried again: the delay before the next try, or nothing to give up.
///
/// The function is asked after every failure with the number of failures since the last success, 1 at first, of the whole
/// pool. While the pool waits, the slot stays taken and waiters wait on, up to their own timeouts. If the function panics,
/// the creation is given up.
///
/// ```
/// use std::time::Duration;
/// use pool::RetryCreation;
///
/// let retry = RetryCreation::new(|failures| {
///     (failures < 5).then(|| Duration::from_millis(100) * 2_u32.pow(failures))
/// });
/// # let _ = retry;
/// ```
#[derive(Clone)]
pub struct RetryCreation(Arc<dyn Fn(u32) -> Option<Duration> + Send + Sync>);

/// A function that is told of every [`Event`], with nothing locked, where it happens. One that is slow delays the pool; one
/// that panics only misses the event.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Event) + Send + Sync>);

impl RetryCreation {
    /// Tries again as `delay` says.
    pub fn new(delay: impl Fn(u32) -> Option<Duration> + Send + Sync + 'static) -> Self {
        Self(Arc::new(delay))
    }

    pub(crate) fn delay(&self, failures: u32) -> Option<Duration> {
        (self.0)(failures)
    }
}

impl Observer {
    /// Tells `observer` of every event.
    pub fn new(observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observer))
    }

    pub(crate) fn tell(&self, event: &Event) {
        (self.0)(event);
    }
}

impl fmt::Debug for RetryCreation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryCreation").finish_non_exhaustive()
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: Cow::Borrowed("pool"),
            max_size: 3,
            min_idle: 0,
            max_waiters: 1024,
            acquire_timeout: Duration::from_secs(60),
            create_timeout: Duration::from_secs(30),
            check_timeout: Duration::from_secs(5),
            recycle_timeout: Duration::from_secs(10),
            destroy_timeout: Duration::from_secs(10),
            check_after: None,
            check_interval: None,
            idle_timeout: None,
            max_lifetime: None,
            lifetime_jitter: 10,
            max_uses: None,
            max_lease: None,
            revoke_overdue: false,
            retry_creation: None,
            observer: None,
        }
    }
}

impl Config {
    pub(crate) fn validate(&self) -> Result<(), InvalidConfig> {
        let at_least_1 = |field, value: usize| match value {
            0 => Err(InvalidConfig::new(field, "0", "at least 1")),
            _ => Ok(()),
        };
        at_least_1("max_size", self.max_size)?;
        at_least_1("max_waiters", self.max_waiters)?;
        at_least_1("max_uses", self.max_uses.unwrap_or(1) as usize)?;
        if self.min_idle > self.max_size {
            let value = self.min_idle.to_string();
            let bound = format!("at most `max_size`, {}", self.max_size);
            return Err(InvalidConfig::new("min_idle", value, bound));
        }
        for (field, value) in [
            ("acquire_timeout", Some(self.acquire_timeout)),
            ("create_timeout", Some(self.create_timeout)),
            ("check_timeout", Some(self.check_timeout)),
            ("recycle_timeout", Some(self.recycle_timeout)),
            ("destroy_timeout", Some(self.destroy_timeout)),
            ("check_interval", self.check_interval),
            ("idle_timeout", self.idle_timeout),
            ("max_lifetime", self.max_lifetime),
            ("max_lease", self.max_lease),
        ] {
            if value == Some(Duration::ZERO) {
                return Err(InvalidConfig::new(field, "0ns", "above zero"));
            }
        }
        if self.lifetime_jitter > 100 {
            let value = self.lifetime_jitter.to_string();
            let bound = "at most 100";
            return Err(InvalidConfig::new("lifetime_jitter", value, bound));
        }
        if self.revoke_overdue && self.max_lease.is_none() {
            let bound = "false unless `max_lease` is set";
            return Err(InvalidConfig::new("revoke_overdue", "true", bound));
        }
        Ok(())
    }

    /// How often the pool looks at the time: a twentieth of what it has to notice soonest, at least every second and at most
    /// every 5 ms; nothing if there is nothing that time would change.
    pub(crate) fn pulse(&self) -> Option<Duration> {
        let times = [
            // After no time at all, whatever the time is.
            self.check_after.filter(|after| !after.is_zero()),
            self.idle_timeout,
            self.max_lifetime,
            self.max_lease,
            // Creations ahead of demand that failed are tried again then.
            (self.min_idle > 0).then_some(Duration::from_secs(20)),
            // Worn resources that had to wait for their turn are retired then.
            self.max_uses.map(|_| Duration::from_secs(20)),
        ];
        let shortest = times.into_iter().flatten().min()?;
        Some((shortest / 20).clamp(Duration::from_millis(5), Duration::from_secs(1)))
    }
}

/// A setting of [`Config`] that no pool can work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}, but must be {bound}")]
#[non_exhaustive]
pub struct InvalidConfig {
    /// The name of the field.
    pub field: &'static str,
    /// The value it has.
    pub value: String,
    /// What the value must be.
    pub bound: Cow<'static, str>,
}

impl InvalidConfig {
    /// Refuses `value` of `field`, which must be `bound`; for settings of your own around those of a pool.
    #[must_use]
    pub fn new(
        field: &'static str,
        value: impl Into<String>,
        bound: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (value, bound) = (value.into(), bound.into());
        Self {
            field,
            value,
            bound,
        }
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
    fn every_value_out_of_bounds_is_refused_by_name() {
        type Spoil = fn(&mut Config);
        const NEVER: Option<Duration> = Some(Duration::ZERO);
        let spoils: [(&str, Spoil); 15] = [
            ("max_size", |c| c.max_size = 0),
            ("max_waiters", |c| c.max_waiters = 0),
            ("max_uses", |c| c.max_uses = Some(0)),
            ("min_idle", |c| c.min_idle = 4),
            ("acquire_timeout", |c| c.acquire_timeout = Duration::ZERO),
            ("create_timeout", |c| c.create_timeout = Duration::ZERO),
            ("check_timeout", |c| c.check_timeout = Duration::ZERO),
            ("recycle_timeout", |c| c.recycle_timeout = Duration::ZERO),
            ("destroy_timeout", |c| c.destroy_timeout = Duration::ZERO),
            ("check_interval", |c| c.check_interval = NEVER),
            ("idle_timeout", |c| c.idle_timeout = NEVER),
            ("max_lifetime", |c| c.max_lifetime = NEVER),
            ("max_lease", |c| c.max_lease = NEVER),
            ("lifetime_jitter", |c| c.lifetime_jitter = 101),
            ("revoke_overdue", |c| c.revoke_overdue = true),
        ];
        for (field, spoil) in spoils {
            let mut config = Config::default();
            spoil(&mut config);
            let error = config.validate().unwrap_err();
            assert_eq!(error.field, field);
            assert!(error.to_string().starts_with(field), "{error}");
        }
    }

    #[test]
    fn a_bound_that_is_a_setting_names_its_value() {
        let config = Config {
            min_idle: 4,
            ..Config::default()
        };
        assert_eq!(
            config.validate().unwrap_err().to_string(),
            "min_idle is 4, but must be at most `max_size`, 3"
        );
    }

    #[test]
    fn the_bounds_themselves_are_valid() {
        let config = Config {
            max_size: 1,
            min_idle: 1,
            max_waiters: 1,
            max_uses: Some(1),
            lifetime_jitter: 100,
            check_after: Some(Duration::ZERO),
            max_lease: Some(Duration::from_nanos(1)),
            revoke_overdue: true,
            ..Config::default()
        };
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn the_pulse_is_as_fine_as_what_has_to_be_noticed() {
        let pulse = |idle_timeout, max_lifetime| {
            let config = Config {
                idle_timeout,
                max_lifetime,
                ..Config::default()
            };
            config.pulse()
        };
        let second = Duration::from_secs(1);
        assert_eq!(pulse(None, None), None);
        assert_eq!(
            pulse(Some(10 * second), Some(60 * second)),
            Some(second / 2)
        );
        assert_eq!(pulse(Some(3600 * second), None), Some(second));
        assert_eq!(pulse(None, Some(second / 1000)), Some(second / 200));
        let ahead = Config {
            min_idle: 1,
            ..Config::default()
        };
        assert_eq!(ahead.pulse(), Some(second));
        let wearing = Config {
            max_uses: Some(1),
            ..Config::default()
        };
        assert_eq!(wearing.pulse(), Some(second));
        let always_checked = Config {
            check_after: Some(Duration::ZERO),
            check_interval: Some(second),
            ..Config::default()
        };
        assert_eq!(always_checked.pulse(), None);
    }

    #[test]
    fn closures_are_not_shown() {
        let config = Config {
            retry_creation: Some(RetryCreation::new(|_| None)),
            observer: Some(Observer::new(|_| ())),
            ..Config::default()
        };
        let shown = format!("{config:?}");
        assert!(
            shown.contains("RetryCreation") && shown.contains("Observer"),
            "{shown}"
        );
    }
}
