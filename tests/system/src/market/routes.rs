//! Which path answers what.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    failures,
    jobs::{Job, PAGES},
    pages::{self, Pager},
    server::KeepAlive,
    traffic::Traffic,
};

/// The largest page of `/big`, in KiB.
const MAX_BIG_KB: usize = 64 * 1024;

/// What the handlers of one market share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    addr: SocketAddr,
    tls_addr: SocketAddr,
    traffic: Arc<Traffic>,
    closing: CancellationToken,
    flaky: Arc<Mutex<HashMap<String, u64>>>,
}

impl Shared {
    /// The state of a market that nobody has visited yet.
    pub(super) fn new(
        addr: SocketAddr,
        tls_addr: SocketAddr,
        traffic: Arc<Traffic>,
        closing: CancellationToken,
    ) -> Self {
        Self {
            addr,
            tls_addr,
            traffic,
            closing,
            flaky: Arc::default(),
        }
    }

    /// Where it answers with a certificate that nobody has signed.
    pub(super) fn tls_addr(&self) -> SocketAddr {
        self.tls_addr
    }

    /// Waits this long, or until the market stops.
    pub(super) async fn pause(&self, ms: u64) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(ms)) => {}
            () = self.closing.cancelled() => {}
        }
    }

    /// Waits until the market stops.
    pub(super) async fn hang(&self) {
        self.closing.cancelled().await;
    }

    /// Counts a visit under this key and says how many there were before.
    pub(super) fn visits_before(&self, key: String) -> u64 {
        let mut visits = self.flaky.lock().unwrap_or_else(PoisonError::into_inner);
        let count = visits.entry(key).or_default();
        *count += 1;
        *count - 1
    }
}

/// All routes of a market.
pub(super) fn router(shared: Shared, keep_alive: KeepAlive) -> Router {
    let router = Router::new()
        .route("/", get(async || Html(pages::index())))
        .route("/board", get(board))
        .route("/spa", get(spa))
        .route("/api/jobs", get(api))
        .route("/jobs/{id}", get(detail))
        .route("/single", get(single))
        .route("/big", get(big))
        .route("/empty", get(async || Html(pages::empty())))
        .route("/about", get(async || Html(pages::about())))
        .route("/js/crash", get(async || scripted(pages::SCRIPT_CRASH)))
        .route("/js/greedy", get(async || scripted(pages::SCRIPT_GREEDY)))
        .route("/download", get(async || download()))
        .route("/js/throws", get(async || scripted(pages::SCRIPT_THROWS)))
        .route("/js/dialog", get(async || scripted(pages::SCRIPT_DIALOG)))
        .route("/js/popup", get(async || scripted(pages::SCRIPT_POPUP)))
        .route("/js/moves", get(moves))
        .route("/js/busy", get(async || scripted(pages::SCRIPT_BUSY)))
        .route(
            "/static/site.css",
            get(async || asset("text/css", include_str!("site.css"))),
        )
        .route(
            "/static/site.js",
            get(async || asset("text/javascript", include_str!("site.js"))),
        )
        .route(
            "/static/spa.js",
            get(async || asset("text/javascript", include_str!("spa.js"))),
        )
        .route("/robots.txt", get(async || "User-agent: *\nAllow: /\n"))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/requests", get(requests))
        .merge(failures::router())
        .fallback(async || not_found())
        .layer(middleware::from_fn_with_state(shared.clone(), record));
    let router = match keep_alive {
        KeepAlive::On => router,
        KeepAlive::Off => router.layer(middleware::map_response(close)),
    };
    router.with_state(shared)
}

/// The answer to a path or a page number that does not exist.
pub(super) fn not_found() -> Response {
    (
        StatusCode::NOT_FOUND,
        Html(pages::error(StatusCode::NOT_FOUND)),
    )
        .into_response()
}

/// The first page of the board under another heading, without a pager.
pub(super) fn listing(heading: &str) -> Html<String> {
    Html(pages::listing(heading, &Job::on_board(1), None))
}

fn first_page() -> usize {
    1
}

#[derive(Debug, Deserialize)]
struct Paged {
    #[serde(default = "first_page")]
    page: usize,
    #[serde(default)]
    delay_ms: u64,
}

impl Paged {
    fn exists(&self) -> bool {
        (1..=PAGES).contains(&self.page)
    }
}

async fn record(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/requests" {
        shared.traffic.record(path);
    }
    next.run(request).await
}

async fn close(mut response: Response) -> Response {
    let close = header::HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

async fn requests(State(shared): State<Shared>) -> Json<Value> {
    let requests = shared.traffic.requests();
    Json(json!({
        "total": requests.values().sum::<u64>(),
        "requests": requests,
        "open_connections": shared.traffic.open_connections(),
    }))
}

async fn board(Query(query): Query<Paged>) -> Response {
    if !query.exists() {
        return not_found();
    }
    let pager = Pager {
        path: "/board",
        page: query.page,
        pages: PAGES,
    };
    Html(pages::listing(
        "Open jobs",
        &Job::on_board(query.page),
        Some(&pager),
    ))
    .into_response()
}

async fn spa(Query(query): Query<Paged>) -> Response {
    if query.exists() {
        Html(pages::shell()).into_response()
    } else {
        not_found()
    }
}

async fn api(State(shared): State<Shared>, Query(query): Query<Paged>) -> Response {
    shared.pause(query.delay_ms).await;
    if !query.exists() {
        return (
            StatusCode::NOT_FOUND,
            Json(json!({ "error": "no such page" })),
        )
            .into_response();
    }
    let jobs: Vec<Value> = Job::on_board(query.page).iter().map(Job::to_json).collect();
    Json(json!({ "page": query.page, "pages": PAGES, "jobs": jobs })).into_response()
}

async fn detail(State(shared): State<Shared>, Path(id): Path<u64>) -> Response {
    match Job::nth(id) {
        Some(job) => Html(pages::detail(&job, shared.addr)).into_response(),
        None => not_found(),
    }
}

#[derive(Debug, Deserialize)]
struct Single {
    #[serde(default)]
    n: u32,
}

async fn single(Query(Single { n }): Query<Single>) -> Html<String> {
    Html(pages::listing(
        &format!("Open jobs, list {n}"),
        &Job::in_single(n),
        None,
    ))
}

fn default_kb() -> usize {
    1024
}

#[derive(Debug, Deserialize)]
struct Big {
    #[serde(default = "default_kb")]
    kb: usize,
}

async fn big(Query(Big { kb }): Query<Big>) -> Response {
    if kb > MAX_BIG_KB {
        return (
            StatusCode::BAD_REQUEST,
            format!("kb is {kb}, at most {MAX_BIG_KB}\n"),
        )
            .into_response();
    }
    Html(pages::padded(&Job::on_board(1), kb * 1024)).into_response()
}

#[derive(Debug, Deserialize)]
struct Elsewhere {
    to: String,
}

/// A page that goes elsewhere by script before it has loaded.
async fn moves(Query(Elsewhere { to }): Query<Elsewhere>) -> Html<String> {
    let to = serde_json::Value::from(to)
        .to_string()
        .replace('<', "\\u003c");
    Html(format!(
        "<!DOCTYPE html><title>Moving</title><script>location.replace({to})</script>"
    ))
}

fn scripted(script: &str) -> Html<String> {
    Html(pages::scripted(&Job::on_board(1), script))
}

fn download() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=jobs.bin"),
    ];
    (headers, "jobs, packed\n").into_response()
}

fn asset(kind: &str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CACHE_CONTROL, "public, max-age=3600".to_owned()),
    ];
    (headers, content).into_response()
}
