use std::{sync::Arc, time::Duration};

use browser::NetworkFault;

use super::*;
use crate::{Config, Parts, Report, Scanner, fetch::MockFetcher};

const START: &str = "http://market.example/board";

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// A listing of `jobs`, and a link to the next page.
fn listing(jobs: std::ops::Range<u32>, next: Option<&str>) -> String {
    let cards: String = jobs
        .map(|job| {
            format!(
                "<article class='job-card'><h2><a href='/jobs/{job}'>Senior Rust engineer number {job}</a></h2>\
                 <p class='company'>Company {job}</p><p class='budget'>$5{job:02} fixed</p></article>"
            )
        })
        .collect();
    let next = next
        .map(|next| format!("<a rel='next' href='{next}'>Next</a>"))
        .unwrap_or_default();
    format!("<html><body><h1>Jobs</h1><main>{cards}</main>{next}</body></html>")
}

/// A fetcher whose pages are looked up by address; an address it does not know is refused.
fn site(by: FetchedBy, pages: Vec<(&'static str, u16, String)>) -> MockFetcher {
    let mut fetcher = MockFetcher::new();
    fetcher.expect_fetched_by().return_const(by);
    fetcher.expect_shutdown().return_const(());
    fetcher.expect_fetch().returning(move |request| {
        match pages.iter().find(|(at, _, _)| *at == request.url.as_str()) {
            Some((_, status, html)) => Ok(Document {
                url: request.url.clone(),
                status: *status,
                retry_after: None,
                html: html.clone(),
            }),
            None => Err(FetchError::Network {
                fault: NetworkFault::Connect,
                detail: "refused".into(),
            }),
        }
    });
    fetcher
}

fn nobody(by: FetchedBy) -> MockFetcher {
    let mut fetcher = MockFetcher::new();
    fetcher.expect_fetched_by().return_const(by);
    fetcher.expect_shutdown().return_const(());
    fetcher
}

async fn scan(config: Config, http: MockFetcher, browser: MockFetcher) -> (Report, Vec<Posting>) {
    let config = Config {
        host_interval: Duration::ZERO,
        ..config
    };
    let parts = Parts {
        http: Arc::new(http),
        browser: Arc::new(browser),
        store: None,
    };
    let scanner = Scanner::with_parts(config, parts).unwrap();
    let mut events = scanner.scan([url(START)]);
    let mut postings = Vec::new();
    let mut report = None;
    while let Some(event) = events.next().await {
        match event {
            Event::Posting { posting, .. } => postings.push(*posting),
            Event::Outcome(outcome) => report = Some(*outcome),
        }
    }
    scanner.shutdown().await;
    (report.expect("every scan ends in an outcome"), postings)
}

fn codes(report: &Report) -> Vec<&str> {
    report
        .evidence
        .iter()
        .map(|evidence| evidence.code.as_str())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn pages_are_followed_to_the_last_one_and_a_job_seen_twice_is_one_posting() {
    let http = site(
        FetchedBy::Http,
        vec![
            (START, 200, listing(1..6, Some("/board?page=2"))),
            (
                "http://market.example/board?page=2",
                200,
                listing(5..9, None),
            ),
        ],
    );
    let (report, postings) = scan(Config::default(), http, nobody(FetchedBy::Browser)).await;
    assert_eq!(
        (report.outcome, report.pages, report.postings),
        (Outcome::Ok, 2, 8)
    );
    assert_eq!(report.fetched_by, Some(FetchedBy::Http));
    assert_eq!(postings.len(), 8);
    assert!(report.evidence.is_empty(), "{:?}", report.evidence);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_needs_scripts_is_fetched_with_a_browser_and_so_are_the_next() {
    let shell = "<html><body><div id='app'></div></body></html>".to_owned();
    let http = site(FetchedBy::Http, vec![(START, 200, shell)]);
    let browser = site(
        FetchedBy::Browser,
        vec![
            (START, 200, listing(1..6, Some("/board?page=2"))),
            (
                "http://market.example/board?page=2",
                200,
                listing(6..9, None),
            ),
        ],
    );
    let (report, _) = scan(Config::default(), http, browser).await;
    assert_eq!(
        (report.outcome, report.pages, report.postings),
        (Outcome::Ok, 2, 8)
    );
    assert_eq!(report.fetched_by, Some(FetchedBy::Browser));
}

#[tokio::test(start_paused = true)]
async fn a_failed_later_page_makes_it_partial_and_loses_nothing() {
    let http = site(
        FetchedBy::Http,
        vec![(START, 200, listing(1..6, Some("/board?page=2")))],
    );
    let (report, postings) = scan(Config::default(), http, nobody(FetchedBy::Browser)).await;
    assert_eq!(
        (report.outcome, report.pages, postings.len()),
        (Outcome::Partial, 1, 5)
    );
    assert_eq!(codes(&report), ["connection_refused"]);
}

#[tokio::test(start_paused = true)]
async fn loops_and_limits_end_a_scan_and_are_told() {
    let circle = || {
        let pages = vec![
            (START, 200, listing(1..6, Some("/board?after=x"))),
            (
                "http://market.example/board?after=x",
                200,
                listing(6..11, Some("/board?after=y")),
            ),
            (
                "http://market.example/board?after=y",
                200,
                listing(11..16, Some("/board?after=x")),
            ),
        ];
        site(FetchedBy::Http, pages)
    };
    let (report, _) = scan(Config::default(), circle(), nobody(FetchedBy::Browser)).await;
    assert_eq!(
        (report.outcome, report.pages, codes(&report)),
        (Outcome::Ok, 3, vec!["page_loop"])
    );
    let config = Config {
        max_pages: 1,
        ..Config::default()
    };
    let (report, _) = scan(config, circle(), nobody(FetchedBy::Browser)).await;
    assert_eq!(
        (report.outcome, report.pages, codes(&report)),
        (Outcome::Ok, 1, vec!["max_pages"])
    );
    let config = Config {
        max_postings: 7,
        ..Config::default()
    };
    let (report, postings) = scan(config, circle(), nobody(FetchedBy::Browser)).await;
    assert_eq!(
        (report.outcome, postings.len(), codes(&report)),
        (Outcome::Ok, 7, vec!["max_postings"])
    );
}

#[tokio::test(start_paused = true)]
async fn what_no_page_brings_is_told_by_its_reason() {
    let http_only = || Config {
        fetch: FetchMode::Http,
        ..Config::default()
    };
    let page = |html: &str| vec![(START, 200, html.to_owned())];
    for (pages, outcome) in [
        (vec![], Outcome::Unreachable),
        (vec![(START, 403, String::new())], Outcome::Blocked),
        (vec![(START, 404, String::new())], Outcome::Unreachable),
        (
            page("<html><body><h1>About us</h1><p>We are a company.</p></body></html>"),
            Outcome::NotABoard,
        ),
        (
            page("<html><body><h1>Jobs</h1><p>No jobs found.</p></body></html>"),
            Outcome::EmptyVerified,
        ),
    ] {
        let (report, postings) = scan(
            http_only(),
            site(FetchedBy::Http, pages),
            nobody(FetchedBy::Browser),
        )
        .await;
        assert_eq!(
            (report.outcome, postings.len()),
            (outcome, 0),
            "{:?}",
            report.evidence
        );
        assert!(!report.evidence.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_keeps_what_was_found_before_it() {
    let mut http = MockFetcher::new();
    http.expect_fetched_by().return_const(FetchedBy::Http);
    http.expect_shutdown().return_const(());
    http.expect_fetch().returning(|request| {
        if request.url.as_str() == START {
            let html = listing(1..6, Some("/board?page=2"));
            Ok(Document {
                url: request.url.clone(),
                status: 200,
                retry_after: None,
                html,
            })
        } else {
            Err(FetchError::Timeout {
                limit: Duration::from_secs(30),
            })
        }
    });
    let config = Config {
        deadline: Duration::from_millis(1),
        fetch: FetchMode::Http,
        ..Config::default()
    };
    let (report, postings) = scan(config, http, nobody(FetchedBy::Browser)).await;
    assert_eq!((report.outcome, postings.len()), (Outcome::Partial, 5));
}

#[tokio::test(start_paused = true)]
async fn a_site_that_had_postings_and_has_none_has_changed_its_layout() {
    let http = site(
        FetchedBy::Http,
        vec![(
            START,
            200,
            "<html><body><p>New design</p></body></html>".into(),
        )],
    );
    let mut store = store::MockStore::new();
    store.expect_has_succeeded().returning(|_| Ok(true));
    store
        .expect_record_scan()
        .times(1)
        .returning(|_| Ok(store::Recorded::default()));
    let config = Config {
        fetch: FetchMode::Http,
        host_interval: Duration::ZERO,
        ..Config::default()
    };
    let parts = Parts {
        http: Arc::new(http),
        browser: Arc::new(nobody(FetchedBy::Browser)),
        store: Some(Arc::new(store)),
    };
    let scanner = Scanner::with_parts(config, parts).unwrap();
    let mut events = scanner.scan([url(START)]);
    let Some(Event::Outcome(report)) = events.next().await else {
        panic!("no outcome")
    };
    assert_eq!(report.outcome, Outcome::LayoutChanged);
    scanner.shutdown().await;
}

/// Panics on the first marketplace and serves every other one.
struct Panicking;

#[async_trait::async_trait]
impl Fetcher for Panicking {
    async fn fetch<'a>(&self, request: Request<'a>) -> Result<Document, FetchError> {
        assert_ne!(request.url.as_str(), START, "on purpose");
        Ok(Document {
            url: request.url.clone(),
            status: 200,
            retry_after: None,
            html: listing(1..4, None),
        })
    }

    fn fetched_by(&self) -> FetchedBy {
        FetchedBy::Http
    }

    async fn shutdown(&self) {}
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_panics_has_an_outcome_and_stops_nobody_else() {
    let config = Config {
        fetch: FetchMode::Http,
        host_interval: Duration::ZERO,
        ..Config::default()
    };
    let parts = Parts {
        http: Arc::new(Panicking),
        browser: Arc::new(nobody(FetchedBy::Browser)),
        store: None,
    };
    let scanner = Scanner::with_parts(config, parts).unwrap();
    let mut events = scanner.scan([url(START), url("http://other.example/")]);
    let mut outcomes = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::Outcome(report) = event {
            outcomes.push((report.marketplace.to_string(), report.outcome));
        }
    }
    outcomes.sort();
    let expected = [
        (START.to_owned(), Outcome::Unreachable),
        ("http://other.example/".to_owned(), Outcome::Ok),
    ];
    assert_eq!(outcomes, expected);
    scanner.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_plain_http_calls_empty_is_not_believed_without_a_browser() {
    let empty = "<html><body><h1>Jobs</h1><p>No jobs found.</p></body></html>";
    let http = site(FetchedBy::Http, vec![(START, 200, empty.to_owned())]);
    let mut browser = nobody(FetchedBy::Browser);
    browser
        .expect_fetch()
        .returning(|_| Err(FetchError::NoPage(Box::new(browser::AcquireError::Closed))));
    let (report, _) = scan(Config::default(), http, browser).await;
    assert_eq!(
        (report.outcome, codes(&report)),
        (Outcome::Unreachable, vec!["browser_unavailable"])
    );
    assert_eq!(report.fetched_by, Some(FetchedBy::Http));
}

#[tokio::test(start_paused = true)]
async fn a_full_harvest_asks_for_no_further_page() {
    let pages = vec![(START, 200, listing(1..6, Some("/board?after=x")))];
    let config = Config {
        max_postings: 5,
        ..Config::default()
    };
    let (report, postings) = scan(
        config,
        site(FetchedBy::Http, pages),
        nobody(FetchedBy::Browser),
    )
    .await;
    assert_eq!(
        (report.outcome, report.pages, postings.len()),
        (Outcome::Ok, 1, 5)
    );
    assert_eq!(codes(&report), ["max_postings"]);
}

/// Nobody reads and somebody waits for the end: the scan does not wait for its reader for ever.
#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_for_events_that_nobody_reads() {
    let http = site(FetchedBy::Http, vec![(START, 200, listing(1..400, None))]);
    let config = Config {
        fetch: FetchMode::Http,
        host_interval: Duration::ZERO,
        ..Config::default()
    };
    let parts = Parts {
        http: Arc::new(http),
        browser: Arc::new(nobody(FetchedBy::Browser)),
        store: None,
    };
    let scanner = Scanner::with_parts(config, parts).unwrap();
    let events = scanner.scan([url(START), url("http://unused.example/")]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    tokio::time::timeout(Duration::from_secs(5), scanner.shutdown())
        .await
        .unwrap();
    drop(events);
}

#[tokio::test]
async fn the_parts_of_a_configuration_take_their_browsers_from_any_launcher() {
    let mut launcher = browser::MockLauncher::new();
    launcher.expect_launch().returning(|| {
        Err(browser::LaunchError::NotFound {
            looked_for: "somewhere else".into(),
        })
    });
    launcher.expect_page_limit().return_const(None);
    launcher.expect_shutdown().return_const(());
    let config = Config {
        fetch: FetchMode::Browser,
        host_interval: Duration::ZERO,
        ..Config::default()
    };
    let parts = Parts::with_launcher(&config, Arc::new(launcher), None).unwrap();
    let scanner = Scanner::with_parts(config, parts).unwrap();
    let mut events = scanner.scan([url("http://192.0.2.1/board")]);
    let Some(Event::Outcome(report)) = events.next().await else {
        panic!("no outcome")
    };
    assert_eq!(codes(&report), ["browser_unavailable"]);
    assert!(
        report.evidence[0].detail.contains("somewhere else"),
        "{report:?}"
    );
    scanner.shutdown().await;
}
