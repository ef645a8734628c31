//! The fixture market does what its table of routes says.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap in a fixture fails its test, as it should"
)]

use std::{
    collections::{BTreeMap, HashSet},
    io,
    net::SocketAddr,
    process::Stdio,
    time::Duration,
};

use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};
use system::market::{Job, KeepAlive, Market};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, ChildStdin, Command},
    time::timeout,
};

/// Far beyond what anything here takes, on a machine however slow.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn three_pages_of_twenty_cards_say_what_the_jobs_say() {
    let market = Market::start().await.unwrap();
    let mut titles = HashSet::new();
    for page in 1..=3 {
        let response = get(&market, &format!("/board?page={page}")).await;
        assert_eq!(response.status, 200);
        let html = response.html();
        assert_cards(&html, &Job::on_board(page));
        titles.extend(texts(&html, ".job-card .job-title"));
        for frame in [
            "header nav a",
            "footer a",
            "aside a",
            ".pager a[aria-current]",
        ] {
            assert!(!select(&html, frame).is_empty(), "no {frame}");
        }
        let next: Vec<String> = hrefs(&html, ".pager a[rel=next]");
        let expected: Vec<String> = if page < 3 {
            vec![format!("/board?page={}", page + 1)]
        } else {
            Vec::new()
        };
        assert_eq!(next, expected);
    }
    assert_eq!(titles.len(), 60);
    assert_eq!(
        get(&market, "/board").await.body,
        get(&market, "/board?page=1").await.body
    );
    assert_eq!(get(&market, "/board?page=0").await.status, 404);
    assert_eq!(get(&market, "/board?page=4").await.status, 404);
    assert_eq!(get(&market, "/board?page=x").await.status, 400);
}

#[tokio::test]
async fn every_link_and_asset_of_the_index_exists() {
    let market = Market::start().await.unwrap();
    let html = get(&market, "/").await.html();
    let mut paths = hrefs(&html, "a");
    assert!(paths.iter().any(|path| path == "/board") && paths.iter().any(|path| path == "/spa"));
    paths.extend(hrefs(&html, "link[rel=stylesheet]"));
    paths.extend(["/static/site.js", "/static/spa.js"].map(str::to_owned));
    for path in paths {
        let path = path.split('#').next().unwrap();
        assert_eq!(get(&market, path).await.status, 200, "{path}");
    }
    assert_eq!(
        get(&market, "/static/site.css")
            .await
            .header("content-type"),
        "text/css; charset=utf-8"
    );
    assert_eq!(
        get(&market, "/static/site.js").await.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        get(&market, "/robots.txt").await.text(),
        "User-agent: *\nAllow: /\n"
    );
    assert_eq!(get(&market, "/favicon.ico").await.status, 204);
    assert_eq!(get(&market, "/nowhere").await.status, 404);
}

