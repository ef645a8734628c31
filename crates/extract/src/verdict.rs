//! Why a page without postings has none, as far as the page itself says.

use url::Url;

use crate::document::Document;
use crate::{Evidence, Outcome};

/// A line longer than this, in characters, tells a story and does not report a search.
const MAX_LINE: usize = 160;
/// A page that holds more text than this, in characters, is not a wall in front of another one.
const MAX_WALL: usize = 1_500;

/// What pages say where a search found nothing. A number must stand alone: "0 jobs", not "10 jobs".
const EMPTY: [&str; 44] = [
    "no jobs found",
    "no job found",
    "no jobs available",
    "no jobs match",
    "no matching jobs",
    "no jobs matching",
    "no open jobs",
    "no results found",
    "no results for",
    "no results match",
    "no matching results",
    "no vacancies",
    "no open positions",
    "no current openings",
    "no openings",
    "no projects found",
    "no listings found",
    "no postings found",
    "nothing found",
    "0 jobs",
    "0 results",
    "0 vacancies",
    "0 projects",
    "could not find any jobs",
    "couldn't find any jobs",
    "did not match any jobs",
    "ничего не найдено",
    "вакансий не найдено",
    "не найдено вакансий",
    "проектов не найдено",
    "keine ergebnisse",
    "keine treffer",
    "keine jobs gefunden",
    "keine stellen",
    "aucun résultat",
    "aucune offre",
    "no se encontraron",
    "sin resultados",
    "nenhum resultado",
    "nenhuma vaga",
    "nessun risultato",
    "brak wyników",
    "brak ofert",
    "geen resultaten",
];

/// What pages say in front of a test for robots.
const CAPTCHA: [&str; 15] = [
    "verify you are human",
    "verify that you are human",
    "verifying you are human",
    "are you a robot",
    "i'm not a robot",
    "i am not a robot",
    "unusual traffic",
    "complete the captcha",
    "solve the captcha",
    "enter the characters you see",
    "checking your browser",
    "just a moment...",
    "confirm you are human",
    "prove you are human",
    "подтвердите, что вы не робот",
];

/// Where scripts and frames of such tests come from.
const CAPTCHA_SOURCES: [&str; 6] = [
    "challenges.cloudflare.com",
    "captcha-delivery.com",
    "hcaptcha.com",
    "google.com/recaptcha",
    "px-captcha",
    "/cdn-cgi/challenge-platform",
];

/// What pages say in front of a login.
const LOGIN: [&str; 16] = [
    "log in to continue",
    "login to continue",
    "sign in to continue",
    "please log in",
    "please login",
    "please sign in",
    "you must be logged in",
    "you need to be logged in",
    "you need to log in",
    "log in to view",
    "login to view",
    "sign in to view",
    "log in to see",
    "sign in to see",
    "bitte melden sie sich an",
    "войдите, чтобы",
];

/// What pages say that show nothing before a visitor has agreed to something. A banner that asks beside the content says less.
const CONSENT: [&str; 14] = [
    "before you continue to",
    "accept cookies to continue",
    "accept all cookies to continue",
    "consent to continue",
    "agree to continue",
    "you must accept cookies",
    "please accept cookies to",
    "bevor sie fortfahren",
    "stimmen sie zu, um fortzufahren",
    "avant de continuer",
    "acceptez les cookies pour continuer",
    "antes de continuar",
    "prima di continuare",
    "примите файлы cookie, чтобы продолжить",
];

/// The outcome of a page on which no posting was found, and what on the page says so.
pub(crate) fn of_none(document: &Document<'_>, url: &Url) -> (Outcome, Vec<Evidence>) {
    let evidence =
        |code: &str, detail: String| vec![Evidence::new(code, detail, Some(url.clone()))];
    let lines = visible_lines(document);
    if let Some(line) = find(&lines, &EMPTY) {
        return (
            Outcome::EmptyVerified,
            evidence("empty_text", format!("the page says: {line}")),
        );
    }
    let is_short = lines.iter().map(|line| line.chars().count()).sum::<usize>() <= MAX_WALL;
    if is_short {
        if let Some(line) = find(&lines, &CAPTCHA) {
            return (
                Outcome::Blocked,
                evidence("captcha", format!("the page says: {line}")),
            );
        }
        if let Some(line) = find(&lines, &CONSENT) {
            return (
                Outcome::Blocked,
                evidence("consent_wall", format!("the page says: {line}")),
            );
        }
        let has_password = document
            .all()
            .any(|index| document.attr(index, "type") == Some("password"));
        if let Some(line) = find(&lines, &LOGIN) {
            return (
                Outcome::Blocked,
                evidence("login_wall", format!("the page says: {line}")),
            );
        }
        if has_password {
            return (
                Outcome::Blocked,
                evidence(
                    "login_wall",
                    "the page is little more than a login form".to_owned(),
                ),
            );
        }
        // Ordinary forms are guarded by the same scripts; only a page with nothing else is a wall.
        if let Some(source) = captcha_source(document).filter(|_| lines.len() <= 12) {
            return (
                Outcome::Blocked,
                evidence(
                    "captcha",
                    format!("the page is little more than a test from {source}"),
                ),
            );
        }
    }
    let detail = "no JobPosting declared, no list and no heading with facts that speak of jobs, and no text that says there are none";
    (
        Outcome::NotABoard,
        evidence("no_postings", detail.to_owned()),
    )
}

