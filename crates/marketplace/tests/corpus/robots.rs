use marketplace::Robots;
use serde_json::Value;
use url::Url;

use super::{bytes, corpus, list, tell, text};

/// Whether the decision on one case is the right one; an address that is none cannot even be asked about.
fn is_right(robots: &Robots, case: &Value) -> bool {
    Url::parse(text(case, "url"))
        .is_ok_and(|url| robots.allows(text(case, "agent"), &url) == case["allowed"])
}

#[test]
fn every_decision_of_googles_tests_that_the_rfc_makes_is_made_alike() {
    let Some(folder) = corpus("robots", "decisions of google_cases.json") else {
        return;
    };
    let cases = list(&folder.join("google_cases.json"));
    let (beyond, within): (Vec<_>, Vec<_>) =
        cases.iter().partition(|case| case["google_only"] == true);
    let wrong = |cases: &[&Value]| -> Vec<String> {
        let wrong = |case: &&&Value| !is_right(&Robots::parse(text(case, "robots")), case);
        let cases = cases.iter().filter(wrong);
        cases.map(|case| case.to_string()).collect()
    };
    let (beyond_wrong, within_wrong) = (wrong(&beyond), wrong(&within));
    tell(&format!(
        "google_cases.json: {} of {} decisions of RFC 9309, {} of {} beyond it",
        within.len() - within_wrong.len(),
        within.len(),
        beyond.len() - beyond_wrong.len(),
        beyond.len(),
    ));
    assert_eq!((within.len(), beyond.len()), (127, 18));
    assert!(within_wrong.is_empty(), "{within_wrong:#?}");
}

#[test]
fn of_the_decisions_on_real_files_at_least_995_in_1000_are_right() {
    let Some(folder) = corpus("robots", "decisions on real robots.txt") else {
        return;
    };
    let (mut files, mut decisions, mut wrong) = (0, 0, Vec::new());
    for entry in list(&folder.join("truth.json")) {
        let Some(cases) = entry["cases"].as_array() else {
            continue;
        };
        files += 1;
        decisions += cases.len();
        let robots = Robots::parse(bytes(&folder.join(text(&entry, "file"))));
        let cases = cases.iter().filter(|case| !is_right(&robots, case));
        wrong.extend(cases.map(|case| format!("{}: {case}", entry["file"])));
    }
    let right = decisions - wrong.len();
    tell(&format!(
        "real robots.txt: {right} of {decisions} decisions on {files} files"
    ));
    assert_eq!((files, decisions), (100, 2885));
    assert!(right * 1000 >= decisions * 995, "{wrong:#?}");
}

#[test]
fn odd_files_are_read_for_what_is_sound_in_them() {
    let Some(folder) = corpus("robots/crawler-commons", "odd robots.txt") else {
        return;
    };
    let robots = |file: &str| Robots::parse(bytes(&folder.join(file)));
    let url = |path: &str| {
        Url::parse("https://www.fict.org")
            .unwrap()
            .join(path)
            .unwrap()
    };

    let mut files = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().path();
        let robots = Robots::parse(bytes(&file));
        for agent in ["marketscan", "mybot", "bot1", "*", ""] {
            let _ = robots.allows(agent, &url("/private/?a=b"));
            let _ = robots.crawl_delay(agent);
        }
        files += 1;
    }
    assert_eq!(files, 24);

    for file in ["utf8", "utf16le", "utf16be"] {
        let robots = robots(&format!("robots-with-{file}-bom.txt"));
        assert!(!robots.allows("foobot", &url("/profile")), "{file}");
    }
    let merged = robots("crawl-delay-group-merging.txt");
    assert_eq!(merged.crawl_delay("mybot").unwrap().as_secs(), 10);
    assert_eq!(merged.crawl_delay("yourbot"), None);
    assert_eq!(merged.crawl_delay("otherbot").unwrap().as_secs(), 30);
    assert!(
        !merged.allows("mybot", &url("/private/a")) && merged.allows("mybot", &url("/login/a"))
    );
    assert!(!merged.allows("yourbot", &url("/login/a")));
    assert_eq!(
        robots("relative-sitemap-robots.txt").sitemaps(),
        ["/sitemap.xml"]
    );
}
