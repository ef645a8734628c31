//! Sitemaps, indexes and feeds in XML.
//!
//! All four are a list of entries whose direct children say where and when; they differ in the names. Children with a
//! prefix other than the root's belong to extensions, and so does all that lies deeper.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesRef, BytesStart, Event};
use url::Url;

use super::{
    Sitemap, SitemapContent, SitemapEntry, SitemapError, SitemapFault, SitemapFaultKind,
    SitemapLimits, date, web_address,
};

/// Reads `text` up to its end, its first break or a limit.
pub(super) fn read(text: &str, base: &Url, limits: SitemapLimits) -> Result<Sitemap, SitemapError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // `&` in an address is often not escaped, and means only itself then.
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
    let mut list = List {
        base,
        limits,
        format: None,
        depth: 0,
        entry: None,
        field: None,
        text: String::new(),
        entries: Vec::new(),
        misplaced: None,
    };
    let stop = loop {
        let offset = at(reader.buffer_position());
        let step = match reader.read_event() {
            Ok(Event::Start(element)) => list.start(&element, offset)?,
            Ok(Event::End(_)) => list.end(),
            Ok(Event::Text(part)) => list.text(&part),
            Ok(Event::CData(part)) => list.text(&part),
            Ok(Event::GeneralRef(reference)) => list.reference(&reference),
            Ok(Event::Eof) if list.depth == 0 => break None,
            Ok(Event::Eof) => {
                break Some(fault(SitemapFaultKind::Truncated, offset));
            }
            Ok(_) => Ok(()),
            Err(error) => break Some(fault(kind(&error), at(reader.error_position()))),
        };
        if let Err(kind) = step {
            break Some(fault(kind, offset));
        }
    };
    let closing = stop
        .as_ref()
        .and_then(|fault| text.get(fault.offset..))
        .is_some_and(|rest| rest.starts_with("</"));
    list.finish(stop, closing)
}

fn at(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn fault(kind: SitemapFaultKind, offset: usize) -> SitemapFault {
    SitemapFault { kind, offset }
}

fn kind(error: &Error) -> SitemapFaultKind {
    match error {
        Error::Syntax(SyntaxError::InvalidBangMarkup) => SitemapFaultKind::Xml(error.to_string()),
        // Each of the others says that what was begun has no end.
        Error::Syntax(_) => SitemapFaultKind::Truncated,
        _ => SitemapFaultKind::Xml(error.to_string()),
    }
}

/// What the outermost element says that the document is.
enum Format {
    /// `urlset` or `sitemapindex`, with the prefix that their elements have.
    Sitemap { index: bool, prefix: String },
    /// RSS; of version 1.0 it is RDF.
    Rss,
    /// Atom, with the prefix of its elements.
    Atom { prefix: String },
}

impl Format {
    fn of(element: &str) -> Option<Self> {
        let (prefix, name) = split(element);
        let prefix = prefix.to_owned();
        match name {
            "urlset" | "sitemapindex" => Some(Self::Sitemap {
                index: name == "sitemapindex",
                prefix,
            }),
            "rss" | "RDF" => Some(Self::Rss),
            "feed" => Some(Self::Atom { prefix }),
            _ => None,
        }
    }

    /// Whether `element`, so deep in the document, is an entry.
    fn is_entry(&self, element: &str, depth: usize) -> bool {
        let (prefix, name) = split(element);
        match self {
            Self::Sitemap { index, prefix: own } => {
                let entry = if *index { "sitemap" } else { "url" };
                depth == 2 && prefix == own && name == entry
            }
            Self::Rss => depth <= 3 && prefix.is_empty() && name == "item",
            Self::Atom { prefix: own } => depth == 2 && prefix == own && name == "entry",
        }
    }

    /// What `element`, a child of an entry, tells of it.
    fn field(&self, element: &str) -> Option<Field> {
        let (prefix, name) = split(element);
        match self {
            Self::Sitemap { prefix: own, .. } if prefix == own => match name {
                "loc" => Some(Field::Address),
                "lastmod" => Some(Field::Modified),
                _ => None,
            },
            Self::Rss => match element {
                "link" => Some(Field::Address),
                "guid" => Some(Field::Guid),
                "pubDate" | "dc:date" => Some(Field::Modified),
                _ => None,
            },
            Self::Atom { prefix: own } if prefix == own => match name {
                "link" => Some(Field::Link),
                "published" => Some(Field::Published),
                "updated" => Some(Field::Modified),
                _ => None,
            },
            Self::Sitemap { .. } | Self::Atom { .. } => None,
        }
    }
}

fn split(element: &str) -> (&str, &str) {
    element.split_once(':').unwrap_or(("", element))
}

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Address,
    /// An address in an attribute.
    Link,
    /// Of an item without an address, often one.
    Guid,
    Modified,
    /// Counts where there is no word of a later change.
    Published,
}

