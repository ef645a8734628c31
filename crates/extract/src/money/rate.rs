//! The words that say what one amount is paid for.

use super::{Token, ends_word, prefix};
use crate::BudgetUnit;

const FIXED: Token = Token::Unit(BudgetUnit::Fixed);
const HOUR: Token = Token::Unit(BudgetUnit::Hour);
const DAY: Token = Token::Unit(BudgetUnit::Day);
const WEEK: Token = Token::Unit(BudgetUnit::Week);
const MONTH: Token = Token::Unit(BudgetUnit::Month);
const YEAR: Token = Token::Unit(BudgetUnit::Year);

/// Words that are a rate by themselves.
pub(super) const RATES: &[(&str, Token)] = &[
    ("fixed", FIXED),
    ("fixed-price", FIXED),
    ("flat fee", FIXED),
    ("flat rate", FIXED),
    ("lump sum", FIXED),
    ("festpreis", FIXED),
    ("pauschal", FIXED),
    ("pauschale", FIXED),
    ("forfait", FIXED),
    ("prix fixe", FIXED),
    ("precio fijo", FIXED),
    ("preço fixo", FIXED),
    ("valor fixo", FIXED),
    ("prezzo fisso", FIXED),
    ("a corpo", FIXED),
    ("фиксированная", FIXED),
    ("фиксированный", FIXED),
    ("سعر ثابت", FIXED),
    ("مبلغ ثابت", FIXED),
    ("固定報酬", FIXED),
    ("固定", FIXED),
    ("一口价", FIXED),
    ("hourly", HOUR),
    ("p/h", HOUR),
    ("ph", HOUR),
    ("p.h.", HOUR),
    ("stundensatz", HOUR),
    ("stundenlohn", HOUR),
    ("stündlich", HOUR),
    ("horaire", HOUR),
    ("l'heure", HOUR),
    ("de l'heure", HOUR),
    ("all'ora", HOUR),
    ("l'ora", HOUR),
    ("orari", HOUR),
    ("orario", HOUR),
    ("почасовая", HOUR),
    ("بالساعة", HOUR),
    ("للساعة", HOUR),
    ("时薪", HOUR),
    ("時薪", HOUR),
    ("時給", HOUR),
    ("時間単価", HOUR),
    ("시급", HOUR),
    ("시간당", HOUR),
    ("daily", DAY),
    ("per diem", DAY),
    ("tagessatz", DAY),
    ("täglich", DAY),
    ("tjm", DAY),
    ("journalier", DAY),
    ("diario", DAY),
    ("diarios", DAY),
    ("diária", DAY),
    ("giornaliero", DAY),
    ("giornalieri", DAY),
    ("посуточно", DAY),
    ("يوميا", DAY),
    ("يوميًا", DAY),
    ("日給", DAY),
    ("日当", DAY),
    ("日薪", DAY),
    ("일급", DAY),
    ("일당", DAY),
    ("weekly", WEEK),
    ("pw", WEEK),
    ("p/w", WEEK),
    ("wöchentlich", WEEK),
    ("hebdomadaire", WEEK),
    ("semanal", WEEK),
    ("semanales", WEEK),
    ("semanais", WEEK),
    ("settimanale", WEEK),
    ("settimanali", WEEK),
    ("еженедельно", WEEK),
    ("أسبوعيا", WEEK),
    ("أسبوعيًا", WEEK),
    ("週給", WEEK),
    ("周薪", WEEK),
    ("주급", WEEK),
    ("monthly", MONTH),
    ("pcm", MONTH),
    ("p.m.", MONTH),
    ("p/m", MONTH),
    ("monatlich", MONTH),
    ("monatsgehalt", MONTH),
    ("mtl.", MONTH),
    ("mensuel", MONTH),
    ("mensuels", MONTH),
    ("mensual", MONTH),
    ("mensuales", MONTH),
    ("mensal", MONTH),
    ("mensais", MONTH),
    ("mensile", MONTH),
    ("mensili", MONTH),
    ("ежемесячно", MONTH),
    ("شهريا", MONTH),
    ("شهريًا", MONTH),
    ("月給", MONTH),
    ("月収", MONTH),
    ("月額", MONTH),
    ("月単価", MONTH),
    ("月薪", MONTH),
    ("월급", MONTH),
    ("yearly", YEAR),
    ("annually", YEAR),
    ("annual", YEAR),
    ("per annum", YEAR),
    ("p.a.", YEAR),
    ("p. a.", YEAR),
    ("p/a", YEAR),
    ("pa", YEAR),
    ("jährlich", YEAR),
    ("jahresgehalt", YEAR),
    ("annuel", YEAR),
    ("annuels", YEAR),
    ("annuelle", YEAR),
    ("l'an", YEAR),
    ("anual", YEAR),
    ("anuales", YEAR),
    ("anuais", YEAR),
    ("all'anno", YEAR),
    ("l'anno", YEAR),
    ("annui", YEAR),
    ("annuo", YEAR),
    ("annua", YEAR),
    ("ежегодно", YEAR),
    ("سنويا", YEAR),
    ("سنويًا", YEAR),
    ("年収", YEAR),
    ("年俸", YEAR),
    ("年薪", YEAR),
    ("연봉", YEAR),
];

