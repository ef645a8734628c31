//! Scrolling until nothing more comes.

use std::time::Duration;

/// How a page is scrolled.
///
/// | field | default |
/// | --- | --- |
/// | `container` | none: the page itself |
/// | `rest` | 500 ms |
/// | `max_rounds` | 50 |
/// | `timeout` | 30 s |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrollOptions {
    /// A CSS selector of the element that is scrolled; none for the page itself.
    pub container: Option<String>,
    /// How long nothing may grow at the end of it until it counts as stable.
    pub rest: Duration,
    /// How often it is scrolled to its end at most.
    pub max_rounds: u32,
    /// The longest that all of it may take.
    pub timeout: Duration,
}

impl Default for ScrollOptions {
    fn default() -> Self {
        Self {
            container: None,
            rest: Duration::from_millis(500),
            max_rounds: 50,
            timeout: Duration::from_secs(30),
        }
    }
}

/// What scrolling came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrolled {
    /// How it ended.
    pub end: ScrollEnd,
    /// How often it was scrolled to its end.
    pub rounds: u32,
    /// The height of what was scrolled, in CSS pixels, at the last look; 0 where there was none.
    pub height: u64,
    /// How many elements it had at the last look; 0 where there was none.
    pub elements: u64,
}

/// How scrolling ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScrollEnd {
    /// Neither the height nor the number of elements grew any more.
    Stable,
    /// It was scrolled as often as was allowed, and still grew.
    MaxRounds,
    /// The time was over, and it still grew.
    TimedOut,
}
