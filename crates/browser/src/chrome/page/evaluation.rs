//! Expressions: how they are sent, what comes back, and the scripts we send ourselves.

use std::time::Duration;

use headless_chrome::protocol::cdp::Runtime::Evaluate;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use crate::{
    Content, EvaluateError,
    decode::{decode, decode_text},
};

/// The command that all of this is about.
pub(super) const EVALUATE: &str = "Runtime.evaluate";

/// The document type and the root element as they are now.
const TEXT: &str = "(document.doctype ? new XMLSerializer().serializeToString(document.doctype) : '') + \
    (document.documentElement ? document.documentElement.outerHTML : '')";

/// An expression whose value is the address, the length of the text, and the text itself where that is no longer than `limit`.
/// What is too long is measured where it is: a message that is too long would end the whole browser.
pub(super) fn text_within(limit: u64) -> String {
    format!(
        "(() => {{ const text = {TEXT}; \
         return [location.href, text.length, text.length > {limit} ? null : text]; }})()"
    )
}

pub(super) fn evaluate(expression: &str) -> Evaluate {
    Evaluate {
        expression: expression.to_owned(),
        return_by_value: Some(true),
        await_promise: Some(true),
        object_group: None,
        include_command_line_api: None,
        silent: None,
        context_id: None,
        generate_preview: None,
        user_gesture: None,
        throw_on_side_effect: None,
        timeout: None,
        disable_breaks: None,
        repl_mode: None,
        allow_unsafe_eval_blocked_by_csp: None,
        unique_context_id: None,
        serialization_options: None,
    }
}

/// An expression whose value is a promise of `true`, kept once an element matches `selector`.
pub(super) fn appears(selector: &str) -> String {
    let selector = Value::from(selector);
    format!(
        "new Promise(found => {{ const look = () => document.querySelector({selector}) !== null; \
         if (look()) {{ found(true); return; }} \
         const observer = new MutationObserver(() => {{ if (look()) {{ observer.disconnect(); found(true); }} }}); \
         observer.observe(document, {{ childList: true, subtree: true, attributes: true }}); }})"
    )
}

/// An expression whose value is a promise of `true`, kept once the document is not the one that was seen and rests.
pub(super) fn changes(seen: &Content, rest: Duration) -> String {
    // What changed between the reading and the watching is told by the length, as JavaScript counts it.
    let (length, rest) = (seen.html.encode_utf16().count(), rest.as_millis());
    format!(
        "new Promise(done => {{ let timer; \
         const again = () => {{ clearTimeout(timer); \
         timer = setTimeout(() => {{ observer.disconnect(); done(true); }}, {rest}); }}; \
         const observer = new MutationObserver(again); \
         observer.observe(document, {{ childList: true, subtree: true, characterData: true }}); \
         if (({TEXT}).length !== {length}) again(); }})"
    )
}

/// An expression whose value is a promise of `true`, kept once nothing has changed the document for `rest`.
pub(super) fn rests(rest: Duration) -> String {
    let rest = rest.as_millis();
    format!(
        "new Promise(done => {{ let timer; \
         const again = () => {{ clearTimeout(timer); \
         timer = setTimeout(() => {{ observer.disconnect(); done(true); }}, {rest}); }}; \
         const observer = new MutationObserver(again); \
         observer.observe(document, {{ childList: true, subtree: true, characterData: true, attributes: true }}); \
         again(); }})"
    )
}

/// Only what is needed of the answer to `Runtime.evaluate`: the value is decoded once, into its own type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    result: Remote,
    exception_details: Option<Exception>,
}

