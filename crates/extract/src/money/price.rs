//! The text of a field that holds one price.

use rust_decimal::Decimal;

use super::currency::named;
use super::{MAX_TEXT, Notation, Range, Region, has_digit, tokens};

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Price {
    /// The amount, with all the digits that were written.
    pub(crate) amount: Decimal,
    /// An ISO 4217 code, if the text or what stands beside it names one.
    pub(crate) currency: Option<&'static str>,
}

/// The price in the text of a field that is known to hold one; of several, the first.
///
/// `hint` is what stands beside the field; it may name the currency where the text does not, or has a sign that several share. `decimal_separator` is
/// given where other numbers tell it.
pub(crate) fn price(
    text: &str,
    hint: Option<&str>,
    decimal_separator: Option<char>,
    region: Option<Region>,
) -> Option<Price> {
    if text.len() > MAX_TEXT || !has_digit(text) {
        return None;
    }
    let pieces = tokens(
        text,
        Notation {
            decimal_separator,
            is_field: true,
        },
    );
    let range = Range::of_field(&pieces)?;
    let stated = hint.and_then(|hint| named(hint, region));
    Some(Price {
        amount: range.first(),
        currency: range.currency(stated, region),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::prelude::ToPrimitive;

    use super::*;
    use crate::money;

    #[track_caller]
    fn costs(text: &str, hint: Option<&str>, amount: &str, currency: Option<&str>) {
        let price = price(text, hint, None, None).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(price.amount.to_string(), amount, "{text}");
        assert_eq!(price.currency, currency, "{text}");
    }

    #[test]
    fn a_field_needs_no_currency() {
        costs("34.992001", None, "34.992001", None);
        costs("1 234,50", None, "1234.5", None);
        costs("about 3", None, "3", None);
        costs("Our price 344.99 - 444.99", None, "344.99", None);
        costs(
            "1.11000000000000009770",
            None,
            "1.1100000000000000977",
            None,
        );
    }

    #[test]
    fn the_currency_stands_in_the_text_or_beside_it() {
        costs("12,99 €", Some("USD"), "12.99", Some("EUR"));
        costs("34.50", Some("Price from £ 39.95"), "34.5", Some("GBP"));
        costs("US$:12.99", None, "12.99", Some("USD"));
        costs("$1,190.00 AUD", None, "1190", Some("AUD"));
        costs("AED 8000 (USD 2179)", None, "8000", Some("AED"));
        costs("From 26 to 50 €", None, "26", Some("EUR"));
        costs("$34.50", Some("CAD"), "34.5", Some("CAD"));
        costs("11,75", Some("SKU: 17"), "11.75", None);
    }

    #[test]
    fn a_percentage_is_no_price() {
        assert_eq!(price("40% OFF", None, None, None), None);
        costs("129,00 € (-15%)", None, "129", Some("EUR"));
    }

    #[test]
    fn marks_of_decimals_may_be_apart_or_given() {
        costs("$119. 95", None, "119.95", Some("USD"));
        costs("1.837, 32 €", None, "1837.32", Some("EUR"));
        for (text, separator, amount) in [
            ("12.500", None, "12500"),
            ("12.500", Some('.'), "12.5"),
            ("12.500", Some(','), "12500"),
            ("$.750.30", Some('.'), "750.3"),
        ] {
            let price = price(text, None, separator, None).unwrap();
            assert_eq!(price.amount.to_string(), amount, "{text} {separator:?}");
        }
    }

    #[test]
    fn prices_of_the_corpus_are_read() {
        money::assert_nearly_all("prices/price_cases.json", |case| {
            let separator = case["decimal_separator"].as_str();
            let price = price(
                case["text"].as_str().unwrap_or_default(),
                case["hint"].as_str(),
                separator.and_then(|separator| separator.chars().next()),
                None,
            );
            let amount = price.and_then(|price| price.amount.to_f64());
            let currency = price.and_then(|price| price.currency);
            let is_right_currency = match case.get("currency_iso") {
                // Where there is no amount, there is no price.
                _ if case["amount"].is_null() => true,
                Some(code) => currency == code.as_str(),
                None => !case["currency"].is_null() || currency.is_none(),
            };
            amount == case["amount"].as_f64() && is_right_currency
        });
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}|[0-9.,' €$%kKm万千円-]{0,80}", separator: Option<char>) {
            let _ = price(&text, Some(&text), separator, None);
            let _ = money::decimal_separator(&text);
        }
    }
}
