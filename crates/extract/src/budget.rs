//! What a job pays, read from text as job boards write it.

use crate::money::{self, Factor, Token};
use crate::money_words;
use crate::{Budget, BudgetUnit};

/// Text longer than this, in bytes, is prose, and what it says of money is not looked for.
const MAX_TEXT: usize = 300;

/// The pay that `text` states; nothing where it names no amount of money.
///
/// An amount counts only beside a currency, or with both a `k` and a rate ("180K-240K annually").
pub(crate) fn parse(text: &str) -> Option<Budget> {
    if text.len() > MAX_TEXT || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let tokens = money::tokens(text);
    let range = find(&tokens)?;
    let [first, last] = range.amounts;
    let (mut min, mut max) = (Some(first), Some(last));
    let before = range.start.checked_sub(1).map(|at| tokens[at]);
    let before_sign = range.start.checked_sub(2).map(|at| tokens[at]);
    let leads =
        |token| before == Some(token) || (is_currency(before) && before_sign == Some(token));
    if range.is_single {
        if leads(Token::From)
            || tokens[range.end..]
                .iter()
                .take(2)
                .any(|token| *token == Token::Plus)
        {
            max = None;
        } else if leads(Token::UpTo) {
            min = None;
        }
    }
    of_amounts(
        min,
        max,
        currency(&tokens, &range),
        None,
        text.trim().to_owned(),
    )
    .map(|budget| Budget {
        unit: unit(&tokens, &range),
        ..budget
    })
}

/// A budget of amounts that were stated apart; nothing where they cannot be pay.
pub(crate) fn of_amounts(
    min: Option<f64>,
    max: Option<f64>,
    currency: Option<&str>,
    unit: Option<&str>,
    raw: String,
) -> Option<Budget> {
    let possible = |amount: &f64| amount.is_finite() && *amount > 0.0;
    // Zero is what forms hold that nobody filled in.
    let (min, max) = (min.filter(possible), max.filter(possible));
    if (min.is_none() && max.is_none()) || min.zip(max).is_some_and(|(min, max)| min > max) {
        return None;
    }
    let currency = currency
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .and_then(|text| {
            let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
            if is_code {
                Some(text.to_ascii_uppercase())
            } else {
                money_words::currency_of(text).map(str::to_owned)
            }
        });
    Some(Budget {
        min,
        max,
        currency,
        unit: unit.and_then(named_unit),
        raw,
    })
}

/// A number that is all of `text`, with or without separators.
pub(crate) fn bare_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\''));
    money::value(money::decimal(text).filter(|_| is_number)?, Factor(1))
}

/// A unit as schema.org (`HOUR`), UN/CEFACT (`HUR`) or people write it.
fn named_unit(text: &str) -> Option<BudgetUnit> {
    let text = text.trim().to_lowercase();
    let short = match text.as_str() {
        "hur" => Some(BudgetUnit::Hour),
        "wee" => Some(BudgetUnit::Week),
        "mon" => Some(BudgetUnit::Month),
        "ann" => Some(BudgetUnit::Year),
        _ => {
            money_words::unit_of(text.trim_end_matches('s')).or_else(|| money_words::unit_of(&text))
        }
    };
    short.or_else(|| {
        money::tokens(&text)
            .into_iter()
            .find_map(|token| match token {
                Token::Unit(unit) => Some(unit),
                _ => None,
            })
    })
}

/// The amounts of a text and the tokens they stand at.
struct Range {
    amounts: [f64; 2],
    is_single: bool,
    start: usize,
    end: usize,
}

fn is_currency(token: Option<Token>) -> bool {
    matches!(token, Some(Token::Currency(..)))
}

