use super::*;
use proptest::prelude::*;

fn allows(robots: &str, agent: &str, path: &str) -> bool {
    Robots::parse(robots).allows(agent, &at(path))
}

fn at(path: &str) -> Url {
    // Not joined: `//` would begin a host.
    Url::parse(&format!("https://jobs.example{path}")).unwrap()
}

#[test]
fn a_group_ends_with_its_rules_and_with_nothing_else() {
    let robots = "User-agent: a\nSitemap: /s\nCrawl-delay: 1\nWhat: ever\nUser-agent: b\nDisallow: /x\n\
                  User-agent: c\nDisallow: /y";
    for agent in ["a", "b"] {
        assert!(!allows(robots, agent, "/x"), "{agent}");
        assert!(allows(robots, agent, "/y"), "{agent}");
    }
    assert!(allows(robots, "c", "/x") && !allows(robots, "c", "/y"));
}

#[test]
fn groups_of_the_same_agent_are_one() {
    let robots =
        "User-agent: a\nDisallow: /x\nUser-agent: b\nDisallow: /z\n\nuser-agent: A\nAllow: /x/y";
    assert!(!allows(robots, "a", "/x") && allows(robots, "a", "/x/y") && allows(robots, "a", "/z"));
}

#[test]
fn the_groups_for_everybody_rule_only_those_that_none_names() {
    let robots = "User-agent: *\nDisallow: /x\nUser-agent: a\nUser-agent: b\nDisallow: /y\nUser-agent: * # again\nDisallow: /z";
    assert!(allows(robots, "a", "/x") && !allows(robots, "a", "/y") && allows(robots, "a", "/z"));
    assert!(!allows(robots, "c", "/x") && allows(robots, "c", "/y") && !allows(robots, "c", "/z"));
    assert!(allows(
        "User-agent: *\nDisallow: /\n\nUser-agent: a",
        "a",
        "/x"
    ));
    assert!(allows("User-agent: a\nDisallow: /", "b", "/x"));
    assert!(allows("User-agent: *bot\nDisallow: /", "b", "/x"));
}

#[test]
fn an_agent_is_known_by_its_product_token() {
    let robots = "User-agent: MarketScan/2 beta\nDisallow: /x\nUser-agent: bot2\nDisallow: /y";
    for agent in [
        "marketscan",
        "MARKETSCAN",
        "marketscan/0.1 (+https://m.example)",
    ] {
        assert!(!allows(robots, agent, "/x"), "{agent}");
    }
    for agent in ["market", "marketscanner", "market-scan", "bot", "bot1", ""] {
        assert!(
            allows(robots, agent, "/x") && allows(robots, agent, "/y"),
            "{agent}"
        );
    }
    assert!(allows("User-agent: \u{431}\nDisallow: /", "", "/x"));
}

