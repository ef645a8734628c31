//! The site that the cases visit.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

/// How a request ends.
enum Answer {
    Response(String),
    /// The connection ends without a word.
    Reset,
    /// Nothing comes, and nothing ends.
    Hang,
}

/// What is at a path.
///
/// | path | what |
/// | --- | --- |
/// | `/status/N` | a document with that status; with 503, `Retry-After: 7` |
/// | `/redirect?PATH` | a redirect to the path |
/// | `/loop` | a redirect to itself |
/// | `/reset`, `/hang` | the connection ends; nothing comes |
/// | `/later` | a document whose script adds `#later` a moment after its load |
/// | `/busy` | a document whose script adds `#done` after 3000 requests that need no server |
/// | `/moves?PATH` | a document whose script goes on to the path |
/// | `/dialogs` | a document whose script asks and alerts |
/// | `/download` | a file that is no document |
/// | anything else | a document with its path as its title |
fn answer(path: &str) -> Answer {
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    match bare {
        "/redirect" | "/loop" => {
            let to = if query.is_empty() { bare } else { query };
            response("302 Found", &format!("Location: {to}\r\n"), "")
        }
        "/reset" => Answer::Reset,
        "/hang" => Answer::Hang,
        "/later" => document(
            "<script>onload = () => setTimeout(() => { document.body.append(Object.assign(document.createElement('p'), \
             { id: 'later' })) }, 300)</script>",
        ),
        "/busy" => document(
            "<script>onload = async () => { for (let i = 0; i < 30; i++) \
             await Promise.all(Array.from({ length: 100 }, () => fetch('data:,x'))); \
             document.body.append(Object.assign(document.createElement('p'), { id: 'done' })) }</script>",
        ),
        "/moves" => document(&format!("<script>location.href = '{query}'</script>")),
        "/dialogs" => {
            document("<script>alert(1); document.title = String(confirm(2)) + prompt(3)</script>")
        }
        "/download" => response(
            "200 OK",
            "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=file.bin\r\n",
            "bytes",
        ),
        _ => match bare.strip_prefix("/status/") {
            Some("503") => response("503 Unavailable", "Retry-After: 7\r\n", "later"),
            Some(status) => response(&format!("{status} Status"), "", status),
            None => document(&format!("<title>{bare}</title><h1>{bare}</h1>")),
        },
    }
}

fn document(body: &str) -> Answer {
    let text = format!("<!DOCTYPE html><html><body>{body}</body></html>");
    response(
        "200 OK",
        "Content-Type: text/html; charset=utf-8\r\n",
        &text,
    )
}

fn response(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Response(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ))
}

type Requests = Arc<Mutex<HashMap<String, usize>>>;

/// A site on the loopback interface. It ends with its drop.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    requests: Requests,
    _serving: AbortOnDropHandle<()>,
}

impl Server {
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let requests = Requests::default();
        let counted = Arc::clone(&requests);
        let serving = async move {
            // It owns its connections, which end with it.
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    Ok((stream, _)) = listener.accept() => {
                        connections.spawn(serve(stream, Arc::clone(&counted)));
                    }
                    Some(_ended) = connections.join_next() => {}
                }
            }
        };
        let serving = tokio::runtime::Handle::current().spawn(serving);
        Ok(Self {
            address,
            requests,
            _serving: AbortOnDropHandle::new(serving),
        })
    }

    pub(super) fn url(&self, path: &str) -> Url {
        // The path is one of the cases' own.
        let mut url =
            Url::parse("http://127.0.0.1/").unwrap_or_else(|_| unreachable!("it is an address"));
        let _ = url.set_port(Some(self.address.port()));
        url.join(path).unwrap_or(url)
    }

    /// How often a path was asked for.
    pub(super) fn requests_to(&self, path: &str) -> usize {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.get(path).copied().unwrap_or_default()
    }
}

async fn serve(stream: TcpStream, requests: Requests) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
    // The rest of the head, or the answer could be lost in a reset.
    while line.trim_end() != "" {
        line.clear();
        stream.read_line(&mut line).await?;
    }
    *requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(path.clone())
        .or_default() += 1;
    match answer(&path) {
        Answer::Response(text) => {
            stream.write_all(text.as_bytes()).await?;
            stream.shutdown().await
        }
        Answer::Reset => Ok(()),
        Answer::Hang => std::future::pending().await,
    }
}