#[tokio::test]
async fn the_client_rendered_board_has_its_jobs_in_the_api_alone() {
    let market = Market::start().await.unwrap();
    let shell = get(&market, "/spa?page=2").await;
    assert_eq!(shell.status, 200);
    assert_eq!(select(&shell.html(), "#app").len(), 1);
    assert!(select(&shell.html(), "article, a").is_empty());
    for job in Job::on_board(2) {
        assert!(!shell.text().contains(&job.title));
    }
    let api: Value = get(&market, "/api/jobs?page=2&delay_ms=1").await.json();
    assert_eq!((&api["page"], &api["pages"]), (&json!(2), &json!(3)));
    let jobs = api["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 20);
    for (told, job) in jobs.iter().zip(Job::on_board(2)) {
        assert_eq!(told["title"], json!(job.title));
        assert_eq!(told["budget"], json!(job.budget_text()));
        assert_eq!(told["skills"], json!(job.skills));
    }
    assert_eq!(get(&market, "/spa?page=4").await.status, 404);
    assert_eq!(get(&market, "/api/jobs?page=4").await.status, 404);
}

#[tokio::test]
async fn a_detail_page_carries_its_job_as_structured_data() {
    let market = Market::start().await.unwrap();
    for job in (1..=60).filter_map(Job::nth) {
        let html = get(&market, &job.path()).await.html();
        assert_eq!(texts(&html, "h1.job-title").concat(), job.title);
        let data = texts(&html, "script[type='application/ld+json']").concat();
        let data: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(data["@type"], json!("JobPosting"));
        assert_eq!(data["title"], json!(job.title));
        assert_eq!(data["description"], json!(job.description));
        assert_eq!(data["datePosted"], json!(job.posted_date()));
        assert_eq!(data["validThrough"], json!(job.valid_through()));
        assert_eq!(data["employmentType"], json!(job.employment_type));
        assert_eq!(data["hiringOrganization"]["name"], json!(job.employer));
        assert_eq!(
            data["jobLocation"]["address"]["addressLocality"],
            json!(job.city)
        );
        assert_eq!(data["url"], json!(market.url(&job.path())));
        assert_eq!(
            data["baseSalary"]["currency"].as_str(),
            job.budget.as_ref().map(|budget| budget.currency)
        );
    }
    assert_eq!(get(&market, "/jobs/0").await.status, 404);
    assert_eq!(get(&market, "/jobs/4711").await.status, 200);
}

#[tokio::test]
async fn each_single_list_has_other_jobs_and_no_pager() {
    let market = Market::start().await.unwrap();
    for n in [0, 1, 999] {
        let html = get(&market, &format!("/single?n={n}")).await.html();
        assert_cards(&html, &Job::in_single(n));
        assert!(select(&html, ".pager").is_empty());
    }
    assert!(
        get(&market, "/single?n=999")
            .await
            .text()
            .contains("(ref. 20081)")
    );
}

#[tokio::test]
async fn an_empty_board_says_so_and_prose_is_no_board() {
    let market = Market::start().await.unwrap();
    let empty = get(&market, "/empty").await;
    assert_eq!(empty.status, 200);
    assert!(empty.text().contains("No jobs found"));
    assert!(select(&empty.html(), "article").is_empty());
    let about = get(&market, "/about").await;
    assert!(select(&about.html(), "article").is_empty());
    assert!(!about.text().contains("No jobs found"));
}

#[tokio::test]
async fn a_big_listing_is_padded_exactly() {
    let market = Market::start().await.unwrap();
    let response = get(&market, "/big?kb=2000").await;
    assert_eq!(response.body.len(), 2000 * 1024);
    assert_cards(&response.html(), &Job::on_board(1));
    assert_eq!(get(&market, "/big?kb=999999999").await.status, 400);
}

#[tokio::test]
async fn a_status_failure_answers_its_status() {
    let market = Market::start().await.unwrap();
    for code in [401, 403, 404, 410, 429, 500, 502, 503] {
        let response = get(&market, &format!("/fail/{code}")).await;
        assert_eq!(response.status, code);
        let retry_after = response.headers.get("retry-after").map(String::as_str);
        assert_eq!(
            retry_after,
            matches!(code, 429 | 503).then_some("1"),
            "{code}"
        );
        assert!(select(&response.html(), "article").is_empty());
    }
    assert_eq!(
        get(&market, "/fail/503?after=7")
            .await
            .header("retry-after"),
        "7"
    );
    assert_eq!(
        get(&market, "/fail/429?after=0")
            .await
            .header("retry-after"),
        "0"
    );
    assert_eq!(get(&market, "/fail/200").await.status, 404);
}

#[tokio::test]
async fn reset_is_a_tcp_reset_without_a_byte() {
    let market = Market::start().await.unwrap();
    let (received, end) = exchange(market.addr(), "/fail/reset").await;
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert!(received.is_empty());
    assert_eq!(market.requests_to("/fail/reset"), 1);
}

#[tokio::test]
async fn a_reset_ends_a_connection_that_served_before() {
    let market = Market::start().await.unwrap();
    let mut stream = TcpStream::connect(market.addr()).await.unwrap();
    let mut received = Vec::new();
    stream
        .write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    while !received.ends_with(b"Allow: /\n") {
        assert!(stream.read_buf(&mut received).await.unwrap() > 0);
    }
    stream
        .write_all(b"GET /fail/reset HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let err = timeout(PATIENCE, stream.read_buf(&mut received))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(err.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn truncated_closes_in_order_before_the_promised_length() {
    let market = Market::start().await.unwrap();
    let (received, end) = exchange(market.addr(), "/fail/truncated").await;
    end.unwrap();
    assert_eq!(received.len(), 2048);
    let response = Response::parse(&received);
    assert_eq!(response.status, 200);
    let promised: usize = response.header("content-length").parse().unwrap();
    assert!(response.body.len() < promised);
    assert!(response.text().contains("job-card"));
}

#[tokio::test]
async fn hang_never_answers_and_ends_with_the_market() {
    let market = Market::start().await.unwrap();
    let addr = market.addr();
    let mut stream = request(addr, "/fail/hang").await;
    until(|| market.requests_to("/fail/hang") == 1).await;
    // Long enough for any other route to have answered; the request is known to have arrived.
    let mut buf = [0; 1];
    assert!(
        timeout(Duration::from_millis(200), stream.read(&mut buf))
            .await
            .is_err()
    );
    assert_eq!(market.open_connections(), 1);

    timeout(PATIENCE, market.shutdown()).await.unwrap();
    assert!(matches!(
        timeout(PATIENCE, stream.read(&mut buf)).await.unwrap(),
        Ok(0)
    ));
    assert_eq!(
        TcpStream::connect(addr).await.unwrap_err().kind(),
        io::ErrorKind::ConnectionRefused
    );
}

#[tokio::test]
async fn a_hanging_request_ends_when_its_client_leaves() {
    let market = Market::start().await.unwrap();
    let stream = request(market.addr(), "/fail/hang").await;
    until(|| market.requests_to("/fail/hang") == 1).await;
    drop(stream);
    until(|| market.open_connections() == 0).await;
}

#[tokio::test]
async fn shutdown_ends_idle_stalled_and_slow_connections() {
    let market = Market::start().await.unwrap();
    let idle = TcpStream::connect(market.addr()).await.unwrap();
    // Nobody reads this: it is more than the socket buffers hold.
    let stalled = request(market.addr(), "/big?kb=65536").await;
    let slow = request(market.addr(), "/fail/slow?ms=3600000").await;
    // Behind a hanging request in the same stream, hyper does not read on.
    let mut pipelined = request(market.addr(), "/fail/hang").await;
    pipelined
        .write_all(b"GET /board HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    until(|| market.requests().values().sum::<u64>() == 3 && market.open_connections() == 4).await;
    timeout(PATIENCE, market.shutdown()).await.unwrap();
    drop((idle, stalled, slow, pipelined));
}

#[tokio::test]
async fn dropping_the_market_stops_it() {
    let market = Market::start().await.unwrap();
    let addr = market.addr();
    let mut stream = request(addr, "/fail/hang").await;
    until(|| market.requests_to("/fail/hang") == 1).await;
    drop(market);
    assert!(matches!(
        timeout(PATIENCE, stream.read(&mut [0; 1])).await.unwrap(),
        Ok(0)
    ));
    // The accept loop is aborted at once, its socket is closed when the runtime gets to it.
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn slow_answers_late_but_well() {
    let market = Market::start().await.unwrap();
    let began = tokio::time::Instant::now();
    let response = get(&market, "/fail/slow?ms=120").await;
    assert!(began.elapsed() >= Duration::from_millis(120));
    assert_cards(&response.html(), &Job::on_board(1));
    let began = tokio::time::Instant::now();
    get(&market, "/api/jobs?delay_ms=120").await;
    assert!(began.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn flaky_fails_as_often_as_asked_for_each_key() {
    let market = Market::start().await.unwrap();
    for key in ["a", "b"] {
        let path = format!("/fail/flaky?key={key}&fails=2");
        assert_eq!(get(&market, &path).await.status, 500);
        assert_eq!(get(&market, &path).await.status, 500);
        assert_cards(&get(&market, &path).await.html(), &Job::on_board(1));
    }
    assert_eq!(market.requests_to("/fail/flaky"), 6);
}

#[tokio::test]
async fn the_broken_board_fails_on_its_second_page() {
    let market = Market::start().await.unwrap();
    let html = get(&market, "/board-broken").await.html();
    assert_cards(&html, &Job::on_board(1));
    let next = hrefs(&html, ".pager a[rel=next]");
    assert_eq!(next, ["/board-broken?page=2"]);
    assert_eq!(get(&market, &next[0]).await.status, 500);
}

#[tokio::test]
async fn redirects_lead_where_they_say() {
    let market = Market::start().await.unwrap();
    let away = get(&market, "/redirect?to=http%3A%2F%2F10.0.0.1%2Fx%3Fy%3D1").await;
    assert_eq!(
        (away.status, away.header("location")),
        (302, "http://10.0.0.1/x?y=1")
    );
    assert_eq!(get(&market, "/redirect?to=a%0Ab").await.status, 400);
    assert_eq!(get(&market, "/redirect").await.status, 400);
    assert_eq!(
        get(&market, "/redirect-loop").await.header("location"),
        "/redirect-loop"
    );

    let mut path = "/redirect-chain?n=5".to_owned();
    let mut hops = 0;
    let arrived = loop {
        let response = get(&market, &path).await;
        if response.status != 302 {
            break response;
        }
        hops += 1;
        path = response.header("location").to_owned();
    };
    assert_eq!((hops, arrived.status), (5, 200));
    assert_cards(&arrived.html(), &Job::on_board(1));
}

#[tokio::test]
async fn hostile_scripts_come_with_a_listing() {
    let market = Market::start().await.unwrap();
    for (path, script) in [
        ("/js/throws", "throw "),
        ("/js/dialog", "alert("),
        ("/js/popup", "window.open("),
        ("/js/busy", "for (;;)"),
        ("/js/crash", "held.push("),
        ("/js/greedy", "held.push("),
    ] {
        let response = get(&market, path).await;
        assert_cards(&response.html(), &Job::on_board(1));
        assert!(response.text().contains(script), "{path}");
    }
}

#[tokio::test]
async fn a_download_is_a_file_to_keep() {
    let market = Market::start().await.unwrap();
    let response = get(&market, "/download").await;
    assert_eq!(response.status, 200);
    assert_eq!(
        response.header("content-disposition"),
        "attachment; filename=jobs.bin"
    );
}

#[tokio::test]
async fn the_certificate_is_one_that_nobody_has_signed() {
    let market = Market::start().await.unwrap();
    let response = get(&market, "/fail/tls").await;
    assert_eq!(response.status, 302);
    let target: url::Url = response.header("location").parse().unwrap();
    assert_eq!(target.scheme(), "https");
    let addr = (target.host_str().unwrap(), target.port().unwrap());
    let config = rustls::ClientConfig::builder_with_provider(
        rustls::crypto::ring::default_provider().into(),
    )
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    let name = "127.0.0.1".try_into().unwrap();
    let refused = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config))
        .connect(name, TcpStream::connect(addr).await.unwrap())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("UnknownIssuer"), "{refused}");
    market.shutdown().await;
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn without_keep_alive_a_connection_ends_with_its_answer() {
    let market = Market::start_on(0, KeepAlive::Off).await.unwrap();
    let mut stream = TcpStream::connect(market.addr()).await.unwrap();
    stream
        .write_all(b"GET /about HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(
        String::from_utf8(answer)
            .unwrap()
            .contains("connection: close")
    );
}

#[tokio::test]
async fn traffic_is_counted_exactly_and_apart_for_each_market() {
    let market = Market::start().await.unwrap();
    let other = Market::start().await.unwrap();
    assert_ne!(market.addr(), other.addr());
    get(&other, "/about").await;
    for path in ["/board", "/board?page=2", "/fail/500", "/nowhere"] {
        get(&market, path).await;
    }
    until(|| market.open_connections() == 0).await;
    let idle = TcpStream::connect(market.addr()).await.unwrap();
    until(|| market.open_connections() == 1).await;

    let told = get(&market, "/requests").await.json();
    let requests = json!({ "/board": 2, "/fail/500": 1, "/nowhere": 1 });
    // The connection that asks is open, too.
    assert_eq!(
        told,
        json!({ "requests": requests, "total": 4, "open_connections": 2 })
    );
    assert_eq!(serde_json::to_value(market.requests()).unwrap(), requests);
    assert_eq!(other.requests(), BTreeMap::from([("/about".to_owned(), 1)]));

    drop(idle);
    until(|| market.open_connections() == 0).await;
}

#[tokio::test]
async fn the_binary_prints_its_address_and_ends_with_its_stdin() {
    let (mut child, stdin, addr) = spawn(&[]).await;
    let stdin = stdin.unwrap();
    let (received, end) = exchange(addr, "/board?page=3").await;
    end.unwrap();
    assert_cards(&Response::parse(&received).html(), &Job::on_board(3));
    // Not even a request that hangs holds it back.
    let hanging = request(addr, "/fail/hang").await;
    drop(stdin);
    assert!(
        timeout(PATIENCE, child.wait())
            .await
            .unwrap()
            .unwrap()
            .success()
    );
    drop(hanging);
}

#[tokio::test]
async fn the_binary_ends_on_signals_while_its_stdin_is_open() {
    for name in ["TERM", "INT"] {
        let (mut child, stdin, _addr) = spawn(&[]).await;
        send(name, &child).await;
        assert!(
            timeout(PATIENCE, child.wait())
                .await
                .unwrap()
                .unwrap()
                .success(),
            "{name}"
        );
        drop(stdin);
    }
}

#[tokio::test]
async fn the_binary_can_be_told_to_ignore_its_stdin() {
    let (mut child, stdin, addr) = spawn(&["--no-stdin"]).await;
    drop(stdin);
    // The answer came after stdin had ended, and it does not end by itself.
    assert!(exchange(addr, "/board").await.1.is_ok());
    assert!(
        timeout(Duration::from_millis(200), child.wait())
            .await
            .is_err()
    );
    send("TERM", &child).await;
    assert!(
        timeout(PATIENCE, child.wait())
            .await
            .unwrap()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    let market = Market::start().await.unwrap();
    let port = market.addr().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_market"))
        .args(["--port", &port, "--no-stdin"])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(&format!("127.0.0.1:{port}")), "{stderr}");
}

// Fixtures.

struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a whole head");
        let head = str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn html(&self) -> Html {
        Html::parse_document(&self.text())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends a GET and leaves the answer in the stream.
async fn request(addr: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// All that came back, and how the stream ended.
async fn exchange(addr: SocketAddr, path: &str) -> (Vec<u8>, io::Result<()>) {
    let mut stream = request(addr, path).await;
    let mut received = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut received))
        .await
        .unwrap();
    (received, end.map(drop))
}

async fn get(market: &Market, path: &str) -> Response {
    let (received, end) = exchange(market.addr(), path).await;
    end.unwrap();
    let response = Response::parse(&received);
    if let Some(length) = response.headers.get("content-length") {
        assert_eq!(response.body.len().to_string(), *length);
    }
    response
}

/// Waits for a fact about the market that its tasks bring about.
async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .expect("it never came to pass");
}

fn select<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    select(html, selector)
        .iter()
        .map(|element| element.text().collect())
        .collect()
}

fn hrefs(html: &Html, selector: &str) -> Vec<String> {
    select(html, selector)
        .iter()
        .filter_map(|element| element.attr("href"))
        .map(str::to_owned)
        .collect()
}

/// The page's cards are these jobs, field by field.
fn assert_cards(html: &Html, jobs: &[Job]) {
    assert_eq!(jobs.len(), 20);
    assert_eq!(select(html, "article.job-card").len(), jobs.len());
    let field = |selector: &str| texts(html, &format!("article.job-card {selector}"));
    let told = |of: fn(&Job) -> String| jobs.iter().map(of).collect::<Vec<_>>();
    assert_eq!(field("> h2.job-title > a"), told(|job| job.title.clone()));
    assert_eq!(hrefs(html, ".job-title a"), told(Job::path));
    assert_eq!(field(".company"), told(|job| job.employer.to_owned()));
    assert_eq!(field(".location"), told(Job::location));
    assert_eq!(field(".budget"), told(|job| job.budget_text().to_owned()));
    assert_eq!(field("time"), told(Job::posted_text));
    assert_eq!(field(".description"), told(|job| job.description.clone()));
    let dates: Vec<_> = select(html, "time")
        .iter()
        .filter_map(|time| time.attr("datetime"))
        .collect();
    assert_eq!(dates, told(Job::posted_date));
    let skills: Vec<&str> = jobs.iter().flat_map(|job| job.skills).copied().collect();
    assert_eq!(field("ul.skills li"), skills);
}

/// Starts the binary and reads its address.
async fn spawn(args: &[&str]) -> (Child, Option<ChildStdin>, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_market"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let stdin = child.stdin.take();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let addr: SocketAddr = line.parse().unwrap();
    assert!(addr.ip().is_loopback());
    (child, stdin, addr)
}

async fn send(signal: &str, child: &Child) {
    let pid = child.id().unwrap().to_string();
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal, &pid])
        .status()
        .await
        .unwrap();
    assert!(sent.success());
}
