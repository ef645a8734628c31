//! What the fuzz targets in `fuzz/` call, and some tests. Compiled for them alone.

use futures_util::FutureExt;
use serde::de::DeserializeOwned;
use tokio::io::BufReader;

use crate::{
    connection::{Routes, read_message},
    decode::decode,
};

/// A message that must arrive whatever came before it.
const LAST: &str = r#"{"method":"Last.event","sessionId":"last","params":{"it":"arrived"}}"#;
/// The calls that are waited for; every other one is of the session `S`.
const CALLS: u64 = 8;

/// Takes `bytes` for what a browser says: nothing panics, and the next well-formed message arrives.
///
/// # Panics
/// When that does not hold.
pub fn protocol(bytes: &[u8]) {
    let routes = Routes::default();
    let (_, mut events) = routes.subscribe(Some("S"), &["A.b", "Inspector.targetCrashed"]);
    let mut calls: Vec<_> = (0..CALLS)
        .filter_map(|id| routes.expect(id, (id % 2 == 0).then_some("S")))
        .collect();
    // The last byte says in which portions the stream comes.
    let capacity = usize::from(bytes.last().copied().unwrap_or_default()) + 1;
    let stream = [bytes, b"\0", LAST.as_bytes(), b"\0"].concat();
    let mut reader = BufReader::with_capacity(capacity, stream.as_slice());
    let mut message = Vec::new();
    let mut last = Vec::new();
    while let Some(Ok(true)) = read_message(&mut reader, &mut message).now_or_never() {
        routes.deliver(&message);
        last = std::mem::take(&mut message);
    }
    assert_eq!(last, LAST.as_bytes(), "the framing lost its way");
    let (_, mut arrives) = routes.subscribe(Some("last"), &["Last.event"]);
    routes.deliver(&last);
    let arrived = arrives.next().now_or_never().flatten();
    assert!(arrived.is_some_and(|event| {
        event.is_ok_and(|event| event.params.get() == r#"{"it":"arrived"}"#)
    }));
    for call in &mut calls {
        if let Ok(Ok(answer)) = call.answer.try_recv() {
            read_as::<serde_json::Value>(&answer);
            read_as::<String>(&answer);
        }
    }
    while let Some(Some(event)) = events.next().now_or_never() {
        if let Ok(event) = event {
            read_as::<serde_json::Value>(&event.params);
        }
    }
    drop(calls);
    assert_eq!(routes.counts().0, 0, "a call has left its entry");
}

/// Decodes, and decodes what was decoded: it is JSON again.
fn read_as<T: DeserializeOwned + serde::Serialize>(raw: &serde_json::value::RawValue) {
    if let Ok(value) = decode::<T>("A.b", raw) {
        assert!(serde_json::to_string(&value).is_ok());
    }
}
