use futures_util::{FutureExt, SinkExt, StreamExt};
use headless_chrome::protocol::cdp::Target::CloseTarget;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio_test::{assert_pending, task::spawn};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use super::{
    fake::{BUFFER, FakeChrome, Wire, over_pipe, over_websocket, over_websocket_that},
    outbox::{CALL_BYTES, SEND_BYTES},
    subscription::EVENT_QUEUE,
    *,
};

/// Drops the last handle; nothing may be left of the connection.
async fn ended(connection: Connection, chrome: impl Sized, tasks: TaskTracker) {
    assert_eq!(connection.shared.routes.counts(), (0, 0));
    drop(connection);
    drop(chrome);
    tasks.close();
    tasks.wait().await;
    assert_eq!(tasks.len(), 0);
}

/// The tests of what holds over either transport.
macro_rules! over_both {
    ($($name:ident)*) => {
        mod over_a_pipe {
            $(#[tokio::test(start_paused = true)]
            async fn $name() {
                super::$name(super::over_pipe()).await;
            })*
        }
        mod over_a_websocket {
            $(#[tokio::test(start_paused = true)]
            async fn $name() {
                super::$name(super::over_websocket().await).await;
            })*
        }
    };
}

over_both! {
    a_connection_that_is_ended_for_a_reason_tells_that_reason
    a_lost_connection_is_explained
    a_connection_that_we_end_needs_no_explanation
    an_answer_finds_its_caller_by_id
    a_late_answer_and_noise_are_ignored_and_the_connection_lives_on
    a_dropped_call_leaves_no_entry
    the_end_of_the_browser_fails_every_caller_and_subscriber
    a_crash_fails_the_calls_of_its_page_at_once_and_no_others
    events_go_to_the_subscribers_of_their_session_and_name
    the_end_of_a_session_fails_its_calls_and_ends_its_subscriptions_and_no_others
    a_command_to_a_session_that_has_ended_is_no_refusal
    a_crash_is_known_until_the_renderer_is_replaced
    a_subscriber_that_does_not_read_learns_how_much_it_missed_and_nobody_else_misses_any
    a_flood_of_events_leaves_time_to_read_it
    the_last_handle_closes_the_stream_that_keeps_the_browser_alive
    what_is_sent_last_arrives_where_the_browser_lives_on
    a_call_to_a_browser_that_does_not_read_waits_and_takes_no_room
    a_call_that_waits_for_room_learns_of_a_crash_and_of_the_end
    a_browser_that_lets_too_much_lie_loses_its_connection
    a_message_that_is_too_long_ends_the_connection
    a_thousand_calls_dropped_at_any_moment_leave_nothing
    an_event_that_cannot_be_decoded_costs_nobody_but_its_subscriber
}

async fn an_answer_finds_its_caller_by_id((connection, mut chrome, tasks): Wire) {
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
    ended(connection, chrome, tasks).await;
}

async fn a_late_answer_and_noise_are_ignored_and_the_connection_lives_on(
    (connection, mut chrome, tasks): Wire,
) {
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
    ended(connection, chrome, tasks).await;
}

async fn a_dropped_call_leaves_no_entry((connection, chrome, tasks): Wire) {
    for _ in 0..1000 {
        let mut call = spawn(connection.call(None, "A.never", json!({})));
        assert_pending!(call.poll());
        assert_eq!(counts(&connection).0, 1);
        drop(call);
        assert_eq!(counts(&connection).0, 0);
    }
    ended(connection, chrome, tasks).await;
}

async fn the_end_of_the_browser_fails_every_caller_and_subscriber(
    (connection, chrome, tasks): Wire,
) {
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
    ended(connection, (), tasks).await;
}

async fn a_connection_that_is_ended_for_a_reason_tells_that_reason(
    (connection, mut chrome, tasks): Wire,
) {
    let limit = CloseReason::MemoryLimit { limit: 7 };
    let ender = connection.ender();
    let (called, ()) = tokio::join!(connection.call(None, "A.call", json!({})), async {
        chrome.command().await;
        ender.end(limit.clone());
    });
    assert!(called.unwrap_err().is_memory_limit());
    // What comes after the first reason changes nothing.
    ender.end(CloseReason::ByUs);
    let reason = ConnectionState::Closed { reason: limit };
    assert_eq!(connection.state(), reason);
    // Whoever else holds it: the stream is gone.
    assert!(chrome.heard().await.is_none());
    ended(connection, chrome, tasks).await;
}

