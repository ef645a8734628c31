//! The addresses that a site lists of itself.

mod date;
mod decode;
mod plain;
mod xml;

use jiff::Timestamp;
use url::Url;

use decode::decode;

/// What a sitemap lists, as far as it could be read.
///
/// It may be a sitemap or a sitemap index as sitemaps.org defines them, with any namespace or none, a feed of RSS or Atom,
/// or plain text with an address a line; each of them as it is or in gzip. What extensions say of images, videos and news is
/// passed over. Entities that a document declares are not expanded, and nothing that it refers to is fetched.
///
/// ```
/// use marketplace::{Sitemap, SitemapContent, SitemapLimits};
/// use url::Url;
///
/// let url = Url::parse("https://jobs.example/sitemap.xml")?;
/// let body = b"<urlset><url><loc>/job/1</loc></url><url><loc>/job/2</loc></ur";
/// let sitemap = Sitemap::parse(body, &url, SitemapLimits::default())?;
/// let SitemapContent::Urls(urls) = &sitemap.content else { panic!("an index") };
/// assert_eq!(urls[1].url.as_str(), "https://jobs.example/job/2");
/// assert_eq!(sitemap.fault.unwrap().to_string(), "it ends too early (at byte 58)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Sitemap {
    /// What it lists.
    pub content: SitemapContent,
    /// Why there may be more than what was read, or why not all of it may be as its author meant it.
    pub fault: Option<SitemapFault>,
}

/// The entries of a [`Sitemap`], in its order.
#[derive(Debug, Clone, PartialEq)]
pub enum SitemapContent {
    /// Pages.
    Urls(Vec<SitemapEntry>),
    /// Further sitemaps. An index should not list another index; who follows them all needs a limit of depth.
    Index(Vec<SitemapEntry>),
}

/// One address in a [`Sitemap`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SitemapEntry {
    /// Absolute, http or https; on any host.
    pub url: Url,
    /// When it last changed, as the sitemap says. What has no zone is taken for UTC, a day for its first moment.
    pub last_modified: Option<Timestamp>,
}

/// How much of a sitemap is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SitemapLimits {
    /// Bytes, after decompression; 50 MiB by default, the most that a sitemap may have. This bounds the memory: a text that
    /// is not in UTF-8 may take three times as much.
    pub bytes: usize,
    /// Entries; 50,000 by default, the most that a sitemap may have.
    pub entries: usize,
    /// Elements inside one another; 64 by default.
    pub depth: usize,
}

impl Default for SitemapLimits {
    fn default() -> Self {
        Self {
            bytes: 50 * 1024 * 1024,
            entries: 50_000,
            depth: 64,
        }
    }
}

/// What is wrong with a [`Sitemap`], or kept it from being read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {offset})")]
#[non_exhaustive]
pub struct SitemapFault {
    /// What it is.
    pub kind: SitemapFaultKind,
    /// Where, in bytes from the start of the text, after decompression and in UTF-8.
    pub offset: usize,
}

/// The kinds of [`SitemapFault`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SitemapFaultKind {
    /// Nothing after it was read, for its structure is lost.
    #[error("its XML is broken: {0}")]
    Xml(String),
    /// It was cut off; what it had begun to say of an address is left out.
    #[error("it ends too early")]
    Truncated,
    /// The compressed data is damaged or cut off; what came out before was read.
    #[error("its gzip is broken: {0}")]
    Gzip(String),
    /// An element where none may be. All was read.
    #[error("<{child}> inside <{parent}>")]
    Misplaced {
        /// The element.
        child: String,
        /// The one that holds it.
        parent: String,
    },
    /// A line of a plain text that is no address. All others were read.
    #[error("a line that is no address")]
    Line,
    /// [`SitemapLimits::bytes`] was reached.
    #[error("it has more than {0} bytes")]
    Bytes(usize),
    /// [`SitemapLimits::entries`] was reached.
    #[error("it has more than {0} entries")]
    Entries(usize),
    /// [`SitemapLimits::depth`] was reached.
    #[error("it has more than {0} elements inside one another")]
    Depth(usize),
}

impl SitemapFault {
    /// Whether it was a limit of ours that ended the reading, and not an error of the sitemap.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(
            self.kind,
            SitemapFaultKind::Bytes(_) | SitemapFaultKind::Entries(_) | SitemapFaultKind::Depth(_)
        )
    }
}

/// Why [`Sitemap::parse`] found no sitemap at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SitemapError {
    /// There is nothing but white space.
    #[error("the sitemap is empty")]
    Empty,
    /// It is XML of another kind, or HTML.
    #[error(
        "<{root}> is no sitemap; one begins with <urlset>, <sitemapindex>, <rss>, <feed> or <RDF>"
    )]
    Root {
        /// Its outermost element.
        root: String,
    },
    /// It is text in which no line is an address.
    #[error("the text is no sitemap; one has an absolute address on each line")]
    Text,
    /// It broke before it said what it is.
    #[error("nothing of the sitemap could be read")]
    Unreadable(#[source] SitemapFault),
}

impl Sitemap {
    /// Reads `body`, the bytes that were fetched from `url`.
    ///
    /// Relative addresses are resolved against `url`. Those that are none, or not of http or https, are left out. Broken XML
    /// and broken gzip yield what stood before the break, and the [`fault`](Self::fault) says where that is.
    ///
    /// # Errors
    /// [`SitemapError`] if there is nothing in it that could be an entry, because it is no sitemap.
    pub fn parse(body: &[u8], url: &Url, limits: SitemapLimits) -> Result<Self, SitemapError> {
        let decoded = decode(body, limits.bytes);
        let text = decoded.text.trim_start();
        if text.is_empty() {
            return Err(match decoded.fault {
                Some(fault) => SitemapError::Unreadable(fault),
                None => SitemapError::Empty,
            });
        }
        let read = if text.starts_with('<') {
            xml::read(&decoded.text, url, limits)
        } else {
            plain::read(&decoded.text, limits, decoded.fault.is_some())
        };
        // What cut the text short is the better reason for its early end.
        let early = |fault: &SitemapFault| fault.kind == SitemapFaultKind::Truncated;
        match read {
            Ok(mut sitemap) => {
                if sitemap.fault.as_ref().is_none_or(early) {
                    sitemap.fault = decoded.fault.or(sitemap.fault);
                }
                Ok(sitemap)
            }
            Err(SitemapError::Unreadable(fault)) if early(&fault) => {
                Err(SitemapError::Unreadable(decoded.fault.unwrap_or(fault)))
            }
            Err(error) => Err(error),
        }
    }
}

/// The address that `text` spells, if one can be fetched there.
fn web_address(text: &str, base: Option<&Url>) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let url = Url::options().base_url(base).parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

#[cfg(test)]
mod tests;
