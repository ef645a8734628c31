//! What a new page may do, and what it pretends to be.

use std::{fmt, sync::Arc};

use crate::{Interception, RequestGuard, ResourceType};

/// What a new page may do, and what it pretends to be.
///
/// | field | default |
/// | --- | --- |
/// | `guard` | none: every address is allowed |
/// | `block` | nothing |
/// | `interception` | none |
/// | `headers` | none |
/// | `user_agent` | the browser's own |
/// | `viewport` | the browser's own: 800 by 600 in the headless shell |
/// | `locale`, `timezone` | the browser's own |
///
/// Whatever is set holds for the page, for its frames, whatever process they are in, and for its dedicated workers, but
/// for the viewport, which only a page has. It does not hold for shared workers and service workers, which belong to no page;
/// pages that block or intercept go past service workers. A value that Chrome does not take, such
/// as an unknown time zone, is an error of [`new_page`](crate::Browser::new_page).
///
/// What cannot be set: permissions are denied, downloads are refused, dialogs are dismissed (a page that asks whether it
/// may be left is left), file choosers come back empty, and no windows are opened: by a flag in a browser of ours; in somebody
/// else's they are closed as soon as it tells of them.
#[derive(Clone, Default)]
pub struct PageOptions {
    /// Asked before each document request, redirects and frames included; without one every address is allowed.
    ///
    /// In a browser that somebody else has started two kinds of requests for documents get past it: the first one of a
    /// window that a page opens, and what a page's speculation rules have fetched ahead. In one of ours flags forbid both.
    pub guard: Option<Arc<dyn RequestGuard>>,
    /// What the page does not load.
    pub block: Block,
    /// Who answers or changes some of its requests.
    pub interception: Option<Interception>,
    /// Headers sent with every request of the page, over those of the same name that it would send itself.
    pub headers: Vec<(String, String)>,
    /// What the page says the browser is.
    pub user_agent: Option<UserAgent>,
    /// The size of what can be seen.
    pub viewport: Option<Viewport>,
    /// A language tag such as `de-DE`: for `Accept-Language`, `navigator.language`, and how numbers and dates are written.
    pub locale: Option<String>,
    /// A time zone by its IANA name, such as `Europe/Berlin`.
    pub timezone: Option<String>,
}

impl fmt::Debug for PageOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers may carry credentials.
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("PageOptions")
            .field("guard", &self.guard.is_some())
            .field("block", &self.block)
            .field("interception", &self.interception)
            .field("headers", &headers)
            .field("user_agent", &self.user_agent)
            .field("viewport", &self.viewport)
            .field("locale", &self.locale)
            .field("timezone", &self.timezone)
            .finish()
    }
}

/// What a page does not load. What is not blocked costs no message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// Addresses, in the syntax of the [URL Pattern Standard](https://urlpattern.spec.whatwg.org), such as
    /// `*://*:*/*.png` or `https://*.example.com:*/*`; what a pattern leaves out, as the query, may be
    /// anything. Chrome refuses such requests by itself: they cost no message either.
    pub url_patterns: Vec<String>,
    /// Kinds of resources. A request that is refused for its kind costs a message each way.
    pub resource_types: Vec<ResourceType>,
}

impl Block {
    pub(crate) fn is_empty(&self) -> bool {
        self.url_patterns.is_empty() && self.resource_types.is_empty()
    }
}

/// What a page says the browser is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent {
    /// The `User-Agent` header and `navigator.userAgent`.
    pub text: String,
    /// The client hints that go with it. Without any the page sends none, so that nothing contradicts `text`.
    pub hints: Option<ClientHints>,
}

impl UserAgent {
    /// A user agent without client hints.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hints: None,
        }
    }
}

/// [User-Agent client hints](https://wicg.github.io/ua-client-hints/): `Sec-CH-UA` and its relatives, and
/// `navigator.userAgentData`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientHints {
    /// Brands with their significant versions, such as `("Chromium", "156")`.
    pub brands: Vec<(String, String)>,
    /// The operating system, such as `Linux`.
    pub platform: String,
    /// Its version; empty where there is none to tell, as for Linux.
    pub platform_version: String,
    /// The processor, such as `x86`.
    pub architecture: String,
    /// The model of a mobile device; empty for any other.
    pub model: String,
    /// Whether it is a mobile device.
    pub mobile: bool,
}

/// The size of what can be seen of a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Device pixels to a CSS pixel. Default 1.
    pub scale_factor: f64,
    /// Whether it is that of a mobile device: pages may then set their own width, and scroll bars lie over them.
    pub mobile: bool,
}

impl Viewport {
    /// The viewport of a desktop, one device pixel to a CSS pixel.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            scale_factor: 1.0,
            mobile: false,
        }
    }
}