async fn a_lost_connection_is_explained((connection, chrome, tasks): Wire) {
    let limit = CloseReason::MemoryLimit { limit: 7 };
    let explained = limit.clone();
    connection.explain_end(Box::new(move || Some(explained.clone())));
    drop(chrome);
    connection.closed().await;
    let reason = ConnectionState::Closed { reason: limit };
    assert_eq!(connection.state(), reason);
    ended(connection, (), tasks).await;
}

async fn a_connection_that_we_end_needs_no_explanation((connection, chrome, tasks): Wire) {
    connection.explain_end(Box::new(|| Some(CloseReason::MemoryLimit { limit: 7 })));
    let (closed, shared) = (connection.closed(), Arc::clone(&connection.shared));
    drop(connection);
    closed.await;
    let reason = CloseReason::ByUs;
    assert_eq!(*shared.state.borrow(), ConnectionState::Closed { reason });
    drop(chrome);
    tasks.close();
    tasks.wait().await;
}

async fn a_crash_fails_the_calls_of_its_page_at_once_and_no_others(
    (connection, mut chrome, tasks): Wire,
) {
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
    ended(connection, chrome, tasks).await;
}

async fn events_go_to_the_subscribers_of_their_session_and_name(
    (connection, mut chrome, tasks): Wire,
) {
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
    let first = page.next().await.unwrap().unwrap();
    assert_eq!(
        (&*first.method, first.params.get()),
        ("Page.a", r#"{"n":1}"#)
    );
    let second = page.next().await.unwrap().unwrap();
    assert_eq!((&*second.method, second.params.get()), ("Page.b", "{}"));
    assert_eq!(
        browser.next().await.unwrap().unwrap().params.get(),
        r#"{"n":2}"#
    );
    drop((page, browser));
    ended(connection, chrome, tasks).await;
}

async fn the_end_of_a_session_fails_its_calls_and_ends_its_subscriptions_and_no_others(
    (connection, mut chrome, tasks): Wire,
) {
    let mut closed = spawn(connection.call(Some("S"), "A.first", json!({})));
    let mut other = spawn(connection.call(Some("T"), "A.second", json!({})));
    assert_pending!(closed.poll());
    assert_pending!(other.poll());
    let mut events = connection.subscribe(Some("S"), &["A.b"]);
    let mut others = connection.subscribe(Some("T"), &["A.b"]);
    chrome.say(r#"{"method":"A.b","sessionId":"S"}"#).await;
    chrome
        .say(r#"{"method":"Target.detachedFromTarget","params":{"sessionId":"S","targetId":"P"}}"#)
        .await;
    let error = closed.await.unwrap_err();
    assert!(matches!(&error, CallError::PageClosed { method } if method == "A.first"));
    assert!(!error.is_closed());
    // What was told before the end is not lost.
    assert!(events.next().await.unwrap().is_ok());
    assert!(events.next().await.is_none());
    assert!(matches!(events.ended("A.c"), CallError::PageClosed { .. }));
    chrome.say(r#"{"method":"A.b","sessionId":"T"}"#).await;
    assert!(others.next().await.unwrap().is_ok());
    assert_pending!(other.poll());
    drop((other, events, others));
    ended(connection, chrome, tasks).await;
}

async fn a_command_to_a_session_that_has_ended_is_no_refusal(
    (connection, mut chrome, tasks): Wire,
) {
    let (result, ()) = tokio::join!(connection.call(Some("S"), "A.late", json!({})), async {
        let command = chrome.command().await;
        let error = json!({"code": -32001, "message": "Session with given id not found."});
        chrome
            .say(&json!({"id": command["id"], "error": error}).to_string())
            .await;
    });
    assert!(matches!(result, Err(CallError::PageClosed { .. })));
    ended(connection, chrome, tasks).await;
}

async fn a_crash_is_known_until_the_renderer_is_replaced((connection, mut chrome, tasks): Wire) {
    let (one, other) = (connection.watch_crash("S"), connection.watch_crash("T"));
    // Whoever reads what follows the crash knows of it.
    let mut after = connection.subscribe(None, &["A.after"]);
    for (told, crashed) in [
        ("Inspector.targetCrashed", true),
        ("Inspector.targetReloadedAfterCrash", false),
    ] {
        chrome
            .say(&json!({"method": told, "sessionId": "S"}).to_string())
            .await;
        chrome.say(r#"{"method":"A.after"}"#).await;
        after.next().await.unwrap().unwrap();
        assert_eq!((one.has_crashed(), other.has_crashed()), (crashed, false));
    }
    drop((one, other, after));
    ended(connection, chrome, tasks).await;
}

async fn a_flood_of_events_leaves_time_to_read_it((connection, mut chrome, tasks): Wire) {
    const FLOOD: usize = 10 * EVENT_QUEUE;
    let mut events = connection.subscribe(None, &["A.flood"]);
    let (read, ()) = tokio::join!(
        async {
            let mut read = 0;
            while read < FLOOD {
                events.next().await.unwrap().unwrap();
                read += 1;
            }
            read
        },
        async {
            chrome.flood(r#"{"method":"A.flood"}"#, FLOOD).await;
        }
    );
    assert_eq!(read, FLOOD);
    drop(events);
    ended(connection, chrome, tasks).await;
}

async fn a_subscriber_that_does_not_read_learns_how_much_it_missed_and_nobody_else_misses_any(
    (connection, mut chrome, tasks): Wire,
) {
    let mut lazy = connection.subscribe(None, &["A.flood"]);
    for _ in 0..EVENT_QUEUE + 2 {
        chrome.say(r#"{"method":"A.flood"}"#).await;
    }
    let (result, ()) = tokio::join!(connection.call(None, "A.alive", json!({})), async {
        let command = chrome.command().await;
        chrome
            .say(&json!({"id": command["id"], "result": {}}).to_string())
            .await;
    });
    result.unwrap();
    for _ in 0..EVENT_QUEUE {
        lazy.next().await.unwrap().unwrap();
    }
    assert_eq!(lazy.next().await.unwrap().unwrap_err().missed, 2);
    // It goes on where it is now.
    chrome.say(r#"{"method":"A.flood"}"#).await;
    lazy.next().await.unwrap().unwrap();
    drop(lazy);
    ended(connection, chrome, tasks).await;
}

async fn the_last_handle_closes_the_stream_that_keeps_the_browser_alive(
    (connection, mut chrome, tasks): Wire,
) {
    let other = connection.clone();
    drop(connection);
    assert!(other.state().is_connected());
    drop(other);
    assert!(chrome.heard().await.is_none());
    drop(chrome);
    tasks.close();
    tasks.wait().await;
}

/// A command that cannot wait.
fn closing(target_id: String) -> CloseTarget {
    CloseTarget { target_id }
}

async fn what_is_sent_last_arrives_where_the_browser_lives_on(
    (connection, mut chrome, tasks): Wire,
) {
    connection.send(None, &closing("T".into()));
    drop(connection);
    // A pipe's end is the end of the browser, which needs to be told nothing.
    if matches!(chrome, FakeChrome::WebSocket(_)) {
        assert_eq!(chrome.command().await["params"]["targetId"], "T");
    }
    assert!(chrome.heard().await.is_none());
    drop(chrome);
    tasks.close();
    tasks.wait().await;
}

async fn a_call_to_a_browser_that_does_not_read_waits_and_takes_no_room(
    (connection, chrome, tasks): Wire,
) {
    let large = "x".repeat(BUFFER);
    let mut calls = Vec::new();
    for _ in 0..2 * CALL_BYTES as usize / BUFFER {
        let connection = connection.clone();
        let params = json!({ "large": large });
        let mut call = spawn(async move { connection.call(None, "A.large", params).await });
        assert_pending!(call.poll());
        calls.push(call);
    }
    tokio::task::yield_now().await;
    // What waits for room has an entry, and goes with it.
    assert_eq!(counts(&connection).0, calls.len());
    let waiting = calls.split_off(calls.len() / 2);
    drop(waiting);
    assert_eq!(counts(&connection).0, calls.len());
    for call in calls {
        let error = call.await.unwrap_err();
        assert!(matches!(error, CallError::Timeout { .. }), "{error}");
    }
    assert!(connection.state().is_connected());
    ended(connection, chrome, tasks).await;
}

async fn a_call_that_waits_for_room_learns_of_a_crash_and_of_the_end(
    (connection, mut chrome, tasks): Wire,
) {
    let filling = || {
        connection.call(
            Some("S"),
            "A.large",
            json!({ "x": "x".repeat(CALL_BYTES as usize) }),
        )
    };
    let (mut first, mut second) = (spawn(filling()), spawn(filling()));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    chrome
        .say(r#"{"method":"Inspector.targetCrashed","params":{},"sessionId":"S"}"#)
        .await;
    for call in [first, second] {
        assert!(matches!(call.await, Err(CallError::Crashed { .. })));
    }
    let mut third = spawn(filling());
    assert_pending!(third.poll());
    drop(chrome);
    assert!(third.await.unwrap_err().is_closed());
    ended(connection, (), tasks).await;
}

async fn a_browser_that_lets_too_much_lie_loses_its_connection((connection, chrome, tasks): Wire) {
    let large = "x".repeat(BUFFER);
    let fits = (SEND_BYTES as usize / BUFFER) + 2;
    for _ in 0..2 * fits {
        connection.send(None, &closing(large.clone()));
    }
    let ConnectionState::Closed { reason } = connection.state() else {
        panic!("connected")
    };
    assert_eq!(reason, "the browser does not read what it is sent".into());
    let error = connection
        .call(None, "A.after", json!({}))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not read"), "{error}");
    ended(connection, chrome, tasks).await;
}

async fn a_message_that_is_too_long_ends_the_connection((connection, chrome, tasks): Wire) {
    let mut call = spawn(connection.call(None, "A.b", json!({})));
    assert_pending!(call.poll());
    let feeding = async {
        let chunk = vec![b'x'; BUFFER];
        match chrome {
            FakeChrome::Pipe { mut to_us, from_us } => {
                while to_us.write_all(&chunk).await.is_ok() {}
                drop(from_us);
            }
            // Its head alone tells.
            socket @ FakeChrome::WebSocket(_) => {
                let mut stream = socket.socket().into_inner();
                let head = [
                    [0x81, 127].as_slice(),
                    &(MAX_MESSAGE as u64 + 1).to_be_bytes(),
                ]
                .concat();
                stream.write_all(&head).await.unwrap();
                connection.closed().await;
            }
        }
    };
    let (answer, ()) = tokio::join!(call, feeding);
    let error = answer.unwrap_err().to_string();
    assert!(error.contains("long"), "{error}");
    ended(connection, (), tasks).await;
}

async fn a_thousand_calls_dropped_at_any_moment_leave_nothing(
    (connection, mut chrome, tasks): Wire,
) {
    let seed = 7;
    let mut chance = fastrand::Rng::with_seed(seed);
    for round in 0..1000 {
        let mut call = spawn(connection.call(Some("S"), "A.b", json!({"round": round})));
        let mut events = spawn(async { connection.subscribe(Some("S"), &["A.c"]).next().await });
        let moments = chance.usize(0..6);
        for moment in 0..moments {
            if call.poll().is_ready() || events.poll().is_ready() {
                break;
            }
            if moment == 1 {
                let command = chrome.command().await;
                if chance.bool() {
                    chrome.answer(&command).await;
                    chrome.say(r#"{"method":"A.c","sessionId":"S"}"#).await;
                }
            } else {
                tokio::task::yield_now().await;
            }
        }
        drop((call, events));
        assert_eq!(counts(&connection), (0, 0), "seed {seed}, round {round}");
        assert_eq!(tasks.len(), 1);
    }
    ended(connection, chrome, tasks).await;
}

async fn an_event_that_cannot_be_decoded_costs_nobody_but_its_subscriber(
    (connection, mut chrome, tasks): Wire,
) {
    let mut events = connection.subscribe(None, &["A.b"]);
    chrome
        .say(r#"{"method":"A.b","params":"of another kind"}"#)
        .await;
    chrome.say(r#"{"method":"A.b","params":{"ok":1}}"#).await;
    let (first, second) = (
        events.next().await.unwrap().unwrap(),
        events.next().await.unwrap().unwrap(),
    );
    assert!(serde_json::from_str::<serde_json::Map<_, Value>>(first.params.get()).is_err());
    assert_eq!(second.params.get(), r#"{"ok":1}"#);
    drop(events);
    ended(connection, chrome, tasks).await;
}

fn counts(connection: &Connection) -> (usize, usize) {
    connection.shared.routes.counts()
}

/// Sends what is given and tells how the connection ended.
async fn ends_by(message: Option<Message>) -> String {
    let (connection, mut chrome, tasks) = over_websocket().await;
    let mut call = spawn(connection.call(None, "A.never", json!({})));
    assert_pending!(call.poll());
    chrome.command().await;
    let mut socket = chrome.socket();
    if let Some(message) = message {
        socket.send(message).await.unwrap();
    }
    drop(socket.into_inner());
    let error = call.await.unwrap_err();
    ended(connection, (), tasks).await;
    error.to_string()
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_websocket_says_how_it_came() {
    assert_eq!(
        ends_by(None).await,
        "the browser is gone: the browser closed the connection"
    );
    let close = Message::Close(Some(CloseFrame {
        code: 1001.into(),
        reason: "going away".into(),
    }));
    assert_eq!(
        ends_by(Some(close)).await,
        "the browser is gone: the browser closed the connection: going away (1001)"
    );
}

#[tokio::test(start_paused = true)]
async fn frames_of_other_kinds_do_no_harm_and_pings_are_answered() {
    let (connection, chrome, tasks) = over_websocket().await;
    let mut socket = chrome.socket();
    let mut call = spawn(connection.call(None, "A.b", json!({})));
    assert_pending!(call.poll());
    socket.send(Message::Ping("there?".into())).await.unwrap();
    socket
        .send(Message::binary(vec![0, 159, 146, 150]))
        .await
        .unwrap();
    socket.send(Message::text("")).await.unwrap();
    socket.send(Message::Pong("unasked".into())).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 2 {
        match socket.next().await.unwrap().unwrap() {
            Message::Pong(payload) => heard.push(String::from_utf8_lossy(&payload).into_owned()),
            Message::Text(_) => heard.push("command".to_owned()),
            other => panic!("{other:?}"),
        }
    }
    heard.sort();
    assert_eq!(heard, ["command", "there?"]);
    // In a binary frame an answer is an answer, too.
    socket
        .send(Message::binary(&br#"{"id":1,"result":{}}"#[..]))
        .await
        .unwrap();
    call.await.unwrap();
    ended(connection, FakeChrome::WebSocket(Box::new(socket)), tasks).await;
}

const WATCHFUL: KeepAlive = KeepAlive {
    interval: Duration::from_secs(3),
    timeout: Duration::from_secs(2),
};

#[tokio::test(start_paused = true)]
async fn a_peer_that_falls_silent_is_given_up_after_interval_and_timeout() {
    let (connection, chrome, tasks) = over_websocket_that(WATCHFUL).await;
    let before = tokio::time::Instant::now();
    let error = connection
        .call(None, "A.never", json!({}))
        .await
        .unwrap_err();
    assert_eq!(before.elapsed(), WATCHFUL.interval + WATCHFUL.timeout);
    assert!(error.to_string().contains("silent"), "{error}");
    ended(connection, chrome, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_is_borne_for_ever() {
    let (connection, mut chrome, tasks) = over_websocket_that(WATCHFUL).await;
    let hour = tokio::time::sleep(Duration::from_secs(3600));
    tokio::select! {
        () = hour => {}
        heard = chrome.heard() => panic!("{heard:?}"),
    }
    assert!(connection.state().is_connected());
    ended(connection, chrome, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_long_message_that_moves_is_a_sign_of_life_and_one_that_does_not_is_none() {
    let (connection, chrome, tasks) = over_websocket_that(WATCHFUL).await;
    let mut stream = chrome.socket().into_inner();
    // The head of a message of 100 bytes, of which one comes each second.
    stream.write_all(&[0x81, 100]).await.unwrap();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stream.write_all(b" ").await.unwrap();
    }
    assert!(connection.state().is_connected());
    connection.closed().await;
    ended(connection, stream, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up_and_one_that_reads_slowly_is_not() {
    let (connection, chrome, tasks) = over_websocket_that(WATCHFUL).await;
    let mut stream = chrome.socket().into_inner();
    let mut call =
        spawn(connection.call_unbounded(None, "A.large", json!({ "x": "x".repeat(20 * BUFFER) })));
    assert_pending!(call.poll());
    let mut buffer = vec![0; BUFFER];
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        tokio::io::AsyncReadExt::read(&mut stream, &mut buffer)
            .await
            .unwrap();
    }
    assert!(connection.state().is_connected());
    let error = call.await.unwrap_err();
    assert!(error.to_string().contains("read nothing"), "{error}");
    ended(connection, stream, tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_drops_the_stream_without_a_word_whoever_holds_the_connection() {
    let (connection, chrome, tasks) = over_websocket().await;
    let mut stream = chrome.socket().into_inner();
    connection.send(None, &closing("T".into()));
    connection.ender().end(CloseReason::ByUs);
    assert!(!connection.state().is_connected());
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest)
        .await
        .unwrap();
    assert!(rest.is_empty(), "{rest:?}");
    tasks.close();
    tasks.wait().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_is_over_when_the_other_end_has_taken_leave_or_a_second_later() {
    let (connection, mut chrome, _tasks) = over_websocket().await;
    let (heard, ()) = tokio::join!(chrome.heard(), connection.close());
    assert!(heard.is_none() && !connection.state().is_connected());
    let (connection, _deaf, _tasks) = over_websocket().await;
    let before = tokio::time::Instant::now();
    connection.close().await;
    assert_eq!(before.elapsed(), Duration::from_secs(1));
}

proptest! {
    #[test]
    fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        crate::fuzzing::protocol(&bytes);
    }

    /// As the bytes of a browser are, with something else here and there.
    #[test]
    fn what_looks_like_a_message_is_borne(
        parts in prop::collection::vec(r#"\x00|[{]"id":[0-9],"(result|error|params)":(null|[{][}]|"\\\\?u[dD][89a-f][0-9a-f]{2}"|[{]"code":-?[0-9]{1,20}[}])[}]|[{]"method":"(A.b|Inspector.targetCrashed)","sessionId":"S"[}]|[{]"method":"Target.detachedFromTarget","params":[{]"sessionId":"S"[}][}]|[",:{}\[\]]"#, 0..40),
    ) {
        crate::fuzzing::protocol(parts.concat().as_bytes());
    }

    /// Whatever comes, cut wherever: what is well-formed between it arrives.
    #[test]
    fn no_garbage_costs_a_message(
        garbage in prop::collection::vec(prop::collection::vec(1_u8.., 0..40), 1..8),
        capacity in 1_usize..64,
    ) {
        let routes = Routes::default();
        let (_, mut events) = routes.subscribe(Some("S"), &["A.b"]);
        let mut bytes = Vec::new();
        for (n, noise) in garbage.iter().enumerate() {
            bytes.extend_from_slice(noise);
            bytes.push(0);
            bytes.extend_from_slice(format!(r#"{{"method":"A.b","sessionId":"S","params":{n}}}"#).as_bytes());
            bytes.push(0);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut reader = BufReader::with_capacity(capacity, bytes.as_slice());
            let mut message = Vec::new();
            while read_message(&mut reader, &mut message).await.unwrap() {
                routes.deliver(&message);
                message.clear();
            }
        });
        for n in 0..garbage.len() {
            let event = events.next().now_or_never().flatten().unwrap().unwrap();
            prop_assert_eq!(event.params.get(), n.to_string());
        }
        prop_assert!(events.next().now_or_never().is_none());
    }
}
