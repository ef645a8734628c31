//! Who answers or changes requests of a page.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use url::Url;

/// Decides what becomes of the requests that an [`Interception`] picks.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Interceptor: Send + Sync + 'static {
    /// What becomes of `request`, which waits for it; so does whatever the page does after it.
    ///
    /// A decision that takes longer than [`Interception::timeout`] and one that panics fail the request.
    ///
    /// # Cancel safety
    /// The future is dropped when it takes too long and when the page is closed.
    async fn intercept(&self, request: &InterceptedRequest) -> Decision;
}

/// Which requests an [`Interceptor`] is asked about. Requests that no pattern picks cost no message.
#[derive(Clone)]
pub struct Interception {
    /// Who is asked.
    pub interceptor: Arc<dyn Interceptor>,
    /// Which requests: those that any of these picks. Default one pattern that picks all.
    pub patterns: Vec<RequestPattern>,
    /// The longest that a decision may take before the request fails. Default 5 s.
    pub timeout: Duration,
}

impl Interception {
    /// Asks `interceptor` about every request.
    #[must_use]
    pub fn by(interceptor: Arc<dyn Interceptor>) -> Self {
        Self {
            interceptor,
            patterns: vec![RequestPattern::default()],
            timeout: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for Interception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interception")
            .field("patterns", &self.patterns)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Picks requests by their address and kind. The default picks all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestPattern {
    /// The whole address, where `*` stands for any text, `?` for one character and `\` takes the next as it is; none
    /// for any address.
    pub url: Option<String>,
    /// The kind of resource; none for any.
    pub resource_type: Option<ResourceType>,
}

impl RequestPattern {
    pub(crate) fn picks(&self, url: &str, resource_type: ResourceType) -> bool {
        self.resource_type.is_none_or(|kind| kind == resource_type)
            && self
                .url
                .as_ref()
                .is_none_or(|pattern| matches(pattern, url))
    }
}

/// Whether `text` is what a pattern of `*`, `?` and `\` describes. Takes at most as many steps as the product of their
/// lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern = tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on when what followed the last star does not fit: one character further.
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Any) => {
                star = Some((p, t));
                p += 1;
            }
            Some(Token::One) => (p, t) = (p + 1, t + 1),
            Some(Token::Is(character)) if *character == text[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|token| *token == Token::Any)
}

#[derive(PartialEq)]
enum Token {
    Any,
    One,
    Is(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut characters = pattern.chars();
    let mut tokens = Vec::new();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Is(characters.next().unwrap_or('\\')),
            other => Token::Is(other),
        });
    }
    tokens
}

/// A request that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterceptedRequest {
    /// Its address, as Chrome tells it, without the fragment.
    pub url: String,
    /// Its method, such as `GET`.
    pub method: String,
    /// The headers that the page set; Chrome adds its own, such as cookies, later.
    pub headers: Vec<(String, String)>,
    /// What it is for.
    pub resource_type: ResourceType,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It goes on, changed or as it is. The page does not notice a change of the address. A [`RequestGuard`](crate::RequestGuard)
    /// is asked about it again.
    Continue {
        /// Another address; none for its own.
        url: Option<Url>,
        /// All its headers anew; none for its own.
        headers: Option<Vec<(String, String)>>,
    },
    /// It is answered without the network.
    Fulfil {
        /// The status, such as 200.
        status: u16,
        /// The headers of the answer.
        headers: Vec<(String, String)>,
        /// The body of the answer.
        body: Vec<u8>,
    },
    /// It fails.
    Fail(FailReason),
}

impl Decision {
    /// The request goes on as it is.
    #[must_use]
    pub fn proceed() -> Self {
        Self::Continue {
            url: None,
            headers: None,
        }
    }
}

/// How a request fails, as the page sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum FailReason {
    /// For no reason given.
    Failed,
    /// It was given up.
    Aborted,
    /// It took too long.
    TimedOut,
    /// It may not be made.
    AccessDenied,
    /// The connection was closed.
    ConnectionClosed,
    /// The connection was reset.
    ConnectionReset,
    /// Nobody listens there.
    ConnectionRefused,
    /// The name does not resolve.
    NameNotResolved,
    /// There is no network.
    InternetDisconnected,
    /// There is no way to the address.
    AddressUnreachable,
    /// It is blocked, as by an extension.
    BlockedByClient,
}

/// What a request is for, in Chrome's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ResourceType {
    /// The document of a page or a frame.
    Document,
    /// A style sheet.
    Stylesheet,
    /// An image.
    Image,
    /// Audio or video.
    Media,
    /// A font.
    Font,
    /// A script.
    Script,
    /// Subtitles.
    TextTrack,
    /// `XMLHttpRequest`.
    #[serde(rename = "XHR")]
    Xhr,
    /// `fetch`.
    Fetch,
    /// What may be needed next.
    Prefetch,
    /// Server-sent events.
    EventSource,
    /// The manifest of an application.
    Manifest,
    /// `sendBeacon` and pings of links.
    Ping,
    /// A report of a violated policy.
    #[serde(rename = "CSPViolationReport")]
    CspViolationReport,
    /// A preflight of CORS.
    Preflight,
    /// Anything else. Web sockets are never asked about.
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_pick_by_address_and_kind() {
        for (pattern, url, picked) in [
            ("*", "", true),
            ("*", "http://a/", true),
            ("http://a/", "http://a/", true),
            ("http://a/", "http://a/b", false),
            ("*/b?c", "http://a/b?c", true),
            ("*/b?c", "http://a/bxc", true),
            (r"*/b\?c", "http://a/bxc", false),
            (r"*/b\?c", "http://a/b?c", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xaxbx", false),
            ("*ab*ab", "abxabab", true),
            ("?", "", false),
            ("", "", true),
            (r"\", r"\", true),
            ("ü?", "üß", true),
        ] {
            let pattern = RequestPattern {
                url: Some(pattern.to_owned()),
                resource_type: Some(ResourceType::Image),
            };
            assert_eq!(
                pattern.picks(url, ResourceType::Image),
                picked,
                "{pattern:?} {url}"
            );
            assert!(!pattern.picks(url, ResourceType::Font));
        }
        assert!(RequestPattern::default().picks("any", ResourceType::Font));
    }

    #[test]
    fn kinds_have_chromes_names_and_a_new_one_is_any_other() {
        let name = |kind: ResourceType| serde_json::to_value(kind).unwrap();
        assert_eq!(name(ResourceType::Xhr), "XHR");
        assert_eq!(name(ResourceType::TextTrack), "TextTrack");
        let kind = |name: &str| serde_json::from_value::<ResourceType>(name.into()).unwrap();
        assert_eq!(kind("EventSource"), ResourceType::EventSource);
        assert_eq!(kind("FedCM"), ResourceType::Other);
    }

    /// The definition, step by step.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|at| by_definition(rest, &text[at..])),
            Some(('?', rest)) => !text.is_empty() && by_definition(rest, &text[1..]),
            Some((first, rest)) => text.first() == Some(first) && by_definition(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn a_pattern_picks_what_its_definition_says(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            let (p, t): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches(&pattern, &text), by_definition(&p, &t));
        }
    }
}
