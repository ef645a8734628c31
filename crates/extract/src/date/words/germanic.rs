//! English, German, Dutch and the languages of Scandinavia.

use super::Language;

pub(super) const LANGUAGES: [Language; 6] = [
    Language {
        code: "en",
        months: "january, jan | february, feb | march, mar | april, apr | may | june, jun | july, jul | august, aug \
            | september, sept, sep | october, oct | november, nov | december, dec",
        weekdays: "monday, mon, tuesday, tues, tue, wednesday, wed, thursday, thurs, thur, thu, friday, fri, saturday, \
            sat, sunday, sun",
        days: "the day before yesterday, day before yesterday | yesterday | today, just posted | tomorrow \
            | the day after tomorrow, day after tomorrow",
        present: "now",
        now: "just now, right now, moments ago, a moment ago",
        units: "second, seconds, sec, secs, s | minute, minutes, min, mins, m | hour, hours, hr, hrs, h | day, days, d \
            | week, weeks, weeks' time, wk, wks, w | month, months, mo, mos, mth, mths | year, years, yr, yrs, y \
            | decade, decades",
        numbers: "a, an, one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve",
        few: "a few, few",
        past: "ago, before",
        future: "in, after, later, from now, within",
        around: "about, around, approximately, approx, almost, nearly, less than, less than a, and, on, at, the, of, \
            time",
        ..Language::SILENT
    },
    Language {
        code: "de",
        months: "januar, jänner, jan | februar, feber, feb | märz, maerz, mär, mrz | april, apr | mai | juni, jun \
            | juli, jul | august, aug | september, sept, sep | oktober, okt | november, nov | dezember, dez",
        weekdays: "montag, mo, dienstag, di, mittwoch, mi, donnerstag, do, freitag, fr, samstag, sonnabend, sa, \
            sonntag, so",
        days: "vorgestern | gestern | heute | morgen | übermorgen",
        now: "gerade eben, soeben",
        units: "sekunde, sekunden, sek, s | minute, minuten, min, m | stunde, stunden, std, stdn, h \
            | tag, tage, tagen, d | woche, wochen, wo | monat, monate, monaten, mon | jahr, jahre, jahren, j \
            | jahrzehnt, jahrzehnte, jahrzehnten",
        numbers: "ein, eine, einer, einem, einen, eins | zwei | drei | vier | fünf | sechs | sieben | acht | neun \
            | zehn | elf | zwölf",
        few: "ein paar, wenigen, einigen",
        past: "vor",
        future: "in, im",
        around: "etwa, ungefähr, circa, ca, rund, fast, knapp, weniger als, seit, und, am, um, den, der, dem, uhr, hier",
        ..Language::SILENT
    },
    Language {
        code: "nl",
        months: "januari, jan | februari, feb | maart, mrt | april, apr | mei | juni, jun | juli, jul | augustus, aug \
            | september, sept, sep | oktober, okt | november, nov | december, dec",
        weekdays: "maandag, ma, dinsdag, di, woensdag, wo, donderdag, do, vrijdag, vr, zaterdag, za, zondag, zo",
        days: "eergisteren | gisteren | vandaag | morgen | overmorgen",
        now: "zojuist, zonet, net geplaatst",
        units: "seconde, seconden, sec, s | minuut, minuten, min, m | uur, uren, u | dag, dagen, d \
            | week, weken, wk | maand, maanden, mnd | jaar, jaren, jr | decennium, decennia",
        numbers: "een, één | twee | drie | vier | vijf | zes | zeven | acht | negen | tien | elf | twaalf",
        few: "een paar, enkele",
        past: "geleden",
        future: "over, binnen",
        around: "ongeveer, circa, ca, bijna, minder dan, sinds, en, op, om, de, hier",
        ..Language::SILENT
    },
    Language {
        code: "sv",
        months: "januari, jan | februari, feb | mars, mar | april, apr | maj | juni, jun | juli, jul | augusti, aug \
            | september, sept, sep | oktober, okt | november, nov | december, dec",
        weekdays: "måndag, mån, tisdag, tis, onsdag, ons, torsdag, tors, tor, fredag, fre, lördag, lör, söndag, sön",
        days: "i förrgår, förrgår | i går, igår | i dag, idag | i morgon, imorgon | i övermorgon, övermorgon",
        now: "just nu, nyss, alldeles nyss",
        units: "sekund, sekunder, sek, s | minut, minuter, min | timme, timmar, tim, h | dag, dagar, d \
            | vecka, veckor, v | månad, månader, mån | år | årtionde, årtionden",
        numbers: "en, ett | två | tre | fyra | fem | sex | sju | åtta | nio | tio | elva | tolv",
        few: "några, några få",
        past: "sedan, sen",
        future: "om",
        around: "för, cirka, ca, ungefär, nästan, mindre än, och, den, kl, klockan",
        ..Language::SILENT
    },
    Language {
        code: "da",
        months: "januar, jan | februar, feb | marts, mar | april, apr | maj | juni, jun | juli, jul | august, aug \
            | september, sept, sep | oktober, okt | november, nov | december, dec",
        weekdays: "mandag, man, tirsdag, tir, onsdag, ons, torsdag, tor, fredag, fre, lørdag, lør, søndag, søn",
        days: "i forgårs, forgårs | i går | i dag | i morgen | i overmorgen",
        now: "lige nu, netop nu",
        units: "sekund, sekunder, sek, s | minut, minutter, min | time, timer, t | dag, dage | uge, uger \
            | måned, måneder, md, mdr | år | årti, årtier",
        numbers: "en, et, én, ét | to | tre | fire | fem | seks | syv | otte | ni | ti | elleve | tolv",
        few: "få, nogle få, et par",
        past: "siden",
        future: "om",
        around: "for, cirka, ca, omkring, næsten, mindre end, og, den, kl",
        ..Language::SILENT
    },
    Language {
        code: "nb",
        months: "januar, jan | februar, feb | mars, mar | april, apr | mai | juni, jun | juli, jul | august, aug \
            | september, sept, sep | oktober, okt | november, nov | desember, des",
        weekdays: "mandag, man, tirsdag, tir, onsdag, ons, torsdag, tor, fredag, fre, lørdag, lør, søndag, søn",
        days: "i forgårs, forgårs | i går | i dag | i morgen | i overmorgen",
        now: "akkurat nå, nettopp",
        units: "sekund, sekunder, sek, s | minutt, minutter, min | time, timer, t | dag, dager \
            | uke, uker, veke, veker | måned, måneder, mnd | år | tiår",
        numbers: "en, ett, et, én | to | tre | fire | fem | seks | sju, syv | åtte | ni | ti | elleve | tolv",
        few: "noen få, noen, et par",
        past: "siden, sidan",
        future: "om",
        around: "for, cirka, ca, omtrent, nesten, mindre enn, og, den, kl",
        ..Language::SILENT
    },
];