#[test]
fn the_longest_pattern_decides_and_of_equals_the_one_that_allows() {
    let robots = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nDisallow: /d\nAllow: /d\nAllow: /e\nDisallow: /*.htm";
    assert!(
        !allows(robots, "x", "/a") && allows(robots, "x", "/a/b") && !allows(robots, "x", "/a/b/c")
    );
    assert!(allows(robots, "x", "/d"));
    assert!(allows(robots, "x", "/e") && !allows(robots, "x", "/e.htm"));
    let across_groups = "User-agent: x\nDisallow: /a/b\nUser-agent: x\nAllow: /a";
    assert!(!allows(across_groups, "x", "/a/b") && allows(across_groups, "x", "/a"));
}

#[test]
fn a_rule_without_a_path_or_an_agent_is_none() {
    assert!(allows("User-agent: *\nDisallow:\n", "x", "/"));
    assert!(allows(
        "Disallow: /\nUser-agent: *\nDisallow: /a\n",
        "x",
        "/b"
    ));
    assert!(allows("User-agent: *\nDisallow /\n", "x", "/"));
}

#[test]
fn of_two_readings_of_an_escape_the_one_that_keeps_out_holds() {
    let forbidden = "User-agent: *\nDisallow: /%7Ejoe";
    assert!(!allows(forbidden, "x", "/~joe") && !allows(forbidden, "x", "/%7ejoe"));
    let allowed = "User-agent: *\nDisallow: /\nAllow: /%7Ejoe";
    assert!(!allows(allowed, "x", "/~joe") && allows(allowed, "x", "/%7ejoe"));
}

#[test]
fn robots_txt_itself_may_always_be_fetched() {
    assert!(Robots::unreachable().allows("x", &at("/robots.txt")));
    assert!(!Robots::unreachable().allows("x", &at("/robots.txt.bak")));
}

#[test]
fn without_a_robots_txt_all_is_allowed_and_with_an_unreachable_one_nothing() {
    assert!(Robots::unavailable().allows("x", &at("/a?b")));
    assert!(Robots::parse("").allows("x", &at("/a?b")));
    assert!(Robots::parse("<!doctype html><title>Disallow: all</title>").allows("x", &at("/")));
    for path in ["/", "/a?b", "/a/b"] {
        assert!(!Robots::unreachable().allows("x", &at(path)), "{path}");
    }
    assert_eq!(Robots::unreachable().crawl_delay("x"), None);
}

#[test]
fn a_crawl_delay_binds_the_agents_named_above_it() {
    let robots = Robots::parse(
        "Crawl-delay: 99\nUser-agent: a\nCrawl-delay: 2\nCrawl-delay: 3\nCrawl-delay: 1\nUser-agent: b\nCrawl-delay: 0.5\nUser-agent: c\nDisallow: /x\n\
         User-agent: *\nCrawl-delay: 30\nDisallow:\nUser-agent: b\nCrawl-delay: 7",
    );
    let delay = |agent| robots.crawl_delay(agent).map(|delay| delay.as_secs_f64());
    assert_eq!(delay("A/1.0"), Some(3.0));
    assert_eq!(delay("b"), Some(7.0));
    assert_eq!(delay("c"), None);
    assert_eq!(delay("d"), Some(30.0));
}

#[test]
fn sitemaps_are_listed_as_written_wherever_they_stand() {
    let robots = Robots::parse(
        "sitemap: https://a.example/S.xml # main\nUser-agent: a\nSITEMAP:/t.xml\nDisallow: /\nSitemap:",
    );
    assert_eq!(robots.sitemaps(), ["https://a.example/S.xml", "/t.xml"]);
}

#[test]
fn byte_order_marks_are_passed_over_and_utf_16_is_read() {
    let text = "User-agent: *\nDisallow: /\u{e9}\n";
    let wide = |unit: fn(u16) -> [u8; 2]| {
        "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(unit)
            .collect()
    };
    let marked = format!("\u{feff}{text}").into_bytes();
    for body in [
        text.into(),
        marked,
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
    ] {
        let robots = Robots::parse(&body);
        assert!(!robots.allows("x", &at("/\u{e9}")), "{body:?}");
        assert!(robots.allows("x", &at("/e")), "{body:?}");
    }
}

#[test]
fn what_lies_beyond_the_limit_is_passed_over_with_the_line_that_crosses_it() {
    let mut body = b"User-agent: *\nDisallow: /a\n".to_vec();
    let padding = Robots::MAX_BYTES - body.len() - "\nDisallow: /b".len();
    body.resize(body.len() + padding, b'#');
    body.extend_from_slice(b"\nDisallow: /bc\nDisallow: /d\n");
    let robots = Robots::parse(&body);
    assert!(!robots.allows("x", &at("/a")));
    for path in ["/b", "/bc", "/d"] {
        assert!(robots.allows("x", &at(path)), "{path}");
    }
    assert_eq!(
        Robots::parse(vec![b'a'; Robots::MAX_BYTES + 1]),
        Robots::default()
    );
}

#[test]
fn a_limit_in_utf_16_counts_the_bytes_that_came() {
    let text = format!(
        "\u{feff}User-agent: *\nDisallow: /a\n{}",
        "#\n".repeat(Robots::MAX_BYTES / 2)
    );
    let body: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!Robots::parse(body).allows("x", &at("/a")));
}

#[test]
fn a_hostile_file_is_decided_in_bounded_time() {
    let long = "a*".repeat(Robots::MAX_BYTES / 2 - 20);
    let url = at(&format!("/{}", "a".repeat(4096)));
    assert!(allows(
        &format!("User-agent: *\nDisallow: /{long}b"),
        "x",
        url.path()
    ));
    let many = "User-agent: *\nCrawl-delay: 1\n".repeat(15_000);
    assert_eq!(
        Robots::parse(many).crawl_delay("x"),
        Some(Duration::from_secs(1))
    );
    let rules = format!("User-agent: *\n{}", "Disallow: /*b\n".repeat(35_000));
    assert!(allows(&rules, "x", url.path()));
}

/// Counts are of the lines themselves, which only this module sees; what they mean is tested in `tests/corpus`.
#[test]
fn as_many_lines_are_understood_as_googles_parser_understands() {
    let Some(corpus) = std::env::var_os("MARKETSCAN_CORPUS") else {
        let told = b"not run: the lines of google_parse.json; set MARKETSCAN_CORPUS to the directory of the corpus\n";
        std::io::Write::write_all(&mut std::io::stderr(), told).unwrap();
        return;
    };
    let file = std::path::Path::new(&corpus).join("robots/google_parse.json");
    let cases = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&cases).unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let text = text(case["robots"].as_str().unwrap().as_bytes());
        let (known, unknown): (Vec<_>, Vec<_>) =
            line::lines(&text).partition(|line| line::record(line).is_some());
        assert_eq!(known.len(), case["directives"], "{case}");
        assert_eq!(unknown.len(), case["unknown"], "{case}");
        assert_eq!(
            Robots::parse(&text).sitemaps().len(),
            case["sitemaps"].as_array().unwrap().len(),
            "{case}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..400), agent in ".{0,8}", path in "/.{0,20}") {
        let robots = Robots::parse(&body);
        let _ = robots.allows(&agent, &at(&path));
        let _ = robots.crawl_delay(&agent);
    }

    #[test]
    fn no_text_that_looks_like_one_makes_it_panic(
        lines in prop::collection::vec("(user-agent|allow|disallow|crawl-delay|sitemap|[a-z#]{0,3}) ?:? ?[*/$%#a-c0-9\u{e9} .]{0,9}(\r|\n|\r\n)", 0..20),
        path in "/[*$%a-c0-9\u{e9}./?]{0,9}",
    ) {
        let robots = Robots::parse(lines.concat());
        for agent in ["a", "b1", "*", ""] {
            let _ = robots.allows(agent, &at(&path));
            let _ = robots.crawl_delay(agent);
        }
    }
}
