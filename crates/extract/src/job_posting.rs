//! schema.org's `JobPosting` as a JSON object, read into a [`Draft`]. Microdata and RDFa come here in the same form.

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use url::Url;

use crate::budget::{self, Terms};
use crate::date::{self, Locale};
use crate::draft::Draft;
use crate::money::{self, Price, Region};
use crate::site;
use crate::text;
use crate::{Budget, Provenance};

/// How sure a posting is that the page itself declares to be one.
const CONFIDENCE: f64 = 0.95;

/// Reads postings that one source declares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// What relative addresses resolve against.
    pub(crate) base: &'a Url,
    /// Which source it is: texts in JSON-LD may be HTML, those of markup are what the page shows.
    pub(crate) source: Provenance,
    /// The country that the page is made for.
    pub(crate) region: Option<Region>,
}

impl Reader<'_> {
    /// Reads `object`; nothing if it states no title, or one that is a template's placeholder.
    pub(crate) fn read(&self, object: &Map<String, Value>) -> Option<Draft> {
        let title = string(object, "title")
            .or_else(|| string(object, "name"))
            .map(|title| self.line(&title))?;
        if title.is_empty()
            || ["{{", "}}", "<%", "${"]
                .iter()
                .any(|mark| title.contains(mark))
        {
            return None;
        }
        let description = string(object, "description").map(|text| self.lines(&text));
        let draft = Draft {
            title,
            url: self.address(object),
            description: description.filter(|text| !text.is_empty()),
            employer: property(object, "hiringOrganization").and_then(|value| self.name_of(value)),
            location: property(object, "jobLocation").and_then(|value| self.place(value)),
            remote: property(object, "jobLocationType")
                .is_some_and(is_telecommute)
                .then_some(true),
            employment_type: joined(property(object, "employmentType")),
            budget: property(object, "baseSalary")
                .and_then(|salary| read_salary(salary, object, self.region)),
            skills: property(object, "skills")
                .map(|value| self.list(value))
                .unwrap_or_default(),
            posted_at: date(object, "datePosted"),
            valid_through: date(object, "validThrough"),
            bids: None,
            confidence: CONFIDENCE,
            ..Draft::default()
        };
        Some(draft.stamped(self.source))
    }

    /// A text on one line.
    fn line(&self, text: &str) -> String {
        if self.is_html() {
            text::from_html(text)
        } else {
            text::collapse(text)
        }
    }

    /// A text, one line for each block.
    fn lines(&self, text: &str) -> String {
        if self.is_html() {
            text::lines_from_html(text)
        } else {
            text::lines(text)
        }
    }

    fn is_html(&self) -> bool {
        !matches!(self.source, Provenance::Microdata | Provenance::Rdfa)
    }

    fn address(&self, object: &Map<String, Value>) -> Option<Url> {
        let main = property(object, "mainEntityOfPage");
        let main = main.and_then(|page| {
            page.as_object()
                .and_then(|page| string(page, "@id"))
                .or_else(|| scalar(page))
        });
        let id = string(object, "@id").filter(|id| id.starts_with("http") && !id.contains('#'));
        let candidates = [string(object, "url"), main, id];
        candidates
            .into_iter()
            .flatten()
            .find_map(|href| site::resolve(self.base, &href))
    }

    fn name_of(&self, organisation: &Value) -> Option<String> {
        let name = match organisation {
            Value::Object(object) => string(object, "name")
                .or_else(|| string(object, "legalName"))
                .or_else(|| scalar(organisation)),
            Value::Array(several) => return several.iter().find_map(|one| self.name_of(one)),
            other => scalar(other),
        };
        name.map(|name| self.line(&name))
            .filter(|name| !name.is_empty() && !name.starts_with("http"))
    }

    /// Where a place is, its parts joined by commas; several places by semicolons.
    fn place(&self, value: &Value) -> Option<String> {
        match value {
            Value::Array(several) => {
                let mut places: Vec<String> = Vec::new();
                for place in several.iter().filter_map(|one| self.place(one)) {
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
                (!places.is_empty()).then(|| places.join("; "))
            }
            Value::Object(object) => {
                let address = property(object, "address").and_then(|one| self.place(one));
                address
                    .or_else(|| self.postal_address(object))
                    .or_else(|| string(object, "name").map(|name| self.line(&name)))
            }
            other => scalar(other)
                .map(|text| self.line(&text))
                .filter(|text| !text.is_empty()),
        }
    }

    fn postal_address(&self, object: &Map<String, Value>) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for name in [
            "streetAddress",
            "postalCode",
            "addressLocality",
            "addressRegion",
            "addressCountry",
        ] {
            let part = property(object, name).and_then(|part| match part {
                Value::Object(country) => string(country, "name"),
                other => scalar(other),
            });
            let part = part.map(|part| self.line(&part));
            parts.extend(part.filter(|part| !part.is_empty() && !parts.contains(part)));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Skills: a list, a text with commas, or objects with names. A text without commas is one skill.
    fn list(&self, value: &Value) -> Vec<String> {
        let mut skills = Vec::new();
        match value {
            Value::Array(several) => skills.extend(several.iter().flat_map(|one| self.list(one))),
            Value::Object(object) => skills.extend(string(object, "name")),
            other => {
                let text = scalar(other)
                    .map(|text| self.lines(&text))
                    .unwrap_or_default();
                skills.extend(
                    text.split([',', ';', '\n'])
                        .map(str::trim)
                        .filter(|skill| !skill.is_empty())
                        .map(str::to_owned),
                );
            }
        }
        skills
    }
}

/// The property's value, whatever prefix its name has; null is no value.
pub(crate) fn property<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let prefixes = ["", "schema:", "http://schema.org/", "https://schema.org/"];
    let value = prefixes
        .iter()
        .find_map(|prefix| object.get(&format!("{prefix}{name}")))?;
    (!value.is_null()).then_some(value)
}

