//! The callers that find out whether an open circuit may close.

use std::time::{Duration, Instant};

use crate::Config;

/// The probes of a half-open circuit: those under way and those that succeeded.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    under_way: Vec<Probe>,
    successes: u32,
}

#[derive(Debug)]
struct Probe {
    serial: u64,
    admitted: Instant,
}

impl Probe {
    /// How long it still keeps its place; zero once it has lost it.
    fn left(&self, now: Instant, config: &Config) -> Duration {
        let age = now.saturating_duration_since(self.admitted);
        config.probe_deadline.saturating_sub(age)
    }
}

impl Probes {
    /// Admits a probe, or tells how long the oldest of them keeps its place.
    pub(crate) fn admit(
        &mut self,
        serial: u64,
        now: Instant,
        config: &Config,
    ) -> Result<(), Duration> {
        self.under_way
            .retain(|probe| !probe.left(now, config).is_zero());
        // A probe that succeeded keeps its place: only as many are admitted as are needed to close.
        let taken = self.under_way.len() as u64 + u64::from(self.successes);
        if taken >= u64::from(config.probes) {
            let left = self.under_way.iter().map(|probe| probe.left(now, config));
            return Err(left.min().unwrap_or_default());
        }
        self.under_way.push(Probe {
            serial,
            admitted: now,
        });
        Ok(())
    }

    /// Ends a probe, and tells whether its result counts: not when it ended before or has lost its place.
    pub(crate) fn finish(&mut self, serial: u64, now: Instant, config: &Config) -> bool {
        let probe = self.remove(serial);
        probe.is_some_and(|probe| !probe.left(now, config).is_zero())
    }

    /// Frees the place of a probe that will have no result.
    pub(crate) fn abandon(&mut self, serial: u64) {
        self.remove(serial);
    }

    /// Counts a success, and tells whether the circuit has to close.
    pub(crate) fn succeed(&mut self, config: &Config) -> bool {
        self.successes += 1;
        self.successes >= config.probes
    }

    fn remove(&mut self, serial: u64) -> Option<Probe> {
        let mut probes = self.under_way.iter();
        let position = probes.position(|probe| probe.serial == serial)?;
        Some(self.under_way.swap_remove(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn config(probes: u32) -> Config {
        Config {
            probes,
            probe_deadline: 10 * SECOND,
            ..Config::default()
        }
    }

    #[test]
    fn a_probe_keeps_its_place_until_its_deadline() {
        let (config, start) = (config(1), Instant::now());
        let mut probes = Probes::default();
        assert_eq!(probes.admit(1, start, &config), Ok(()));
        assert_eq!(probes.admit(2, start + 9 * SECOND, &config), Err(SECOND));
        assert_eq!(probes.admit(3, start + 10 * SECOND, &config), Ok(()));
        assert!(!probes.finish(1, start + 10 * SECOND, &config));
        assert!(probes.finish(3, start + 10 * SECOND, &config));
    }

    #[test]
    fn a_late_result_does_not_count_even_where_nobody_took_the_place() {
        let (config, start) = (config(1), Instant::now());
        let mut probes = Probes::default();
        assert_eq!(probes.admit(1, start, &config), Ok(()));
        assert!(!probes.finish(1, start + 10 * SECOND, &config));
    }

    #[test]
    fn a_success_keeps_its_place_and_an_abandoned_probe_frees_it() {
        let (config, start) = (config(2), Instant::now());
        let mut probes = Probes::default();
        assert_eq!(probes.admit(1, start, &config), Ok(()));
        assert_eq!(probes.admit(2, start + SECOND, &config), Ok(()));
        assert_eq!(probes.admit(3, start + SECOND, &config), Err(9 * SECOND));
        assert!(probes.finish(1, start + SECOND, &config));
        assert!(!probes.succeed(&config));
        assert_eq!(probes.admit(3, start + SECOND, &config), Err(10 * SECOND));
        probes.abandon(2);
        assert_eq!(probes.admit(3, start + SECOND, &config), Ok(()));
        assert!(probes.finish(3, start + SECOND, &config));
        assert!(probes.succeed(&config));
    }
}
