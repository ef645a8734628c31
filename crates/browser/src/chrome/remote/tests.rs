use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::{Message, handshake::server};

use super::*;

/// Answers the next connections, one after another, by `serve`.
async fn serving<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> (String, JoinHandle<()>)
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::runtime::Handle::current().spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream).await;
        }
    });
    (address, server)
}

/// Reads the head of a request and answers it with `answer`.
async fn answer(mut stream: TcpStream, answer: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
}

fn options() -> RemoteOptions {
    RemoteOptions {
        connect_timeout: Duration::from_secs(5),
        ..RemoteOptions::default()
    }
}

async fn refused(endpoint: &str) -> LaunchError {
    let remote = Remote::new(endpoint, options()).unwrap();
    let error = remote.launch().await.unwrap_err();
    remote.shutdown().await;
    error
}

#[tokio::test]
async fn what_is_no_browser_is_told_by_what_it_answered_and_without_the_token() {
    let version = |body: &str| {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    for (text, expected) in [
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "404",
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "401",
        ),
        (version("{}"), "webSocketDebuggerUrl"),
        (version("<html>"), "does not tell of a browser"),
        (
            version(r#"{"webSocketDebuggerUrl":"nothing"}"#),
            "no address",
        ),
        (version(&" ".repeat(1 << 20)), "limit"),
        ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), "not a browser"),
        (String::new(), "not a browser"),
    ] {
        let (address, server) = serving(move |stream| {
            let text = text.clone();
            async move { answer(stream, &text).await }
        })
        .await;
        let error = refused(&format!("http://u:secret@{address}/?token=secret")).await;
        server.abort();
        assert!(matches!(error, LaunchError::Rejected { .. }), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected) && text.contains(&address), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn nobody_there_and_nobody_who_answers_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let remote = Remote::new(
        &format!("ws://{address}/devtools/browser/a"),
        RemoteOptions {
            connect_timeout: Duration::from_millis(100),
            ..options()
        },
    )
    .unwrap();
    let error = remote.launch().await.unwrap_err();
    assert!(
        matches!(error, LaunchError::ConnectTimeout { .. }),
        "{error:?}"
    );
    drop(listener);
    for endpoint in [format!("ws://{address}/"), format!("http://{address}/")] {
        let error = refused(&endpoint).await;
        assert!(
            matches!(error, LaunchError::Unreachable { .. }),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("--remote-debugging-port"),
            "{error}"
        );
    }
    // Where nothing speaks TLS there is no way, either.
    let (address, server) = serving(|stream| async move { drop(stream) }).await;
    let error = refused(&format!("wss://{address}/")).await;
    server.abort();
    assert!(
        matches!(error, LaunchError::Unreachable { .. }),
        "{error:?}"
    );
}

/// Plays a browser that tells its version and nothing else.
#[allow(
    clippy::result_large_err,
    reason = "the library asks for such a closure"
)]
async fn browser(stream: TcpStream) {
    let check = |request: &server::Request, response: server::Response| {
        assert_eq!(request.uri(), "/devtools/browser/a?token=t");
        let authorization = request.headers().get("authorization").unwrap();
        assert!(authorization.to_str().unwrap().starts_with("Basic "));
        Ok(response)
    };
    let mut socket = tokio_tungstenite::accept_hdr_async(stream, check)
        .await
        .unwrap();
    while let Some(Ok(Message::Text(command))) = socket.next().await {
        let command: Value = serde_json::from_str(&command).unwrap();
        if command["method"] != "Browser.getVersion" {
            continue;
        }
        let version = json!({"protocolVersion": "1.3", "product": "Chrome/156.0", "revision": "", "userAgent": "", "jsVersion": ""});
        let answer = json!({"id": command["id"], "result": version});
        socket
            .send(Message::text(answer.to_string()))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_token_and_a_password_reach_the_browser() {
    let (address, server) = serving(browser).await;
    let endpoint = format!("ws://user:pass@{address}/devtools/browser/a?token=t");
    let remote = Remote::new(&endpoint, options()).unwrap();
    let launched = remote.launch().await.unwrap();
    assert!(launched.browser.state().is_connected());
    launched.browser.close().await;
    assert!(!launched.browser.state().is_connected());
    drop(launched);
    remote.shutdown().await;
    server.abort();
}

#[tokio::test]
async fn a_kill_ends_the_connection_at_once_and_after_its_end_does_nothing() {
    let (address, server) = serving(browser).await;
    let endpoint = format!("ws://u:p@{address}/devtools/browser/a?token=t");
    let remote = Remote::new(&endpoint, options()).unwrap();
    for closes_first in [false, true] {
        let launched = remote.launch().await.unwrap();
        if closes_first {
            launched.browser.close().await;
        }
        (launched.kill)();
        assert!(!launched.browser.state().is_connected());
    }
    remote.shutdown().await;
    server.abort();
}
