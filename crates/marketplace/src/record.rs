//! The registry's record of one marketplace.

use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use url::Url;

use crate::identity::{self, UrlError, canonical_url};

/// A site that lists work, and what came of it so far.
///
/// Its JSON is one entry of `marketplaces.json`. Dates are local time without a zone, as that file has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marketplace {
    /// What people call it.
    pub name: String,
    /// Where its listing starts; http or https.
    #[serde(deserialize_with = "web_url")]
    pub url: Url,
    /// What kind of work it lists.
    pub category: Category,
    /// When it was registered.
    pub discovered_at: DateTime,
    /// When it was last visited.
    #[serde(default)]
    pub last_scanned: Option<DateTime>,
    /// How often it was visited.
    #[serde(default)]
    pub scan_count: u64,
    /// How many different postings it had over all visits.
    #[serde(default)]
    pub jobs_found: u64,
    /// How many bids were placed there.
    #[serde(default)]
    pub bids_placed: u64,
    /// How many of those were won.
    #[serde(default)]
    pub bids_won: u64,
    /// What was earned there, in the registry's one currency.
    #[serde(default)]
    pub total_revenue: f64,
    /// The share of bids that were won, from 0 to 1.
    #[serde(default)]
    pub success_rate: f64,
    /// Whether it is visited at all.
    #[serde(default = "yes")]
    pub is_active: bool,
    /// What [`rescore`](crate::rescore) made of it; the highest is visited first.
    #[serde(default)]
    pub priority_score: f64,
    /// Whatever else is known, kept as it is.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// What kind of work a marketplace lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Projects for freelancers. The default.
    #[default]
    Freelance,
    /// Employment from anywhere.
    Remote,
    /// Small tasks.
    Gig,
    /// Contracts with companies.
    Enterprise,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 4] = [Self::Freelance, Self::Remote, Self::Gig, Self::Enterprise];

    /// The spelling used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Freelance => "freelance",
            Self::Remote => "remote",
            Self::Gig => "gig",
            Self::Enterprise => "enterprise",
        }
    }
}

impl Marketplace {
    /// A marketplace nobody has visited yet: active, all counts zero, [`Category::Freelance`], named after its host.
    ///
    /// # Errors
    /// [`UrlError::Scheme`] unless `url` is http or https.
    pub fn new(url: Url, now: DateTime) -> Result<Self, UrlError> {
        identity::require_web(&url)?;
        Ok(Self {
            name: url.host_str().unwrap_or_default().to_owned(),
            url,
            category: Category::default(),
            discovered_at: now,
            last_scanned: None,
            scan_count: 0,
            jobs_found: 0,
            bids_placed: 0,
            bids_won: 0,
            total_revenue: 0.0,
            success_rate: 0.0,
            is_active: true,
            priority_score: 0.0,
            metadata: Map::new(),
        })
    }

    /// What identifies it: the [canonical form](canonical_url) of its address.
    ///
    /// # Errors
    /// [`UrlError::Scheme`] if `url` was set to an address that is not http or https.
    pub fn key(&self) -> Result<Url, UrlError> {
        canonical_url(&self.url)
    }
}

