//! Lists of jobs in the data that a page's own scripts read: `__NEXT_DATA__`, Nuxt, Apollo, `window.NAME = {…}`.

use std::collections::HashSet;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use url::Url;

use crate::budget::{self, Terms};
use crate::cards::{self, Evidence};
use crate::date::{self, Locale};
use crate::document::{Document, Index};
use crate::draft::Draft;
use crate::job_posting::number;
use crate::money::Region;
use crate::open_page::OpenPage;
use crate::signals::{self, Topic};
use crate::site;
use crate::text::{self, words};
use crate::{Budget, Provenance};

/// How many values of all scripts together are looked at.
const MAX_VALUES: usize = 400_000;
/// How many postings are read of one list.
const MAX_POSTINGS: usize = 5_000;
/// How deep the flat data of Nuxt is unfolded.
const MAX_DEPTH: usize = 12;

const TITLE: &[&str] = &["jobtitle", "positiontitle", "title", "position", "name"];
const ADDRESS: &[&str] = &[
    "joburl",
    "absoluteurl",
    "canonicalurl",
    "permalink",
    "url",
    "link",
    "href",
    "path",
];
const EMPLOYER: &[&str] = &[
    "companyname",
    "company",
    "employername",
    "employer",
    "hiringorganization",
    "organization",
    "organisation",
];
const LOCATION: &[&str] = &[
    "locationname",
    "location",
    "locations",
    "joblocation",
    "place",
    "city",
];
const DESCRIPTION: &[&str] = &["jobdescription", "description", "summary", "snippet"];
const POSTED: &[&str] = &[
    "dateposted",
    "postedat",
    "posteddate",
    "postedon",
    "publishedat",
    "publishdate",
    "publicationdate",
    "createdat",
];
const DEADLINE: &[&str] = &[
    "validthrough",
    "expiresat",
    "expirydate",
    "deadline",
    "closingdate",
];
const KIND: &[&str] = &["employmenttype", "jobtype", "contracttype"];
const SKILLS: &[&str] = &["skills", "requiredskills", "technologies", "tags"];
const PAY: &[&str] = &[
    "salary",
    "salaryrange",
    "basesalary",
    "budget",
    "compensation",
    "payrange",
    "pay",
];
const LEAST: &[&str] = &[
    "salarymin",
    "minsalary",
    "min",
    "minimum",
    "minvalue",
    "minamount",
    "from",
];
const MOST: &[&str] = &[
    "salarymax",
    "maxsalary",
    "max",
    "maximum",
    "maxvalue",
    "maxamount",
    "to",
];
const CURRENCY: &[&str] = &["salarycurrency", "currency", "currencycode"];
const UNIT: &[&str] = &[
    "salaryunit",
    "salaryperiod",
    "unittext",
    "unit",
    "period",
    "interval",
];
const BIDS: &[&str] = &[
    "bidcount",
    "bidscount",
    "bids",
    "proposalcount",
    "proposalscount",
    "proposals",
];
/// What an object inside a posting is called by.
const NAME: &[&str] = &["name", "displayname", "title", "label", "city"];

/// The postings of the best list of jobs in the page's data, if there is one.
pub(crate) fn postings(page: &OpenPage<'_, '_>) -> Vec<Draft> {
    let document = page.document;
    let mut best: (usize, Vec<Draft>) = (0, Vec::new());
    let mut left = MAX_VALUES;
    for script in document
        .all()
        .filter(|&index| document.name(index) == "script")
    {
        for data in data_of(document, script) {
            for (topic, items) in lists(&data, &mut left) {
                let drafts: Vec<Draft> = items
                    .iter()
                    .filter_map(|item| read(item, page.base, page.region))
                    .collect();
                let is_list = drafts.len() >= 2 && drafts.len() * 2 >= items.len();
                let score = drafts.iter().map(|draft| 1 + cards::facts(draft)).sum();
                if is_list
                    && score > best.0
                    && titles_differ(&drafts)
                    && Evidence::of(&drafts).speaks_of_jobs(topic, page.topic)
                {
                    best = (score, drafts);
                }
            }
        }
    }
    best.1
}

/// The data in a script: all of it where it is no program, else what the program assigns.
fn data_of(document: &Document<'_>, script: Index) -> Vec<Value> {
    let kind = document.attr(script, "type").unwrap_or_default();
    if kind.ends_with("ld+json") {
        return Vec::new();
    }
    let text = document.raw_text(script);
    if kind.ends_with("json") {
        let whole = serde_json::from_str(&text).ok();
        return whole.map(unfolded).into_iter().collect();
    }
    assigned(&text)
}

