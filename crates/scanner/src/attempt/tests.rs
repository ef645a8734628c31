use browser::NetworkFault;
use mockall::Sequence;
use tokio::time::Instant;

use super::*;
use crate::fetch::MockFetcher;

fn attempts() -> Attempts {
    Attempts::new(
        Duration::ZERO,
        Backoff::default(),
        &breaker::Config::default(),
    )
    .unwrap()
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn arrived() -> Result<Document, FetchError> {
    status(200)
}

fn status(status: u16) -> Result<Document, FetchError> {
    Ok(Document {
        url: url("http://h/p"),
        status,
        retry_after: None,
        html: String::new(),
    })
}

fn refused() -> Result<Document, FetchError> {
    Err(FetchError::Network {
        fault: NetworkFault::Connect,
        detail: "refused".into(),
    })
}

type Answer = fn() -> Result<Document, FetchError>;

fn fetcher(answers: &[Answer]) -> MockFetcher {
    let mut fetcher = MockFetcher::new();
    let mut order = Sequence::new();
    for answer in answers.iter().copied() {
        fetcher
            .expect_fetch()
            .times(1)
            .in_sequence(&mut order)
            .returning(move |_| answer());
    }
    fetcher
}

async fn fetch(
    attempts: &Attempts,
    fetcher: &MockFetcher,
    at: &str,
    within: Duration,
) -> Result<Document, FetchError> {
    let url = url(at);
    let request = Request {
        url: &url,
        deadline: Instant::now() + within,
        is_enough: &|_| true,
    };
    attempts.fetch(fetcher, request).await
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn transient_failures_are_tried_three_times_one_and_two_seconds_apart() {
    let start = Instant::now();
    let fetcher = fetcher(&[refused, || status(503), arrived]);
    assert!(
        fetch(&attempts(), &fetcher, "http://h/p", HOUR)
            .await
            .is_ok()
    );
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn the_last_error_is_returned_and_final_errors_are_not_retried() {
    let error = fetch(
        &attempts(),
        &fetcher(&[refused, refused, || status(500)]),
        "http://h/p",
        HOUR,
    )
    .await;
    assert!(
        matches!(error, Err(FetchError::Status { status: 500, .. })),
        "{error:?}"
    );
    let error = fetch(&attempts(), &fetcher(&[|| status(404)]), "http://h/p", HOUR).await;
    assert!(
        matches!(error, Err(FetchError::Status { status: 404, .. })),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for_and_never_past_the_deadline() {
    let busy: Answer = || {
        let retry_after = Some("7".to_owned());
        Ok(Document {
            url: url("http://h/p"),
            status: 503,
            retry_after,
            html: String::new(),
        })
    };
    let start = Instant::now();
    assert!(
        fetch(&attempts(), &fetcher(&[busy, arrived]), "http://h/p", HOUR)
            .await
            .is_ok()
    );
    assert_eq!(start.elapsed(), Duration::from_secs(7));
    let start = Instant::now();
    let error = fetch(
        &attempts(),
        &fetcher(&[busy]),
        "http://h/p",
        Duration::from_secs(5),
    )
    .await;
    assert!(
        matches!(error, Err(FetchError::Status { status: 503, .. })),
        "{error:?}"
    );
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_dead_host_is_left_alone_after_five_failures_and_other_hosts_are_not() {
    let attempts = attempts();
    let dead = fetcher(&[refused, refused, refused]);
    assert!(
        fetch(&attempts, &dead, "http://dead/a", HOUR)
            .await
            .is_err()
    );
    let dead = fetcher(&[refused, refused]);
    let error = fetch(&attempts, &dead, "http://dead/b", HOUR).await;
    // The fifth failure opened it, so that the third attempt of this page was not made.
    assert!(
        matches!(
            error,
            Err(FetchError::BreakerOpen {
                scope: "this host",
                ..
            })
        ),
        "{error:?}"
    );
    let error = fetch(&attempts, &fetcher(&[]), "http://dead/c", HOUR).await;
    assert!(
        matches!(error, Err(FetchError::BreakerOpen { .. })),
        "{error:?}"
    );
    assert!(
        fetch(&attempts, &fetcher(&[arrived]), "http://alive/a", HOUR)
            .await
            .is_ok()
    );
    tokio::time::advance(Duration::from_secs(301)).await;
    assert!(
        fetch(&attempts, &fetcher(&[arrived]), "http://dead/a", HOUR)
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_dead_url_does_not_silence_its_host() {
    let attempts = attempts();
    for _ in 0..5 {
        let error = fetch(
            &attempts,
            &fetcher(&[|| status(404)]),
            "http://h/gone",
            HOUR,
        )
        .await;
        assert!(
            matches!(error, Err(FetchError::Status { status: 404, .. })),
            "{error:?}"
        );
    }
    let error = fetch(&attempts, &fetcher(&[]), "http://h/gone", HOUR).await;
    assert!(
        matches!(
            error,
            Err(FetchError::BreakerOpen {
                scope: "this URL",
                ..
            })
        ),
        "{error:?}"
    );
    assert!(
        fetch(&attempts, &fetcher(&[arrived]), "http://h/there", HOUR)
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_is_missing_counts_on_no_breaker() {
    let attempts = attempts();
    let none: Answer = || Err(FetchError::NoPage(Box::new(browser::AcquireError::Closed)));
    for _ in 0..20 {
        let error = fetch(&attempts, &fetcher(&[none]), "http://h/p", HOUR).await;
        assert!(matches!(error, Err(FetchError::NoPage(_))), "{error:?}");
    }
    assert!(
        fetch(&attempts, &fetcher(&[arrived]), "http://h/p", HOUR)
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_ends_costs_one_more_attempt_at_once_and_no_breaker() {
    let (attempts, start) = (attempts(), Instant::now());
    let gone: Answer = || {
        let reason = "killed".into();
        Err(FetchError::Browser(browser::CallError::Closed { reason }))
    };
    for _ in 0..10 {
        let page = fetch(&attempts, &fetcher(&[gone, arrived]), "http://h/p", HOUR).await;
        assert!(page.is_ok(), "{page:?}");
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn retry_after_is_read_as_seconds_or_as_a_date() {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let read = |value| parse_retry_after(value, now);
    assert_eq!(read(" 120 "), Some(Duration::from_secs(120)));
    assert_eq!(
        read("Thu, 01 Jan 2026 00:01:00 GMT"),
        Some(Duration::from_secs(60))
    );
    assert_eq!(read("Wed, 31 Dec 2025 00:00:00 GMT"), Some(Duration::ZERO));
    for odd in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
        assert_eq!(read(odd), None, "{odd}");
    }
}