/// The lines that a visitor sees, in lower case.
fn visible_lines(document: &Document<'_>) -> Vec<String> {
    document
        .visible_lines()
        .iter()
        .map(|line| line.to_lowercase().replace('’', "'"))
        .collect()
}

fn find<'l>(lines: &'l [String], phrases: &[&str]) -> Option<&'l str> {
    let short = lines.iter().filter(|line| line.chars().count() <= MAX_LINE);
    short
        .map(String::as_str)
        .find(|line| phrases.iter().any(|phrase| states(line, phrase)))
}

/// Whether `phrase` stands in `line` as whole words.
fn states(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + phrase.len()..].chars().next();
        let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        // "1,000 results" and "10.0 results" are not none.
        let ends_number = phrase.starts_with('0') && matches!(before, Some('.' | ','));
        !is_inside(before) && !is_inside(after) && !ends_number
    })
}

fn captcha_source(document: &Document<'_>) -> Option<&'static str> {
    let sources = document
        .all()
        .filter(|&index| matches!(document.name(index), "script" | "iframe"))
        .filter_map(|index| document.attr(index, "src"));
    sources
        .filter_map(|source| {
            CAPTCHA_SOURCES
                .iter()
                .find(|known| source.contains(**known))
        })
        .copied()
        .next()
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn verdict(body: &str) -> (Outcome, String) {
        let html = Html::parse_document(body);
        let (outcome, evidence) = of_none(
            &Document::new(&html),
            &Url::parse("https://a.example/").unwrap(),
        );
        (outcome, evidence[0].code.clone())
    }

    #[test]
    fn a_page_that_says_nothing_was_found_is_empty() {
        for text in [
            "Sorry, no jobs found.",
            "0 results",
            "Keine Ergebnisse für Rust",
            "По запросу ничего не найдено",
        ] {
            assert_eq!(
                verdict(&format!("<p>{text}</p>")),
                (Outcome::EmptyVerified, "empty_text".into()),
                "{text}"
            );
        }
    }

    #[test]
    fn other_numbers_and_hidden_texts_say_nothing() {
        for text in [
            "<p>100 results</p>",
            "<p>1,000 results</p>",
            "<p hidden>No jobs found</p>",
            "<template>No jobs found</template>",
        ] {
            assert_eq!(
                verdict(text),
                (Outcome::NotABoard, "no_postings".into()),
                "{text}"
            );
        }
    }

    #[test]
    fn walls_block() {
        assert_eq!(
            verdict("<h1>Verify you are human</h1>"),
            (Outcome::Blocked, "captcha".into())
        );
        let script = "<script src='https://challenges.cloudflare.com/x.js'></script><p>Wait</p>";
        assert_eq!(verdict(script), (Outcome::Blocked, "captcha".into()));
        assert_eq!(
            verdict("<p>Please log in to see jobs</p>"),
            (Outcome::Blocked, "login_wall".into())
        );
        assert_eq!(
            verdict("<form><input type=password></form>"),
            (Outcome::Blocked, "login_wall".into())
        );
    }

    #[test]
    fn a_page_that_shows_nothing_without_consent_is_a_wall_and_one_with_a_banner_is_not() {
        assert_eq!(
            verdict("<h1>Before you continue to Example</h1><button>Accept all</button>"),
            (Outcome::Blocked, "consent_wall".into())
        );
        let banner =
            "<div id=app></div><p>We use cookies to improve this site.</p><button>Accept</button>";
        assert_eq!(verdict(banner).0, Outcome::NotABoard);
    }

    #[test]
    fn a_long_page_with_a_login_form_is_no_wall() {
        let page = format!("<input type=password><p>{}</p>", "word ".repeat(1_000));
        assert_eq!(verdict(&page).0, Outcome::NotABoard);
    }
}