/// The values of `NAME = {…}`, `NAME = […]` and `NAME = JSON.parse("…")` that are JSON to the letter.
fn assigned(program: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut at = 0;
    while let Some(found) = program[at..].find('=') {
        at += found + 1;
        let rest = program[at..].trim_start();
        let parsed = rest.strip_prefix("JSON.parse(").map(str::trim_start);
        let start = parsed.unwrap_or(rest);
        if !start.starts_with(if parsed.is_some() {
            &['"'][..]
        } else {
            &['{', '['][..]
        }) {
            continue;
        }
        let mut stream = serde_json::Deserializer::from_str(start).into_iter::<Value>();
        let Some(Ok(value)) = stream.next() else {
            continue;
        };
        at = program.len() - start.len() + stream.byte_offset();
        match (parsed, value) {
            (Some(_), Value::String(json)) => values.extend(serde_json::from_str::<Value>(&json)),
            (_, value) => values.push(value),
        }
    }
    values
}

/// Nuxt's flat form unfolded, in which every member is the place of a value in one long list; anything else as it is.
fn unfolded(value: Value) -> Value {
    let Value::Array(flat) = &value else {
        return value;
    };
    let is_place = |member: &Value| {
        member
            .as_u64()
            .is_some_and(|place| (place as usize) < flat.len())
    };
    let is_flat = flat.len() > 2
        && flat.iter().take(50).all(|one| match one {
            Value::Object(object) => object.values().all(is_place),
            Value::Array(members) => members
                .iter()
                .all(|member| is_place(member) || member.is_string()),
            _ => true,
        })
        && flat.iter().take(50).any(Value::is_object);
    if !is_flat {
        return value;
    }
    let mut left = MAX_VALUES;
    unfold(flat, 0, MAX_DEPTH, &mut left)
}

fn unfold(flat: &[Value], place: usize, depth: usize, left: &mut usize) -> Value {
    let Some(rest) = left.checked_sub(1).filter(|_| depth > 0) else {
        return Value::Null;
    };
    *left = rest;
    let mut member =
        |value: &Value| match value.as_u64().and_then(|place| usize::try_from(place).ok()) {
            Some(place) => unfold(flat, place, depth - 1, left),
            None => value.clone(),
        };
    match flat.get(place) {
        Some(Value::Object(object)) => Value::Object(
            object
                .iter()
                .map(|(name, value)| (name.clone(), member(value)))
                .collect(),
        ),
        Some(Value::Array(members)) => Value::Array(members.iter().map(&mut member).collect()),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

/// Every list of objects, with what its name or its objects' type speaks of.
fn lists<'v>(data: &'v Value, left: &mut usize) -> Vec<(Topic, Vec<&'v Map<String, Value>>)> {
    let mut lists = Vec::new();
    let mut open = vec![("", data)];
    while let Some((name, value)) = open.pop() {
        let Some(rest) = left.checked_sub(1) else {
            break;
        };
        *left = rest;
        let members: Vec<(&str, &Value)> = match value {
            Value::Array(members) => members.iter().map(|member| (name, member)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (name.as_str(), member))
                .collect(),
            _ => continue,
        };
        // A normalised cache is an object of objects, each named by its type and number.
        let objects = members.iter().filter_map(|(_, member)| member.as_object());
        let items: Vec<_> = objects
            .map(|object| {
                object
                    .get("node")
                    .and_then(Value::as_object)
                    .unwrap_or(object)
            })
            .filter(|object| text_of(object, TITLE).is_some())
            .take(MAX_POSTINGS)
            .collect();
        if items.len() >= 2 {
            let kind = items[0].get("__typename").and_then(Value::as_str);
            let all: Vec<String> = words(name)
                .into_iter()
                .chain(words(kind.unwrap_or_default()))
                .collect();
            lists.push((signals::topic(all.iter().map(String::as_str)), items));
        }
        open.extend(members);
    }
    lists
}

/// Whether the items are many things and not one said again and again.
fn titles_differ(drafts: &[Draft]) -> bool {
    let titles: HashSet<String> = drafts.iter().map(Draft::name).collect();
    titles.len() >= 2 && titles.len() * 3 >= drafts.len()
}

fn read(object: &Map<String, Value>, base: &Url, region: Option<Region>) -> Option<Draft> {
    let title = text::from_html(&text_of(object, TITLE)?);
    if title.is_empty() {
        return None;
    }
    let description = text_of(object, DESCRIPTION).map(|html| text::lines_from_html(&html));
    let draft = Draft {
        title,
        url: text_of(object, ADDRESS).and_then(|href| site::resolve(base, &href)),
        description: description.filter(|text| !text.is_empty()),
        employer: member(object, EMPLOYER).and_then(name_of),
        location: member(object, LOCATION).and_then(name_of),
        remote: member(object, &["isremote", "remote"]).and_then(Value::as_bool),
        employment_type: member(object, KIND).and_then(name_of),
        budget: pay(object, region),
        skills: member(object, SKILLS).map(names_of).unwrap_or_default(),
        posted_at: member(object, POSTED).and_then(moment),
        valid_through: member(object, DEADLINE).and_then(moment),
        bids: member(object, BIDS)
            .and_then(Value::as_u64)
            .and_then(|bids| u32::try_from(bids).ok()),
        confidence: 0.8,
        ..Draft::default()
    };
    Some(draft.stamped(Provenance::EmbeddedState))
}

/// The member that has one of these names, in whatever case and with whatever between its words; null is none.
fn member<'v>(object: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Value> {
    names.iter().find_map(|wanted| {
        let mut members = object.iter();
        let found = members.find(|(name, value)| !value.is_null() && spells(name, wanted));
        found.map(|(_, value)| value)
    })
}

