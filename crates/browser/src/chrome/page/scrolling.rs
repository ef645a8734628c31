//! Scrolling until nothing more comes.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::{ChromePage, evaluation::EVALUATE};
use crate::{EvaluateError, ScrollEnd, ScrollOptions, Scrolled};

/// What one round came to: whether it grew, its height and its number of elements.
type Round = (bool, u64, u64);

impl ChromePage {
    pub(super) async fn scroll(&self, options: &ScrollOptions) -> Result<Scrolled, EvaluateError> {
        let mut scrolled = Scrolled {
            end: ScrollEnd::MaxRounds,
            rounds: 0,
            height: 0,
            elements: 0,
        };
        match timeout(options.timeout, self.scroll_rounds(options, &mut scrolled)).await {
            Ok(end) => scrolled.end = end?,
            Err(_elapsed) => scrolled.end = ScrollEnd::TimedOut,
        }
        Ok(scrolled)
    }

    /// Scrolls, without a bound in time, and tells `scrolled` after each round how far it came.
    async fn scroll_rounds(
        &self,
        options: &ScrollOptions,
        scrolled: &mut Scrolled,
    ) -> Result<ScrollEnd, EvaluateError> {
        self.alive(EVALUATE)?;
        let expression = round(options.container.as_deref(), options.rest);
        while scrolled.rounds < options.max_rounds {
            let grew;
            (grew, scrolled.height, scrolled.elements) =
                self.value_unbounded::<Round>(&expression).await?;
            scrolled.rounds += 1;
            if !grew {
                return Ok(ScrollEnd::Stable);
            }
        }
        Ok(ScrollEnd::MaxRounds)
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