/// Words that make the noun after them a rate: "per hour", "/hr", "im Monat".
const RATE_WORDS: [&str; 30] = [
    "per", "/", "a", "an", "each", "every", "pro", "je", "im", "in der", "par", "por", "cada",
    "al", "alla", "ao", "à", "a la", "ogni", "za", "за", "в", "на", "na", "om", "في", "لكل", "كل",
    "毎", "每",
];

/// Of them, those after which "project" is no rate: "$25 for a project".
const ARTICLES: [&str; 7] = ["a", "an", "in der", "im", "al", "ao", "a la"];

/// Nouns for what one amount is paid for.
const NOUNS: &[(&str, BudgetUnit)] = &[
    ("project", BudgetUnit::Fixed),
    ("job", BudgetUnit::Fixed),
    ("task", BudgetUnit::Fixed),
    ("projekt", BudgetUnit::Fixed),
    ("auftrag", BudgetUnit::Fixed),
    ("projet", BudgetUnit::Fixed),
    ("mission", BudgetUnit::Fixed),
    ("proyecto", BudgetUnit::Fixed),
    ("projeto", BudgetUnit::Fixed),
    ("progetto", BudgetUnit::Fixed),
    ("проект", BudgetUnit::Fixed),
    ("заказ", BudgetUnit::Fixed),
    ("مشروع", BudgetUnit::Fixed),
    ("件", BudgetUnit::Fixed),
    ("案件", BudgetUnit::Fixed),
    ("hour", BudgetUnit::Hour),
    ("hours", BudgetUnit::Hour),
    ("hr", BudgetUnit::Hour),
    ("hrs", BudgetUnit::Hour),
    ("h", BudgetUnit::Hour),
    ("stunde", BudgetUnit::Hour),
    ("std", BudgetUnit::Hour),
    ("heure", BudgetUnit::Hour),
    ("hora", BudgetUnit::Hour),
    ("ora", BudgetUnit::Hour),
    ("час", BudgetUnit::Hour),
    ("ч", BudgetUnit::Hour),
    ("godz", BudgetUnit::Hour),
    ("godzinę", BudgetUnit::Hour),
    ("uur", BudgetUnit::Hour),
    ("timme", BudgetUnit::Hour),
    ("ساعة", BudgetUnit::Hour),
    ("الساعة", BudgetUnit::Hour),
    ("時間", BudgetUnit::Hour),
    ("時", BudgetUnit::Hour),
    ("小时", BudgetUnit::Hour),
    ("小時", BudgetUnit::Hour),
    ("시간", BudgetUnit::Hour),
    ("day", BudgetUnit::Day),
    ("tag", BudgetUnit::Day),
    ("jour", BudgetUnit::Day),
    ("j", BudgetUnit::Day),
    ("día", BudgetUnit::Day),
    ("dia", BudgetUnit::Day),
    ("giorno", BudgetUnit::Day),
    ("день", BudgetUnit::Day),
    ("смену", BudgetUnit::Day),
    ("dag", BudgetUnit::Day),
    ("يوم", BudgetUnit::Day),
    ("اليوم", BudgetUnit::Day),
    ("日", BudgetUnit::Day),
    ("天", BudgetUnit::Day),
    ("일", BudgetUnit::Day),
    ("week", BudgetUnit::Week),
    ("wk", BudgetUnit::Week),
    ("woche", BudgetUnit::Week),
    ("semaine", BudgetUnit::Week),
    ("semana", BudgetUnit::Week),
    ("settimana", BudgetUnit::Week),
    ("неделю", BudgetUnit::Week),
    ("нед", BudgetUnit::Week),
    ("vecka", BudgetUnit::Week),
    ("أسبوع", BudgetUnit::Week),
    ("الأسبوع", BudgetUnit::Week),
    ("週", BudgetUnit::Week),
    ("周", BudgetUnit::Week),
    ("주", BudgetUnit::Week),
    ("month", BudgetUnit::Month),
    ("mo", BudgetUnit::Month),
    ("mth", BudgetUnit::Month),
    ("monat", BudgetUnit::Month),
    ("mon", BudgetUnit::Month),
    ("mois", BudgetUnit::Month),
    ("mes", BudgetUnit::Month),
    ("mês", BudgetUnit::Month),
    ("mese", BudgetUnit::Month),
    ("месяц", BudgetUnit::Month),
    ("мес", BudgetUnit::Month),
    ("mies", BudgetUnit::Month),
    ("miesiąc", BudgetUnit::Month),
    ("měsíc", BudgetUnit::Month),
    ("maand", BudgetUnit::Month),
    ("månad", BudgetUnit::Month),
    ("mån", BudgetUnit::Month),
    ("bulan", BudgetUnit::Month),
    ("tháng", BudgetUnit::Month),
    ("شهر", BudgetUnit::Month),
    ("الشهر", BudgetUnit::Month),
    ("ヶ月", BudgetUnit::Month),
    ("か月", BudgetUnit::Month),
    ("月", BudgetUnit::Month),
    ("월", BudgetUnit::Month),
    ("year", BudgetUnit::Year),
    ("yr", BudgetUnit::Year),
    ("annum", BudgetUnit::Year),
    ("jahr", BudgetUnit::Year),
    ("an", BudgetUnit::Year),
    ("année", BudgetUnit::Year),
    ("año", BudgetUnit::Year),
    ("ano", BudgetUnit::Year),
    ("anno", BudgetUnit::Year),
    ("any", BudgetUnit::Year),
    ("год", BudgetUnit::Year),
    ("rok", BudgetUnit::Year),
    ("år", BudgetUnit::Year),
    ("سنة", BudgetUnit::Year),
    ("السنة", BudgetUnit::Year),
    ("年", BudgetUnit::Year),
    ("년", BudgetUnit::Year),
];