/// An entry that is not closed yet.
#[derive(Default)]
struct Entry {
    /// Whether an address was met, usable or not.
    addressed: bool,
    /// Where in the list the last address is that may still be told its date.
    undated: Option<usize>,
    /// A date that came before the address.
    modified: Option<String>,
    published: Option<String>,
    guid: Option<String>,
    /// What stands in it outside of any child: in some indexes, the address.
    bare: String,
    depth: usize,
}

struct List<'a> {
    base: &'a Url,
    limits: SitemapLimits,
    format: Option<Format>,
    /// How many elements are open.
    depth: usize,
    entry: Option<Entry>,
    /// The child that is open, the depth it lies at and its name.
    field: Option<(Field, usize)>,
    /// What that child holds so far.
    text: String,
    entries: Vec<SitemapEntry>,
    misplaced: Option<SitemapFault>,
}

/// Why to stop.
type Step = Result<(), SitemapFaultKind>;

impl List<'_> {
    fn start(&mut self, element: &BytesStart<'_>, offset: usize) -> Result<Step, SitemapError> {
        let name = element.name().into_inner();
        if self.depth == self.limits.depth {
            return Ok(Err(SitemapFaultKind::Depth(self.limits.depth)));
        }
        self.depth += 1;
        let Some(format) = &self.format else {
            self.format = Format::of(name);
            return match self.format {
                Some(_) => Ok(Ok(())),
                None => Err(SitemapError::Root {
                    root: name.chars().take(40).collect(),
                }),
            };
        };
        match &mut self.entry {
            None if format.is_entry(name, self.depth) => {
                self.entry = Some(Entry {
                    depth: self.depth,
                    ..Entry::default()
                });
            }
            None => {}
            Some(entry) if self.field.is_none() && self.depth == entry.depth + 1 => {
                let Some(field) = format.field(name) else {
                    return Ok(Ok(()));
                };
                self.text.clear();
                if field == Field::Link {
                    if !entry.addressed
                        && let Some(address) = alternate(element)
                    {
                        return Ok(self.address(&address));
                    }
                } else {
                    self.field = Some((field, self.depth));
                }
            }
            Some(_) => {
                // Some sites wrap the address once more; its text is what counts.
                if matches!(self.field, Some((Field::Address, _))) {
                    self.misplaced.get_or_insert_with(|| {
                        let child = name.chars().take(40).collect();
                        let parent = "loc".to_owned();
                        fault(SitemapFaultKind::Misplaced { child, parent }, offset)
                    });
                }
            }
        }
        Ok(Ok(()))
    }

    fn end(&mut self) -> Step {
        let closed = self.depth;
        self.depth = self.depth.saturating_sub(1);
        if self.field.is_some_and(|(_, depth)| depth == closed) {
            self.close_field()
        } else if self
            .entry
            .as_ref()
            .is_some_and(|entry| entry.depth == closed)
        {
            self.close_entry()
        } else {
            Ok(())
        }
    }

    fn text(&mut self, part: &str) -> Step {
        if self.field.is_some() {
            self.text.push_str(part);
        } else if let Some(entry) = &mut self.entry
            && entry.depth == self.depth
        {
            entry.bare.push_str(part);
        }
        Ok(())
    }

    /// An entity of the document's own stays as it is written.
    fn reference(&mut self, reference: &BytesRef<'_>) -> Step {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        match &**reference {
            "amp" => self.text("&"),
            "lt" => self.text("<"),
            "gt" => self.text(">"),
            "quot" => self.text("\""),
            "apos" => self.text("'"),
            name => {
                self.text("&")?;
                self.text(name)?;
                self.text(";")
            }
        }
    }

    fn close_field(&mut self) -> Step {
        let text = std::mem::take(&mut self.text);
        let (Some((field, _)), Some(entry)) = (self.field.take(), &mut self.entry) else {
            return Ok(());
        };
        match field {
            Field::Address | Field::Link => return self.address(&text),
            Field::Guid => entry.guid = Some(text),
            Field::Published => entry.published = Some(text),
            // Where one entry holds several addresses, each date is that of the one before it.
            Field::Modified => match entry.undated.take() {
                Some(at) => self.entries[at].last_modified = date::moment(&text),
                None if !entry.addressed => entry.modified = Some(text),
                None => {}
            },
        }
        Ok(())
    }

    /// Adds what `text` spells, if it is an address.
    fn address(&mut self, text: &str) -> Step {
        let url = web_address(text, Some(self.base));
        let Some(entry) = &mut self.entry else {
            return Ok(());
        };
        if text.trim().is_empty() {
            return Ok(());
        }
        entry.addressed = true;
        entry.undated = None;
        let modified = entry.modified.take();
        let Some(url) = url else { return Ok(()) };
        if self.entries.len() == self.limits.entries {
            return Err(SitemapFaultKind::Entries(self.limits.entries));
        }
        let last_modified = modified.as_deref().and_then(date::moment);
        if last_modified.is_none() {
            entry.undated = Some(self.entries.len());
        }
        self.entries.push(SitemapEntry { url, last_modified });
        Ok(())
    }

    fn close_entry(&mut self) -> Step {
        let Some(entry) = &mut self.entry else {
            return Ok(());
        };
        let bare = std::mem::take(&mut entry.bare);
        let added = if entry.addressed {
            Ok(())
        } else if let Some(guid) = entry.guid.take() {
            // A guid need not be an address, and only one that is absolute can be told from a name.
            match web_address(&guid, None) {
                Some(url) => self.address(url.as_str()),
                None => Ok(()),
            }
        } else if web_address(&bare, None).is_some() {
            self.address(&bare)
        } else {
            Ok(())
        };
        if let Some(entry) = self.entry.take()
            && let (Some(at), Some(published)) = (entry.undated, entry.published)
        {
            self.entries[at].last_modified = date::moment(&published);
        }
        added
    }

    /// `closing` says that what broke was the tag that ends an element.
    fn finish(
        mut self,
        stop: Option<SitemapFault>,
        closing: bool,
    ) -> Result<Sitemap, SitemapError> {
        if closing && let Some((Field::Address, _)) = self.field {
            // The address before it is whole. What made the reading stop came before a limit that this one entry might
            // exceed.
            let _ = self.close_field();
        }
        let fault = stop.or(self.misplaced);
        match self.format {
            Some(Format::Sitemap { index: true, .. }) => Ok(Sitemap {
                content: SitemapContent::Index(self.entries),
                fault,
            }),
            Some(_) => Ok(Sitemap {
                content: SitemapContent::Urls(self.entries),
                fault,
            }),
            None => Err(SitemapError::Unreadable(fault.unwrap_or(SitemapFault {
                kind: SitemapFaultKind::Truncated,
                offset: 0,
            }))),
        }
    }
}

/// Where a link of Atom leads, if to the entry itself.
fn alternate(link: &BytesStart<'_>) -> Option<String> {
    let (mut href, mut rel) = (None, None);
    let mut attributes = link.attributes();
    // Checks for doubles take time that grows with the square of their number.
    for attribute in attributes.with_checks(false).flatten() {
        let value = || {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            value.unwrap_or_else(|_| attribute.value.clone())
        };
        match attribute.key.into_inner() {
            "href" => href = Some(value().into_owned()),
            "rel" => rel = Some(value().into_owned()),
            _ => {}
        }
    }
    href.filter(|_| rel.is_none_or(|rel| rel == "alternate"))
}
