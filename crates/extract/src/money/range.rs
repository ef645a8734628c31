//! The amount, or the two of a range, that a text about money is about.

use rust_decimal::Decimal;

use super::currency::{Currency, first_code};
use super::{Factor, Piece, Region, Token};
use crate::BudgetUnit;

/// The amounts of a text, and the pieces they stand at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range<'p> {
    pieces: &'p [Piece],
    amounts: [Decimal; 2],
    is_single: bool,
    /// Whether the text is known to state an amount: then a sign need not touch it, as in "US$: 12.99".
    is_field: bool,
    start: usize,
    end: usize,
}

impl<'p> Range<'p> {
    /// The first amount, or two of a range, that are money: beside a currency, or with both a suffix and a rate.
    pub(crate) fn of_money(pieces: &'p [Piece]) -> Option<Self> {
        let has_rate = pieces
            .iter()
            .any(|piece| matches!(piece.token, Token::Unit(_)));
        Self::find(pieces, |at| {
            let is_scaled =
                matches!(pieces[at].token, Token::Amount(_, factor) if factor != Factor::ONE);
            (has_currency_at(pieces, at) && !is_version(pieces, at)) || (has_rate && is_scaled)
        })
    }

    /// The first amount, or two of a range, of a text that is known to state one.
    pub(crate) fn of_field(pieces: &'p [Piece]) -> Option<Self> {
        let range = Self::of_money(pieces).or_else(|| Self::find(pieces, |_| true))?;
        Some(Self {
            is_field: true,
            ..range
        })
    }

    fn find(pieces: &'p [Piece], is_money: impl Fn(usize) -> bool) -> Option<Self> {
        (0..pieces.len()).find_map(|start| {
            let first = amount(pieces, start)?;
            let second = second(pieces, start)
                .filter(|&at| is_money(start) || is_money(at))
                .and_then(|at| Some((at, amount(pieces, at)?)));
            let (amounts, end) = match second {
                Some((at, second)) => {
                    // A currency between the amounts ("$500-$1k") makes each of them complete.
                    let are_complete = (start + 1..at).any(|at| is_currency(pieces, at));
                    (carried(first, second, are_complete)?, at + 1)
                }
                None if is_money(start) => ([value(first)?; 2], start + 1),
                None => return None,
            };
            Some(Self {
                pieces,
                amounts,
                is_single: end == start + 1,
                is_field: false,
                start,
                end,
            })
        })
    }

    /// The least and the most.
    pub(crate) fn bounds(&self) -> (Option<Decimal>, Option<Decimal>) {
        let [first, last] = self.amounts;
        if !self.is_single {
            return (Some(first), Some(last));
        }
        let leads = |wanted: Token| {
            let token = |back: usize| self.start.checked_sub(back).map(|at| self.pieces[at].token);
            let is_sign = |token: Option<Token>| matches!(token, Some(Token::Currency(_)));
            token(1) == Some(wanted)
                || (is_sign(token(1))
                    && (token(2) == Some(wanted)
                        || (is_sign(token(2)) && token(3) == Some(wanted))))
        };
        let (mut is_least, mut is_most) = (leads(Token::From), leads(Token::UpTo));
        for (at, piece) in self.pieces.iter().enumerate().skip(self.end).take(3) {
            match piece.token {
                Token::Currency(_) | Token::Unit(_) => {}
                // "+ bonus" is something else.
                Token::OrMore if !piece.is_apart || self.pieces.len() == at + 1 => is_least = true,
                Token::OrLess => is_most = true,
                Token::Onward => is_least = true,
                _ => break,
            }
        }
        match (is_least, is_most) {
            (true, _) => (Some(first), None),
            (false, true) => (None, Some(first)),
            (false, false) => (Some(first), Some(first)),
        }
    }

    /// The first amount as it is written.
    pub(crate) fn first(&self) -> Decimal {
        self.amounts[0]
    }

