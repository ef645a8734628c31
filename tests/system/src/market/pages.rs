//! The HTML.

use std::{borrow::Cow, net::SocketAddr};

use axum::http::StatusCode;

use super::jobs::Job;

/// Throws while the page loads.
pub(super) const SCRIPT_THROWS: &str = "throw new Error('the shelf is empty');";
/// Opens a dialog once the page has loaded, which waits for an answer.
pub(super) const SCRIPT_DIALOG: &str =
    "addEventListener('load', () => setTimeout(() => alert('Subscribe to our letters?'), 0));";
/// Opens a second window once the page has loaded.
pub(super) const SCRIPT_POPUP: &str = "addEventListener('load', () => window.open('/about'));";
/// Never ends, once the page has loaded.
pub(super) const SCRIPT_BUSY: &str =
    "addEventListener('load', () => setTimeout(() => { for (;;) {} }, 0));";

/// Fills the heap of scripts until the renderer crashes: at once where that heap is kept small, as with
/// `--js-flags=--max-old-space-size=64`. One array that grows, because many small ones would be looked through again and again.
pub(super) const SCRIPT_CRASH: &str = "const held = []; for (;;) held.push(0.5);";
/// Holds 1 GiB outside of that heap, for 5 s before it loads on: more than a browser that is kept small may have, and no
/// danger to the machine.
pub(super) const SCRIPT_GREEDY: &str = "window.held = []; for (let i = 0; i < 64; i++) \
     held.push(new Uint8Array(1 << 24).fill(1)); const end = Date.now() + 5000; while (Date.now() < end);";

const BRAND: &str = "Lanternwork";
const PADDING: &str = "Terms of earlier years are kept here for reference and bind nobody. ";

/// Where a listing stands among its pages.
#[derive(Debug)]
pub(super) struct Pager {
    pub(super) path: &'static str,
    /// From 1.
    pub(super) page: usize,
    pub(super) pages: usize,
}

/// The front page.
pub(super) fn index() -> String {
    layout(
        "Work for people who like doing it well",
        "",
        r#"<h1>Work for people who like doing it well</h1>
<ul class="boards">
<li><a href="/board">Open jobs</a></li>
<li><a href="/spa">Open jobs, live view</a></li>
<li><a href="/single">Today’s list</a></li>
<li><a href="/empty">Night shifts</a></li>
</ul>"#,
    )
}

/// A listing of these jobs.
pub(super) fn listing(heading: &str, jobs: &[Job], pager: Option<&Pager>) -> String {
    layout(heading, "", &cards(heading, jobs, pager))
}

/// A listing that runs this script.
pub(super) fn scripted(jobs: &[Job], script: &str) -> String {
    layout(
        "Open jobs",
        &format!("<script>{script}</script>\n"),
        &cards("Open jobs", jobs, None),
    )
}

/// A listing of exactly this many bytes, or more where the cards alone need more.
pub(super) fn padded(jobs: &[Job], bytes: usize) -> String {
    let with = |padding: &str| {
        let archive = format!("<section class=\"archive\" hidden>{padding}</section>");
        layout(
            "Open jobs",
            "",
            &format!("{}\n{archive}", cards("Open jobs", jobs, None)),
        )
    };
    let missing = bytes.saturating_sub(with("").len());
    let mut padding = PADDING.repeat(missing.div_ceil(PADDING.len()));
    padding.truncate(missing);
    with(&padding)
}

/// A board without jobs.
pub(super) fn empty() -> String {
    layout(
        "Night shifts",
        "",
        r#"<h1>Night shifts</h1>
<div class="no-results">
<h2>No jobs found</h2>
<p>Nothing matches your search at the moment. Try fewer filters or come back tomorrow.</p>
</div>"#,
    )
}

/// Prose.
pub(super) fn about() -> String {
    layout(
        "About us",
        "",
        r#"<h1>About us</h1>
<p id="story">Lanternwork began as a pin board in a print shop. People left notes, other people took them,
and the printer kept the pins. We still like notes that say what is needed and what it is worth.</p>
<p id="fees">Whoever offers work pays us a small fee when it is done. Whoever does it pays nothing.</p>
<p id="contact">Write to the printer. He reads everything and answers most of it.</p>"#,
    )
}

/// The page that goes with an error.
pub(super) fn error(code: StatusCode) -> String {
    let heading = format!(
        "{} {}",
        code.as_u16(),
        code.canonical_reason().unwrap_or("Unknown status")
    );
    layout(
        &heading,
        "",
        &format!("<h1>{heading}</h1>\n<p>This page cannot be shown. Please try again later.</p>"),
    )
}

