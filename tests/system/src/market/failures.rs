//! Everything a site can do to a scanner.

use axum::{
    Router,
    extract::{ConnectInfo, Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    connection::{End, Wire},
    jobs::Job,
    pages::{self, Pager},
    routes::{self, Shared},
};

/// How much of `/fail/truncated` is sent, head included. A listing is several times as long.
const TRUNCATED_AFTER: usize = 2048;

/// The routes that fail.
pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/fail/{code}", get(status))
        .route("/fail/reset", get(reset))
        .route("/fail/truncated", get(truncated))
        .route("/fail/hang", get(hang))
        .route("/fail/slow", get(slow))
        .route("/fail/flaky", get(flaky))
        .route("/fail/tls", get(tls))
        .route("/board-broken", get(board_broken))
        .route("/redirect", get(redirect))
        .route("/redirect-chain", get(redirect_chain))
        .route("/redirect-loop", get(async || found("/redirect-loop")))
}

fn failure(code: StatusCode) -> Response {
    (code, Html(pages::error(code))).into_response()
}

fn found(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_not_a_header) => failure(StatusCode::BAD_REQUEST),
    }
}

#[derive(Debug, Deserialize)]
struct After {
    after: Option<u32>,
}

async fn status(Path(code): Path<u16>, Query(After { after }): Query<After>) -> Response {
    let Some(code) = StatusCode::from_u16(code)
        .ok()
        .filter(|code| (400..600).contains(&code.as_u16()))
    else {
        return routes::not_found();
    };
    let mut response = failure(code);
    if matches!(
        code,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, after.unwrap_or(1).into());
    }
    response
}

async fn reset(
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(After { after }): Query<After>,
) -> Html<String> {
    wire.cut(after.unwrap_or(0) as usize, End::Reset);
    routes::listing("Open jobs")
}

async fn truncated(ConnectInfo(wire): ConnectInfo<Wire>) -> Html<String> {
    wire.cut(TRUNCATED_AFTER, End::Close);
    routes::listing("Open jobs")
}

async fn hang(State(shared): State<Shared>) -> StatusCode {
    shared.hang().await;
    // Never written: the connection ends with the market.
    StatusCode::SERVICE_UNAVAILABLE
}

async fn tls(State(shared): State<Shared>) -> Response {
    found(&format!("https://{}/board", shared.tls_addr()))
}

fn default_ms() -> u64 {
    1000
}

#[derive(Debug, Deserialize)]
struct Slow {
    #[serde(default = "default_ms")]
    ms: u64,
}

async fn slow(State(shared): State<Shared>, Query(Slow { ms }): Query<Slow>) -> Html<String> {
    shared.pause(ms).await;
    routes::listing("Open jobs")
}

fn default_fails() -> u64 {
    1
}

#[derive(Debug, Deserialize)]
struct Flaky {
    #[serde(default)]
    key: String,
    #[serde(default = "default_fails")]
    fails: u64,
}

async fn flaky(
    State(shared): State<Shared>,
    Query(Flaky { key, fails }): Query<Flaky>,
) -> Response {
    if shared.visits_before(key) < fails {
        failure(StatusCode::INTERNAL_SERVER_ERROR)
    } else {
        routes::listing("Open jobs").into_response()
    }
}

#[derive(Debug, Deserialize)]
struct Broken {
    page: Option<usize>,
}

async fn board_broken(Query(Broken { page }): Query<Broken>) -> Response {
    if page.unwrap_or(1) != 1 {
        return failure(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let pager = Pager {
        path: "/board-broken",
        page: 1,
        pages: 2,
    };
    Html(pages::listing("Open jobs", &Job::on_board(1), Some(&pager))).into_response()
}

#[derive(Debug, Deserialize)]
struct To {
    to: String,
}

async fn redirect(Query(To { to }): Query<To>) -> Response {
    found(&to)
}

#[derive(Debug, Deserialize)]
struct Chain {
    n: u32,
}

async fn redirect_chain(Query(Chain { n }): Query<Chain>) -> Response {
    if n > 1 {
        found(&format!("/redirect-chain?n={}", n - 1))
    } else {
        found("/board")
    }
}
