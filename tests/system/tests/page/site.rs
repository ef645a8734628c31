//! A site on loopback that serves what a test tells it to, and remembers what it was asked for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;

/// A request as the site saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

#[derive(Debug, Clone, Default)]
struct Shared {
    pages: Arc<Mutex<HashMap<&'static str, String>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// Beside its pages it has `/slow/MS`, which answers after so long; `/hang`, which never does; `/redirect/N`, which
/// leads to `/` by `N` redirects; and `/cookie`, which sets one.
#[derive(Debug)]
pub(crate) struct Site {
    port: u16,
    shared: Shared,
    _serving: JoinSet<()>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Shared::default();
        let router = Router::new().fallback(serve).with_state(shared.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let site = Self {
            port,
            shared,
            _serving: serving,
        };
        site.has("/", "<!DOCTYPE html><title>Plain</title><p>plain");
        site
    }

    /// Serves `body` at `path` from now on; its type goes by the ending of the path.
    pub(crate) fn has(&self, path: &'static str, body: &str) {
        let mut pages = self.shared.pages.lock().unwrap();
        pages.insert(path, body.to_owned());
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.url_at("127.0.0.1", path)
    }

    /// The same path by another name of this host.
    pub(crate) fn url_at(&self, host: &str, path: &str) -> Url {
        format!("http://{host}:{}{path}", self.port)
            .parse()
            .unwrap()
    }

    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.shared.seen.lock().unwrap();
        seen.iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }
}

async fn serve(State(shared): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let seen = Seen {
        path: path.clone(),
        headers: request.headers().clone(),
    };
    shared.seen.lock().unwrap().push(seen);
    let page = shared.pages.lock().unwrap().get(path.as_str()).cloned();
    if let Some(body) = page {
        let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("css") => "text/css",
            Some("js") => "text/javascript",
            Some("svg") => "image/svg+xml",
            _ => "text/html; charset=utf-8",
        };
        return ([(header::CONTENT_TYPE, kind)], body).into_response();
    }
    let parts: Vec<_> = path.split('/').skip(1).collect();
    match parts[..] {
        ["slow", ms] => {
            tokio::time::sleep(Duration::from_millis(ms.parse().unwrap())).await;
            "slow".into_response()
        }
        ["hang"] => std::future::pending().await,
        ["redirect", n] => {
            let left: u32 = n.parse().unwrap();
            let to = match left {
                0 | 1 => "/".to_owned(),
                left => format!("/redirect/{}", left - 1),
            };
            (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
        }
        ["cookie"] => {
            let cookie = "from_server=yes; HttpOnly; SameSite=Lax; Path=/";
            ([(header::SET_COOKIE, cookie)], "cookie").into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
