use super::*;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

fn parse(body: impl AsRef<[u8]>) -> Result<Sitemap, SitemapError> {
    parse_within(body, SitemapLimits::default())
}

fn parse_within(body: impl AsRef<[u8]>, limits: SitemapLimits) -> Result<Sitemap, SitemapError> {
    let base = Url::parse("https://jobs.example/maps/1.xml").unwrap();
    Sitemap::parse(body.as_ref(), &base, limits)
}

fn entries(sitemap: &Sitemap) -> &[SitemapEntry] {
    match &sitemap.content {
        SitemapContent::Urls(entries) | SitemapContent::Index(entries) => entries,
    }
}

/// The addresses of a sitemap that must be without fault, each with its date if it has one.
fn sound(body: impl AsRef<[u8]>) -> Vec<String> {
    let sitemap = parse(body).unwrap();
    assert_eq!(sitemap.fault, None);
    listed(&sitemap)
}

fn listed(sitemap: &Sitemap) -> Vec<String> {
    let entries = entries(sitemap).iter();
    let told = entries.map(|entry| match entry.last_modified {
        Some(at) => format!("{} {at}", entry.url),
        None => entry.url.to_string(),
    });
    told.collect()
}

fn fault(body: impl AsRef<[u8]>) -> (Vec<String>, SitemapFaultKind, usize) {
    let sitemap = parse(body).unwrap();
    let fault = sitemap.fault.clone().expect("a fault");
    assert!(!fault.is_limit());
    (listed(&sitemap), fault.kind, fault.offset)
}

fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body.as_ref()).unwrap();
    packed.finish().unwrap()
}

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

#[test]
fn a_urlset_lists_pages_with_any_namespace_or_none_or_a_prefix() {
    let list = "<X><Y><Z>https://a.example/1</Z><W>2026-03-01</W></Y><Y><W>2026-03-02</W><Z> /2\n</Z></Y><Y><Z>../3</Z></Y></X>";
    let named = |prefix: &str, namespace: &str| {
        let list = list.replace("<X>", &format!("<X{namespace}>"));
        ["X urlset", "Y url", "Z loc", "W lastmod"]
            .iter()
            .fold(list, |list, names| {
                let (short, name) = names.split_once(' ').unwrap();
                list.replace(&format!("<{short}"), &format!("<{prefix}{name}"))
                    .replace(&format!("</{short}"), &format!("</{prefix}{name}"))
            })
    };
    let expected = [
        "https://a.example/1 2026-03-01T00:00:00Z",
        "https://jobs.example/2 2026-03-02T00:00:00Z",
        "https://jobs.example/3",
    ];
    assert_eq!(sound(named("", "")), expected);
    assert_eq!(sound(named("", &format!(" xmlns='{NAMESPACE}'"))), expected);
    assert_eq!(sound(named("", " xmlns='urn:wrong'")), expected);
    assert_eq!(
        sound(named("s:", &format!(" xmlns:s='{NAMESPACE}'"))),
        expected
    );
}

#[test]
fn an_index_lists_sitemaps_and_says_so() {
    let index = parse("<sitemapindex><sitemap><loc>/a.xml.gz</loc></sitemap><url><loc>/no</loc></url></sitemapindex>").unwrap();
    assert!(matches!(index.content, SitemapContent::Index(_)));
    assert_eq!(listed(&index), ["https://jobs.example/a.xml.gz"]);
    let pages = parse("<urlset/>").unwrap();
    assert_eq!(pages.content, SitemapContent::Urls(Vec::new()));
    assert_eq!(pages.fault, None);
}

#[test]
fn several_addresses_in_one_entry_are_several_entries_each_with_its_own_date() {
    let index = "<sitemapindex><sitemap><loc>/1</loc><lastmod>2026-01-01</lastmod><loc>/2</loc><loc>/3</loc>\
                 <lastmod>2026-03-03</lastmod><lastmod>2026-04-04</lastmod></sitemap></sitemapindex>";
    assert_eq!(
        sound(index),
        [
            "https://jobs.example/1 2026-01-01T00:00:00Z",
            "https://jobs.example/2",
            "https://jobs.example/3 2026-03-03T00:00:00Z",
        ]
    );
}

