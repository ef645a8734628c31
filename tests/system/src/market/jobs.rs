//! The jobs: each a pure function of its number.

use serde_json::{Value, json};

use super::words::{CITIES, CLIENTS, CLOSINGS, Currency, TRADES, Trade};

/// Cards on one page.
pub const PER_PAGE: usize = 20;
/// Pages of the board.
pub const PAGES: usize = 3;

/// Jobs with a higher number carry it in their title, which keeps all titles distinct.
const LAST_ON_BOARD: u64 = (PER_PAGE * PAGES) as u64;
/// The number before the first job of `/single?n=0`; no list shares a job with the board.
const SINGLE_BASE: u64 = 100;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What a budget is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The whole job.
    Fixed,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A year.
    Year,
}

/// What a job pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The least, in whole units of the currency.
    pub min: u64,
    /// The most; equal to `min` where the job names one figure.
    pub max: u64,
    /// ISO 4217.
    pub currency: &'static str,
    /// What it is paid for.
    pub unit: Unit,
    /// As the card says it.
    pub text: String,
}

/// One job as the market publishes it: the ground truth of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number, from 1.
    pub id: u64,
    /// Distinct among all jobs. Some hold characters that HTML must escape.
    pub title: String,
    /// Who offers it.
    pub employer: &'static str,
    /// The town.
    pub city: &'static str,
    /// The country's English name.
    pub country: &'static str,
    /// Whether it may be done from anywhere; the card then says so in its location.
    pub remote: bool,
    /// `None` where the card says `Negotiable`.
    pub budget: Option<Budget>,
    /// Year, month, day.
    pub posted: (u16, u8, u8),
    /// As schema.org spells it. The cards do not say it, the detail page does.
    pub employment_type: &'static str,
    /// Plain text.
    pub description: String,
    /// In the card's order.
    pub skills: &'static [&'static str],
}

impl Job {
    /// The job with this number; 0 has none.
    pub fn nth(id: u64) -> Option<Self> {
        let index = id.checked_sub(1)?;
        let trade_index = pick(index, TRADES.len());
        let round = index / TRADES.len() as u64;
        let trade = &TRADES[trade_index];
        // 7 is prime to the number of clients, so that a trade meets them all before one comes back.
        let client = &CLIENTS[pick(
            round % CLIENTS.len() as u64 * 7 + trade_index as u64 * 5,
            CLIENTS.len(),
        )];
        let city = &CITIES[pick(index % CITIES.len() as u64 * 5 + round, CITIES.len())];
        let closing = CLOSINGS[pick(
            index % CLOSINGS.len() as u64 + round % CLOSINGS.len() as u64 * 2,
            CLOSINGS.len(),
        )];
        let reference = if id > LAST_ON_BOARD {
            format!(" (ref. {id})")
        } else {
            String::new()
        };
        Some(Self {
            id,
            title: format!("{} for {}{reference}", trade.title, client.kind),
            employer: client.name,
            city: city.name,
            country: city.country,
            remote: (index % 5 + round) % 5 < 2,
            budget: Budget::of(trade, &city.currency, round),
            posted: (2026, 6 - (index / 28 % 6) as u8, 28 - (index % 28) as u8),
            employment_type: trade.employment_type,
            description: format!("{} {} {closing}", client.introduction, trade.work),
            skills: trade.skills,
        })
    }

    /// The jobs of this page of `/board`, of `/spa` and of their like, from 1; none where there is no such page.
    pub fn on_board(page: usize) -> Vec<Self> {
        if !(1..=PAGES).contains(&page) {
            return Vec::new();
        }
        page_after(((page - 1) * PER_PAGE) as u64)
    }

    /// The jobs of `/single?n=n`.
    pub fn in_single(n: u32) -> Vec<Self> {
        page_after(SINGLE_BASE + u64::from(n) * PER_PAGE as u64)
    }

    /// Its path on the market.
    pub fn path(&self) -> String {
        format!("/jobs/{}", self.id)
    }

