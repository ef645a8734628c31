//! Whatever the page, `extract` returns, in bounded time, and invents nothing.

use extract::{Extraction, Outcome, Page, extract};
use proptest::prelude::*;
use url::Url;

fn extract_at(url: &str, html: &str) -> Extraction {
    let url = Url::parse(url).expect("the tests' own address");
    let now = "2026-07-10T12:00:00Z"
        .parse()
        .expect("the tests' own moment");
    extract(&Page {
        url: &url,
        html,
        now,
    })
}

/// Every text and number that a posting states must be made of what the page holds.
fn assert_sound(found: &Extraction) {
    let mut ids = std::collections::HashSet::new();
    for posting in &found.postings {
        assert!(!posting.title.trim().is_empty());
        assert!(
            ids.insert(&posting.id),
            "two postings have the id {}",
            posting.id
        );
        assert!(
            posting
                .url
                .iter()
                .all(|url| matches!(url.scheme(), "http" | "https"))
        );
        assert!((0.0..=1.0).contains(&posting.confidence));
        if let Some(budget) = &posting.budget {
            let amounts = [budget.min, budget.max];
            assert!(
                amounts
                    .iter()
                    .flatten()
                    .all(|amount| amount.is_finite() && *amount > 0.0)
            );
        }
    }
    assert_eq!(found.postings.is_empty(), found.outcome != Outcome::Ok);
    assert_eq!(found.postings.is_empty(), !found.evidence.is_empty());
    assert!(found.next_page.as_ref() != Some(&found.url));
}

#[test]
fn a_hundred_thousand_nested_tags_are_survived() {
    for tag in [
        "div",
        "b",
        "a href=/1",
        "table",
        "svg",
        "li",
        "span class=job",
        "template",
        "select",
        "button",
    ] {
        let html = format!("<{tag}>").repeat(100_000) + "no jobs found";
        assert_sound(&extract_at("https://a.example/jobs", &html));
    }
}

#[test]
fn nested_lists_are_survived() {
    // Every item asks the parser to look through all lists around it; in a debug build that takes time.
    let html = "<ul><li>".repeat(10_000) + "no jobs found";
    assert_sound(&extract_at("https://a.example/jobs", &html));
}

#[test]
fn nested_scripts_of_json_are_survived() {
    for inner in [
        "[".repeat(200_000),
        "{\"@graph\":".repeat(100_000),
        "[{\"@type\":\"JobPosting\",\"title\":".repeat(50_000),
    ] {
        let html = format!("<script type=application/ld+json>{inner}</script>");
        assert_sound(&extract_at("https://a.example/jobs", &html));
    }
}

#[test]
fn unclosed_formatting_and_endless_attributes_stay_cheap() {
    let formatting = (0..20_000)
        .map(|n| format!("<b id=x{n}><p>"))
        .collect::<String>();
    assert_sound(&extract_at("https://a.example/", &formatting));
    let attributes = (0..100_000).map(|n| format!(" a{n}=1")).collect::<String>();
    assert_sound(&extract_at(
        "https://a.example/",
        &format!("<div{attributes}>"),
    ));
}

#[test]
fn a_list_of_ten_thousand_cards_is_survived() {
    let cards = (0..10_000)
        .map(|n| format!("<div class=job><a href=/jobs/{n}>Job {n} x</a><p>$5/hr</p><a href='?page={n}'>{n}</a></div>"))
        .collect::<String>();
    assert_sound(&extract_at("https://a.example/jobs", &cards));
}

/// Pieces that pages are made of, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "<div class=job>",
        "</div>",
        "<article class='job-card'>",
        "</article>",
        "<h2>",
        "</h2>",
        "<a href='/jobs/1'>",
        "<a href='/jobs/2?page=2'>",
        "<a rel=next href=?page=3>",
        "</a>",
        "<p class=company>",
        "<span class=salary>",
        "</span>",
        "<time datetime='2026-01-01'>",
        "</time>",
        "<table><tr><td>",
        "</table>",
        "<ul><li>",
        "</ul>",
        "<script type='application/ld+json'>",
        "</script>",
        "{\"@type\":\"JobPosting\",\"title\":\"",
        "\"}",
        "<!--",
        "-->",
        "<template>",
        "<svg>",
        "<b>",
        "</b>",
        "$10 - $20k/hr",
        "€1.500,50",
        "3 hours ago",
        "2026-02-30",
        "Next",
        "no jobs found",
        "&lt;b&gt;",
        "Développeur 開発者",
        "İ",
        "ﬁ",
        "\u{0}",
        "\u{feff}",
        "<",
        ">",
        "\"",
        "'",
        "=",
    ];
    prop_oneof![
        8 => proptest::sample::select(pieces.map(str::to_owned).to_vec()),
        1 => ".{0,12}",
        1 => "[0-9.,'  ]{1,12}[k€$%万]?",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_text_is_survived(html in "\\PC{0,400}") {
        assert_sound(&extract_at("https://a.example/jobs", &html));
    }

    #[test]
    fn tag_soup_is_survived(pieces in proptest::collection::vec(piece(), 0..80)) {
        assert_sound(&extract_at("https://a.example/jobs?page=2", &pieces.concat()));
    }

    #[test]
    fn pay_and_dates_of_any_text_are_survived(text in "\\PC{0,60}", number in "[0-9.,  ']{0,20}", sign in "[$€£₽円kK/ +–-]{0,4}") {
        let card = |n: u8| format!("<li class=job><a href=/jobs/{n}>Job {text}</a><b class=salary>{sign}{number}{sign}</b><i class=date>{number} {text}</i></li>");
        assert_sound(&extract_at("https://a.example/jobs", &(card(1) + &card(2))));
    }
}

#[test]
fn a_page_full_of_everything_takes_bounded_time() {
    let label = "job ".repeat(20_000);
    let item = "<div class=job><span><a href=/jobs/1 class=next>1</a> <i class=location>x</i></span></div>";
    let html = format!("<div class='{label}'>{}</div>", item.repeat(20_000));
    assert_sound(&extract_at("https://a.example/jobs", &html));
}