/// One job, with its structured data.
pub(super) fn detail(job: &Job, addr: SocketAddr) -> String {
    let url = format!("http://{addr}{}", job.path());
    // Inside a script element, only `<` could end it or open a comment.
    let data = job.to_json_ld(&url).to_string().replace('<', "\\u003c");
    let head = format!("<script type=\"application/ld+json\">{data}</script>\n");
    let main = format!(
        r#"<article class="job-detail">
<h1 class="job-title">{title}</h1>
{facts}
</article>
<p><a href="/board">All open jobs</a></p>"#,
        title = escape(&job.title),
        facts = facts(job),
    );
    layout(&job.title, &head, &main)
}

/// The page that `/static/spa.js` fills.
pub(super) fn shell() -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{BRAND}</title>
<link rel="stylesheet" href="/static/site.css">
</head>
<body>
<div id="app"></div>
<script src="/static/spa.js"></script>
</body>
</html>
"#
    )
}

fn cards(heading: &str, jobs: &[Job], pager: Option<&Pager>) -> String {
    let cards: String = jobs.iter().map(card).collect();
    let pager = pager.map(Pager::to_html).unwrap_or_default();
    format!(
        "<h1>{}</h1>\n<section class=\"jobs\">\n{cards}</section>{pager}",
        escape(heading)
    )
}

fn card(job: &Job) -> String {
    format!(
        r#"<article class="job-card" data-id="{id}">
<h2 class="job-title"><a href="{path}">{title}</a></h2>
{facts}
</article>
"#,
        id = job.id,
        path = job.path(),
        title = escape(&job.title),
        facts = facts(job),
    )
}

/// What card and detail page say alike.
fn facts(job: &Job) -> String {
    let skills: String = job
        .skills
        .iter()
        .map(|skill| format!("<li>{}</li>", escape(skill)))
        .collect();
    format!(
        r#"<p class="facts"><span class="company">{employer}</span> <span class="location">{location}</span> <span class="budget">{budget}</span> <time datetime="{date}">{posted}</time></p>
<p class="description">{description}</p>
<ul class="skills">{skills}</ul>"#,
        employer = escape(job.employer),
        location = escape(&job.location()),
        budget = escape(job.budget_text()),
        date = job.posted_date(),
        posted = job.posted_text(),
        description = escape(&job.description),
    )
}

impl Pager {
    fn to_html(&self) -> String {
        let Self { path, page, pages } = *self;
        let link = |rel: &str, page: usize, text: &str| {
            format!("<a rel=\"{rel}\" href=\"{path}?page={page}\">{text}</a> ")
        };
        let previous = if page > 1 {
            link("prev", page - 1, "Previous")
        } else {
            String::new()
        };
        let numbers: String = (1..=pages)
            .map(|number| {
                let current = if number == page {
                    " aria-current=\"page\""
                } else {
                    ""
                };
                format!("<a href=\"{path}?page={number}\"{current}>{number}</a> ")
            })
            .collect();
        let next = if page < pages {
            link("next", page + 1, "Next")
        } else {
            String::new()
        };
        format!("\n<nav class=\"pager\" aria-label=\"Pages\">{previous}{numbers}{next}</nav>")
    }
}

/// A whole page; `head` and `main` are HTML, `title` is text.
fn layout(title: &str, head: &str, main: &str) -> String {
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} | {BRAND}</title>
<link rel="stylesheet" href="/static/site.css">
<script src="/static/site.js" defer></script>
{head}</head>
<body>
<header>
<a class="brand" href="/">{BRAND}</a>
<nav class="site-nav" aria-label="Site"><ul>
<li><a href="/board">Find work</a></li>
<li><a href="/spa">Live view</a></li>
<li><a href="/about">About us</a></li>
<li><a href="/about#fees">Fees</a></li>
</ul></nav>
</header>
<div class="columns">
<main>
{main}
</main>
<aside>
<h2>From the workshop</h2>
<ul class="reading">
<li><a href="/about#story">How a pin board became a company</a></li>
<li><a href="/about#fees">What we charge, and whom</a></li>
<li><a href="/about#contact">Letters to the printer, answered</a></li>
</ul>
</aside>
</div>
<footer>
<ul><li><a href="/about#contact">Contact</a></li><li><a href="/about">Imprint</a></li><li><a href="/robots.txt">For robots</a></li></ul>
<p>{BRAND}, printed on recycled electrons.</p>
</footer>
</body>
</html>
"##,
        title = escape(title),
    )
}

/// Text made safe for element content and for quoted attributes.
fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            escape(r#"<a b="c">&'"#),
            "&lt;a b=&quot;c&quot;&gt;&amp;&#39;"
        );
        assert!(matches!(escape("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn padding_is_exact() {
        let jobs = Job::on_board(1);
        assert_eq!(padded(&jobs, 300 * 1024).len(), 300 * 1024);
        assert_eq!(padded(&jobs, 0).len(), padded(&jobs, 1).len());
    }
}