    /// The location as the card says it.
    pub fn location(&self) -> String {
        if self.remote {
            format!("Remote ({})", self.country)
        } else {
            format!("{}, {}", self.city, self.country)
        }
    }

    /// The budget as the card says it.
    pub fn budget_text(&self) -> &str {
        self.budget
            .as_ref()
            .map_or("Negotiable", |budget| budget.text.as_str())
    }

    /// The day it was posted, as in `2026-06-28`.
    pub fn posted_date(&self) -> String {
        let (year, month, day) = self.posted;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The day it was posted, as in `28 June 2026`.
    pub fn posted_text(&self) -> String {
        let (year, month, day) = self.posted;
        format!("{day} {} {year}", MONTHS[usize::from(month) - 1])
    }

    /// The day it ends; far off, so that no job of a fixed date ever goes stale.
    pub fn valid_through(&self) -> String {
        let (_, month, day) = self.posted;
        format!("2036-{month:02}-{day:02}")
    }

    /// As `/api/jobs` tells it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "title": self.title,
            "path": self.path(),
            "employer": self.employer,
            "location": self.location(),
            "budget": self.budget_text(),
            "posted": self.posted_date(),
            "posted_text": self.posted_text(),
            "description": self.description,
            "skills": self.skills,
        })
    }

    /// As the detail page tells it: a schema.org `JobPosting`. `url` is its own absolute address.
    pub(super) fn to_json_ld(&self, url: &str) -> Value {
        let mut posting = json!({
            "@context": "https://schema.org",
            "@type": "JobPosting",
            "title": self.title,
            "description": self.description,
            "datePosted": self.posted_date(),
            "validThrough": self.valid_through(),
            "employmentType": self.employment_type,
            "url": url,
            "identifier": { "@type": "PropertyValue", "name": self.employer, "value": self.id.to_string() },
            "hiringOrganization": { "@type": "Organization", "name": self.employer },
            "jobLocation": {
                "@type": "Place",
                "address": {
                    "@type": "PostalAddress",
                    "addressLocality": self.city,
                    "addressCountry": self.country,
                },
            },
            "skills": self.skills.join(", "),
        });
        if self.remote {
            posting["jobLocationType"] = json!("TELECOMMUTE");
        }
        if let Some(budget) = &self.budget {
            posting["baseSalary"] = json!({
                "@type": "MonetaryAmount",
                "currency": budget.currency,
                "value": budget.to_json_ld(),
            });
        }
        posting
    }
}

impl Budget {
    fn of(trade: &Trade, currency: &Currency, round: u64) -> Option<Self> {
        let (unit, low, high) = trade.pay?;
        // Later rounds pay a little more, and every third names one figure.
        let scaled = |base: u64| two_digits(base * currency.scale * (100 + 15 * (round % 5)) / 100);
        let min = scaled(low);
        let max = if (round + low).is_multiple_of(3) {
            min
        } else {
            scaled(high)
        };
        let figures = if min == max {
            currency.format(min)
        } else {
            format!("{} – {}", currency.format(min), currency.format(max))
        };
        let text = match unit {
            Unit::Fixed => format!("Fixed price: {figures}"),
            Unit::Hour => format!("{figures} / hr"),
            Unit::Day => format!("{figures} per day"),
            Unit::Year => format!("{figures} a year"),
        };
        Some(Self {
            min,
            max,
            currency: currency.code,
            unit,
            text,
        })
    }

    fn to_json_ld(&self) -> Value {
        let mut value = json!({ "@type": "QuantitativeValue" });
        if self.min == self.max {
            value["value"] = json!(self.min);
        } else {
            value["minValue"] = json!(self.min);
            value["maxValue"] = json!(self.max);
        }
        match self.unit {
            Unit::Fixed => {}
            Unit::Hour => value["unitText"] = json!("HOUR"),
            Unit::Day => value["unitText"] = json!("DAY"),
            Unit::Year => value["unitText"] = json!("YEAR"),
        }
        value
    }
}

