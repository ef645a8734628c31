use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, DuplexStream, split};
use tokio_test::{assert_pending, task::spawn};

use super::{frames::read_message, *};

/// The other end: reads commands, sends whatever a test wants sent.
struct FakeChrome {
    from_us: BufReader<tokio::io::ReadHalf<DuplexStream>>,
    to_us: tokio::io::WriteHalf<DuplexStream>,
}

impl FakeChrome {
    async fn command(&mut self) -> Value {
        let mut message = Vec::new();
        assert!(
            read_message(&mut self.from_us, &mut message).await.unwrap(),
            "the connection ended"
        );
        serde_json::from_slice(&message).unwrap()
    }

    async fn say(&mut self, text: &str) {
        self.to_us.write_all(text.as_bytes()).await.unwrap();
        self.to_us.write_all(&[0]).await.unwrap();
    }
}

fn connect() -> (Connection, FakeChrome, TaskTracker) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (reader, writer) = split(ours);
    let (from_us, to_us) = split(theirs);
    let tasks = TaskTracker::new();
    let connection = Connection::over_pipe(reader, writer, Duration::from_secs(10), &tasks);
    (
        connection,
        FakeChrome {
            from_us: BufReader::new(from_us),
            to_us,
        },
        tasks,
    )
}

async fn ended(connection: Connection, tasks: TaskTracker) {
    drop(connection);
    tasks.close();
    tasks.wait().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_finds_its_caller_by_id() {
    let (connection, mut chrome, tasks) = connect();
    let (first, second, ()) = tokio::join!(
        connection.call(Some("S"), "A.first", json!({"x": 1})),
        connection.call(None, "A.second", json!({})),
        async {
            let (one, two) = (chrome.command().await, chrome.command().await);
            assert_eq!(
                (&one["sessionId"], &one["params"]["x"]),
                (&json!("S"), &json!(1))
            );
            chrome
                .say(&json!({"id": two["id"], "result": {"is": "second"}}).to_string())
                .await;
            chrome
                .say(&json!({"id": one["id"], "result": {"is": "first"}}).to_string())
                .await;
        }
    );
    assert_eq!(
        (first.unwrap().get(), second.unwrap().get()),
        (r#"{"is":"first"}"#, r#"{"is":"second"}"#)
    );
    assert_eq!(connection.counts(), (0, 0));
    ended(connection, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_and_noise_are_ignored_and_the_connection_lives_on() {
    let (connection, mut chrome, tasks) = connect();
    let error = connection
        .call(None, "A.slow", json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Timeout { .. }), "{error}");
    let late = chrome.command().await;
    chrome
        .say(&json!({"id": late["id"], "result": {}}).to_string())
        .await;
    for noise in [
        "",
        "no json",
        "[1,2]",
        "\u{7f}",
        r#"{"id":12345,"result":{}}"#,
        r#"{"method":"New.event"}"#,
    ] {
        chrome.say(noise).await;
    }
    let (result, ()) = tokio::join!(connection.call(None, "A.next", json!({})), async {
        let next = chrome.command().await;
        chrome
            .say(
                &json!({"id": next["id"], "error": {"code": -3, "message": "no such thing"}})
                    .to_string(),
            )
            .await;
    });
    assert!(
        matches!(result, Err(CallError::Refused { code: -3, .. })),
        "{result:?}"
    );
    ended(connection, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_no_entry() {
    let (connection, _chrome, tasks) = connect();
    for _ in 0..1000 {
        let mut call = spawn(connection.call(None, "A.never", json!({})));
        assert_pending!(call.poll());
        assert_eq!(connection.counts().0, 1);
        drop(call);
        assert_eq!(connection.counts().0, 0);
    }
    ended(connection, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_browser_fails_every_caller_and_subscriber() {
    let (connection, chrome, tasks) = connect();
    let mut events = connection.subscribe(None, &["A.b"]);
    let mut call = spawn(connection.call(None, "A.never", json!({})));
    assert_pending!(call.poll());
    drop(chrome);
    assert!(call.await.unwrap_err().is_closed());
    assert!(events.next().await.is_none());
    connection.closed().await;
    assert!(!connection.state().is_connected());
    assert!(
        connection
            .call(None, "A.after", json!({}))
            .await
            .unwrap_err()
            .is_closed()
    );
    assert!(connection.subscribe(None, &["A.b"]).next().await.is_none());
    ended(connection, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_ended_for_a_reason_tells_that_reason() {
    let limit = CloseReason::MemoryLimit { limit: 7 };
    let (connection, mut chrome, tasks) = connect();
    let ender = connection.ender();
    let (called, ()) = tokio::join!(connection.call(None, "A.call", json!({})), async {
        chrome.command().await;
        ender.end(limit.clone());
    });
    assert!(called.unwrap_err().is_memory_limit());
    // What comes after the first reason changes nothing.
    ender.end(CloseReason::ByUs);
    drop(chrome);
    tasks.close();
    tasks.wait().await;
    assert_eq!(
        connection.state(),
        ConnectionState::Closed { reason: limit }
    );
}

#[tokio::test(start_paused = true)]
async fn only_a_lost_connection_is_explained() {
    let limit = CloseReason::MemoryLimit { limit: 7 };
    for lost in [true, false] {
        let (connection, chrome, tasks) = connect();
        let explained = limit.clone();
        connection.explain_end(Box::new(move || Some(explained.clone())));
        let (closed, shared) = (connection.closed(), Arc::clone(&connection.shared));
        let chrome = (!lost).then_some(chrome);
        let connection = lost.then_some(connection);
        closed.await;
        let reason = match lost {
            true => limit.clone(),
            false => CloseReason::ByUs,
        };
        assert_eq!(*shared.state.borrow(), ConnectionState::Closed { reason });
        drop((chrome, connection));
        tasks.close();
        tasks.wait().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_fails_the_calls_of_its_page_at_once_and_no_others() {
    let (connection, mut chrome, tasks) = connect();
    let mut crashed = spawn(connection.call(Some("S"), "A.first", json!({})));
    let mut other = spawn(connection.call(Some("T"), "A.second", json!({})));
    assert_pending!(crashed.poll());
    assert_pending!(other.poll());
    chrome
        .say(r#"{"method":"Inspector.targetCrashed","params":{},"sessionId":"S"}"#)
        .await;
    assert!(matches!(crashed.await, Err(CallError::Crashed { .. })));
    assert_pending!(other.poll());
    drop(other);
    assert_eq!(connection.counts(), (0, 0));
    ended(connection, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn events_go_to_the_subscribers_of_their_session_and_name() {
    let (connection, mut chrome, tasks) = connect();
    let mut page = connection.subscribe(Some("S"), &["Page.a", "Page.b"]);
    let mut browser = connection.subscribe(None, &["Page.a"]);
    chrome
        .say(r#"{"method":"Page.a","params":{"n":1},"sessionId":"S"}"#)
        .await;
    chrome
        .say(r#"{"method":"Page.c","params":{},"sessionId":"S"}"#)
        .await;
    chrome.say(r#"{"method":"Page.b","sessionId":"S"}"#).await;
    chrome.say(r#"{"method":"Page.a","params":{"n":2}}"#).await;
    let first = page.next().await.unwrap();
    assert_eq!((first.method, first.params.get()), ("Page.a", r#"{"n":1}"#));
    let second = page.next().await.unwrap();
    assert_eq!((second.method, second.params.get()), ("Page.b", "{}"));
    assert_eq!(browser.next().await.unwrap().params.get(), r#"{"n":2}"#);
    drop((page, browser));
    assert_eq!(connection.counts(), (0, 0));
    ended(connection, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_does_not_read_loses_its_subscription_and_nobody_else_does() {
    let (connection, mut chrome, tasks) = connect();
    let mut lazy = connection.subscribe(None, &["A.flood"]);
    for _ in 0..=EVENT_QUEUE {
        chrome.say(r#"{"method":"A.flood"}"#).await;
    }
    let (result, ()) = tokio::join!(connection.call(None, "A.alive", json!({})), async {
        let command = chrome.command().await;
        chrome
            .say(&json!({"id": command["id"], "result": {}}).to_string())
            .await;
    });
    result.unwrap();
    let mut read = 0;
    while lazy.next().await.is_some() {
        read += 1;
    }
    assert_eq!(read, EVENT_QUEUE);
    ended(connection, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_closes_the_stream_that_keeps_the_browser_alive() {
    let (connection, mut chrome, tasks) = connect();
    let other = connection.clone();
    drop(connection);
    assert!(other.state().is_connected());
    drop(other);
    let mut rest = Vec::new();
    assert!(!read_message(&mut chrome.from_us, &mut rest).await.unwrap());
    tasks.close();
    tasks.wait().await;
}
