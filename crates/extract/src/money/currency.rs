//! Currencies and the signs, codes and names that texts write for them.

use iso_currency::Currency as Iso;

use super::region::Region;
use super::{Notation, Token, tokens};

/// What a sign, code or name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Currency {
    /// One currency, by its ISO 4217 code.
    Code(&'static str),
    /// One of several, which a code beside it or the page's country decides.
    Shared(Sign),
}

/// Signs and names that several currencies share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Dollar,
    Yen,
    Yuan,
    Crown,
    Rupee,
    ArabPound,
    Dinar,
    Dirham,
    Riyal,
    Leu,
    Franc,
    Peso,
    Piso,
}

use Sign::{
    ArabPound, Crown, Dinar, Dirham, Dollar, Franc, Leu, Peso, Piso, Riyal, Rupee, Yen, Yuan,
};

/// The currency that a sign means in a country. A country that is not listed says nothing.
const COUNTRIES: &[(Sign, &[(&str, &str)])] = &[
    (
        Dollar,
        &[
            ("AR", "ARS"),
            ("AU", "AUD"),
            ("BB", "BBD"),
            ("BS", "BSD"),
            ("BZ", "BZD"),
            ("CA", "CAD"),
            ("CL", "CLP"),
            ("CO", "COP"),
            ("FJ", "FJD"),
            ("HK", "HKD"),
            ("JM", "JMD"),
            ("MX", "MXN"),
            ("NA", "NAD"),
            ("NZ", "NZD"),
            ("SG", "SGD"),
            ("TT", "TTD"),
            ("TW", "TWD"),
            ("UY", "UYU"),
        ],
    ),
    (Yen, &[("JP", "JPY"), ("CN", "CNY")]),
    (Yuan, &[("CN", "CNY"), ("HK", "HKD"), ("TW", "TWD")]),
    (
        Crown,
        &[("DK", "DKK"), ("IS", "ISK"), ("NO", "NOK"), ("SE", "SEK")],
    ),
    (
        Rupee,
        &[
            ("LK", "LKR"),
            ("MU", "MUR"),
            ("NP", "NPR"),
            ("PK", "PKR"),
            ("SC", "SCR"),
        ],
    ),
    (
        ArabPound,
        &[("EG", "EGP"), ("SD", "SDG"), ("SY", "SYP"), ("LB", "LBP")],
    ),
    (
        Dinar,
        &[
            ("BH", "BHD"),
            ("DZ", "DZD"),
            ("IQ", "IQD"),
            ("JO", "JOD"),
            ("KW", "KWD"),
            ("LY", "LYD"),
            ("RS", "RSD"),
            ("TN", "TND"),
        ],
    ),
    (Dirham, &[("AE", "AED"), ("MA", "MAD")]),
    (
        Riyal,
        &[
            ("IR", "IRR"),
            ("OM", "OMR"),
            ("QA", "QAR"),
            ("SA", "SAR"),
            ("YE", "YER"),
        ],
    ),
    (Leu, &[("MD", "MDL"), ("RO", "RON")]),
    (Franc, &[("CH", "CHF"), ("LI", "CHF")]),
    (
        Peso,
        &[
            ("AR", "ARS"),
            ("CL", "CLP"),
            ("CO", "COP"),
            ("DO", "DOP"),
            ("MX", "MXN"),
            ("PH", "PHP"),
            ("UY", "UYU"),
        ],
    ),
    (Piso, &[("PH", "PHP")]),
];

impl Currency {
    /// The ISO 4217 code, for a page made for `region`.
    pub(crate) fn code(self, region: Option<Region>) -> Option<&'static str> {
        let sign = match self {
            Self::Code(code) => return Some(code),
            Self::Shared(sign) => sign,
        };
        let (_, countries) = COUNTRIES.iter().find(|(listed, _)| *listed == sign)?;
        let local = region.and_then(|region| {
            let local = countries
                .iter()
                .find(|(country, _)| *country == region.code());
            local.map(|(_, code)| *code)
        });
        // What the sign means wherever nothing else is said.
        let usual = match sign {
            Dollar => Some("USD"),
            Rupee => Some("INR"),
            Piso => Some("PHP"),
            _ => None,
        };
        local.or(usual)
    }
}

/// The currency that `text` names: a code, or the first sign, code or name in it.
pub(crate) fn named(text: &str, region: Option<Region>) -> Option<&'static str> {
    let code = text.trim().to_ascii_uppercase();
    if let Some(iso) = Iso::from_code(&code).filter(is_money) {
        return Some(iso.code());
    }
    if text.len() > super::MAX_TEXT {
        return None;
    }
    let pieces = tokens(text, Notation::default());
    let found: Vec<Currency> = pieces
        .into_iter()
        .filter_map(|piece| match piece.token {
            Token::Currency(currency) => Some(currency),
            _ => None,
        })
        .collect();
    first_code(&found, region)
}

