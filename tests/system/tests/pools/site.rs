//! A site on loopback that gives a page everything it could remember.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{Html, IntoResponse},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;

/// It serves `/`, a service worker at `/worker.js`, and `/cached`, which may be kept for an hour.
pub(crate) struct Site {
    port: u16,
    asked: Asked,
    _serving: JoinSet<()>,
}

/// How often `/cached` was asked for, and how often by somebody who had it.
#[derive(Debug, Clone, Default)]
struct Asked {
    times: Arc<AtomicUsize>,
    again: Arc<AtomicUsize>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Asked::default();
        let router = Router::new()
            .route(
                "/",
                get(async || Html("<!DOCTYPE html><title>Site</title>")),
            )
            .route(
                "/worker.js",
                get(async || {
                    let script = "self.addEventListener('fetch', () => {});";
                    ([(header::CONTENT_TYPE, "text/javascript")], script)
                }),
            )
            .route("/cached", get(cached))
            .with_state(asked.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            port,
            asked,
            _serving: serving,
        }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://127.0.0.1:{}/", self.port).parse().unwrap()
    }

    /// How often `/cached` was asked for, and how often by somebody who had it.
    pub(crate) fn asked(&self) -> (usize, usize) {
        let count = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (count(&self.asked.times), count(&self.asked.again))
    }
}

async fn cached(State(asked): State<Asked>, headers: HeaderMap) -> impl IntoResponse {
    asked.times.fetch_add(1, Ordering::SeqCst);
    if headers.contains_key(header::IF_NONE_MATCH) {
        asked.again.fetch_add(1, Ordering::SeqCst);
    }
    let kept = [
        (header::CACHE_CONTROL, "max-age=3600"),
        (header::ETAG, "\"one\""),
    ];
    (kept, "cached")
}