/// The page that begins after this job.
fn page_after(id: u64) -> Vec<Job> {
    (id + 1..=id + PER_PAGE as u64)
        .filter_map(Job::nth)
        .collect()
}

fn pick(index: u64, len: usize) -> usize {
    (index % len as u64) as usize
}

/// Rounds down to two significant digits.
fn two_digits(amount: u64) -> u64 {
    let step = 10_u64.pow(amount.checked_ilog10().unwrap_or(0).saturating_sub(1));
    amount / step * step
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_board_has_sixty_distinct_jobs() {
        let jobs: Vec<Job> = (1..=PAGES).flat_map(Job::on_board).collect();
        assert_eq!(jobs.len(), 60);
        assert_eq!(
            jobs.iter()
                .map(|job| &job.title)
                .collect::<HashSet<_>>()
                .len(),
            60
        );
        assert_eq!(
            jobs.iter()
                .map(|job| &job.description)
                .collect::<HashSet<_>>()
                .len(),
            60
        );
        assert_eq!(
            jobs.iter().map(|job| job.id).collect::<Vec<_>>(),
            (1..=60).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_thousand_single_lists_share_no_title() {
        let mut titles = HashSet::new();
        for job in (0..1000).flat_map(Job::in_single) {
            assert!(titles.insert(job.title.clone()), "twice: {}", job.title);
        }
        assert_eq!(titles.len(), 20_000);
    }

    #[test]
    fn the_board_is_varied() {
        let jobs: Vec<Job> = (1..=PAGES).flat_map(Job::on_board).collect();
        let budgets: Vec<&Budget> = jobs.iter().filter_map(|job| job.budget.as_ref()).collect();
        assert!(
            budgets
                .iter()
                .map(|budget| budget.currency)
                .collect::<HashSet<_>>()
                .len()
                >= 8
        );
        for unit in [Unit::Fixed, Unit::Hour, Unit::Day, Unit::Year] {
            assert!(
                budgets.iter().any(|budget| budget.unit == unit),
                "no {unit:?}"
            );
        }
        assert!(budgets.iter().any(|budget| budget.min == budget.max));
        assert!(budgets.iter().any(|budget| budget.min < budget.max));
        assert!(budgets.len() < jobs.len());
        assert!(jobs.iter().any(|job| job.remote) && jobs.iter().any(|job| !job.remote));
        assert!(
            jobs.iter()
                .map(|job| job.city)
                .collect::<HashSet<_>>()
                .len()
                >= 12
        );
        assert!(
            jobs.iter()
                .map(|job| job.employer)
                .collect::<HashSet<_>>()
                .len()
                >= 15
        );
        assert!(
            jobs.iter()
                .map(Job::posted_date)
                .collect::<HashSet<_>>()
                .len()
                == 60
        );
        assert!(jobs.iter().any(|job| job.title.contains('<')));
        assert!(jobs.iter().any(|job| job.title.contains('&')));
    }

    #[test]
    fn a_budget_is_told_as_its_country_does() {
        let texts: Vec<String> = (1..=60)
            .filter_map(Job::nth)
            .map(|job| job.budget_text().to_owned())
            .collect();
        for sign in ["$", "€", "£", "CHF ", " zł", "¥", "₹", " SEK"] {
            assert!(
                texts.iter().any(|text| text.contains(sign)),
                "no {sign} in {texts:#?}"
            );
        }
    }

    #[test]
    fn the_highest_number_has_a_job_too() {
        assert!(Job::nth(0).is_none());
        assert_eq!(Job::nth(u64::MAX).map(|job| job.id), Some(u64::MAX));
    }

    #[test]
    fn figures_are_rounded_down_to_two_digits() {
        assert_eq!(
            [0, 7, 45, 128, 9_999].map(two_digits),
            [0, 7, 45, 120, 9_900]
        );
    }
}