#[test]
fn an_address_that_stands_in_the_entry_itself_is_read() {
    let index = "<sitemapindex><sitemap>\nhttps://a.example/s?a=1&amp;b=2\n</sitemap><sitemap>words</sitemap></sitemapindex>";
    assert_eq!(sound(index), ["https://a.example/s?a=1&b=2"]);
}

#[test]
fn entities_cdata_and_bare_ampersands_are_text() {
    let list = "<!DOCTYPE urlset [<!ENTITY x 'y'><!ENTITY z SYSTEM 'file:///etc/passwd'>]><urlset>\
                <url><loc>/?a=1&amp;b=&#50;&#x33;</loc></url><url><loc>/c<![CDATA[?d&e ]]> </loc></url>\
                <url><loc>/?f=1&g=2</loc></url><url><loc>/&x;&z;&#0;</loc></url></urlset>";
    assert_eq!(
        sound(list),
        [
            "https://jobs.example/?a=1&b=23",
            "https://jobs.example/c?d&e",
            "https://jobs.example/?f=1&g=2",
            "https://jobs.example/&x;&z;&#0;",
        ]
    );
}

#[test]
fn entities_that_multiply_are_not_expanded() {
    let mut bomb = "<!DOCTYPE u [<!ENTITY a0 'ha'>".to_owned();
    for n in 1..40 {
        bomb += &format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10));
    }
    bomb += "]><urlset><url><loc>/&a39;</loc></url></urlset>";
    assert_eq!(sound(bomb), ["https://jobs.example/&a39;"]);
}

#[test]
fn what_extensions_say_is_passed_over() {
    let list = "<urlset xmlns:image='i' xmlns:video='v' xmlns:news='n' xmlns:xhtml='h'><url><image:loc>/0.png</image:loc>\
                <loc>/1</loc><image:image><image:loc>/1.png</image:loc><loc>/x</loc></image:image>\
                <video:video><video:content_loc>/1.mp4</video:content_loc></video:video>\
                <xhtml:link rel='alternate' hreflang='de' href='/de'/><news:news><news:lastmod>2026-01-01</news:lastmod></news:news>\
                </url></urlset>";
    assert_eq!(sound(list), ["https://jobs.example/1"]);
}

#[test]
fn a_feed_of_rss_lists_its_items() {
    let feed = "<rss version='2.0' xmlns:atom='a'><channel><link>/home</link><atom:link href='/self' rel='self'/>\
                <item><title>x</title><link>/1</link><guid>/g</guid><pubDate>Thu, 05 Jan 2017 13:34:51 +0100</pubDate></item>\
                <item><guid isPermaLink='false'>https://a.example/2</guid></item><item><guid>abc-3</guid></item></channel></rss>";
    assert_eq!(
        sound(feed),
        [
            "https://jobs.example/1 2017-01-05T12:34:51Z",
            "https://a.example/2"
        ]
    );
    let feed = "<rdf:RDF xmlns:rdf='r' xmlns='x' xmlns:dc='d'><channel><link>/home</link></channel>\
                <item><link>/1</link><dc:date>2026-03-01T10:00:00Z</dc:date></item></rdf:RDF>";
    assert_eq!(sound(feed), ["https://jobs.example/1 2026-03-01T10:00:00Z"]);
}

#[test]
fn a_feed_of_atom_lists_the_first_page_of_each_entry() {
    let feed = "<feed xmlns='a'><link href='/home'/><entry><link rel='edit' href='/e'/><link href='/1?a&amp;b'/>\
                <link rel='alternate' href='/1.txt'/><published>2026-01-01T00:00:00Z</published><updated>2026-02-02T00:00:00Z</updated></entry>\
                <entry><published>2026-03-03T00:00:00Z</published><link rel='alternate' href='/2'/><content><link href='/x'/></content></entry></feed>";
    assert_eq!(
        sound(feed),
        [
            "https://jobs.example/1?a&b 2026-02-02T00:00:00Z",
            "https://jobs.example/2 2026-03-03T00:00:00Z"
        ]
    );
}