fn spells(name: &str, wanted: &str) -> bool {
    let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    letters.map(|c| c.to_ascii_lowercase()).eq(wanted.chars())
}

fn text_of(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let text = member(object, names)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A name: a text, that of an object, or of several of those.
fn name_of(value: &Value) -> Option<String> {
    let names = names_of(value);
    (!names.is_empty()).then(|| names.join("; "))
}

fn names_of(value: &Value) -> Vec<String> {
    let name = |value: &Value| match value {
        Value::String(text) => Some(text::from_html(text)),
        Value::Object(object) => text_of(object, NAME).map(|name| text::from_html(&name)),
        _ => None,
    };
    let names: Vec<String> = match value {
        Value::Array(several) => several.iter().filter_map(name).collect(),
        one => name(one).into_iter().collect(),
    };
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

/// Amounts beside each other in the posting or in an object of it, or a text.
fn pay(posting: &Map<String, Value>, region: Option<Region>) -> Option<Budget> {
    let stated = member(posting, PAY);
    if let Some(Value::String(text)) = stated {
        return budget::parse(&text::from_html(text), region);
    }
    let of = stated.and_then(Value::as_object).unwrap_or(posting);
    // Beside other members, names as short as "from" may mean anything.
    let amount = |names: &[&str]| {
        let names = if stated.is_some() { names } else { &names[..2] };
        let value = member(of, names).filter(|value| value.is_number())?;
        number(value, None, None, region).map(|price| price.amount)
    };
    let text = |names: &[&str]| text_of(of, names).or_else(|| text_of(posting, &names[..1]));
    let (min, max) = (amount(LEAST), amount(MOST));
    let (currency, unit) = (text(CURRENCY), text(UNIT));
    // An amount without a currency may as well be a number of anything.
    currency.as_ref()?;
    let shown = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
    let bounds = || [shown(min), shown(max)].into_iter().flatten();
    let raw = stated.map_or_else(
        || bounds().collect::<Vec<_>>().join(" - "),
        Value::to_string,
    );
    budget::of_amounts(min, max, &Terms { currency, unit }, region, raw)
}

/// A date as text, or the seconds or milliseconds since 1970 that JavaScript counts.
fn moment(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => date::absolute(text, Locale::default()),
        Value::Number(number) => {
            let count = number.as_i64()?;
            // Between 2001 and 2100: anything else is a number of something else.
            let at = match count {
                1_000_000_000..4_102_444_800 => Timestamp::from_second(count),
                1_000_000_000_000..4_102_444_800_000 => Timestamp::from_second(count / 1_000),
                _ => return None,
            };
            Some(at.ok()?.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_page::opened;

    fn at(url: &str, html: &str) -> Vec<Draft> {
        opened(url, html, postings)
    }

    const JOBS: &str = r#"[{"title":"Miller","slug":"m","url":"/jobs/1","companyName":"Mill","location":{"city":"Leeds"},
        "salary":{"min":300,"max":400,"currency":"GBP","period":"day"},"postedAt":1783000000000,"skills":[{"name":"grain"}],
        "isRemote":false,"description":"<p>One</p>"},
        {"job_title":"Baker","url":"/jobs/2","company":{"name":"Oven & Co"},"locations":["York","Hull"],
        "date_posted":"2026-07-01","employment-type":"Full-time","salary_min":20,"salary_max":25,"salary_currency":"EUR"}]"#;

    fn are_the_two(drafts: &[Draft]) {
        let [miller, baker] = drafts else {
            panic!("{drafts:?}")
        };
        assert_eq!((&*miller.title, &*baker.title), ("Miller", "Baker"));
        assert_eq!(miller.url.as_ref().unwrap().path(), "/jobs/1");
        assert_eq!(miller.employer.as_deref(), Some("Mill"));
        assert_eq!(miller.location.as_deref(), Some("Leeds"));
        assert_eq!(
            miller.budget.as_ref().unwrap().unit,
            Some(crate::BudgetUnit::Day)
        );
        assert_eq!(miller.posted_at.as_deref(), Some("2026-07-02T13:46:40Z"));
        assert_eq!(miller.skills, ["grain"]);
        assert_eq!(miller.remote, Some(false));
        assert_eq!(baker.employer.as_deref(), Some("Oven & Co"));
        assert_eq!(baker.location.as_deref(), Some("York; Hull"));
        assert_eq!(baker.posted_at.as_deref(), Some("2026-07-01"));
        assert_eq!(baker.employment_type.as_deref(), Some("Full-time"));
        let pay = baker.budget.as_ref().unwrap();
        assert_eq!(
            (pay.min, pay.max, pay.currency.as_deref()),
            (Some(20.0), Some(25.0), Some("EUR"))
        );
        assert_eq!(baker.provenance["title"], Provenance::EmbeddedState);
    }

    #[test]
    fn the_data_of_the_known_frameworks_is_read() {
        let quoted = Value::from(format!("{{\"jobs\":{JOBS}}}"));
        for script in [
            format!(
                r#"<script id=__NEXT_DATA__ type=application/json>{{"props":{{"pageProps":{{"jobs":{JOBS}}}}}}}</script>"#
            ),
            format!(
                r#"<script>window.__STATE__ = {{"results":{{"jobs":{JOBS}}}}}; run();</script>"#
            ),
            format!("<script>var a = 1; window.x=JSON.parse({quoted});</script>"),
        ] {
            are_the_two(&at("https://a.example/", &script));
        }
    }

    #[test]
    fn a_normalised_cache_is_a_list() {
        let cache = r#"<script>window.__APOLLO_STATE__={"ROOT_QUERY":{"a":1},
            "Job:1":{"__typename":"Job","title":"Miller","companyName":"Mill"},
            "Job:2":{"__typename":"Job","title":"Baker","companyName":"Oven"}}</script>"#;
        let titles: Vec<_> = at("https://a.example/", cache)
            .into_iter()
            .map(|draft| draft.title)
            .collect();
        assert_eq!(titles, ["Miller", "Baker"]);
    }

    #[test]
    fn flat_data_is_unfolded() {
        let flat = r#"<script type=application/json id=__NUXT_DATA__>[{"jobs":1},[2,5],{"title":3,"company":4},"Miller","Mill",
            {"title":6,"company":7},"Baker","Oven"]</script>"#;
        let drafts = at("https://a.example/", flat);
        assert_eq!(drafts.len(), 2);
        assert_eq!(drafts[1].employer.as_deref(), Some("Oven"));
    }

    #[test]
    fn other_lists_and_broken_data_are_none() {
        for script in [
            r#"{"menu":[{"title":"Home","url":"/"},{"title":"About","url":"/about"}]}"#,
            r#"{"products":[{"name":"A","salary":"$4"},{"name":"B","salary":"$5"}]}"#,
            r#"{"jobs":[{"title":"Miller","company":"Mill"},{"title":"#,
            r#"{"jobs":[{"title":"Same","company":"A"},{"title":"Same","company":"A"}]}"#,
        ] {
            let html = format!("<script>window.__STATE__ = {script}</script>");
            assert_eq!(at("https://a.example/shop", &html), [], "{script}");
        }
    }

    #[test]
    fn a_circle_of_flat_data_ends() {
        let circle =
            r#"<script type=application/json>[{"a":0,"b":0,"title":1},"x",{"a":0,"b":0}]</script>"#;
        assert_eq!(at("https://a.example/", circle), []);
    }
}
