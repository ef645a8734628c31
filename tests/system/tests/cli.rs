//! The command line as its users and their scripts see it. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::PathBuf,
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use system::{groups_of, market::Market, processes_of, program, running_in};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

struct Fixture {
    market: Market,
    temp: tempfile::TempDir,
}

impl Fixture {
    async fn start() -> Self {
        let temp = tempfile::tempdir().unwrap();
        // Chrome runs as somebody else when we are root: the way to its profile must be open.
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o711)).unwrap();
        fs::create_dir(temp.path().join("tmp")).unwrap();
        fs::set_permissions(temp.path().join("tmp"), fs::Permissions::from_mode(0o711)).unwrap();
        Self {
            market: Market::start().await.unwrap(),
            temp,
        }
    }

    fn tmp(&self) -> PathBuf {
        self.temp.path().join("tmp")
    }

    fn db(&self) -> PathBuf {
        self.temp.path().join("scan.db")
    }

    fn marketscan(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("marketscan"));
        command
            .args(arguments)
            .env("TMPDIR", self.tmp())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// A scan of `path` on the market, which is allowed.
    fn scan(&self, path: &str, arguments: &[&str]) -> Command {
        let mut command =
            self.marketscan(&["scan", &self.market.url(path), "--host-interval", "0s"]);
        command
            .args(["--allow-host", &self.market.addr().to_string(), "--db"])
            .arg(self.db())
            .args(arguments);
        command
    }

    async fn jsonl(&self, path: &str, arguments: &[&str]) -> (Vec<Value>, Option<i32>) {
        let output = self
            .scan(path, &["--format", "jsonl"])
            .args(arguments)
            .output()
            .await
            .unwrap();
        (lines(&output), output.status.code())
    }

    fn left_behind(&self) -> (Vec<PathBuf>, Vec<u32>) {
        let files = fs::read_dir(self.tmp())
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        (files, processes_of(&self.tmp()))
    }

    async fn end(self) {
        assert_eq!(self.left_behind(), (vec![], vec![]), "left behind");
        self.market.shutdown().await;
    }
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

