//! Scrolling until nothing more comes.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{
    ChromePage,
    evaluation::{EVALUATE, evaluate, value_of},
};
use crate::{EvaluateError, ScrollEnd, ScrollOptions, Scrolled};

/// What one round came to: whether it grew, its height and its number of elements.
type Round = (bool, u64, u64);

impl ChromePage {
    pub(super) async fn scroll(&self, options: &ScrollOptions) -> Result<Scrolled, EvaluateError> {
        // One that is too far away for the clock is none.
        let deadline = Instant::now().checked_add(options.timeout);
        let expression = round(options.container.as_deref(), options.rest);
        let mut scrolled = Scrolled {
            end: ScrollEnd::MaxRounds,
            rounds: 0,
            height: 0,
            elements: 0,
        };
        self.alive(EVALUATE)?;
        while scrolled.rounds < options.max_rounds {
            let session = Some(self.session.as_str());
            let asked = self
                .connection
                .call_unbounded(session, EVALUATE, evaluate(&expression));
            let answer = match deadline {
                Some(deadline) => match timeout_at(deadline, asked).await {
                    Ok(answer) => answer,
                    Err(_elapsed) => {
                        scrolled.end = ScrollEnd::TimedOut;
                        break;
                    }
                },
                None => asked.await,
            };
            let grew;
            (grew, scrolled.height, scrolled.elements) = value_of::<Round>(&answer?)?;
            scrolled.rounds += 1;
            if !grew {
                scrolled.end = ScrollEnd::Stable;
                break;
            }
        }
        Ok(scrolled)
    }
}

/// An expression that scrolls to the end, and whose value is a promise of a [`Round`], kept as soon as it grows or once
/// it has not for `rest`.
fn round(container: Option<&str>, rest: Duration) -> String {
    let rest = rest.as_millis();
    let root = match container {
        None => "document.scrollingElement || document.documentElement".to_owned(),
        Some(selector) => format!("document.querySelector({})", Value::from(selector)),
    };
    format!(
        "new Promise((done, fail) => {{ const root = {root}; \
         if (!root) {{ fail(new Error('no element to scroll')); return; }} \
         const size = () => [root.scrollHeight, root.getElementsByTagName('*').length]; \
         const [height, elements] = size(); const until = performance.now() + {rest}; \
         root.scrollTo({{ top: root.scrollHeight, behavior: 'instant' }}); \
         const look = () => {{ const now = size(); const grew = now[0] > height || now[1] > elements; \
         if (grew || performance.now() >= until) done([grew, ...now]); \
         else setTimeout(look, Math.min(50, Math.max(1, until - performance.now()))); }}; look(); }})"
    )
}