/// The first amount, or two of a range, that are money.
fn find(tokens: &[Token]) -> Option<Range> {
    let has_rate = tokens.iter().any(|token| matches!(token, Token::Unit(_)));
    (0..tokens.len()).find_map(|start| {
        let Token::Amount(first, factor) = tokens[start] else {
            return None;
        };
        let second = second(tokens, start);
        let mut end = start + 1;
        let mut amounts = [money::value(first, factor)?; 2];
        let mut is_money = has_currency_at(tokens, start) || (has_rate && factor != Factor(1));
        if let Some((at, second, second_factor)) = second
            && (is_money || has_currency_at(tokens, at) || (has_rate && second_factor != Factor(1)))
        {
            is_money = true;
            end = at + 1;
            let last = money::value(second, second_factor)?;
            // "$50-75K" means 50K, "$500-$1k" does not: the suffix carries over where the amounts need it.
            let shared = if factor == Factor(1) {
                second_factor
            } else {
                factor
            };
            let carried = money::value(first, shared)?;
            let has_own_sign = is_currency(
                tokens
                    .get(start + 1..at)
                    .and_then(|between| between.last().copied()),
            );
            let first = if factor == Factor(1) && !has_own_sign && carried <= last {
                carried
            } else {
                amounts[0]
            };
            let last = if second_factor == Factor(1) && last < first {
                money::value(second, shared)?
            } else {
                last
            };
            amounts = [first, last];
        }
        is_money.then_some(Range {
            amounts,
            is_single: end == start + 1,
            start,
            end,
        })
    })
}

/// The amount that a range's first, at `start`, goes up to: past a currency and a unit, a "to", and a currency.
fn second(tokens: &[Token], start: usize) -> Option<(usize, rust_decimal::Decimal, Factor)> {
    let mut at = start + 1;
    while matches!(tokens.get(at)?, Token::Currency(..) | Token::Unit(_)) {
        at += 1;
    }
    if !matches!(tokens.get(at)?, Token::To | Token::UpTo) {
        return None;
    }
    at += 1;
    while matches!(tokens.get(at)?, Token::Currency(..)) {
        at += 1;
    }
    match tokens.get(at)? {
        Token::Amount(amount, factor) => Some((at, *amount, *factor)),
        _ => None,
    }
}

fn has_currency_at(tokens: &[Token], at: usize) -> bool {
    is_currency(at.checked_sub(1).map(|before| tokens[before]))
        || is_currency(tokens.get(at + 1).copied())
}

/// The currency beside the amounts; a code overrules a sign that several currencies share.
fn currency(tokens: &[Token], range: &Range) -> Option<&'static str> {
    let beside = &tokens[range.start.saturating_sub(1)..tokens.len().min(range.end + 2)];
    let named = |shared: bool| {
        beside.iter().find_map(|token| match token {
            Token::Currency(code, is_shared) if *is_shared == shared => *code,
            _ => None,
        })
    };
    named(false).or_else(|| named(true))
}

/// The unit stated after the amounts and before any other number, else the nearest one before them.
fn unit(tokens: &[Token], range: &Range) -> Option<BudgetUnit> {
    let unit = |token: &Token| match token {
        Token::Unit(unit) => Some(*unit),
        _ => None,
    };
    let after = tokens[range.start..].iter().enumerate();
    let after = after.take_while(|(at, token)| {
        range.start + at < range.end || !matches!(token, Token::Amount(..))
    });
    let after = after.filter_map(|(_, token)| unit(token)).next();
    after.or_else(|| tokens[..range.start].iter().rev().find_map(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn pays(
        text: &str,
        min: Option<f64>,
        max: Option<f64>,
        currency: Option<&str>,
        unit: Option<BudgetUnit>,
    ) {
        let budget = parse(text).unwrap_or_else(|| panic!("{text}"));
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
    fn what_names_no_money_is_no_budget() {
        for text in [
            "Negotiable",
            "a 401(k) plan",
            "1% - 2% of shares",
            "10+ hrs/week",
            "4.5 of 7 reviews",
            "3 days ago",
            "$0",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn bare_numbers() {
        assert_eq!(bare_number("100,000"), Some(100_000.0));
        assert_eq!(bare_number("350.50"), Some(350.5));
        assert_eq!(bare_number("about 3"), None);
        assert_eq!(bare_number(""), None);
    }
}
