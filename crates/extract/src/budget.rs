//! What a job pays, read from text as job boards write it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::Budget;
use crate::money::{self, MAX_TEXT, Notation, Range, Region, Token};

/// The pay that `text` states; nothing where it names no amount of money.
///
/// An amount counts only beside a currency, or with both a `k` and a rate ("180K-240K annually"). A sign that several
/// currencies share is that of `region`.
pub(crate) fn parse(text: &str, region: Option<Region>) -> Option<Budget> {
    if text.len() > MAX_TEXT || !money::has_digit(text) {
        return None;
    }
    let pieces = money::tokens(text, Notation::default());
    let range = Range::of_money(&pieces)?;
    of_range(&range, range.currency(None, region), text)
}

/// The pay in the text of a field that is known to state one, with what is said beside the field.
///
/// An amount needs no currency there, unless the text has words that are not about money.
pub(crate) fn of_field(text: &str, beside: &Terms, region: Option<Region>) -> Option<Budget> {
    if text.len() > MAX_TEXT || !money::has_digit(text) {
        return None;
    }
    let notation = Notation {
        decimal_separator: None,
        is_field: true,
    };
    let pieces = money::tokens(text, notation);
    let has_words = pieces.iter().any(|piece| piece.token == Token::Word);
    let range = if has_words {
        Range::of_money(&pieces)?
    } else {
        Range::of_field(&pieces)?
    };
    let currency = range.currency(beside.currency(region), region);
    let budget = of_range(&range, currency, text)?;
    Some(Budget {
        unit: budget.unit.or_else(|| beside.unit()),
        ..budget
    })
}

/// What is stated apart from the amounts of a budget.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The currency's code, sign or name.
    pub(crate) currency: Option<String>,
    /// What one amount is paid for.
    pub(crate) unit: Option<String>,
}

impl Terms {
    fn currency(&self, region: Option<Region>) -> Option<&'static str> {
        money::named_currency(self.currency.as_deref()?, region)
    }

    fn unit(&self) -> Option<crate::BudgetUnit> {
        money::named_unit(self.unit.as_deref()?)
    }
}

/// A budget of amounts that were stated apart; nothing where they cannot be pay.
pub(crate) fn of_amounts(
    min: Option<Decimal>,
    max: Option<Decimal>,
    terms: &Terms,
    region: Option<Region>,
    raw: String,
) -> Option<Budget> {
    // Zero is what forms hold that nobody filled in.
    let stated = |amount: &Decimal| *amount > Decimal::ZERO;
    let (min, max) = (min.filter(stated), max.filter(stated));
    if (min.is_none() && max.is_none()) || min.zip(max).is_some_and(|(min, max)| min > max) {
        return None;
    }
    Some(Budget {
        min: min.and_then(|amount| amount.to_f64()),
        max: max.and_then(|amount| amount.to_f64()),
        currency: terms.currency(region).map(str::to_owned),
        unit: terms.unit(),
        raw,
    })
}

