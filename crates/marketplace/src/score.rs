//! Which marketplace deserves the next visit.
//!
//! `(0.5·success_rate + 0.5·total_revenue/max_revenue) × recency × 100`, the formula of the scanner that marketscan
//! replaces.
//!
//! | last scanned | recency |
//! | --- | --- |
//! | less than 24 h ago, or in the future | 1.5 |
//! | 24 h to 168 h ago, both included | 1 |
//! | more than 168 h ago | 0.7 |
//! | never | 1 |
//!
//! The formula says nothing of a marketplace that was never scanned. It gets 1: there is no visit whose age could speak
//! for it or against it.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::Marketplace;

/// The highest score there is: always successful, the best earner, scanned today.
pub const MAX_SCORE: f64 = 150.0;

const FRESH: SignedDuration = SignedDuration::from_hours(24);
const STALE: SignedDuration = SignedDuration::from_hours(168);

/// The priority of `marketplace` at `now` (local time), from 0 to [`MAX_SCORE`]; higher is sooner.
///
/// `max_revenue` is the best earner's revenue in the registry; when it is 0, the revenue term is 0. Statistics out of
/// range count as the nearest value in range, and those that are not numbers as 0, so the result is always finite.
#[must_use]
pub fn score(marketplace: &Marketplace, max_revenue: f64, now: DateTime) -> f64 {
    let earned = if max_revenue > 0.0 {
        share(marketplace.total_revenue / max_revenue)
    } else {
        0.0
    };
    let recency = recency(marketplace.last_scanned, now);
    (0.5 * share(marketplace.success_rate) + 0.5 * earned) * recency * 100.0
}

/// Sets the `priority_score` of each marketplace to its [`score`] at `now` among these.
pub fn rescore(marketplaces: &mut [Marketplace], now: DateTime) {
    let max_revenue = marketplaces
        .iter()
        .map(|market| market.total_revenue)
        .filter(|revenue| revenue.is_finite())
        .fold(0.0, f64::max);
    for market in marketplaces {
        market.priority_score = score(market, max_revenue, now);
    }
}

fn recency(last_scanned: Option<DateTime>, now: DateTime) -> f64 {
    match last_scanned.map(|then| now.duration_since(then)) {
        Some(age) if age < FRESH => 1.5,
        Some(age) if age > STALE => 0.7,
        _ => 1.0,
    }
}

fn share(value: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;
    use url::Url;

    #[test]
    fn success_and_revenue_weigh_the_same() {
        assert_eq!(score(&market(1.0, 0.0), 100.0, now()), 50.0);
        assert_eq!(score(&market(0.0, 100.0), 100.0, now()), 50.0);
        assert_eq!(score(&market(0.4, 25.0), 100.0, now()), 32.5);
    }

    #[test]
    fn recency_changes_exactly_at_a_day_and_at_a_week() {
        let second = SignedDuration::from_secs(1);
        assert_eq!(scanned(FRESH - second), 150.0);
        assert_eq!(scanned(FRESH), 100.0);
        assert_eq!(scanned(STALE), 100.0);
        assert_eq!(scanned(STALE + second), 70.0);
        assert_eq!(scanned(-FRESH), 150.0);
    }

    #[test]
    fn never_scanned_is_neither_fresh_nor_stale() {
        assert_eq!(score(&market(1.0, 1.0), 1.0, now()), 100.0);
    }

    #[test]
    fn without_any_revenue_only_success_counts() {
        assert_eq!(score(&market(0.5, 0.0), 0.0, now()), 25.0);
        let mut registry = [market(1.0, 0.0), market(0.0, 0.0)];
        rescore(&mut registry, now());
        assert_eq!(registry.map(|market| market.priority_score), [50.0, 0.0]);
    }

    #[test]
    fn rescore_measures_revenue_against_the_best_earner() {
        let mut registry = [market(0.0, 50.0), market(0.0, 200.0), market(0.5, 100.0)];
        rescore(&mut registry, now());
        assert_eq!(
            registry.map(|market| market.priority_score),
            [12.5, 50.0, 50.0]
        );
    }

    #[test]
    fn a_revenue_that_is_no_number_does_not_spoil_the_others() {
        let mut registry = [
            market(0.0, f64::INFINITY),
            market(0.0, f64::NAN),
            market(0.0, 10.0),
        ];
        rescore(&mut registry, now());
        assert_eq!(
            registry.map(|market| market.priority_score),
            [50.0, 0.0, 50.0]
        );
    }

    proptest! {
        #[test]
        fn the_score_is_finite_and_within_bounds_whatever_the_statistics(
            rate in any::<f64>(), revenue in any::<f64>(), max in any::<f64>(),
            hours in prop::option::of(-1_000_i64..100_000),
        ) {
            let mut market = market(rate, revenue);
            market.last_scanned = hours.map(|hours| now() - SignedDuration::from_hours(hours));
            let score = score(&market, max, now());
            prop_assert!(score.is_finite() && (0.0..=MAX_SCORE).contains(&score), "{score}");
        }

        #[test]
        fn more_success_never_lowers_the_score(a in 0.0..1.0, b in 0.0..1.0, revenue in 0.0..100.0) {
            let [low, high] = if a < b { [a, b] } else { [b, a] };
            prop_assert!(score(&market(low, revenue), 100.0, now()) <= score(&market(high, revenue), 100.0, now()));
        }
    }

    fn scanned(ago: SignedDuration) -> f64 {
        let mut market = market(1.0, 1.0);
        market.last_scanned = Some(now() - ago);
        score(&market, 1.0, now())
    }

    fn market(success_rate: f64, total_revenue: f64) -> Marketplace {
        let url = Url::parse("https://jobs.example/").unwrap();
        Marketplace {
            success_rate,
            total_revenue,
            ..Marketplace::new(url, now()).unwrap()
        }
    }

    fn now() -> DateTime {
        date(2026, 3, 1).at(12, 0, 0, 0)
    }
}
