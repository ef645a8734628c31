//! One job as a page states it. Every field but the title is absent where the page is silent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// One job on a marketplace. Serialises to the schema that `marketscan extract` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Posting {
    /// 32 hex digits, the same for the same job on every run and machine.
    pub id: String,
    /// The job's title, never empty.
    pub title: String,
    /// Absolute address of the job's own page.
    pub url: Option<Url>,
    /// The whole text of the description, as plain text.
    pub description: Option<String>,
    /// Who offers the job.
    pub employer: Option<String>,
    /// Where the work is done, as the page puts it.
    pub location: Option<String>,
    /// Whether the work can be done from anywhere; absent where the page does not say.
    pub remote: Option<bool>,
    /// Full-time, contract and so on, as the page puts it.
    pub employment_type: Option<String>,
    /// What the job pays.
    pub budget: Option<Budget>,
    /// Skills the page lists for the job, in its order.
    pub skills: Vec<String>,
    /// When it was posted: an RFC 3339 date or date-time, exactly as precise as the page. A time
    /// has no offset where the page gives it no zone.
    pub posted_at: Option<String>,
    /// Until when it can be applied for, in the same form.
    pub valid_through: Option<String>,
    /// The client behind a freelance project.
    pub client: Client,
    /// How many bids the page says there are.
    pub bids: Option<u32>,
    /// For each field that has a value, the source it came from.
    pub provenance: BTreeMap<String, Provenance>,
    /// How sure the extractor is that this is a posting, from 0 to 1.
    pub confidence: f64,
}

/// What a job pays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// The least; equal to `max` for an exact amount.
    pub min: Option<f64>,
    /// The most; absent for "from".
    pub max: Option<f64>,
    /// ISO 4217 code, where the page determines it.
    pub currency: Option<String>,
    /// What one amount is paid for.
    pub unit: Option<BudgetUnit>,
    /// The text the amounts were read from.
    pub raw: String,
}

/// What one amount of a [`Budget`] is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BudgetUnit {
    /// The whole job.
    Fixed,
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// One week.
    Week,
    /// One month.
    Month,
    /// One year.
    Year,
}

/// The client behind a freelance project.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// The client's name.
    pub name: Option<String>,
    /// The client's rating, as the page scales it.
    pub rating: Option<f64>,
    /// What the client has spent, as the page counts it.
    pub spend: Option<f64>,
}

/// The source a field's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Provenance {
    /// A recipe written for the site.
    Recipe,
    /// schema.org data as JSON-LD.
    JsonLd,
    /// schema.org data as microdata.
    Microdata,
    /// schema.org data as RDFa.
    Rdfa,
    /// Data that the page's own scripts read.
    EmbeddedState,
    /// Repeated structure of the page.
    Structure,
    /// A language model.
    Llm,
}

/// What a page is read with: its text, its address, and the moment relative dates refer to.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Where the text came from; relative links resolve against it.
    pub url: &'a Url,
    /// The page's HTML.
    pub html: &'a str,
    /// The moment of the visit: "2 hours ago" is counted from here.
    pub now: Timestamp,
}

/// What a page holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// Where the page came from.
    pub url: Url,
    /// What the page turned out to be.
    pub outcome: crate::Outcome,
    /// The postings, in the order of the page.
    pub postings: Vec<Posting>,
    /// The next page of the same list.
    pub next_page: Option<Url>,
    /// Why the outcome is what it is.
    pub evidence: Vec<crate::Evidence>,
}