/// The code of several currencies beside one another: one that is certain overrules a sign that is shared.
pub(crate) fn first_code(currencies: &[Currency], region: Option<Region>) -> Option<&'static str> {
    let certain = currencies
        .iter()
        .find(|currency| matches!(currency, Currency::Code(_)));
    certain.or(currencies.first())?.code(region)
}

/// The currency whose code these three letters are, and which are no word of a title even in capitals.
pub(super) fn of_capitals(code: [char; 3]) -> Option<Currency> {
    let code: String = code.iter().collect::<String>().to_ascii_uppercase();
    if ["ALL", "TOP", "CUP"].contains(&code.as_str()) {
        return None;
    }
    let iso = Iso::from_code(&code).filter(is_money)?;
    Some(Currency::Code(iso.code()))
}

/// Codes that begin with X name metals, funds and tests, but for the four francs and dollars of several countries.
fn is_money(iso: &Iso) -> bool {
    let code = iso.code();
    !code.starts_with('X') || ["XAF", "XCD", "XOF", "XPF"].contains(&code)
}

const fn code(code: &'static str) -> Token {
    Token::Currency(Currency::Code(code))
}

const fn shared(sign: Sign) -> Token {
    Token::Currency(Currency::Shared(sign))
}

/// Signs, names, and those codes that people also write in small letters.
pub(super) const SIGNS: &[(&str, Token)] = &[
    ("$", shared(Dollar)),
    ("dollars", shared(Dollar)),
    ("dollar", shared(Dollar)),
    ("dólares", shared(Dollar)),
    ("долларов", shared(Dollar)),
    ("доллара", shared(Dollar)),
    ("دولار", shared(Dollar)),
    ("ドル", shared(Dollar)),
    ("us$", code("USD")),
    ("us $", code("USD")),
    ("u$s", code("USD")),
    ("usd$", code("USD")),
    ("美元", code("USD")),
    ("米ドル", code("USD")),
    ("دولار أمريكي", code("USD")),
    ("دولار امريكي", code("USD")),
    ("ca$", code("CAD")),
    ("c$", code("CAD")),
    ("can$", code("CAD")),
    ("au$", code("AUD")),
    ("a$", code("AUD")),
    ("nz$", code("NZD")),
    ("hk$", code("HKD")),
    ("s$", code("SGD")),
    ("sg$", code("SGD")),
    ("nt$", code("TWD")),
    ("台幣", code("TWD")),
    ("mx$", code("MXN")),
    ("mex$", code("MXN")),
    ("ar$", code("ARS")),
    ("clp$", code("CLP")),
    ("col$", code("COP")),
    ("rd$", code("DOP")),
    ("tt$", code("TTD")),
    ("j$", code("JMD")),
    ("r$", code("BRL")),
    ("reais", code("BRL")),
    ("s/.", code("PEN")),
    ("s/", code("PEN")),
    ("€", code("EUR")),
    ("euro", code("EUR")),
    ("euros", code("EUR")),
    ("евро", code("EUR")),
    ("يورو", code("EUR")),
    ("ユーロ", code("EUR")),
    ("£", code("GBP")),
    ("pounds sterling", code("GBP")),
    ("¥", shared(Yen)),
    ("円", code("JPY")),
    ("yen", code("JPY")),
    ("元", shared(Yuan)),
    ("人民币", code("CNY")),
    ("rmb", code("CNY")),
    ("cn¥", code("CNY")),
    ("jp¥", code("JPY")),
    ("₹", code("INR")),
    ("rs.", shared(Rupee)),
    ("rs", shared(Rupee)),
    ("₨", shared(Rupee)),
    ("rupees", shared(Rupee)),
    ("रु", code("INR")),
    ("रुपये", code("INR")),
    ("₽", code("RUB")),
    ("руб.", code("RUB")),
    ("руб", code("RUB")),
    ("рублей", code("RUB")),
    ("рубля", code("RUB")),
    ("р.", code("RUB")),
    ("р", code("RUB")),
    ("₴", code("UAH")),
    ("грн.", code("UAH")),
    ("грн", code("UAH")),
    ("гривень", code("UAH")),
    ("₸", code("KZT")),
    ("тенге", code("KZT")),
    ("₩", code("KRW")),
    ("원", code("KRW")),
    // Not the code, which is a language of programs too.
    ("₱", shared(Piso)),
    ("peso", shared(Peso)),
    ("pesos", shared(Peso)),
    ("₫", code("VND")),
    ("đ", code("VND")),
    ("₺", code("TRY")),
    ("₪", code("ILS")),
    ("ש\"ח", code("ILS")),
    ("฿", code("THB")),
    ("บาท", code("THB")),
    ("₦", code("NGN")),
    ("₵", code("GHS")),
    ("ksh", code("KES")),
    ("₾", code("GEL")),
    ("֏", code("AMD")),
    ("₼", code("AZN")),
    ("৳", code("BDT")),
    ("zł", code("PLN")),
    ("złotych", code("PLN")),
    ("kč", code("CZK")),
    ("лв.", code("BGN")),
    ("лв", code("BGN")),
    ("lei", shared(Leu)),
    ("kr", shared(Crown)),
    ("kr.", shared(Crown)),
    ("kronor", code("SEK")),
    ("kroner", shared(Crown)),
    ("rm", code("MYR")),
    ("rp", code("IDR")),
    ("rp.", code("IDR")),
    ("fr.", shared(Franc)),
    ("sfr.", code("CHF")),
    ("sfr", code("CHF")),
    ("franken", code("CHF")),
    ("د.إ", code("AED")),
    ("د.إ.", code("AED")),
    ("درهم إماراتي", code("AED")),
    ("درهم", shared(Dirham)),
    ("د.م.", code("MAD")),
    ("ر.س", code("SAR")),
    ("ر.س.", code("SAR")),
    ("ريال سعودي", code("SAR")),
    ("ريال", shared(Riyal)),
    ("﷼", shared(Riyal)),
    ("ر.ق", code("QAR")),
    ("ر.ق.", code("QAR")),
    ("ر.ع.", code("OMR")),
    ("د.ك", code("KWD")),
    ("د.ك.", code("KWD")),
    ("دينار كويتي", code("KWD")),
    ("د.ب", code("BHD")),
    ("د.أ", code("JOD")),
    ("د.ا", code("JOD")),
    ("دينار", shared(Dinar)),
    ("د.ت", code("TND")),
    ("د.ج", code("DZD")),
    ("دج", code("DZD")),
    ("ج.م", code("EGP")),
    ("ج.م.", code("EGP")),
    ("جنيه مصري", code("EGP")),
    ("جنيه", shared(ArabPound)),
    ("usd", code("USD")),
    ("eur", code("EUR")),
    ("gbp", code("GBP")),
    ("cad", code("CAD")),
    ("aud", code("AUD")),
    ("nzd", code("NZD")),
    ("chf", code("CHF")),
    ("sek", code("SEK")),
    ("nok", code("NOK")),
    ("dkk", code("DKK")),
    ("pln", code("PLN")),
    ("czk", code("CZK")),
    ("huf", code("HUF")),
    ("ron", code("RON")),
    ("inr", code("INR")),
    ("jpy", code("JPY")),
    ("cny", code("CNY")),
    ("rub", code("RUB")),
    ("uah", code("UAH")),
    ("kzt", code("KZT")),
    ("brl", code("BRL")),
    ("mxn", code("MXN")),
    ("zar", code("ZAR")),
    ("aed", code("AED")),
    ("sgd", code("SGD")),
    ("hkd", code("HKD")),
    ("idr", code("IDR")),
    ("myr", code("MYR")),
    ("vnd", code("VND")),
    ("krw", code("KRW")),
    ("ils", code("ILS")),
    ("thb", code("THB")),
    ("ngn", code("NGN")),
];