#[derive(Deserialize)]
struct Remote {
    value: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exception {
    text: String,
    exception: Option<Thrown>,
    stack_trace: Option<Stack>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stack {
    call_frames: Vec<Frame>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    function_name: String,
    url: String,
    line_number: u32,
    column_number: u32,
}

#[derive(Deserialize)]
struct Thrown {
    description: Option<String>,
    value: Option<Value>,
}

pub(super) fn value_of<T: DeserializeOwned>(raw: &RawValue) -> Result<T, EvaluateError> {
    let evaluated: Evaluated = decode(EVALUATE, raw)?;
    if let Some(exception) = evaluated.exception_details {
        return Err(exception.into());
    }
    // `undefined` has no value in the answer.
    let value = evaluated
        .result
        .value
        .as_deref()
        .map_or("null", RawValue::get);
    Ok(decode_text(EVALUATE, value)?)
}

/// Where the stack begins in the description of an error.
const FIRST_CALL: &str = "\n    at ";

impl From<Exception> for EvaluateError {
    fn from(exception: Exception) -> Self {
        let Exception {
            text,
            exception: thrown,
            stack_trace,
        } = exception;
        let thrown = thrown.and_then(|thrown| {
            thrown
                .description
                .or_else(|| thrown.value.map(|value| value.to_string()))
        });
        // An error describes itself with its stack; for any other value only the browser knows it.
        let (thrown, stack) = match thrown.as_deref().map(|thrown| {
            let (what, calls) = thrown.split_once(FIRST_CALL)?;
            Some((what, format!("at {calls}").replace("\n    ", "\n")))
        }) {
            Some(Some((what, stack))) => (Some(what.to_owned()), Some(stack)),
            _ => (thrown, stack_trace.and_then(Stack::text)),
        };
        let text = thrown.map_or_else(|| text.clone(), |thrown| format!("{text} {thrown}"));
        Self::Exception { text, stack }
    }
}

impl Stack {
    /// As an error would tell it.
    fn text(self) -> Option<String> {
        let calls: Vec<_> = self.call_frames.into_iter().map(Frame::text).collect();
        (!calls.is_empty()).then(|| calls.join("\n"))
    }
}

impl Frame {
    fn text(self) -> String {
        let place = format!(
            "{}:{}:{}",
            if self.url.is_empty() {
                "<anonymous>"
            } else {
                &self.url
            },
            // The protocol counts from zero, errors from one.
            self.line_number + 1,
            self.column_number + 1
        );
        if self.function_name.is_empty() {
            format!("at {place}")
        } else {
            format!("at {} ({place})", self.function_name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Result<Value, EvaluateError> {
        value_of(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn values_undefined_and_exceptions_are_told_apart() {
        assert_eq!(
            value(r#"{"result":{"type":"number","value":2}}"#).unwrap(),
            Value::from(2)
        );
        assert_eq!(
            value(r#"{"result":{"type":"undefined"}}"#).unwrap(),
            Value::Null
        );
        let thrown = |json: &str| match value(json).unwrap_err() {
            EvaluateError::Exception { text, stack } => (text, stack),
            other => panic!("{other:?}"),
        };
        let error = r#"{"result":{},"exceptionDetails":{"text":"Uncaught","exception":{"description":"Error: no\n    at x (a:1:2)\n    at a:3:4"}}}"#;
        let stack = Some("at x (a:1:2)\nat a:3:4".to_owned());
        assert_eq!(thrown(error), ("Uncaught Error: no".to_owned(), stack));
        let rejected = r#"{"result":{},"exceptionDetails":{"text":"Uncaught (in promise)","exception":{"value":7}}}"#;
        assert_eq!(
            thrown(rejected),
            ("Uncaught (in promise) 7".to_owned(), None)
        );
        let value = r#"{"result":{},"exceptionDetails":{"text":"Uncaught","exception":{"value":7},"stackTrace":{"callFrames":[
            {"functionName":"f","url":"http://a/","lineNumber":0,"columnNumber":8},
            {"functionName":"","url":"","lineNumber":1,"columnNumber":2}]}}}"#;
        let stack = Some("at f (http://a/:1:9)\nat <anonymous>:2:3".to_owned());
        assert_eq!(thrown(value), ("Uncaught 7".to_owned(), stack));
    }

    #[test]
    fn a_selector_cannot_leave_its_string() {
        assert!(appears(r#"a[b="c\"]"#).contains(r#"document.querySelector("a[b=\"c\\\"]")"#));
    }
}