/// Whether one of the types that the object declares has this name, whatever vocabulary it is written with.
pub(crate) fn has_type(object: &Map<String, Value>, name: &str) -> bool {
    let is_name = |value: &Value| {
        let declared = value.as_str().unwrap_or_default();
        declared.rsplit(['/', ':', '#']).next() == Some(name)
    };
    match object.get("@type") {
        Some(Value::Array(several)) => several.iter().any(is_name),
        Some(one) => is_name(one),
        None => false,
    }
}

/// The text of a value: itself, its `@value`, the first of several.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(several) => return several.iter().find_map(scalar),
        Value::Object(object) => return object.get("@value").and_then(scalar),
        Value::Null | Value::Bool(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn string(object: &Map<String, Value>, name: &str) -> Option<String> {
    property(object, name).and_then(scalar)
}

/// A date that the posting declares. In what order software writes its numbers, the page's language does not tell.
fn date(object: &Map<String, Value>, name: &str) -> Option<String> {
    date::absolute(&string(object, name)?, Locale::default())
}

fn is_telecommute(value: &Value) -> bool {
    match value {
        Value::Array(several) => several.iter().any(is_telecommute),
        other => {
            scalar(other).is_some_and(|text| text.to_ascii_uppercase().ends_with("TELECOMMUTE"))
        }
    }
}

fn joined(value: Option<&Value>) -> Option<String> {
    let several = match value? {
        Value::Array(several) => several.iter().filter_map(scalar).collect(),
        other => vec![scalar(other)?],
    };
    (!several.is_empty()).then(|| several.join(", "))
}

/// A salary as `MonetaryAmount`, number or text, with the currency that may stand beside it.
fn read_salary(
    salary: &Value,
    posting: &Map<String, Value>,
    region: Option<Region>,
) -> Option<Budget> {
    let beside = Terms {
        currency: string(posting, "salaryCurrency"),
        unit: None,
    };
    match salary {
        Value::Array(several) => several
            .iter()
            .find_map(|salary| read_salary(salary, posting, region)),
        Value::Object(object) if !object.contains_key("@value") => {
            let terms = terms_of(object, &beside);
            let raw = salary.to_string();
            amounts(object, &terms, region, &raw).or_else(|| {
                let value = property(object, "value")?;
                let value = value
                    .as_array()
                    .map_or(Some(value), |several| several.first())?;
                match value {
                    // A quantity of a quantity is nobody's schema; one step is enough.
                    Value::Object(quantity) if !quantity.contains_key("@value") => {
                        let terms = terms_of(quantity, &terms);
                        amounts(quantity, &terms, region, &raw).or_else(|| {
                            let inner = property(quantity, "value");
                            exact(
                                inner.filter(|inner| !inner.is_object())?,
                                &terms,
                                region,
                                raw,
                            )
                        })
                    }
                    other => exact(other, &terms, region, raw),
                }
            })
        }
        other => exact(other, &beside, region, scalar(other)?),
    }
}

/// The currency and the unit that an object states, or else those of what it stands in.
fn terms_of(object: &Map<String, Value>, outer: &Terms) -> Terms {
    let currency = string(object, "currency").or_else(|| string(object, "priceCurrency"));
    let unit = string(object, "unitText").or_else(|| string(object, "unitCode"));
    Terms {
        currency: currency.or_else(|| outer.currency.clone()),
        unit: unit.or_else(|| outer.unit.clone()),
    }
}

/// A salary of a least and a most, either of which may be a text with its currency.
fn amounts(
    object: &Map<String, Value>,
    terms: &Terms,
    region: Option<Region>,
    raw: &str,
) -> Option<Budget> {
    let [min, max] = ["minValue", "maxValue"].map(|name| property(object, name));
    // "9.75" tells how the "12.500" beside it is meant.
    let separator =
        |value: Option<&Value>| money::decimal_separator(value.and_then(Value::as_str)?);
    let stated = terms.currency.as_deref();
    let read = |value: Option<&Value>, other| number(value?, stated, separator(other), region);
    let inner = || read(property(object, "value"), None);
    let (min, max) = match (read(min, max), read(max, min)) {
        (None, None) => return None,
        (Some(min), None) => (Some(min), inner()),
        (None, Some(max)) => (inner(), Some(max)),
        both => both,
    };
    let currency = min.or(max).and_then(|price| price.currency);
    let terms = Terms {
        currency: currency.map(str::to_owned).or(terms.currency.clone()),
        unit: terms.unit.clone(),
    };
    let [min, max] = [min, max].map(|price| price.map(|price| price.amount));
    budget::of_amounts(min, max, &terms, region, raw.to_owned())
}

/// A salary of one value: a number, or a text that states an amount or a range of them.
fn exact(value: &Value, terms: &Terms, region: Option<Region>, raw: String) -> Option<Budget> {
    if value.is_number() {
        let amount = number(value, None, None, region).map(|price| price.amount);
        return budget::of_amounts(amount, amount, terms, region, raw);
    }
    budget::of_field(&scalar(value)?, terms, region)
}

/// An amount: a number, or a text with the currency in it or else the one `stated` beside it.
pub(crate) fn number(
    value: &Value,
    stated: Option<&str>,
    separator: Option<char>,
    region: Option<Region>,
) -> Option<Price> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            let amount =
                Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
            amount.ok().map(|amount| Price {
                amount,
                currency: None,
            })
        }
        other => money::price(&scalar(other)?, stated, separator, region),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::BudgetUnit;

    fn read(posting: Value) -> Option<Draft> {
        let reader = Reader {
            base: &Url::parse("https://a.example/jobs").unwrap(),
            source: Provenance::JsonLd,
            region: None,
        };
        reader.read(posting.as_object().unwrap())
    }

    fn salary(salary: Value) -> Option<Budget> {
        read(json!({"title": "T", "baseSalary": salary}))
            .unwrap()
            .budget
    }

    #[test]
    fn every_field_is_read() {
        let draft = read(json!({
            "title": "Q&amp;A Tester", "url": "/jobs/1", "description": "<p>One</p><p>two</p>",
            "hiringOrganization": {"name": "Acme"}, "jobLocationType": "TELECOMMUTE",
            "jobLocation": [{"address": {"addressLocality": "Leeds", "addressCountry": {"name": "UK"}}}, "York"],
            "employmentType": ["FULL_TIME", "CONTRACTOR"], "skills": "Rust, SQL",
            "datePosted": "2026-05-04", "validThrough": "2026-06-04T23:59:59Z",
        }))
        .unwrap();
        assert_eq!(draft.title, "Q&A Tester");
        assert_eq!(draft.url.unwrap().as_str(), "https://a.example/jobs/1");
        assert_eq!(draft.description.unwrap(), "One\ntwo");
        assert_eq!(draft.employer.unwrap(), "Acme");
        assert_eq!(draft.location.unwrap(), "Leeds, UK; York");
        assert_eq!(draft.remote, Some(true));
        assert_eq!(draft.employment_type.unwrap(), "FULL_TIME, CONTRACTOR");
        assert_eq!(draft.skills, ["Rust", "SQL"]);
        assert_eq!(draft.posted_at.unwrap(), "2026-05-04");
        assert_eq!(draft.valid_through.unwrap(), "2026-06-04T23:59:59Z");
    }

    #[test]
    fn what_the_page_shows_is_no_html() {
        let reader = Reader {
            base: &Url::parse("https://a.example/").unwrap(),
            source: Provenance::Microdata,
            region: None,
        };
        let shown = json!({"title": "List<T> developer", "description": "a <b> c\nd"});
        let draft = reader.read(shown.as_object().unwrap()).unwrap();
        assert_eq!(draft.title, "List<T> developer");
        assert_eq!(draft.description.unwrap(), "a <b> c\nd");
        assert_eq!(draft.provenance["title"], Provenance::Microdata);
    }

    #[test]
    fn nothing_stated_is_nothing_read() {
        let draft = read(json!({
            "title": "T", "url": "", "hiringOrganization": null, "jobLocation": [], "employmentType": "",
            "baseSalary": {"currency": "", "value": {"minValue": null}}, "datePosted": "soon", "skills": "",
        }))
        .unwrap();
        assert_eq!(draft.provenance.keys().collect::<Vec<_>>(), ["title"]);
    }

    #[test]
    fn dates_may_be_written_for_people() {
        for (stated, expected) in [
            (json!("July 9, 2026"), Some("2026-07-09")),
            (json!("09.07.2026 19:52"), Some("2026-07-09T19:52:00")),
            (json!(1_783_540_800), Some("2026-07-08T20:00:00Z")),
            (json!("07/09/2026"), None),
            (json!("3 days ago"), None),
        ] {
            let draft = read(json!({"title": "T", "datePosted": stated})).unwrap();
            assert_eq!(draft.posted_at.as_deref(), expected, "{stated}");
        }
    }

    #[test]
    fn without_a_real_title_there_is_no_posting() {
        assert_eq!(read(json!({"url": "/1"})), None);
        assert_eq!(read(json!({"title": " "})), None);
        assert_eq!(read(json!({"title": "{{ vacancy.name }}"})), None);
    }

    #[test]
    fn salaries_come_in_many_shapes() {
        for shape in [
            json!({"currency": "GBP", "value": {"minValue": 310, "maxValue": 390, "unitText": "DAY"}}),
            json!({"currency": "GBP", "value": {"minValue": "310.00", "maxValue": "390", "unitText": "day"}}),
            json!({"currency": "GBP", "minValue": 310, "maxValue": 390, "unitText": "DAY"}),
            json!([{"currency": "GBP", "value": [{"minValue": 310, "maxValue": 390, "unitCode": "DAY"}]}]),
            json!("£310 - £390 per day"),
        ] {
            let budget = salary(shape.clone()).unwrap_or_else(|| panic!("{shape}"));
            assert_eq!(
                (budget.min, budget.max),
                (Some(310.0), Some(390.0)),
                "{shape}"
            );
            assert_eq!(
                (budget.currency.as_deref(), budget.unit),
                (Some("GBP"), Some(BudgetUnit::Day)),
                "{shape}"
            );
        }
        let exact = salary(json!({"currency": "USD", "value": 100_000})).unwrap();
        assert_eq!(
            (exact.min, exact.max, exact.unit),
            (Some(100_000.0), Some(100_000.0), None)
        );
        let from = salary(json!({"currency": "USD", "value": {"minValue": 10}})).unwrap();
        assert_eq!((from.min, from.max), (Some(10.0), None));
    }

    #[test]
    fn salaries_may_be_texts() {
        for (shape, min, max, currency) in [
            (json!("350 - 400"), Some(350.0), Some(400.0), None),
            (
                json!("CHF 95'000"),
                Some(95_000.0),
                Some(95_000.0),
                Some("CHF"),
            ),
            (
                json!({"currency": "EUR", "value": "350 - 400"}),
                Some(350.0),
                Some(400.0),
                Some("EUR"),
            ),
            (
                json!({"currency": "€", "value": {"value": "1.234,50"}}),
                Some(1234.5),
                Some(1234.5),
                Some("EUR"),
            ),
            (
                json!({"value": {"minValue": "€45 000", "maxValue": "€50 000"}}),
                Some(45_000.0),
                Some(50_000.0),
                Some("EUR"),
            ),
            (
                json!({"currency": "KWD", "minValue": "9.75", "maxValue": "12.500"}),
                Some(9.75),
                Some(12.5),
                Some("KWD"),
            ),
            (
                json!({"currency": "CAD", "value": {"minValue": "$20", "maxValue": "$30"}}),
                Some(20.0),
                Some(30.0),
                Some("CAD"),
            ),
            (
                json!({"currency": "CAD", "value": "$20 - $30"}),
                Some(20.0),
                Some(30.0),
                Some("CAD"),
            ),
            (
                json!({"currency": "dollars of ours", "value": {"@value": "1e3"}}),
                None,
                None,
                None,
            ),
            (
                json!({"currency": "QQQ", "value": 1e3}),
                Some(1_000.0),
                Some(1_000.0),
                None,
            ),
        ] {
            let budget = salary(shape.clone()).unwrap_or_else(|| Budget {
                min: None,
                max: None,
                currency: None,
                unit: None,
                raw: String::new(),
            });
            assert_eq!((budget.min, budget.max), (min, max), "{shape}");
            assert_eq!(budget.currency.as_deref(), currency, "{shape}");
        }
    }

    #[test]
    fn a_sign_is_that_of_the_country_the_page_is_made_for() {
        let url = Url::parse("https://jobs.com.au/").unwrap();
        let reader = Reader {
            base: &url,
            source: Provenance::JsonLd,
            region: Region::of_address(&url),
        };
        let posting = json!({"title": "T", "baseSalary": "$90,000 - $95,000"});
        let draft = reader.read(posting.as_object().unwrap()).unwrap();
        assert_eq!(draft.budget.unwrap().currency.as_deref(), Some("AUD"));
    }

    #[test]
    fn a_bare_number_takes_the_currency_beside_it() {
        let draft =
            read(json!({"title": "T", "baseSalary": "100000", "salaryCurrency": "USD"})).unwrap();
        assert_eq!(draft.budget.unwrap().currency.unwrap(), "USD");
    }

    #[test]
    fn a_salary_of_zero_is_none() {
        assert_eq!(salary(json!({"currency": "USD", "value": 0})), None);
        assert_eq!(salary(json!("negotiable")), None);
    }
}