/// Abbreviations that are something else in small letters: a length, a litre.
pub(super) const CAPITALISED: &[(&str, Token)] = &[("ft", code("HUF")), ("tl", code("TRY"))];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_signs_and_names_are_known() {
        for (text, expected) in [
            ("EUR", Some("EUR")),
            ("eur", Some("EUR")),
            ("Euro", Some("EUR")),
            ("EUR (€)", Some("EUR")),
            ("NZD $", Some("NZD")),
            ("$", Some("USD")),
            ("Р", Some("RUB")),
            ("kr", None),
            ("XYZ", None),
            ("XAU", None),
            ("XOF", Some("XOF")),
            ("", None),
            ("Price:", None),
        ] {
            assert_eq!(named(text, None), expected, "{text}");
        }
    }

    #[test]
    fn the_country_decides_what_a_sign_means() {
        for (text, country, expected) in [
            ("$", "en-AU", "AUD"),
            ("$", "en-GB", "USD"),
            ("US$", "en-AU", "USD"),
            ("kr", "sv", "SEK"),
            ("kr.", "da-DK", "DKK"),
            ("¥", "ja", "JPY"),
            ("元", "zh-TW", "TWD"),
            ("Rs", "en-PK", "PKR"),
            ("lei", "ro-RO", "RON"),
            ("ريال", "ar-SA", "SAR"),
        ] {
            let region = Region::of_language(country);
            assert_eq!(named(text, region), Some(expected), "{text} in {country}");
        }
    }
}