    /// The currency beside the amounts, else `stated`, which is stated apart. A code, there too, overrules a sign that
    /// several currencies share.
    pub(crate) fn currency(
        &self,
        stated: Option<&'static str>,
        region: Option<Region>,
    ) -> Option<&'static str> {
        let mut found = self.currencies();
        found.extend(stated.map(Currency::Code));
        first_code(&found, region)
    }

    /// The currencies beside the amounts.
    fn currencies(&self) -> Vec<Currency> {
        let mut start = self.start;
        while start > 0 && self.start - start < 2 && is_currency(self.pieces, start - 1) {
            start -= 1;
        }
        let mut end = self.end;
        while end < self.pieces.len() && end - self.end < 2 {
            // "$100 (EUR 90)"
            let is_of_next = is_currency(self.pieces, end)
                && amount(self.pieces, end + 1).is_some()
                && (end > self.end || !belongs_to_previous(self.pieces, end));
            let is_passed = matches!(
                self.pieces[end].token,
                Token::Currency(_) | Token::Unit(_) | Token::OrMore | Token::Other
            );
            if is_of_next || !is_passed {
                break;
            }
            end += 1;
        }
        let beside = currencies(&self.pieces[start..end]);
        if beside.is_empty() && self.is_field {
            return currencies(self.pieces);
        }
        beside
    }

    /// The unit stated after the amounts and before any other number, else the nearest one before them.
    pub(crate) fn unit(&self) -> Option<BudgetUnit> {
        let unit = |piece: &Piece| match piece.token {
            Token::Unit(unit) => Some(unit),
            _ => None,
        };
        let is_of_other = |at: usize| at >= self.end && amount(self.pieces, at).is_some();
        let after = (self.start..self.pieces.len()).take_while(|&at| !is_of_other(at));
        let mut after = after.filter_map(|at| unit(&self.pieces[at]));
        after
            .next()
            .or_else(|| self.pieces[..self.start].iter().rev().find_map(unit))
    }
}

/// The currencies among the pieces.
fn currencies(pieces: &[Piece]) -> Vec<Currency> {
    let of = |piece: &Piece| match piece.token {
        Token::Currency(currency) => Some(currency),
        _ => None,
    };
    pieces.iter().filter_map(of).collect()
}

fn amount(pieces: &[Piece], at: usize) -> Option<(Decimal, Factor)> {
    match pieces.get(at)?.token {
        Token::Amount(amount, factor) => Some((amount, factor)),
        _ => None,
    }
}

fn value((amount, factor): (Decimal, Factor)) -> Option<Decimal> {
    Some(amount.checked_mul(Decimal::from(factor.0))?.normalize())
}

/// The values of two amounts of a range: "$50-75K" means 50K, "$500-$1k" does not. The suffix of one is that of
/// the other where the amounts need it.
fn carried(
    first: (Decimal, Factor),
    last: (Decimal, Factor),
    are_complete: bool,
) -> Option<[Decimal; 2]> {
    let (least, most) = (value(first)?, value(last)?);
    if first.1 == Factor::ONE && !are_complete {
        let scaled = value((first.0, last.1))?;
        return Some([if scaled <= most { scaled } else { least }, most]);
    }
    if last.1 == Factor::ONE && most < least {
        return Some([least, value((last.0, first.1))?]);
    }
    Some([least, most])
}

/// The place of the amount that a range's first, at `start`, goes up to: past currencies and units, a "to", and currencies.
fn second(pieces: &[Piece], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while matches!(pieces.get(at)?.token, Token::Currency(_) | Token::Unit(_)) {
        at += 1;
    }
    if !matches!(pieces[at].token, Token::To | Token::UpTo | Token::Onward) {
        return None;
    }
    at += 1;
    while is_currency(pieces, at) {
        at += 1;
    }
    amount(pieces, at).map(|_| at)
}

fn is_currency(pieces: &[Piece], at: usize) -> bool {
    matches!(pieces.get(at), Some(piece) if matches!(piece.token, Token::Currency(_)))
}

fn has_currency_at(pieces: &[Piece], at: usize) -> bool {
    let before = at
        .checked_sub(1)
        .filter(|&before| is_currency(pieces, before));
    let is_before = before.is_some_and(|before| {
        before
            .checked_sub(1)
            .and_then(|at| amount(pieces, at))
            .is_none()
            || !belongs_to_previous(pieces, before)
    });
    let is_after = is_currency(pieces, at + 1)
        && (amount(pieces, at + 2).is_none() || belongs_to_previous(pieces, at + 1));
    is_before || is_after
}

/// Whether a currency between two amounts is that of the first: it is unless only the second touches it ("Level 4 $20").
fn belongs_to_previous(pieces: &[Piece], at: usize) -> bool {
    let touches_next = pieces.get(at + 1).is_some_and(|next| !next.is_apart);
    !(pieces[at].is_apart && touches_next)
}

/// Whether "PHP" beside so small a number is the language: "PHP 8.2", "3 PHP developers".
fn is_version(pieces: &[Piece], at: usize) -> bool {
    let php = Token::Currency(Currency::Code("PHP"));
    let is_php = |at: Option<usize>| {
        at.and_then(|at| pieces.get(at))
            .is_some_and(|piece| piece.token == php)
    };
    let is_small = amount(pieces, at)
        .and_then(value)
        .is_some_and(|value| value < Decimal::from(50));
    is_small && (is_php(at.checked_sub(1)) || is_php(at.checked_add(1)))
}