fn of_range(range: &Range<'_>, currency: Option<&'static str>, text: &str) -> Option<Budget> {
    let (min, max) = range.bounds();
    let raw = text.trim().to_owned();
    let budget = of_amounts(min, max, &Terms::default(), None, raw)?;
    Some(Budget {
        currency: currency.map(str::to_owned),
        unit: range.unit(),
        ..budget
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::BudgetUnit;

    #[track_caller]
    fn pays(
        text: &str,
        min: Option<f64>,
        max: Option<f64>,
        currency: Option<&str>,
        unit: Option<BudgetUnit>,
    ) {
        let budget = parse(text, None).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((budget.min, budget.max), (min, max), "{text}");
        assert_eq!(budget.currency.as_deref(), currency, "{text}");
        assert_eq!(budget.unit, unit, "{text}");
        assert_eq!(budget.raw, text);
    }

    #[test]
    fn amounts_and_ranges() {
        pays("$100-500", Some(100.0), Some(500.0), Some("USD"), None);
        pays(
            "Budget: €1.500,00",
            Some(1500.0),
            Some(1500.0),
            Some("EUR"),
            None,
        );
        pays("¥5,000 – ¥8,000", Some(5000.0), Some(8000.0), None, None);
        pays("¥5,000 JPY", Some(5000.0), Some(5000.0), Some("JPY"), None);
        pays("20 – 30 USD", Some(20.0), Some(30.0), Some("USD"), None);
        pays(
            "£41,000 to £46,000",
            Some(41_000.0),
            Some(46_000.0),
            Some("GBP"),
            None,
        );
        pays("$10 - $20 CAD", Some(10.0), Some(20.0), Some("CAD"), None);
    }

    #[test]
    fn suffixes_carry_over_where_they_must() {
        pays("$60-80k", Some(60_000.0), Some(80_000.0), Some("USD"), None);
        pays("$300-$2k", Some(300.0), Some(2_000.0), Some("USD"), None);
        pays("1.1k EUR", Some(1_100.0), Some(1_100.0), Some("EUR"), None);
        pays(
            "90K-120K annually",
            Some(90_000.0),
            Some(120_000.0),
            None,
            Some(BudgetUnit::Year),
        );
    }

    #[test]
    fn open_ends() {
        pays("from $20", Some(20.0), None, Some("USD"), None);
        pays("$20+", Some(20.0), None, Some("USD"), None);
        pays("up to 90 €", None, Some(90.0), Some("EUR"), None);
    }

    #[test]
    fn units() {
        pays(
            "$20/hr",
            Some(20.0),
            Some(20.0),
            Some("USD"),
            Some(BudgetUnit::Hour),
        );
        pays(
            "$20 per hour",
            Some(20.0),
            Some(20.0),
            Some("USD"),
            Some(BudgetUnit::Hour),
        );
        pays(
            "Hourly: $9.50 for 2 months, 10 hrs/week",
            Some(9.5),
            Some(9.5),
            Some("USD"),
            Some(BudgetUnit::Hour),
        );
        pays(
            "$900 (fixed)",
            Some(900.0),
            Some(900.0),
            Some("USD"),
            Some(BudgetUnit::Fixed),
        );
        pays(
            "$5k/yr - $6k/yr",
            Some(5_000.0),
            Some(6_000.0),
            Some("USD"),
            Some(BudgetUnit::Year),
        );
    }

    #[test]
    fn pay_of_the_corpus_is_read() {
        money::assert_nearly_all("prices/money_ranges.json", |case| {
            let budget = parse(case["text"].as_str().unwrap(), None);
            let unit = budget.as_ref().map(|budget| json!(budget.unit));
            budget.as_ref().and_then(|budget| budget.min) == case["min"].as_f64()
                && budget.as_ref().and_then(|budget| budget.max) == case["max"].as_f64()
                && budget
                    .as_ref()
                    .and_then(|budget| budget.currency.as_deref())
                    == case["currency"].as_str()
                && unit.unwrap_or_default() == case["unit"]
        });
    }

    #[test]
    fn rates_are_known_in_many_languages() {
        use BudgetUnit::{Day, Fixed, Hour, Month, Week, Year};
        for (unit, texts) in [
            (
                Hour,
                "$9 per hour|9 €/Std.|9 € pro Stunde|Stundensatz: 9 €|9 € de l'heure|9 €/heure|9 € por hora|9 € a la hora|\
                 R$ 9/hora|9 € all'ora|9 € l’ora|9 руб. в час|9 ₽/ч|9 دولار في الساعة|9$ للساعة|時給9円|9円/時間|9 USD p/h",
            ),
            (
                Day,
                "$9 a day|9 € pro Tag|Tagessatz 9 €|9 €/jour|TJM 9 €|9 € al día|9 € por dia|9 € al giorno|9 ₽ за смену|\
                 9 ₽ в день|9 $ في اليوم|日給9円|9円/日",
            ),
            (
                Week,
                "$9 weekly|9 € pro Woche|9 € par semaine|9 € semanales|9 € por semana|9 € a settimana|9 ₽ в неделю|\
                 9 $ في الأسبوع|週給9円",
            ),
            (
                Month,
                "$9/mo|9 € monatlich|9 € brutto im Monat|9 € mensuels|9 € al mes|R$ 9 mensais|9 € al mese|9 € mensili|\
                 9 ₽/мес.|9 ₽ в месяц|9 $ شهريا|9 ﷼ / شهر|月給9円|月額9円",
            ),
            (
                Year,
                "$9 p.a.|9 € im Jahr|9 € jährlich|9 € par an|9 € annuels|9 € al año|9 € brutos anuales|R$ 9 por ano|\
                 9 € annui|9 € all'anno|9 ₽ в год|9 $ سنويا|年収9円|年俸9円",
            ),
            (
                Fixed,
                "$9 fixed|9 $ per project|Festpreis 9 €|9 € pauschal|9 € par projet|forfait 9 €|9 € por proyecto|precio fijo 9 €|\
                 R$ 9 por projeto|9 € prezzo fisso|9 ₽ за проект|9 $ سعر ثابت|固定報酬9円|9円/件",
            ),
        ] {
            for text in texts.split('|') {
                let budget = parse(text, None).unwrap_or_else(|| panic!("{text}"));
                assert_eq!((budget.min, budget.max), (Some(9.0), Some(9.0)), "{text}");
                assert_eq!(budget.unit, Some(unit), "{text}");
            }
        }
    }

    #[test]
    fn currencies_have_signs_codes_and_names() {
        for (currency, texts) in [
            (
                "USD",
                "$5|US$5|US $5|5 USD|5 usd|5 dollars|5 долларов|5 دولار|5 U$S|５ドル",
            ),
            ("EUR", "€5|5€|5 EUR|EUR5|5 euros|5 евро|5 يورو"),
            ("GBP", "£5|5 GBP|￡5"),
            ("CAD", "C$5|CA$5|$5 CAD"),
            ("AUD", "A$5|AU$ 5|$5 AUD"),
            ("JPY", "5円|¥5 JPY|5 yen"),
            ("CNY", "5 RMB|5人民币|¥5 CNY"),
            ("RUB", "5 ₽|5 руб|5 руб.|5 рублей|5 р."),
            ("PLN", "5 zł|5 PLN"),
            ("CZK", "5 Kč|5 CZK"),
            ("SEK", "5 SEK|5 kronor|5 kr SEK"),
            ("INR", "₹5|Rs 5|Rs. 5|5 INR|₹५"),
            ("TRY", "₺5|5 TL|5 TRY"),
            ("BRL", "R$ 5|5 reais"),
            ("CHF", "CHF 5|5 Franken|SFr. 5"),
            ("UAH", "5 ₴|5 грн."),
            ("KRW", "₩5|5원"),
            ("HUF", "5 Ft|5 HUF"),
            ("AED", "5 د.إ|٥ د.إ|AED 5"),
            ("SAR", "5 ر.س|5 ريال سعودي"),
            ("EGP", "5 ج.م|5 جنيه مصري"),
            ("KES", "KSh 5|5 KES"),
            ("PKR", "5 PKR"),
            ("PHP", "₱5"),
        ] {
            for text in texts.split('|') {
                pays(text, Some(5.0), Some(5.0), Some(currency), None);
            }
        }
    }

    #[test]
    fn a_shared_sign_is_that_of_the_country_or_of_none() {
        for (text, language, currency) in [
            ("500 kr", None, None),
            ("500 kr", Some("nb-NO"), Some("NOK")),
            ("¥500", Some("ja"), Some("JPY")),
            ("¥500", Some("zh-CN"), Some("CNY")),
            ("500元", None, None),
            ("$500", Some("en-AU"), Some("AUD")),
            ("$500", Some("de-DE"), Some("USD")),
            ("US$500", Some("en-AU"), Some("USD")),
            ("Rs 500", Some("en-PK"), Some("PKR")),
        ] {
            let region = language.and_then(Region::of_language);
            let budget = parse(text, region).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(budget.currency.as_deref(), currency, "{text} {language:?}");
        }
    }

    #[test]
    fn thousands_have_many_names() {
        for (text, amount) in [
            ("$60k", 60_000.0),
            ("60 K €", 60_000.0),
            ("60 KEUR", 60_000.0),
            ("60 T€", 60_000.0),
            ("60 Tsd. €", 60_000.0),
            ("60 mille euros", 60_000.0),
            ("60 mila euro", 60_000.0),
            ("60 mil reais", 60_000.0),
            ("60 тыс. руб.", 60_000.0),
            ("60 т.р.", 60_000.0),
            ("60 ألف درهم", 60_000.0),
            ("60 thousand dollars", 60_000.0),
            ("1,5 Mio. €", 1_500_000.0),
            ("$1.5M", 1_500_000.0),
            ("2 млн ₽", 2_000_000.0),
            ("25万円", 250_000.0),
            ("25万5000円", 255_000.0),
            ("1万5千円", 15_000.0),
            ("300만원", 3_000_000.0),
            ("₹8 lakh", 800_000.0),
            ("₹1.2 Cr", 12_000_000.0),
            ("₹12,50,000", 1_250_000.0),
        ] {
            let budget = parse(text, None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (budget.min, budget.max),
                (Some(amount), Some(amount)),
                "{text}"
            );
        }
        pays(
            "8-12 LPA",
            Some(800_000.0),
            Some(1_200_000.0),
            None,
            Some(BudgetUnit::Year),
        );
    }

    #[test]
    fn digits_and_separators_of_many_scripts() {
        for (text, amount) in [
            ("١٬٥٠٠٫٥٠ د.إ", 1500.5),
            ("۱۵۰۰ AED", 1500.0),
            ("₹१,५०,०००", 150_000.0),
            ("１，２００円", 1200.0),
            ("1\u{a0}234,50 €", 1234.5),
            ("12\u{202f}000 €", 12_000.0),
            ("CHF 95'000", 95_000.0),
            ("CHF 95’000.–", 95_000.0),
            ("1.899,- €", 1899.0),
            ("12€50", 12.5),
            ("€.75", 0.75),
        ] {
            let budget = parse(text, None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (budget.min, budget.max),
                (Some(amount), Some(amount)),
                "{text}"
            );
        }
    }

    #[test]
    fn bounds_are_known_in_many_languages() {
        for text in "mindestens 9 €|à partir de 9 €|dès 9 €|desde 9 €|a partir de R$ 9|a partire da 9 €|da 9 €|от 9 ₽|\
                     ابتداء من 9 $|9円以上|9円～|9円から|9 € oder mehr|≥ $9|$9/hr+"
            .split('|')
        {
            let budget = parse(text, None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((budget.min, budget.max), (Some(9.0), None), "{text}");
        }
        for text in "maximal 9 €|jusqu’à 9 €|hasta 9 €|até R$ 9|fino a 9 €|до 9 ₽|حتى 9 $|9円まで|9円以下|no more than $9"
            .split('|')
        {
            let budget = parse(text, None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((budget.min, budget.max), (None, Some(9.0)), "{text}");
        }
        for text in "zwischen 8 und 9 €|entre 8 et 9 €|entre 8 y 9 €|de 8 a 9 €|tra 8 e 9 €|от 8 до 9 ₽|من 8 إلى 9 $|8円から9円まで|8~9円"
            .split('|')
        {
            let budget = parse(text, None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((budget.min, budget.max), (Some(8.0), Some(9.0)), "{text}");
        }
    }

    #[test]
    fn what_stands_beside_the_pay_is_not_part_of_it() {
        pays("$900 + bonus", Some(900.0), Some(900.0), Some("USD"), None);
        pays("Level 4 $20", Some(20.0), Some(20.0), Some("USD"), None);
        pays("$100 (EUR 90)", Some(100.0), Some(100.0), Some("USD"), None);
        pays(
            "90K annually, paid quarterly, shares of $5 each",
            Some(90_000.0),
            Some(90_000.0),
            None,
            Some(BudgetUnit::Year),
        );
        pays("$25, find a job", Some(25.0), Some(25.0), Some("USD"), None);
    }

    #[test]
    fn a_field_of_pay_needs_no_currency_but_no_other_words_either() {
        let beside = Terms {
            currency: Some("Euro".to_owned()),
            unit: Some("MONTH".to_owned()),
        };
        let budget = of_field("350 - 400", &beside, None).unwrap();
        assert_eq!((budget.min, budget.max), (Some(350.0), Some(400.0)));
        assert_eq!(budget.currency.as_deref(), Some("EUR"));
        assert_eq!(budget.unit, Some(BudgetUnit::Month));
        let budget = of_field("£20 per hour", &beside, None).unwrap();
        assert_eq!(budget.currency.as_deref(), Some("GBP"));
        assert_eq!(budget.unit, Some(BudgetUnit::Hour));
        assert_eq!(of_field("25 days of holiday", &beside, None), None);
        assert_eq!(of_field("1.2.2026", &beside, None), None);
    }

    #[test]
    fn what_names_no_money_is_no_budget() {
        for text in [
            "Negotiable",
            "a 401(k) plan",
            "1% - 2% of shares",
            "10+ hrs/week",
            "4.5 of 7 reviews",
            "3 days ago",
            "PHP 8.2 developer",
            "3 PHP developers",
            "TOP 10",
            "39 ft",
            "26.11.2026 €",
            "$0",
            "",
        ] {
            assert_eq!(parse(text, None), None, "{text}");
        }
    }
}