#[test]
fn plain_text_has_an_address_a_line() {
    assert_eq!(
        sound("\u{feff}https://a.example/1\r\n\r\n  http://b.example/2 \rhttps://a.example/3"),
        [
            "https://a.example/1",
            "http://b.example/2",
            "https://a.example/3"
        ]
    );
    let (urls, kind, offset) =
        fault("https://a.example/1\nsome words\n/relative\nhttps://a.example/2");
    assert_eq!(urls, ["https://a.example/1", "https://a.example/2"]);
    assert_eq!((kind, offset), (SitemapFaultKind::Line, 20));
}

#[test]
fn addresses_that_cannot_be_fetched_are_left_out() {
    let list = "<urlset><url><loc>mailto:a@a.example</loc></url><url><loc>https://[</loc><lastmod>2026-01-01</lastmod></url>\
                <url><loc> </loc></url><url/><url><loc>/1</loc></url></urlset>";
    assert_eq!(sound(list), ["https://jobs.example/1"]);
}

#[test]
fn gzip_is_known_by_its_first_bytes_and_may_have_several_members() {
    let mut packed = gzip("<urlset><url><loc>/1</loc></url>");
    packed.extend(gzip("<url><loc>/2</loc></url></urlset>"));
    assert_eq!(
        sound(packed),
        ["https://jobs.example/1", "https://jobs.example/2"]
    );
    assert_eq!(
        sound(gzip("\u{feff}https://a.example/1")),
        ["https://a.example/1"]
    );
}

#[test]
fn broken_gzip_yields_what_came_out_before_the_break() {
    let mut list = "<urlset>".to_owned();
    for n in 0..2000_u32 {
        list += &format!("<url><loc>/{:x}</loc></url>", n.wrapping_mul(2_654_435_761));
    }
    list += "</urlset>";
    let packed = gzip(&list);
    let (urls, kind, offset) = fault(&packed[..packed.len() / 2]);
    assert!(matches!(kind, SitemapFaultKind::Gzip(_)), "{kind:?}");
    assert_eq!(urls, sound(&list)[..urls.len()]);
    assert!(!urls.is_empty() && offset < list.len());

    let mut wrong_sum = gzip("<urlset><url><loc>/1</loc></url></urlset>");
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    let (urls, kind, _) = fault(wrong_sum);
    assert_eq!(urls, ["https://jobs.example/1"]);
    assert!(matches!(kind, SitemapFaultKind::Gzip(_)), "{kind:?}");

    let comment = gzip(list.replace("<urlset>", "<!--"));
    for part in [&packed[..12], &comment[..comment.len() / 2]] {
        let nothing = parse(part).unwrap_err();
        let SitemapError::Unreadable(fault) = &nothing else {
            panic!("{nothing:?}");
        };
        assert!(matches!(fault.kind, SitemapFaultKind::Gzip(_)), "{fault}");
    }
}