fn web_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let url = Url::deserialize(deserializer)?;
    identity::require_web(&url).map_err(de::Error::custom)?;
    Ok(url)
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_new_marketplace_is_named_after_its_host_and_has_no_history() {
        let now = date(2026, 3, 1).at(9, 30, 0, 0);
        let market =
            Marketplace::new(Url::parse("https://Jobs.Example:8443/list").unwrap(), now).unwrap();
        assert_eq!(market.name, "jobs.example");
        assert_eq!(market.discovered_at, now);
        assert_eq!(market.last_scanned, None);
        assert_eq!((market.scan_count, market.jobs_found), (0, 0));
        assert!(market.is_active);
    }

    #[test]
    fn only_web_addresses_make_a_marketplace() {
        let now = date(2026, 3, 1).at(9, 30, 0, 0);
        let made = Marketplace::new(Url::parse("ftp://jobs.example/").unwrap(), now);
        assert_eq!(
            made,
            Err(UrlError::Scheme {
                scheme: "ftp".into()
            })
        );

        let mut record = original();
        record["url"] = json!("file:///jobs");
        let read = serde_json::from_value::<Marketplace>(record).unwrap_err();
        assert!(read.to_string().contains("http or https"), "{read}");
    }

    #[test]
    fn the_originals_record_is_read_and_written_without_loss() {
        let market: Marketplace = serde_json::from_value(original()).unwrap();
        assert_eq!(market.category, Category::Gig);
        assert_eq!(
            market.discovered_at,
            date(2025, 1, 2).at(3, 4, 5, 678_901_000)
        );
        assert_eq!(market.last_scanned, Some(date(2025, 2, 3).at(4, 5, 6, 0)));
        assert_eq!(serde_json::to_value(&market).unwrap(), original());
    }

    #[test]
    fn a_record_of_a_marketplace_never_scanned_has_null_for_the_date() {
        let mut record = original();
        record["last_scanned"] = Value::Null;
        let market: Marketplace = serde_json::from_value(record.clone()).unwrap();
        assert_eq!(market.last_scanned, None);
        assert_eq!(serde_json::to_value(&market).unwrap(), record);
    }

    #[test]
    fn statistics_that_a_record_leaves_out_are_those_of_a_new_marketplace() {
        let record = json!({
            "name": "jobs.example", "url": "https://jobs.example/", "category": "freelance",
            "discovered_at": "2026-03-01T09:30:00",
        });
        let read: Marketplace = serde_json::from_value(record).unwrap();
        let now = date(2026, 3, 1).at(9, 30, 0, 0);
        assert_eq!(
            read,
            Marketplace::new(Url::parse("https://jobs.example/").unwrap(), now).unwrap()
        );
    }

    #[test]
    fn a_category_is_spelled_in_json_as_it_spells_itself() {
        for category in Category::ALL {
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
    }

    proptest! {
        #[test]
        fn json_round_trips_and_keeps_metadata_it_does_not_know(market in any_market()) {
            let text = serde_json::to_string(&market).unwrap();
            let read: Marketplace = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read.metadata, &market.metadata);
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
            prop_assert_eq!(read, market);
        }
    }

    fn original() -> Value {
        json!({
            "name": "Gigs", "url": "https://gigs.example/new?sort=date", "category": "gig",
            "discovered_at": "2025-01-02T03:04:05.678901", "last_scanned": "2025-02-03T04:05:06",
            "scan_count": 12, "jobs_found": 340, "bids_placed": 9, "bids_won": 2,
            "total_revenue": 410.5, "success_rate": 0.2222222222222222, "is_active": false,
            "priority_score": 36.1, "metadata": {"notes": ["a", 1, null, {"b": true}], "fee": 0.2},
        })
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            // The parser is exact only to the last bit; small quotients are.
            (-4096_i32..4096).prop_map(|n| Value::from(f64::from(n) / 16.0)),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".{0,6}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    prop_compose! {
        fn any_date()(days in 0_i64..40_000, nanos in 0_i64..86_400_000_000_000) -> DateTime {
            date(1980, 1, 1).at(0, 0, 0, 0) + jiff::SignedDuration::from_hours(24 * days)
                + jiff::SignedDuration::from_nanos(nanos)
        }
    }

    prop_compose! {
        fn any_market()(
            name in ".{0,12}",
            path in "[a-z/]{0,12}",
            category in prop::sample::select(&Category::ALL[..]),
            discovered_at in any_date(),
            last_scanned in prop::option::of(any_date()),
            counts in any::<[u64; 4]>(),
            halves in any::<[i32; 3]>(),
            is_active in any::<bool>(),
            metadata in prop::collection::vec((".{0,6}", any_json()), 0..4),
        ) -> Marketplace {
            let [scan_count, jobs_found, bids_placed, bids_won] = counts;
            let [total_revenue, success_rate, priority_score] = halves.map(|n| f64::from(n) / 2.0);
            Marketplace {
                name, category, discovered_at, last_scanned, scan_count, jobs_found, bids_placed, bids_won,
                total_revenue, success_rate, is_active, priority_score,
                url: Url::parse("https://jobs.example").unwrap().join(&format!("/x{path}")).unwrap(),
                metadata: metadata.into_iter().collect(),
            }
        }
    }
}