/// A rate word and its noun, such as `/hr` or `per hour`, that begin `chars`; and how many characters they take.
pub(super) fn rate(chars: &[char]) -> Option<(BudgetUnit, usize)> {
    RATE_WORDS
        .iter()
        .filter_map(|word| {
            let length = prefix(chars, word)?;
            let gap = chars[length..].iter().take_while(|&&c| c == ' ').count();
            let (noun, unit) = noun(&chars[length + gap..])?;
            let is_apart = gap > 0 || ends_word(chars, length);
            let fits = is_apart && !(unit == BudgetUnit::Fixed && ARTICLES.contains(word));
            fits.then_some((unit, length + gap + noun))
        })
        .max_by_key(|(_, length)| *length)
}

/// The unit that all of `text` names, as schema.org (`HOUR`), UN/CEFACT (`HUR`) or people write it.
pub(crate) fn named(text: &[char]) -> Option<BudgetUnit> {
    let is = |name: &&str| prefix(text, name) == Some(text.len());
    let abbreviated = [
        ("hur", BudgetUnit::Hour),
        ("wee", BudgetUnit::Week),
        ("mon", BudgetUnit::Month),
        ("ann", BudgetUnit::Year),
    ];
    let short = abbreviated
        .iter()
        .find(|(name, _)| is(name))
        .map(|(_, unit)| *unit);
    let whole = |text: &[char]| noun(text).filter(|(length, _)| *length == text.len());
    let singular = text.strip_suffix(&['s']).unwrap_or(text);
    short.or_else(|| {
        whole(singular)
            .or_else(|| whole(text))
            .map(|(_, unit)| unit)
    })
}

/// The longest noun that begins `chars` and ends where a word ends.
fn noun(chars: &[char]) -> Option<(usize, BudgetUnit)> {
    NOUNS
        .iter()
        .filter_map(|&(name, unit)| Some((prefix(chars, name)?, unit)))
        .filter(|&(length, _)| ends_word(chars, length))
        .max_by_key(|(length, _)| *length)
}
