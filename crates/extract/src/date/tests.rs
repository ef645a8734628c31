use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    "2026-07-10T12:00:00.5Z".parse().unwrap()
}

/// The language whose tag it is, or none if it is empty.
fn tag(tag: &str) -> Locale {
    Locale::of_language(tag)
}

#[test]
fn dates_of_machines_keep_their_precision() {
    for (text, expected) in [
        ("2026-05-04", "2026-05-04"),
        ("2026-05-04T09:30:00+01:00", "2026-05-04T09:30:00+01:00"),
        ("2026-05-04T09:30:00.123-0700", "2026-05-04T09:30:00-07:00"),
        ("2026-05-04 09:30", "2026-05-04T09:30:00"),
        ("2026-05-04t09:30z", "2026-05-04T09:30:00Z"),
        ("2026-05-04 (new)", "2026-05-04"),
        (
            "Mon, 04 May 2026 09:30:00 +0530",
            "2026-05-04T09:30:00+05:30",
        ),
        ("Mon, 04 May 2026 09:30:00 GMT", "2026-05-04T09:30:00Z"),
        ("04 May 2026 09:30 EST", "2026-05-04T09:30:00-05:00"),
        (
            "Mon May 04 2026 09:30:00 GMT+0200 (Central European Summer Time)",
            "2026-05-04T09:30:00+02:00",
        ),
        ("Mon May 04 09:30:00 +0000 2026", "2026-05-04T09:30:00Z"),
        ("1777887000", "2026-05-04T09:30:00Z"),
        ("1777887000123", "2026-05-04T09:30:00Z"),
    ] {
        assert_eq!(absolute(text, tag("")).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn written_dates_are_read_in_many_languages() {
    for text in [
        "9 July 2026",
        "July 9, 2026",
        "Jul 9th 2026",
        "Thursday, 9 July 2026",
        "the 9th of July, 2026",
        "09-Jul-2026",
        "9. Juli 2026",
        "Do., 9. Juli 2026",
        "9 juillet 2026",
        "jeudi 9 juil. 2026",
        "9 de julio de 2026",
        "9 JULIO 2026",
        "9 de julho de 2026",
        "9 luglio 2026",
        "9 июля 2026 г.",
        "9 июля 2026 года",
        "9-го июля 2026",
        "9 يوليو 2026",
        "٩ يوليو ٢٠٢٦",
        "الخميس، 9 تموز 2026",
        "2026年7月9日",
        "２０２６年７月９日(木)",
        "2026년 7월 9일",
        "9 lipca 2026",
        "9 липня 2026",
        "9. července 2026",
        "9. júla 2026",
        "9 juli 2026",
        "9 iulie 2026",
        "9 Temmuz 2026",
        "9 Ιουλίου 2026",
        "9. heinäkuuta 2026",
        "2026. július 9.",
        "9 Tháng 7, 2026",
        "9 जुलाई 2026",
        "9 ביולי 2026",
        "9 юли 2026",
        "2026/07/09",
        "2026.7.9",
        "9. 7. 2026",
        "09.07.2026",
        "9 July 2026 (yesterday)",
    ] {
        assert_eq!(
            absolute(text, tag("")).as_deref(),
            Some("2026-07-09"),
            "{text}"
        );
    }
}

#[test]
fn first_days_and_last_ones_are_days() {
    for (text, expected) in [
        ("1er août 2026", "2026-08-01"),
        ("1º de março de 2026", "2026-03-01"),
        ("29 février 2028", "2028-02-29"),
        ("December 31, 2026", "2026-12-31"),
    ] {
        assert_eq!(absolute(text, tag("")).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn times_of_day_have_an_offset_only_where_one_is_stated() {
    for (text, expected) in [
        ("09.07.2026 19:52", "2026-07-09T19:52:00"),
        ("9 July 2026 at 7:52 pm", "2026-07-09T19:52:00"),
        ("July 9, 2026, 12:05 a.m.", "2026-07-09T00:05:00"),
        ("July 9, 2026 - 7 PM", "2026-07-09T19:00:00"),
        ("9 juillet 2026 à 19h52", "2026-07-09T19:52:00"),
        ("9. Juli 2026 um 19:52 Uhr", "2026-07-09T19:52:00"),
        ("9 июля 2026 г. в 19:52", "2026-07-09T19:52:00"),
        ("9 luglio 2026 ore 19:52", "2026-07-09T19:52:00"),
        ("9 يوليو 2026 7:52 م", "2026-07-09T19:52:00"),
        ("2026年7月9日 午後7時52分", "2026-07-09T19:52:00"),
        ("2026年7月9日19時52分30秒", "2026-07-09T19:52:30"),
        ("9 July 2026 19:52:30 CEST", "2026-07-09T19:52:30"),
        ("9 July 2026 19:52 UTC", "2026-07-09T19:52:00Z"),
        ("9 July 2026, 19:52 +03:00", "2026-07-09T19:52:00+03:00"),
    ] {
        assert_eq!(absolute(text, tag("")).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn the_order_of_numbers_is_told_by_them_or_by_the_page() {
    for (language, text, expected) in [
        ("", "03/04/2026", None),
        ("en", "03/04/2026", None),
        ("ja", "03/04/2026", None),
        ("de", "03/04/2026", Some("2026-04-03")),
        ("en-GB", "3-4-2026", Some("2026-04-03")),
        ("en-US", "03/04/2026", Some("2026-03-04")),
        ("", "23/04/2026", Some("2026-04-23")),
        ("de", "04/23/2026", Some("2026-04-23")),
        ("", "04/04/2026", Some("2026-04-04")),
        ("", "03.04.2026", Some("2026-04-03")),
        ("en", "03.04.2026", Some("2026-04-03")),
        ("en-US", "03.04.2026", None),
        ("de", "03.04.26", Some("2026-04-03")),
        ("", "03.04.26", None),
        ("", "23/23/2026", None),
    ] {
        assert_eq!(
            absolute(text, tag(language)).as_deref(),
            expected,
            "{text} in {language:?}"
        );
    }
}

#[test]
fn languages_that_disagree_say_nothing_unless_the_page_is_in_one_of_them() {
    let text = "9 listopada 2026";
    assert_eq!(absolute(text, tag("")), None);
    assert_eq!(absolute(text, tag("pl")).as_deref(), Some("2026-11-09"));
    assert_eq!(absolute(text, tag("hr")).as_deref(), Some("2026-10-09"));
    // Yesterday in French, here in German.
    let read = |language| posted_line("hier", now(), tag(language));
    assert_eq!(read("").as_deref(), Some("2026-07-09"));
    assert_eq!(read("en").as_deref(), Some("2026-07-09"));
    assert_eq!(read("de"), None);
}

#[test]
fn what_states_no_day_is_no_date() {
    for text in [
        "",
        "soon",
        "12:30",
        "2026",
        "May 2026",
        "8 июля, 19:00",
        "9 July",
        "July 9",
        "7月9日",
        "30 Feb 2026",
        "31. April 2026",
        "2026-02-30",
        "2026-13-01",
        "0000-00-00",
        "2026-05-04x",
        "9 July 26",
        "9 July 1026",
        "9 July 2026 25:00",
        "July 9, 2026 13 pm",
        "5-9 July 2026",
        "9 July 2026 - 12 July 2026",
        "9 July 2026 and more",
        "from $9 July 2026",
        "1.13.2026.4",
        "192.168.20.26",
        "3845123456",
        "17778870001",
        "01777887000",
    ] {
        assert_eq!(absolute(text, tag("de")), None, "{text}");
    }
}

#[test]
fn lines_that_put_an_amount_into_the_past_are_dates() {
    for (text, expected) in [
        ("3 hours ago", "2026-07-10T09:00:00Z"),
        ("Posted 20 Hours Ago", "2026-07-09T16:00:00Z"),
        ("an hour ago", "2026-07-10T11:00:00Z"),
        ("about 2 hours ago", "2026-07-10T10:00:00Z"),
        ("5m ago", "2026-07-10T11:55:00Z"),
        ("1.5 days ago", "2026-07-09T00:00:00Z"),
        ("a few seconds ago", "2026-07-10T12:00:00Z"),
        ("Reposted 9 Days Ago", "2026-07-01"),
        ("2 weeks ago", "2026-06-26"),
        ("a month ago", "2026-06-10"),
        ("Posted yesterday", "2026-07-09"),
        ("the day before yesterday", "2026-07-08"),
        ("🕒 Posted: 3 days ago", "2026-07-07"),
        ("today", "2026-07-10"),
        ("just posted", "2026-07-10"),
        ("just now", "2026-07-10T12:00:00Z"),
        ("Yesterday at 5:30 pm", "2026-07-09T17:30:00"),
        ("vor 2 Stunden", "2026-07-10T10:00:00Z"),
        ("Veröffentlicht vor einem Monat", "2026-06-10"),
        ("vor ein paar Sekunden", "2026-07-10T12:00:00Z"),
        ("vorgestern", "2026-07-08"),
        ("Heute, 14:05 Uhr", "2026-07-10T14:05:00"),
        ("il y a 3 jours", "2026-07-07"),
        ("Publiée il y a environ une heure", "2026-07-10T11:00:00Z"),
        ("avant-hier", "2026-07-08"),
        ("aujourd’hui à 9h05", "2026-07-10T09:05:00"),
        ("hace 5 días", "2026-07-05"),
        ("Publicado hace una semana", "2026-07-03"),
        ("hace 5 dias", "2026-07-05"),
        ("anteayer", "2026-07-08"),
        ("há 4 dias", "2026-07-06"),
        ("2 horas atrás", "2026-07-10T10:00:00Z"),
        ("ontem às 18:00", "2026-07-09T18:00:00"),
        ("3 giorni fa", "2026-07-07"),
        ("l'altro ieri", "2026-07-08"),
        ("2 часа 5 минут назад", "2026-07-10T09:55:00Z"),
        ("день назад", "2026-07-09"),
        ("Опубликовано вчера в 18:05", "2026-07-09T18:05:00"),
        ("منذ 3 ساعات", "2026-07-10T09:00:00Z"),
        ("منذ ٣ أيام", "2026-07-07"),
        ("منذ أسبوعين", "2026-06-26"),
        ("أمس", "2026-07-09"),
        ("3日前", "2026-07-07"),
        ("約2時間前", "2026-07-10T10:00:00Z"),
        ("1ヶ月前に投稿", "2026-06-10"),
        ("２週間前", "2026-06-26"),
        ("数秒前", "2026-07-10T12:00:00Z"),
        ("昨日", "2026-07-09"),
        ("今日 19:52", "2026-07-10T19:52:00"),
        ("3天前", "2026-07-07"),
        ("2小时前发布", "2026-07-10T10:00:00Z"),
        ("3일 전", "2026-07-07"),
        ("방금 전", "2026-07-10T12:00:00Z"),
        ("3 dagen geleden", "2026-07-07"),
        ("för 3 dagar sedan", "2026-07-07"),
        ("for 3 dager siden", "2026-07-07"),
        ("for 3 dage siden", "2026-07-07"),
        ("godzinę temu", "2026-07-10T11:00:00Z"),
        ("3 дні тому", "2026-07-07"),
        ("před 2 hodinami", "2026-07-10T10:00:00Z"),
        ("pred týždňom", "2026-07-03"),
        ("преди 3 дни", "2026-07-07"),
        ("prije 3 dana", "2026-07-07"),
        ("acum 3 zile", "2026-07-07"),
        ("fa 3 dies", "2026-07-07"),
        ("3 gün önce", "2026-07-07"),
        ("πριν από 3 μέρες", "2026-07-07"),
        ("3 päivää sitten", "2026-07-07"),
        ("3 nappal ezelőtt", "2026-07-07"),
        ("לפני 3 ימים", "2026-07-07"),
        ("3 hari yang lalu", "2026-07-07"),
        ("3 ngày trước", "2026-07-07"),
        ("3 दिन पहले", "2026-07-07"),
        ("Posted: vor 3 Tagen", "2026-07-07"),
    ] {
        let read = posted_line(text, now(), tag(""));
        assert_eq!(read.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn other_amounts_of_time_are_no_dates() {
    for text in [
        "",
        "3 hours",
        "3 Monate",
        "2 years of experience ago",
        "ago",
        "hours ago",
        "часов назад",
        "45+ days ago",
        "2-3 days ago",
        "more than 30 days ago",
        "over a year ago",
        "vor mehr als 30 Tagen",
        "il y a plus d'un mois",
        "30日以上前",
        "5月前",
        "a few hours ago",
        "1,000 days ago",
        "1.5 months ago",
        "last week",
        "40 hours a week",
        "40 Stunden pro Woche",
        "in 3 days",
        "in 3 days ago",
        "dans 2 heures",
        "tomorrow",
        "3日後",
        "9th days ago",
        "99999 years ago",
        "9999 years ago",
        "now",
        "MA",
        "5 minutes walk ago",
        "active 3 days ago",
    ] {
        assert_eq!(posted_line(text, now(), tag("")), None, "{text}");
    }
}

#[test]
fn a_line_with_a_date_must_say_that_it_is_of_the_posting() {
    for (text, expected) in [
        ("Posted on July 9, 2026", Some("2026-07-09")),
        ("Veröffentlicht am 9. Juli 2026", Some("2026-07-09")),
        ("Publié le 9 juillet 2026", Some("2026-07-09")),
        ("Publicado el 9 de julio de 2026", Some("2026-07-09")),
        ("Publicado em 9 de julho de 2026", Some("2026-07-09")),
        ("Pubblicato il 9 luglio 2026", Some("2026-07-09")),
        ("Опубликовано: 09.07.2026", Some("2026-07-09")),
        ("تاريخ النشر: 9 يوليو 2026", Some("2026-07-09")),
        ("掲載日：2026年7月9日", Some("2026-07-09")),
        ("Posted: 2026-07-09 19:52", Some("2026-07-09T19:52:00")),
        ("July 9, 2026", None),
        ("2026-07-09", None),
        ("Start: July 9, 2026", None),
        ("Closes July 9, 2026", None),
        ("until 9 July 2026", None),
    ] {
        assert_eq!(
            posted_line(text, now(), tag("")).as_deref(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn where_only_the_date_of_the_posting_stands_an_amount_is_its_age() {
    for (text, expected) in [
        ("3 days", Some("2026-07-07")),
        ("3d", Some("2026-07-07")),
        ("1 year, 2 months", Some("2025-05-10")),
        ("seit 3 Tagen", Some("2026-07-07")),
        ("now - 2 hours", Some("2026-07-10T10:00:00Z")),
        ("-2 days", Some("2026-07-08")),
        ("July 9, 2026", Some("2026-07-09")),
        ("Added 2026-07-09", Some("2026-07-09")),
        ("in 3 days", None),
        ("+2 days", None),
        ("tomorrow", None),
        ("until 9 July 2026", None),
        ("3日", None),
        ("час", None),
    ] {
        assert_eq!(posted(text, now(), tag("")).as_deref(), expected, "{text}");
    }
}

#[test]
fn where_only_a_deadline_stands_an_amount_is_what_is_left() {
    for (text, expected) in [
        ("3 days", Some("2026-07-13")),
        ("in 3 days", Some("2026-07-13")),
        ("Ends in 2 hours", Some("2026-07-10T14:00:00Z")),
        ("3 days left", Some("2026-07-13")),
        ("tomorrow", Some("2026-07-11")),
        ("closed 3 days ago", None),
        ("bis 31. Juli 2026", Some("2026-07-31")),
        ("до 31.07.2026", Some("2026-07-31")),
        ("2026-07-31", Some("2026-07-31")),
        ("noch 3 Wochen frei", None),
        ("Posted 3 days ago", None),
    ] {
        assert_eq!(
            deadline(text, now(), tag("")).as_deref(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn a_line_about_a_deadline_must_say_so() {
    for (text, expected) in [
        ("Apply by July 31, 2026", Some("2026-07-31")),
        ("Closes in 3 days", Some("2026-07-13")),
        ("Deadline: until 31 July 2026", Some("2026-07-31")),
        ("Bewerbungsfrist: 31.07.2026", Some("2026-07-31")),
        ("Date limite : 31 juillet 2026", Some("2026-07-31")),
        ("応募締切：2026年7月31日", Some("2026-07-31")),
        ("6 days left", Some("2026-07-16")),
        ("until 31 July 2026", None),
        ("31 July 2026", None),
        ("in 3 days", None),
        ("Posted July 9, 2026", None),
    ] {
        assert_eq!(
            deadline_line(text, now(), tag("")).as_deref(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn long_texts_are_not_read() {
    let spaces = " ".repeat(MAX_TEXT);
    assert_eq!(
        posted_line(&format!("3 days{spaces}ago"), now(), tag("")),
        None
    );
    assert!(posted_line(&format!("{spaces}3 days ago{spaces}"), now(), tag("")).is_some());
    assert_eq!(posted(&"3 d ".repeat(45), now(), tag("")), None);
}

/// Texts made of what dates are made of, in an order that nobody wrote.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "3",
        "09",
        "2026",
        "9999",
        "07.09.2026",
        "19:52",
        "7h30",
        "+0200",
        "-",
        "+",
        ",",
        ".",
        " ",
        "(",
        ")",
        "日",
        "前",
        "年",
        "月",
        "時",
        "午後",
        "pm",
        "GMT",
        "July",
        "июля",
        "يوليو",
        "ago",
        "vor",
        "days",
        "Tagen",
        "today",
        "posted",
        "'",
        "½",
        "İ",
        "ß",
        "🕒",
        "t",
        "z",
        "th",
        "1.5",
        "decade",
        "in",
        "now",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_the_text_what_comes_out_is_a_date(
        text in prop_oneof![any::<String>(), pieces()],
        language in prop::sample::select(vec!["", "en", "en-US", "de", "ja", "vi"]),
    ) {
        let locale = tag(language);
        for read in [
            absolute(&text, locale),
            posted_line(&text, now(), locale),
            posted(&text, now(), locale),
            deadline_line(&text, now(), locale),
            deadline(&text, now(), locale),
        ] {
            let read = read.unwrap_or_else(|| "2026-07-09".to_owned());
            prop_assert!((10..=25).contains(&read.len()), "{}", read);
            prop_assert!(read.parse::<jiff::civil::Date>().is_ok() || read.parse::<Timestamp>().is_ok(), "{}", read);
        }
    }
}
