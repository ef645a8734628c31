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
pub(super) const TEXT: &str = "(document.doctype ? new XMLSerializer().serializeToString(document.doctype) : '') + \
    (document.documentElement ? document.documentElement.outerHTML : '')";

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
struct Exception {
    text: String,
    exception: Option<Thrown>,
}

#[derive(Deserialize)]
struct Thrown {
    description: Option<String>,
    value: Option<Value>,
}

pub(super) fn value_of<T: DeserializeOwned>(raw: &RawValue) -> Result<T, EvaluateError> {
    let evaluated: Evaluated = decode(EVALUATE, raw)?;
    if let Some(exception) = evaluated.exception_details {
        let thrown = exception.exception.and_then(|thrown| {
            thrown
                .description
                .or_else(|| thrown.value.map(|value| value.to_string()))
        });
        let text = thrown.map_or(exception.text.clone(), |thrown| {
            format!("{} {thrown}", exception.text)
        });
        return Err(EvaluateError::Exception { text });
    }
    // `undefined` has no value in the answer.
    let value = evaluated
        .result
        .value
        .as_deref()
        .map_or("null", RawValue::get);
    Ok(decode_text(EVALUATE, value)?)
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
        let thrown = r#"{"result":{},"exceptionDetails":{"text":"Uncaught","exception":{"description":"Error: no\n at x"}}}"#;
        let error = value(thrown).unwrap_err().to_string();
        assert!(error.ends_with("Uncaught Error: no\n at x"), "{error}");
        let rejected = r#"{"result":{},"exceptionDetails":{"text":"Uncaught (in promise)","exception":{"value":7}}}"#;
        assert!(
            value(rejected)
                .unwrap_err()
                .to_string()
                .ends_with("(in promise) 7")
        );
    }

    #[test]
    fn a_selector_cannot_leave_its_string() {
        assert!(appears(r#"a[b="c\"]"#).contains(r#"document.querySelector("a[b=\"c\\\"]")"#));
    }
}
