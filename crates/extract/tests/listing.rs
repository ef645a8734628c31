//! A listing page as boards write it, from its text to its postings and the next page.

use extract::{BudgetUnit, Extraction, Outcome, Page, Provenance, extract};
use url::Url;

fn extract_at(url: &str, html: &str) -> Extraction {
    let url = Url::parse(url).expect("the tests' own address");
    let now = "2026-07-10T12:00:00Z"
        .parse()
        .expect("the tests' own moment");
    extract(&Page {
        url: &url,
        html,
        now,
    })
}

/// A page of `cards` job cards with all that is around them.
fn board(cards: usize, next: &str) -> String {
    let cards: String = (1..=cards)
        .map(|n| {
            format!(
                r#"<article class="job-card"><h2><a href="/job/{n}">Build crate number {n}</a></h2>
                <span class="company">Company {n}</span> <span class="location">Town {n}</span>
                <span class="budget">${n}0 - ${n}5 per hour</span>
                <time datetime="2026-07-01T08:00:00Z">nine days ago</time></article>"#
            )
        })
        .collect();
    format!(
        r#"<!doctype html><title>Jobs</title>
        <header><nav><a href="/jobs">All jobs</a> <a href="/jobs/rust">Rust jobs</a> <a href="/login">Log in</a></nav></header>
        <main>{cards}</main>
        <nav class="pager"><a href="/jobs?page=1">1</a> {next}</nav>
        <footer><ul><li><a href="/about">About our jobs</a><li><a href="/terms">Terms of all jobs</a></ul></footer>"#
    )
}

#[test]
fn every_card_is_a_posting_and_nothing_else_is() {
    let found = extract_at(
        "http://127.0.0.1:8080/jobs",
        &board(20, r#"<a rel="next" href="/jobs?page=2">Next</a>"#),
    );
    assert_eq!(found.outcome, Outcome::Ok);
    assert_eq!(found.postings.len(), 20);
    let posting = &found.postings[6];
    assert_eq!(posting.title, "Build crate number 7");
    assert_eq!(
        posting.url.as_ref().map(Url::as_str),
        Some("http://127.0.0.1:8080/job/7")
    );
    assert_eq!(posting.employer.as_deref(), Some("Company 7"));
    assert_eq!(posting.location.as_deref(), Some("Town 7"));
    assert_eq!(posting.posted_at.as_deref(), Some("2026-07-01T08:00:00Z"));
    assert_eq!(posting.description, None);
    assert_eq!(posting.remote, None);
    let budget = posting.budget.as_ref().expect("the card states one");
    assert_eq!((budget.min, budget.max), (Some(70.0), Some(75.0)));
    assert_eq!(
        (budget.currency.as_deref(), budget.unit),
        (Some("USD"), Some(BudgetUnit::Hour))
    );
    assert_eq!(budget.raw, "$70 - $75 per hour");
    assert!(
        posting
            .provenance
            .values()
            .all(|source| *source == Provenance::Structure)
    );
    assert_eq!(
        found.next_page.as_ref().map(Url::as_str),
        Some("http://127.0.0.1:8080/jobs?page=2")
    );
}

#[test]
fn the_last_page_has_no_next_one() {
    let found = extract_at("http://127.0.0.1:8080/jobs?page=3", &board(3, "<b>3</b>"));
    assert_eq!(found.postings.len(), 3);
    assert_eq!(found.next_page, None);
}

#[test]
fn a_board_without_cards_is_no_board_and_holds_no_menu() {
    let found = extract_at("http://127.0.0.1:8080/jobs", &board(0, ""));
    assert_eq!(found.outcome, Outcome::NotABoard);
    assert_eq!(found.evidence[0].code, "no_postings");
}

#[test]
fn a_board_that_says_it_is_empty_is_believed() {
    let html = board(0, "").replace("<main>", "<main><p>Sorry, no jobs found.</p>");
    let found = extract_at("http://127.0.0.1:8080/jobs", &html);
    assert_eq!(found.outcome, Outcome::EmptyVerified);
    assert_eq!(found.evidence[0].code, "empty_text");
}

#[test]
fn ids_are_the_same_on_every_run_and_for_every_way_to_the_page() {
    let one = extract_at("http://127.0.0.1:8080/jobs", &board(5, ""));
    let tracked = board(5, "").replace("/job/2", "/job/2?utm_source=list#top");
    let two = extract_at("http://127.0.0.1:8080/jobs?page=1", &tracked);
    let ids = |found: &Extraction| {
        found
            .postings
            .iter()
            .map(|posting| posting.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&one), ids(&two));
}
