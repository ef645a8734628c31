//! What reaches the log, and that nothing is locked when it does.

use std::io::Write;
use std::sync::{Arc, Mutex};

use breaker::{Breakers, Config, ManualClock, Reason, Trip};
use tracing::subscriber::with_default;

/// A log that asks the breakers a question for every line, which would hang if they held their lock.
#[derive(Clone)]
struct Log {
    lines: Arc<Mutex<Vec<u8>>>,
    breakers: Breakers<&'static str>,
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let _ = self.breakers.snapshot();
        self.lines.lock().expect("not poisoned").write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn changes_are_logged_without_the_key_and_without_a_lock() {
    let clock = ManualClock::new();
    let config = Config {
        trip: Trip::Consecutive { count: 1 },
        capacity: 1,
        ..Config::default()
    };
    let breakers = Breakers::with_clock(config, Arc::new(clock.clone())).unwrap();
    let log = Log {
        lines: Arc::default(),
        breakers: breakers.clone(),
    };
    let lines = Arc::clone(&log.lines);
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || log.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .finish();
    with_default(subscriber, || {
        breakers.admit(&"secret").unwrap().failure();
        breakers.admit(&"other secret").unwrap().failure();
        assert_eq!(
            breakers.admit(&"secret").unwrap_err().reason,
            Reason::CoolingDown
        );
        clock.advance(config.cooldown);
        breakers.admit(&"secret").unwrap().success();
        breakers.trip(&"secret");
        breakers.reset(&"secret");
    });
    let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().map(str::trim_start).collect();
    assert_eq!(
        lines,
        [
            "INFO circuit changed state from=Closed to=Open cause=Consecutive",
            "WARN every remembered circuit is open; failures of further keys do not count",
            "INFO circuit changed state from=Open to=HalfOpen cause=CooldownPassed",
            "INFO circuit changed state from=HalfOpen to=Closed cause=ProbesSucceeded",
            "INFO circuit changed state from=Closed to=Open cause=Tripped",
            "INFO circuit changed state from=Open to=Closed cause=Reset",
        ]
    );
}