fn codes(outcome: &Value) -> Vec<&str> {
    outcome["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|evidence| evidence["code"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_posting_of_three_pages_is_printed_and_then_the_outcome() {
    let f = Fixture::start().await;
    for (path, fetch, by) in [
        ("/board", "http", "http"),
        ("/board", "browser", "browser"),
        ("/board", "auto", "http"),
        ("/spa", "auto", "browser"),
        ("/spa?delay_ms=200", "browser", "browser"),
    ] {
        let (lines, code) = f.jsonl(path, &["--fetch", fetch]).await;
        let (outcome, postings) = lines.split_last().unwrap();
        assert_eq!(code, Some(0), "{path} {fetch}: {outcome}");
        assert_eq!(outcome["type"], "outcome");
        assert_eq!(outcome["outcome"], "Ok", "{outcome}");
        assert_eq!(
            outcome["marketplace"].as_str(),
            Some(f.market.url(path).as_str())
        );
        assert_eq!(
            (&outcome["pages"], &outcome["postings"]),
            (&3.into(), &60.into()),
            "{path} {fetch}: {outcome}"
        );
        assert_eq!(outcome["fetched_by"], by, "{path} {fetch}");
        assert_eq!(postings.len(), 60);
        for (posting, job) in postings
            .iter()
            .zip((1..=3).flat_map(system::market::Job::on_board))
        {
            assert_eq!(posting["type"], "posting");
            assert_eq!(posting["title"].as_str(), Some(job.title.as_str()));
            assert_eq!(
                posting["url"].as_str(),
                Some(f.market.url(&job.path()).as_str())
            );
            assert_eq!(posting["id"].as_str().map(str::len), Some(32));
            assert_eq!(
                posting["budget"].is_null(),
                job.budget.is_none(),
                "{posting}"
            );
        }
    }
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_holds_every_posting() {
    let f = Fixture::start().await;
    let table = f
        .scan("/board", &["--fetch", "http"])
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(table.stdout).unwrap();
    assert!(text.ends_with("60 postings\n"), "{text}");
    assert_eq!(text.matches("/jobs/").count(), 60);
    let csv = f
        .scan("/board", &["--fetch", "http", "--format", "csv"])
        .output()
        .await
        .unwrap();
    assert!(
        String::from_utf8(csv.stdout)
            .unwrap()
            .starts_with("marketplace,id,title,")
    );
    let json = f
        .scan("/board", &["--fetch", "http", "--format", "json"])
        .output()
        .await
        .unwrap();
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["postings"].as_array().unwrap().len(), 60);
    assert_eq!(json["outcomes"][0]["outcome"], "Ok");
    let limited = f
        .jsonl("/board", &["--fetch", "http", "--max-postings", "5"])
        .await
        .0;
    assert_eq!(limited.len(), 6);
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_ends_in_its_outcome_with_its_evidence() {
    let f = Fixture::start().await;
    for fetch in ["http", "browser"] {
        for (path, outcome, code, exit) in [
            ("/fail/404", "Unreachable", "http_status", 3),
            ("/fail/500", "Unreachable", "http_status", 3),
            ("/fail/503", "Unreachable", "http_status", 3),
            ("/fail/403", "Blocked", "http_status", 3),
            ("/fail/429", "Blocked", "http_status", 3),
            ("/fail/reset", "Unreachable", "connection_reset", 3),
            ("/fail/hang", "Unreachable", "timeout", 3),
            ("/redirect-loop", "Unreachable", "redirect_loop", 3),
            ("/about", "NotABoard", "no_postings", 3),
            ("/empty", "EmptyVerified", "empty_text", 0),
            ("/board-broken", "Partial", "http_status", 3),
        ] {
            let (lines, exited) = f.jsonl(path, &["--fetch", fetch, "--deadline", "8s"]).await;
            let ended = lines.last().unwrap();
            assert_eq!(
                (ended["outcome"].as_str(), exited),
                (Some(outcome), Some(exit)),
                "{fetch} {path}: {ended}"
            );
            assert!(codes(ended).contains(&code), "{fetch} {path}: {ended}");
            assert_eq!(
                lines.len() - 1,
                usize::try_from(ended["postings"].as_u64().unwrap()).unwrap()
            );
        }
    }
    f.end().await;
}

/// In one process Chrome has one page in its life, so that another site takes another browser.
#[tokio::test(flavor = "multi_thread")]
async fn chrome_in_one_process_scans_page_after_page_and_site_after_site() {
    let f = Fixture::start().await;
    let other = Market::start().await.unwrap();
    let (url, host) = (other.url("/spa"), other.addr().to_string());
    let arguments = [
        "--fetch",
        "browser",
        "--single-process",
        "--concurrency",
        "1",
        &url,
        "--allow-host",
        &host,
    ];
    let (lines, exit) = f.jsonl("/board", &arguments).await;
    let found = lines
        .iter()
        .filter(|line| line["type"] == "posting")
        .count();
    assert_eq!((found, exit), (120, Some(0)), "{:?}", lines.last());
    let doctor = f
        .marketscan(&["doctor", "--single-process", "--db"])
        .arg(f.db())
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(doctor.stdout).unwrap();
    assert!(text.contains("without its sandbox, opens a page"), "{text}");
    other.shutdown().await;
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketplace_named_twice_is_scanned_once() {
    let f = Fixture::start().await;
    let url = f.market.url("/single?n=1");
    let (lines, exit) = f.jsonl("/single?n=1", &[&url, "--fetch", "http"]).await;
    assert_eq!(
        (lines.len(), exit, f.market.requests_to("/single")),
        (21, Some(0), 1)
    );
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn some_failed_scans_are_told_from_all() {
    let f = Fixture::start().await;
    let good = f.market.url("/single?n=1");
    let (lines, exit) = f.jsonl("/fail/404", &[&good, "--fetch", "http"]).await;
    let outcomes = lines
        .iter()
        .filter(|line| line["type"] == "outcome")
        .count();
    assert_eq!((outcomes, exit), (2, Some(2)));
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_nobody_opened_are_refused_whoever_names_them() {
    let f = Fixture::start().await;
    let other = Market::start().await.unwrap();
    for fetch in ["http", "browser", "auto"] {
        // Named by the user.
        let closed = f.marketscan(&[
            "scan",
            &other.url("/board"),
            "--fetch",
            fetch,
            "--format",
            "jsonl",
            "--db",
        ]);
        let mut closed = closed;
        let output = closed.arg(f.db()).output().await.unwrap();
        let ended = lines(&output).pop().unwrap();
        assert_eq!(
            (ended["outcome"].as_str(), output.status.code()),
            (Some("Unreachable"), Some(3)),
            "{ended}"
        );
        assert!(codes(&ended).contains(&"address_refused"), "{ended}");
        // Named by a redirect.
        let (lines, exit) = f
            .jsonl(
                &format!("/redirect?to={}", other.url("/board")),
                &["--fetch", fetch],
            )
            .await;
        let ended = lines.last().unwrap();
        assert_eq!(
            (ended["outcome"].as_str(), exit),
            (Some("Unreachable"), Some(3)),
            "{fetch}: {ended}"
        );
        assert!(
            codes(ended).contains(&"address_refused"),
            "{fetch}: {ended}"
        );
    }
    assert!(other.requests().is_empty(), "{:?}", other.requests());
    let output = f
        .marketscan(&["scan", "file:///etc/passwd", "--format", "jsonl", "--db"])
        .arg(f.db())
        .output()
        .await;
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(codes(&lines(&output)[0]), ["scheme_refused"]);
    // Opened by the user: all of them.
    let open = [
        "scan",
        &other.url("/single?n=1"),
        "--fetch",
        "http",
        "--allow-private-network",
        "--db",
    ];
    assert_eq!(
        f.marketscan(&open)
            .arg(f.db())
            .output()
            .await
            .unwrap()
            .status
            .code(),
        Some(0)
    );
    other.shutdown().await;
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_got_wrong_is_one_clear_line_and_nothing_is_written() {
    let f = Fixture::start().await;
    let corrupt = f.temp.path().join("corrupt.db");
    fs::write(
        &corrupt,
        "this is no database, whatever it is called".repeat(100),
    )
    .unwrap();
    let before = fs::read(&corrupt).unwrap();
    let corrupt_db = corrupt.display().to_string();
    let urls = f.temp.path().join("urls.txt");
    fs::write(&urls, "http://a.example/\nnonsense\n").unwrap();
    let urls = urls.display().to_string();
    let db = f.db().display().to_string();
    for (arguments, says) in [
        (
            vec!["scan", "http://a.example/", "--formt", "csv"],
            "--formt",
        ),
        (vec!["scan", "a.example"], "https://a.example"),
        (vec!["scan", "http://"], "http://"),
        (vec!["scan"], "nothing to scan"),
        (
            vec!["scan", "--urls", "/nowhere/urls.txt"],
            "/nowhere/urls.txt",
        ),
        (vec!["scan", "--urls", &urls], "line 2"),
        (
            vec!["scan", "http://a.example/", "--deadline", "soon"],
            "soon",
        ),
        (
            vec!["scan", "http://a.example/", "--max-pages", "0"],
            "at least 1",
        ),
        (
            vec!["scan", "http://a.example/", "--allow-host", "localhost"],
            "HOST:PORT",
        ),
        (
            vec!["scan", "http://a.example/", "--db", &corrupt_db],
            "corrupt.db",
        ),
        (
            vec!["scan", "http://a.example/", "--db", "/nowhere/x.db"],
            "/nowhere",
        ),
        (
            vec![
                "scan",
                "http://a.example/",
                "--fetch",
                "browser",
                "--chrome",
                "/nowhere/chrome",
            ],
            "apt-get install",
        ),
        (
            vec![
                "extract",
                "--url",
                "http://a.example/",
                "/nowhere/page.html",
            ],
            "/nowhere/page.html",
        ),
        (vec!["extract", "/nowhere/page.html"], "--url"),
        (vec!["frobnicate"], "frobnicate"),
        (vec![], "--help"),
    ] {
        let output = f
            .marketscan(&arguments)
            .env("MARKETSCAN_DB", &db)
            .output()
            .await
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert!(
            error.starts_with("error: ") && error.contains(says),
            "{arguments:?}: {error}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(fs::read(&corrupt).unwrap(), before);
    assert!(!f.db().exists());
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_chromium_is_told_the_package_and_the_command() {
    let f = Fixture::start().await;
    let mut scan = f.scan("/board", &["--fetch", "browser"]);
    let output = scan
        .env("PATH", "/nowhere")
        .env_remove("CHROME")
        .output()
        .await
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), error.lines().count()),
        (Some(1), 1),
        "{error}"
    );
    assert!(
        error.contains("apt-get install chromium-headless-shell"),
        "{error}"
    );
    // What plain HTTP can fetch needs none.
    let mut scan = f.scan("/board", &[]);
    assert_eq!(
        scan.env("PATH", "/nowhere")
            .output()
            .await
            .unwrap()
            .status
            .code(),
        Some(0)
    );
    let mut doctor = f.marketscan(&["doctor", "--db"]);
    let output = doctor
        .arg(f.db())
        .env("PATH", "/nowhere")
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("wrong chrome: ") && text.contains("apt-get install"),
        "{text}"
    );
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_finds_nothing_wrong_here() {
    let f = Fixture::start().await;
    let output = f
        .marketscan(&["doctor", "--db"])
        .arg(f.db())
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("ok    browser: ") && text.contains("without a trace"),
        "{text}"
    );
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_page_is_extracted_into_one_object() {
    let f = Fixture::start().await;
    let page = f.temp.path().join("page.html");
    fs::write(&page, "<h1>Jobs</h1><p>No jobs found.</p>").unwrap();
    let output = f
        .marketscan(&["extract", "--url", "https://a.example/jobs"])
        .arg(&page)
        .output()
        .await
        .unwrap();
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        (object["url"].as_str(), object["outcome"].as_str()),
        (Some("https://a.example/jobs"), Some("EmptyVerified"))
    );
    assert_eq!(
        (&object["postings"], &object["next_page"]),
        (&Value::Array(vec![]), &Value::Null)
    );
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_saved_page_says_relative_to_its_moment_is_counted_from_there() {
    let f = Fixture::start().await;
    let page = f.temp.path().join("page.html");
    let job = "<h1>Miller</h1><p>Location: Leeds</p><p>Posted 2 days ago</p>";
    fs::write(&page, job).unwrap();
    let extract = ["extract", "--url", "https://a.example/jobs/miller", "--now"];
    let mut saved = f.marketscan(&extract);
    saved.arg("2026-07-10T12:00:00Z").arg(&page);
    let object: Value = serde_json::from_slice(&saved.output().await.unwrap().stdout).unwrap();
    assert_eq!(object["postings"][0]["posted_at"], "2026-07-08");
    let output = f.marketscan(&extract).arg("soon").arg(&page).output().await;
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("soon") && said.contains("--now"), "{said}");
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_leaves_is_no_error() {
    let f = Fixture::start().await;
    let mut scan = f
        .scan("/board", &["--format", "jsonl", "--fetch", "http"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(scan.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).await.unwrap();
    drop(stdout);
    let output = scan.wait_with_output().await.unwrap();
    assert_eq!(output.status.signal(), None);
    assert!(
        matches!(output.status.code(), Some(0 | 2 | 3)),
        "{:?}",
        output.status
    );
    f.end().await;
}

/// A scan with a browser that is done with one marketplace and waits for a page that does not come.
async fn scan_in_the_middle(f: &Fixture) -> Child {
    let hang = f.market.url("/fail/hang");
    let arguments = [
        hang.as_str(),
        "--fetch",
        "browser",
        "--format",
        "jsonl",
        "--concurrency",
        "2",
    ];
    let mut scan = f
        .scan("/board", &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(scan.stdout.as_mut().unwrap()).lines();
    while !lines
        .next_line()
        .await
        .unwrap()
        .expect("an outcome")
        .starts_with(r#"{"type":"outcome""#)
    {}
    while f.market.requests_to("/fail/hang") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!f.left_behind().1.is_empty(), "there is no browser");
    scan
}

fn signal(scan: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(scan.id().unwrap()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_a_scan_in_time_and_leaves_nothing() {
    let f = Fixture::start().await;
    for sent in [Signal::INT, Signal::TERM, Signal::HUP] {
        let scan = scan_in_the_middle(&f).await;
        let browsers = groups_of(&f.tmp());
        signal(&scan, sent);
        let before = Instant::now();
        let output = scan.wait_with_output().await.unwrap();
        assert!(
            before.elapsed() < Duration::from_secs(3),
            "{:?}",
            before.elapsed()
        );
        assert_eq!(output.status.code(), Some(2), "{sent:?}");
        assert_eq!(
            (f.left_behind(), running_in(&browsers)),
            ((vec![], vec![]), 0)
        );
    }
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_a_scan_whose_chrome_is_frozen_in_time() {
    let f = Fixture::start().await;
    let scan = scan_in_the_middle(&f).await;
    for pid in f.left_behind().1 {
        kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::STOP).unwrap();
    }
    signal(&scan, Signal::INT);
    let before = Instant::now();
    scan.wait_with_output().await.unwrap();
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "{:?}",
        before.elapsed()
    );
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_a_scan_whose_browser_does_not_start() {
    let f = Fixture::start().await;
    let fake = f.temp.path().join("chromium");
    fs::write(&fake, "#!/bin/sh\nexec sleep 600\n").unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    let mut scan = f.scan("/board", &["--fetch", "browser", "--chrome"]);
    let scan = scan
        .arg(&fake)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while f.left_behind().1.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    signal(&scan, Signal::INT);
    let before = Instant::now();
    let output = scan.wait_with_output().await.unwrap();
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "{:?}",
        before.elapsed()
    );
    assert_eq!(output.status.code(), Some(3));
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_a_scan_that_nobody_reads_and_skips_what_has_not_begun() {
    let f = Fixture::start().await;
    let urls: String = (0..2000)
        .map(|list| f.market.url(&format!("/single?n={list}\n")))
        .collect();
    let file = f.temp.path().join("urls.txt");
    fs::write(&file, urls).unwrap();
    let mut scan = f.scan(
        "/board",
        &["--fetch", "http", "--format", "jsonl", "--urls"],
    );
    let mut scan = scan
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The pipe fills up, and the scanner waits for a reader.
    let unread = scan.stdout.take();
    let mut seen = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let requests = f.market.requests().values().sum::<u64>();
        if requests > 0 && requests == seen {
            break;
        }
        seen = requests;
    }
    signal(&scan, Signal::INT);
    let before = Instant::now();
    let output = scan.wait_with_output().await.unwrap();
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "{:?}",
        before.elapsed()
    );
    assert_eq!(output.status.code(), Some(2));
    drop(unread);
    f.end().await;
}

/// A warm page is at no address of its last task: one that differs only in its fragment is fetched like any other.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_differ_only_in_their_fragment_are_fetched_each() {
    let f = Fixture::start().await;
    let (one, other) = (
        f.market.url("/fail/404#one"),
        f.market.url("/fail/404#other"),
    );
    let (lines, _) = f
        .jsonl(
            "/fail/404",
            &[&one, &other, "--fetch", "browser", "--concurrency", "1"],
        )
        .await;
    let outcomes: Vec<_> = lines
        .iter()
        .map(|line| line["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["Unreachable"; 3]);
    assert_eq!(f.market.requests_to("/fail/404"), 3);
    f.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_scan_takes_chrome_along_and_its_profile_goes_at_the_next_start() {
    let f = Fixture::start().await;
    let mut scan = scan_in_the_middle(&f).await;
    let browsers = groups_of(&f.tmp());
    assert!(running_in(&browsers) > 5, "a browser has helpers");
    signal(&scan, Signal::KILL);
    let killed = Instant::now();
    scan.wait().await.unwrap();
    while running_in(&browsers) > 0 && killed.elapsed() < Duration::from_secs(15) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(
        killed.elapsed() < Duration::from_secs(1),
        "{:?}",
        killed.elapsed()
    );
    assert_eq!(f.left_behind().0.len(), 1, "the stale profile");
    let (lines, exit) = f.jsonl("/single?n=1", &["--fetch", "browser"]).await;
    assert_eq!((lines.len(), exit), (21, Some(0)));
    f.end().await;
}
