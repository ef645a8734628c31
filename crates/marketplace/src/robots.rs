//! What a site's robots.txt lets a crawler fetch, by RFC 9309.
//!
//! The matcher is our own because none of the crates for it decides all that the RFC does: on the 127 decisions that
//! Google's own tests make within the RFC, texting_robots 0.2.2 gets 121, robotxt 0.7.0 gets 120, robotstxt 0.3.0
//! gets 125, robotparser 0.11.0 gets 116 and robots_txt 0.7.0 gets 75. Some of what they miss is all that a group forbids:
//! the first two do not find one whose user agent has a second word (`User-agent: foo bar`), the third ends one at any
//! line that it does not know.

mod line;
mod pattern;

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use encoding_rs::{Encoding, UTF_8};
use url::Url;

use line::Record;
use pattern::{Path, Pattern};

/// Which addresses of one host a crawler may fetch, as the host's robots.txt says.
///
/// It holds for the scheme, host and port it was fetched from. All it needs of an address is the path and the query, so
/// it cannot tell whether it is asked about another host.
///
/// Groups that name the same agent count as one. The rule with the longest pattern decides, of two as long the one that
/// allows. An agent that no group names is ruled by the groups of `*`, and is free where there are none. `/robots.txt`
/// may always be fetched.
///
/// Escapes such as `%7E` that need not be there are undone before a `Disallow` is compared, as the RFC asks, but
/// not before an `Allow` is, as Google does not: where the two differ, the answer is the one that keeps the crawler out.
///
/// ```
/// use marketplace::Robots;
/// use url::Url;
///
/// let robots = Robots::parse("User-agent: *\nDisallow: /*?sort=\nCrawl-delay: 2\nSitemap: /jobs.xml");
/// assert!(robots.allows("marketscan", &Url::parse("https://jobs.example/list?page=2")?));
/// assert!(!robots.allows("marketscan", &Url::parse("https://jobs.example/list?sort=pay")?));
/// assert_eq!(robots.crawl_delay("marketscan"), Some(std::time::Duration::from_secs(2)));
/// assert_eq!(robots.sitemaps(), ["/jobs.xml"]);
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

impl Robots {
    /// How many bytes of a robots.txt are read: 500 KiB, the least that RFC 9309 asks of a crawler.
    ///
    /// What lies beyond is passed over, with the line that crosses the border, so nothing longer needs to be downloaded.
    pub const MAX_BYTES: usize = 500 * 1024;

    /// Reads the body of a robots.txt that was fetched with success.
    ///
    /// It never fails: a line that makes no sense, and so a whole page of HTML, is passed over. Lines end with CR, LF or
    /// both. The text is UTF-8; a byte order mark is passed over, and one of UTF-16 is obeyed.
    #[must_use]
    pub fn parse(body: impl AsRef<[u8]>) -> Self {
        let text = text(body.as_ref());
        let mut robots = Self::default();
        let mut naming_agents = false;
        for line in line::lines(&text) {
            let Some(record) = line::record(line) else {
                continue;
            };
            match record {
                Record::UserAgent(name) => {
                    // Only rules end a group; whatever else stands between two names does not.
                    if !naming_agents {
                        robots.groups.push(Group::default());
                        naming_agents = true;
                    }
                    if let Some(group) = robots.groups.last_mut() {
                        group.name(name);
                    }
                }
                Record::Rule { allow, path } => {
                    naming_agents = false;
                    // A rule before the first name is no one's.
                    if let Some(group) = robots.groups.last_mut() {
                        group.rules.extend(Rule::new(allow, path));
                    }
                }
                Record::CrawlDelay(delay) => {
                    if let Some(group) = robots.groups.last_mut() {
                        group.delay(delay);
                    }
                }
                Record::Sitemap(address) => {
                    robots
                        .sitemaps
                        .push(String::from_utf8_lossy(address).into_owned());
                }
            }
        }
        for group in &mut robots.groups {
            group
                .rules
                .sort_by_key(|rule| std::cmp::Reverse(rule.rank()));
        }
        robots
    }

