//! From the bytes that came to text in UTF-8.

use std::borrow::Cow;
use std::io::Read;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use super::{SitemapFault, SitemapFaultKind};

/// Text, and what kept the rest of it away.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) fault: Option<SitemapFault>,
}

/// Decompresses `body` if it is gzip, and decodes at most `limit` bytes of it.
///
/// Gzip is known by its first bytes: names and headers often say otherwise.
pub(super) fn decode(body: &[u8], limit: usize) -> Decoded<'_> {
    let (mut bytes, mut fault) = if body.starts_with(&[0x1f, 0x8b]) {
        let (bytes, fault) = unpack(body, limit);
        (Cow::Owned(bytes), fault)
    } else {
        (Cow::Borrowed(body), None)
    };
    if bytes.len() > limit {
        match &mut bytes {
            Cow::Borrowed(bytes) => *bytes = &bytes[..limit],
            Cow::Owned(bytes) => bytes.truncate(limit),
        }
        fault = Some(SitemapFaultKind::Bytes(limit));
    }
    let (encoding, mark) = encoding(&bytes);
    let text = match bytes {
        Cow::Borrowed(bytes) => encoding.decode_without_bom_handling(&bytes[mark..]).0,
        Cow::Owned(bytes) => match encoding.decode_without_bom_handling(&bytes[mark..]).0 {
            Cow::Owned(text) => Cow::Owned(text),
            // It is in UTF-8 already. Without a mark it need not even move.
            Cow::Borrowed(_) => {
                let mut bytes = bytes;
                bytes.drain(..mark);
                Cow::Owned(String::from_utf8(bytes).unwrap_or_default())
            }
        },
    };
    let fault = fault.map(|kind| SitemapFault {
        kind,
        offset: text.len(),
    });
    Decoded { text, fault }
}

/// One byte more than `limit`, if there are as many; so a bomb costs no more than a large sitemap.
fn unpack(body: &[u8], limit: usize) -> (Vec<u8>, Option<SitemapFaultKind>) {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(body).take(most).read_to_end(&mut bytes);
    let fault = read
        .err()
        .map(|error| SitemapFaultKind::Gzip(error.to_string()));
    (bytes, fault)
}

/// What `bytes` are in, and how long the byte order mark before them is.
fn encoding(bytes: &[u8]) -> (&'static Encoding, usize) {
    if let Some(marked) = Encoding::for_bom(bytes) {
        return marked;
    }
    match bytes {
        [b'<', 0, ..] => return (UTF_16LE, 0),
        [0, b'<', ..] => return (UTF_16BE, 0),
        _ => {}
    }
    let declared = declared(bytes).and_then(Encoding::for_label);
    match declared {
        // A declaration that can be read byte by byte is itself not in UTF-16, so neither is the rest.
        Some(encoding) if encoding != UTF_16LE && encoding != UTF_16BE => (encoding, 0),
        _ => (UTF_8, 0),
    }
}

/// The encoding that the declaration `<?xml … encoding="…"?>` names.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let declaration = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|byte| *byte == b'>')?;
    let declaration = &declaration[..end];
    let key = b"encoding";
    let at = declaration
        .windows(key.len())
        .position(|part| part == key)?;
    let value = declaration[at + key.len()..].trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    Some(&value[..end])
}