#[test]
fn a_bomb_is_unpacked_no_further_than_the_limit() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"<urlset><url><loc>/1</loc></url><!--")
        .unwrap();
    for _ in 0..64 {
        bomb.write_all(&[b'-'; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let limits = SitemapLimits {
        bytes: 1 << 16,
        ..SitemapLimits::default()
    };
    for (limits, bytes) in [(limits, 1 << 16), (SitemapLimits::default(), 50 << 20)] {
        let sitemap = parse_within(&bomb, limits).unwrap();
        assert_eq!(listed(&sitemap), ["https://jobs.example/1"]);
        let fault = sitemap.fault.unwrap();
        assert_eq!(
            (&fault.kind, fault.offset),
            (&SitemapFaultKind::Bytes(bytes), bytes)
        );
        assert!(fault.is_limit());
    }
}

#[test]
fn a_limit_ends_the_reading_and_is_told() {
    let list =
        "<urlset><url><loc>/1</loc></url><url><loc>/2</loc></url><url><loc>/3</loc></url></urlset>";
    let limits = SitemapLimits::default();
    let told = |body: &str, limits| {
        let sitemap = parse_within(body, limits).unwrap();
        let fault = sitemap
            .fault
            .clone()
            .inspect(|fault| assert!(fault.is_limit()));
        (entries(&sitemap).len(), fault.map(|fault| fault.kind))
    };
    let entries = |entries| SitemapLimits { entries, ..limits };
    assert_eq!(told(list, entries(3)), (3, None));
    assert_eq!(
        told(list, entries(2)),
        (2, Some(SitemapFaultKind::Entries(2)))
    );
    assert_eq!(
        told("http://a.example/1\nhttp://a.example/2", entries(1)),
        (1, Some(SitemapFaultKind::Entries(1)))
    );
    assert_eq!(
        told("http://a.example/1", entries(0)),
        (0, Some(SitemapFaultKind::Entries(0)))
    );

    let bytes = |bytes| SitemapLimits { bytes, ..limits };
    assert_eq!(told(list, bytes(list.len())), (3, None));
    assert_eq!(
        told(list, bytes(40)),
        (1, Some(SitemapFaultKind::Bytes(40)))
    );
    // Half an address is another one.
    assert_eq!(
        told("http://a.example/1\nhttp://a.example/23", bytes(37)),
        (1, Some(SitemapFaultKind::Bytes(37)))
    );

    let deep = format!(
        "{}{}",
        list.trim_end_matches("</urlset>"),
        "<a>".repeat(100_000)
    );
    assert_eq!(told(&deep, limits), (3, Some(SitemapFaultKind::Depth(64))));
}

#[test]
fn encodings_are_those_of_the_mark_or_of_the_declaration() {
    let list = |label: &str| {
        format!(
            "<?xml version='1.0' encoding = \"{label}\"?><urlset><url><loc>/\u{e9}</loc></url></urlset>"
        )
    };
    let narrow = |label| -> Vec<u8> {
        list(label)
            .chars()
            .map(|c| u8::try_from(c).unwrap())
            .collect()
    };
    let wide = |mark: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("{mark}{}", list("UTF-16"))
            .encode_utf16()
            .flat_map(unit)
            .collect()
    };
    for body in [
        list("utf-8").into_bytes(),
        format!("\u{feff}{}", list("latin1")).into_bytes(),
        list("utf-16").into_bytes(),
        list("unheard-of").into_bytes(),
        narrow("ISO-8859-1"),
        gzip(narrow("windows-1252")),
        wide("\u{feff}", u16::to_le_bytes),
        wide("\u{feff}", u16::to_be_bytes),
        wide("", u16::to_le_bytes),
        wide("", u16::to_be_bytes),
    ] {
        assert_eq!(
            sound(&body),
            ["https://jobs.example/%C3%A9"],
            "{}",
            String::from_utf8_lossy(&body)
        );
    }
}

#[test]
fn broken_xml_yields_what_stood_before_the_break_and_says_where_it_is() {
    let one = "<urlset><url><loc>/1</loc></url>";
    let first = "https://jobs.example/1";
    // Whole addresses count, even of an entry that is not closed; halves do not.
    for (rest, more) in [
        ("", None),
        ("<url><loc>/2</lo", Some("https://jobs.example/2")),
        ("<url><loc>/2</loc><lastm", Some("https://jobs.example/2")),
        ("<url><loc>/2", None),
        ("<url><loc>/2<", None),
        ("<url><loc>/2<![CDATA[3", None),
        ("<url><loc>/2<!-- 3", None),
        ("<url><loc>/2&am", None),
        ("<url", None),
    ] {
        let (urls, kind, _) = fault(format!("{one}{rest}"));
        assert_eq!(kind, SitemapFaultKind::Truncated, "{rest}");
        let expected: Vec<_> = [first].into_iter().chain(more).collect();
        assert_eq!(urls, expected, "{rest}");
    }
    for rest in [
        "</url><url><loc>/2</loc></url></urlset>",
        "<!x><url><loc>/2</loc></url></urlset>",
    ] {
        let (urls, kind, offset) = fault(format!("{one}{rest}"));
        assert!(matches!(kind, SitemapFaultKind::Xml(_)), "{kind:?}");
        assert_eq!(
            (urls, offset),
            (vec![first.to_owned()], one.len()),
            "{rest}"
        );
    }
    let (urls, kind, offset) = fault(
        "<urlset><url><loc><url><![CDATA[/1]]></url></loc></url><url><loc>/2</loc></url></urlset>",
    );
    assert_eq!(urls, [first, "https://jobs.example/2"]);
    assert_eq!(
        (kind.to_string().as_str(), offset),
        ("<url> inside <loc>", 18)
    );
}

#[test]
fn what_is_no_sitemap_is_refused_with_what_it_is() {
    assert_eq!(parse(" \n"), Err(SitemapError::Empty));
    assert_eq!(parse(gzip("")), Err(SitemapError::Empty));
    assert_eq!(parse("not a sitemap"), Err(SitemapError::Text));
    assert_eq!(
        parse("<html><loc>/1</loc></html>"),
        Err(SitemapError::Root {
            root: "html".into()
        })
    );
    assert!(matches!(
        parse("<!-- only"),
        Err(SitemapError::Unreadable(_))
    ));
    assert!(matches!(
        parse("<?xml version='1.0'?>"),
        Err(SitemapError::Unreadable(_))
    ));
    assert_eq!(parse([0; 64]), Err(SitemapError::Text));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..300), packed in any::<bool>()) {
        let _ = parse(if packed { gzip(&body) } else { body });
    }

    #[test]
    fn no_damage_to_a_sitemap_makes_it_panic_or_find_more_than_its_limits(
        parts in prop::collection::vec(prop::sample::select(&[
            "<urlset>", "<sitemapindex>", "<rss>", "<channel>", "<feed>", "<url>", "<sitemap>", "<item>", "<entry>", "<loc>", "<link>",
            "<link href='/a'/>", "<guid>", "<lastmod>", "<updated>", "</urlset>", "</url>", "</sitemap>", "</item>", "</entry>", "</loc>",
            "</link>", "</guid>", "</lastmod>", "</updated>", "https://a.example/", "2026-01-01", "<![CDATA[", "]]>", "<!--", "-->", "&amp;",
            "&", "&#", ";", "<", ">", "<?", "<!DOCTYPE x [", "\u{e9}", "\n",
        ][..]), 0..40),
        entries in 0_usize..4,
        depth in 0_usize..6,
        bytes in 0_usize..400,
    ) {
        for start in ["", "<urlset><url><loc>", "<sitemapindex><sitemap>", "<rss><channel><item>", "<feed><entry>"] {
            let body = format!("{start}{}", parts.concat());
            if let Ok(sitemap) = parse_within(body, SitemapLimits { bytes, entries, depth }) {
                prop_assert!(super::tests::entries(&sitemap).len() <= entries);
            }
        }
    }

    #[test]
    fn a_sitemap_cut_anywhere_lists_a_beginning_of_what_it_listed(cut in 0_usize..200) {
        let list = "<urlset><url><loc>/1</loc></url><url><loc>/2?a&amp;b</loc></url><url><loc><![CDATA[/3]]></loc></url><url><loc>/4</loc></url></urlset>";
        let whole = sound(list);
        if let Ok(sitemap) = parse(&list[..cut.min(list.len())]) {
            let urls = listed(&sitemap);
            prop_assert_eq!(&urls[..], &whole[..urls.len()]);
        }
    }
}
