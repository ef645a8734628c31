//! Sitemaps of plain text: an address a line.

use super::{
    Sitemap, SitemapContent, SitemapEntry, SitemapError, SitemapFault, SitemapFaultKind,
    SitemapLimits, web_address,
};

/// Reads the lines of `text`; of one that is `cut` off, the last is not whole.
pub(super) fn read(text: &str, limits: SitemapLimits, cut: bool) -> Result<Sitemap, SitemapError> {
    let mut entries = Vec::new();
    let mut fault = None;
    let mut offset = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let start = offset;
        offset += line.len();
        if line.trim().is_empty() || (cut && offset == text.len() && !line.ends_with(['\n', '\r']))
        {
            continue;
        }
        // Relative addresses cannot be told from words here.
        let Some(url) = web_address(line, None) else {
            fault.get_or_insert(SitemapFault {
                kind: SitemapFaultKind::Line,
                offset: start,
            });
            continue;
        };
        if entries.len() == limits.entries {
            fault = Some(SitemapFault {
                kind: SitemapFaultKind::Entries(limits.entries),
                offset: start,
            });
            break;
        }
        entries.push(SitemapEntry {
            url,
            last_modified: None,
        });
    }
    if entries.is_empty() && fault.as_ref().is_some_and(|fault| !fault.is_limit()) {
        return Err(SitemapError::Text);
    }
    Ok(Sitemap {
        content: SitemapContent::Urls(entries),
        fault,
    })
}
