//! What a navigation led to.

use std::time::Duration;

use url::Url;

/// What a navigation led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The address of the document after all redirects.
    pub url: Url,
    /// The HTTP status of the document; none for documents that came without HTTP.
    pub status: Option<u16>,
    /// The redirects that led to the document, in order; at most the first 32. The document itself is none of them.
    pub redirects: Vec<Redirect>,
    /// The headers of the document's response, in no order. A header that was sent twice is one value, its parts
    /// separated by line feeds.
    pub headers: Vec<(String, String)>,
    /// The media type of the document as Chrome took it, such as `text/html`.
    pub mime_type: Option<String>,
    /// The seconds or date of the response's `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// The address the document came from, as the browser saw it: that of the proxy where there is one.
    pub remote_address: Option<String>,
    /// How long what took.
    pub timing: Timing,
}

/// An HTTP redirect on the way to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The address that redirected.
    pub url: Url,
    /// The status it did so with. Chrome reports 307 for those that it makes by itself, as for HSTS.
    pub status: u16,
}

/// How long the parts of a visit took, on Chrome's own clock.
///
/// | field | what it is | from |
/// | --- | --- | --- |
/// | `dns`, `connect`, `tls` | how long each took; `connect` contains `tls` | the document's last hop; none where a connection was used again, or nothing was looked up |
/// | `first_byte` | from the start until the head of the document's response | `Network.responseReceived` |
/// | `dom_content_loaded`, `load` | from the start until the event | `Page.lifecycleEvent` |
///
/// The start is when the first request was made, before any redirect. All are none for documents without a
/// request, such as `about:blank`, and an event that had not happened when the visit ended is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// How long the look-up of the name took.
    pub dns: Option<Duration>,
    /// How long making the connection took, TLS included.
    pub connect: Option<Duration>,
    /// How long the TLS handshake took.
    pub tls: Option<Duration>,
    /// From the start until the head of the document's response had come.
    pub first_byte: Option<Duration>,
    /// From the start until the document was parsed.
    pub dom_content_loaded: Option<Duration>,
    /// From the start until the document and what it names was loaded.
    pub load: Option<Duration>,
}

impl Visit {
    /// A visit of which only the address is known.
    #[must_use]
    pub fn of(url: Url) -> Self {
        Self {
            url,
            status: None,
            redirects: Vec::new(),
            headers: Vec::new(),
            mime_type: None,
            retry_after: None,
            remote_address: None,
            timing: Timing::default(),
        }
    }

    /// The value of a header of the document's response, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}
