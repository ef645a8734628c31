//! Censuses that wait, for a bounded time, until what was just ended has ended.

use std::time::{Duration, Instant};

use census::{Census, CensusError, Scope};

use super::report::{At, Row};

/// The longest wait.
const LIMIT: Duration = Duration::from_secs(15);
/// The time between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// How long counts must stay the same to count as settled where nothing says what they should be.
const STABLE: Duration = Duration::from_secs(3);

/// A census, and whether it came to what was waited for.
pub(super) struct Settled {
    pub(super) row: Row,
    pub(super) in_time: bool,
}

/// Waits until the census equals `reference`, which is what it must do. Where it cannot, because of what was leaked on purpose, it
/// is enough that it does not change any more.
pub(super) fn until_equal(
    at: At,
    scope: &Scope,
    reference: &Census,
    can: bool,
) -> Result<Settled, CensusError> {
    settle(at, scope, |census, unchanged_for| {
        census.growth_since(reference).is_zero() || !can && unchanged_for >= STABLE
    })
}

/// Waits until the census does not change any more.
pub(super) fn until_stable(at: At, scope: &Scope) -> Result<Settled, CensusError> {
    settle(at, scope, |_census, unchanged_for| unchanged_for >= STABLE)
}

fn settle(
    at: At,
    scope: &Scope,
    settled: impl Fn(&Census, Duration) -> bool,
) -> Result<Settled, CensusError> {
    let began = Instant::now();
    let mut census = Census::take(scope)?;
    let mut same_since = began;
    let in_time = loop {
        if settled(&census, same_since.elapsed()) {
            break true;
        }
        if began.elapsed() >= LIMIT {
            break false;
        }
        pause();
        let next = Census::take(scope)?;
        if !next.growth_since(&census).is_zero() {
            same_since = Instant::now();
        }
        census = next;
    };
    let settle_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let row = Row {
        at,
        census,
        settle_ms,
    };
    Ok(Settled { row, in_time })
}

/// A census is taken on a thread of its own, outside the runtime: it may block.
fn pause() {
    std::thread::park_timeout(LOOK);
}
