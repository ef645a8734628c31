#![doc = include_str!("../README.md")]

mod bounds;
mod budget;
mod card;
mod card_facts;
mod cards;
#[cfg(test)]
mod corpus;
mod date;
mod decode;
mod detail;
mod document;
mod draft;
mod extract;
mod groups;
mod identity;
mod job_posting;
mod json_ld;
mod labels;
mod lenient_json;
mod markup;
mod money;
mod next_page;
mod open_page;
mod outcome;
mod page_address;
mod posting;
mod signals;
mod site;
mod state;
mod text;
mod verdict;

pub use decode::decode;
pub use extract::extract;
pub use outcome::{Evidence, Outcome};
pub use posting::{Budget, BudgetUnit, Client, Extraction, Page, Posting, Provenance};
pub use site::site;
