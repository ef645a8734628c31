//! The outer form of protocol messages. What they carry stays text until somebody awaits it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::CallError;

/// A command on its way to the browser.
#[derive(Debug, Serialize)]
pub(crate) struct Command<'a, P: Serialize> {
    pub(crate) id: u64,
    pub(crate) method: &'a str,
    pub(crate) params: P,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<&'a str>,
}

/// The text of a command.
pub(crate) fn encode<P: Serialize>(
    id: u64,
    session: Option<&str>,
    method: &str,
    params: P,
) -> Result<String, CallError> {
    let command = Command {
        id,
        method,
        params,
        session,
    };
    serde_json::to_string(&command).map_err(|error| CallError::decode(method, &error))
}

/// What came from the browser: an answer when it has an id, else an event.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) id: Option<u64>,
    #[serde(borrow)]
    pub(crate) method: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "sessionId")]
    pub(crate) session: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) params: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) result: Option<&'a RawValue>,
    pub(crate) error: Option<RemoteError>,
}

/// The browser's refusal of a command.
#[derive(Debug, Deserialize)]
pub(crate) struct RemoteError {
    #[serde(default)]
    pub(crate) code: i64,
    #[serde(default)]
    pub(crate) message: String,
}

impl<'a> Envelope<'a> {
    pub(crate) fn parse(message: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_refusals_and_events_are_told_apart() {
        let answer = Envelope::parse(br#"{"id":7,"result":{"a":[1]},"sessionId":"S"}"#).unwrap();
        assert_eq!(
            (answer.id, answer.result.map(RawValue::get)),
            (Some(7), Some(r#"{"a":[1]}"#))
        );
        let refusal =
            Envelope::parse(br#"{"id":8,"error":{"code":-32000,"message":"no","data":1}}"#)
                .unwrap();
        assert_eq!(refusal.error.map(|error| error.code), Some(-32000));
        let event =
            Envelope::parse(br#"{"method":"Page.x","params":{},"unknown":{"deep":[]}}"#).unwrap();
        assert_eq!((event.id, event.method.as_deref()), (None, Some("Page.x")));
    }

    #[test]
    fn what_is_not_a_message_is_an_error() {
        for message in [&b""[..], b"{", b"[]", b"\xff\xfe", br#"{"id":"seven"}"#] {
            assert!(Envelope::parse(message).is_err());
        }
    }

    #[test]
    fn a_command_without_a_session_does_not_name_one() {
        let command = Command {
            id: 1,
            method: "A.b",
            params: serde_json::json!({}),
            session: None,
        };
        assert_eq!(
            serde_json::to_string(&command).unwrap(),
            r#"{"id":1,"method":"A.b","params":{}}"#
        );
    }
}