    /// What holds where the server says that there is no robots.txt: everything is allowed.
    ///
    /// RFC 9309 (2.3.1.3) calls it unavailable: a status of 400 to 499, or more redirects than the five one should
    /// follow. It does not except 429, but a server that is asked too often has not said that it has no rules;
    /// [`unreachable`](Self::unreachable) is the polite answer to that one.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::default()
    }

    /// What holds where nobody knows the rules: nothing is allowed.
    ///
    /// RFC 9309 (2.3.1.4) calls it unreachable: a status of 500 to 599, or no answer at all. An earlier copy may be used
    /// instead. After some 30 days of it the RFC lets a crawler treat the file as [unavailable](Self::unavailable).
    #[must_use]
    pub fn unreachable() -> Self {
        Self::parse("User-agent: *\nDisallow: /")
    }

    /// Whether `agent` may fetch `url`.
    ///
    /// `agent` is the product token, such as `marketscan`, or a whole `User-Agent` header that begins with it; case does
    /// not matter.
    #[must_use]
    pub fn allows(&self, agent: &str, url: &Url) -> bool {
        if url.path() == "/robots.txt" {
            return true;
        }
        let path = Path::of(url);
        self.groups_of(agent)
            .filter_map(|(group, _)| group.rules.iter().find(|rule| rule.matches(&path)))
            .max_by_key(|rule| rule.rank())
            .is_none_or(|rule| rule.allow)
    }

    /// How long `agent` is asked to wait between two requests; the longest wait where several are given.
    ///
    /// `Crawl-delay` is not part of the RFC. It binds the agents that are named directly above it.
    #[must_use]
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        self.groups_of(agent)
            .flat_map(|(group, token)| {
                let named = move |delay: &&Delay| {
                    let mut agents = group.agents[delay.agents.clone()].iter();
                    agents.any(|name| name.eq_ignore_ascii_case(token))
                };
                group.delays.iter().filter(named)
            })
            .map(|delay| delay.wait)
            .max()
    }

    /// The sitemaps that the file lists for everybody, as they are written.
    ///
    /// They should be absolute but often are not: resolve each with [`Url::join`] on the address of the robots.txt. They
    /// may lie on other hosts, and may be feeds or plain text; [`Sitemap`](crate::Sitemap) reads them all.
    #[must_use]
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// The groups that rule `agent`, each with the name it has there: its own, or the ones for everybody.
    fn groups_of<'a>(&'a self, agent: &'a str) -> impl Iterator<Item = (&'a Group, &'a str)> {
        let own = line::product_token(agent.as_bytes());
        let own = std::str::from_utf8(own).unwrap_or_default();
        let named = !own.is_empty() && self.groups.iter().any(|group| group.names(own));
        let token = if named { own } else { EVERYBODY };
        self.groups
            .iter()
            .filter(move |group| group.names(token))
            .map(move |group| (group, token))
    }
}

const EVERYBODY: &str = "*";

/// Names, and the rules that hold for each of them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    agents: Vec<String>,
    /// The one that decides first: see [`Rule::rank`].
    rules: Vec<Rule>,
    delays: Vec<Delay>,
}

/// A wait that is asked of a run of neighbouring agents.
#[derive(Debug, Clone, PartialEq)]
struct Delay {
    agents: Range<usize>,
    wait: Duration,
}

impl Group {
    fn name(&mut self, value: &[u8]) {
        let token = match value {
            [b'*'] | [b'*', b' ' | b'\t', ..] => EVERYBODY.as_bytes(),
            _ => line::product_token(value),
        };
        self.agents
            .push(String::from_utf8_lossy(token).into_owned());
    }

    fn names(&self, token: &str) -> bool {
        let mut agents = self.agents.iter();
        agents.any(|name| name.eq_ignore_ascii_case(token))
    }

    fn delay(&mut self, wait: Duration) {
        let named = self.agents.len();
        match self.delays.last_mut() {
            // Several for the same names, kept as one: the work of a look-up does not grow with the repetitions.
            Some(last) if last.agents.end == named => last.wait = last.wait.max(wait),
            last => {
                let start = last.map_or(0, |last| last.agents.end);
                self.delays.push(Delay {
                    agents: start..named,
                    wait,
                });
            }
        }
    }
}

/// One `Allow` or `Disallow`.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    allow: bool,
    octets: usize,
    pattern: Pattern,
}

impl Rule {
    /// Nothing for an empty path, which matches no address.
    fn new(allow: bool, path: &[u8]) -> Option<Self> {
        if path.is_empty() {
            return None;
        }
        let meant = Pattern::meant(path);
        Some(Self {
            allow,
            octets: meant.octets(),
            pattern: if allow { Pattern::written(path) } else { meant },
        })
    }

    /// The highest that matches decides: the longest, and of those one that allows.
    fn rank(&self) -> (usize, bool) {
        (self.octets, self.allow)
    }

    fn matches(&self, path: &Path) -> bool {
        self.pattern.matches(if self.allow {
            &path.written
        } else {
            &path.meant
        })
    }
}

/// As much of `body` as is read, in UTF-8 wherever a mark says what it is.
fn text(body: &[u8]) -> Cow<'_, [u8]> {
    let mut read = body;
    if body.len() > Robots::MAX_BYTES {
        read = &body[..Robots::MAX_BYTES];
    }
    let text = match Encoding::for_bom(read) {
        Some((encoding, mark)) if encoding == UTF_8 => Cow::Borrowed(&read[mark..]),
        Some((utf16, mark)) => {
            let (text, _) = utf16.decode_without_bom_handling(&read[mark..]);
            Cow::Owned(text.into_owned().into_bytes())
        }
        None => Cow::Borrowed(read),
    };
    if read.len() == body.len() {
        return text;
    }
    // Half a rule is another rule.
    let whole = text.iter().rposition(|byte| matches!(byte, b'\r' | b'\n'));
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..whole.unwrap_or(0)]),
        Cow::Owned(mut text) => {
            text.truncate(whole.unwrap_or(0));
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests;
