//! Russian, Ukrainian, Polish, Czech, Slovak, Bulgarian and Croatian.

use super::Language;

pub(super) const LANGUAGES: [Language; 7] = [
    Language {
        code: "ru",
        months: "январь, января, янв | февраль, февраля, фев, февр | март, марта, мар | апрель, апреля, апр \
            | май, мая | июнь, июня, июн | июль, июля, июл | август, августа, авг \
            | сентябрь, сентября, сент, сен | октябрь, октября, окт | ноябрь, ноября, нояб, ноя \
            | декабрь, декабря, дек",
        weekdays: "понедельник, пн, вторник, вт, среда, ср, четверг, чт, пятница, пт, суббота, сб, воскресенье, вс",
        days: "позавчера | вчера | сегодня | завтра | послезавтра",
        now: "только что, прямо сейчас",
        units: "секунда, секунду, секунды, секунд, сек | минута, минуту, минуты, минут, мин | час, часа, часов, ч \
            | день, дня, дней, дн, д | неделя, неделю, недели, недель, нед | месяц, месяца, месяцев, мес \
            | год, года, лет | десятилетие, десятилетия, десятилетий",
        one: "секунду | минуту | час | день | неделю | месяц | год | десятилетие",
        numbers: "один, одну, одна | два, две | три | четыре | пять | шесть | семь | восемь | девять | десять \
            | одиннадцать | двенадцать",
        few: "несколько",
        past: "назад, тому назад",
        future: "через",
        around: "около, примерно, почти, менее, меньше, и, в, во, от, г, на",
        ..Language::SILENT
    },
    Language {
        code: "uk",
        months: "січень, січня, січ | лютий, лютого, лют | березень, березня, бер | квітень, квітня, квіт, кві \
            | травень, травня, трав, тра | червень, червня, черв, чер | липень, липня, лип \
            | серпень, серпня, серп, сер | вересень, вересня, вер | жовтень, жовтня, жовт, жов \
            | листопад, листопада, лист, лис | грудень, грудня, груд, гру",
        weekdays: "понеділок, пн, вівторок, вт, середа, ср, четвер, чт, п'ятниця, пт, субота, сб, неділя, нд",
        days: "позавчора | вчора, учора | сьогодні | завтра | післязавтра",
        now: "щойно, тільки що",
        units: "секунда, секунду, секунди, секунд, сек | хвилина, хвилину, хвилини, хвилин, хв \
            | година, годину, години, годин, год | день, дня, дні, днів, дн | тиждень, тижня, тижні, тижнів, тиж \
            | місяць, місяця, місяці, місяців, міс | рік, року, роки, років, р | десятиліття",
        one: "секунду | хвилину | годину | день | тиждень | місяць | рік | десятиліття",
        numbers: "один, одну, одна | два, дві | три | чотири | п'ять | шість | сім | вісім | дев'ять | десять",
        few: "декілька, кілька",
        past: "тому, назад, тому назад",
        future: "через, за",
        around: "близько, приблизно, майже, менше, і, й, та, о, об, в, у, від",
        ..Language::SILENT
    },
    Language {
        code: "pl",
        months: "styczeń, stycznia, sty | luty, lutego, lut | marzec, marca, mar | kwiecień, kwietnia, kwi \
            | maj, maja | czerwiec, czerwca, cze | lipiec, lipca, lip | sierpień, sierpnia, sie \
            | wrzesień, września, wrz | październik, października, paź | listopad, listopada, lis \
            | grudzień, grudnia, gru",
        weekdays: "poniedziałek, pon, pn, wtorek, wt, środa, śr, czwartek, czw, piątek, pt, sobota, sob, niedziela, \
            niedz, nd",
        days: "przedwczoraj | wczoraj | dzisiaj, dziś | jutro | pojutrze",
        now: "przed chwilą, chwilę temu",
        units: "sekunda, sekundę, sekundy, sekund, sek, s | minuta, minutę, minuty, minut, min \
            | godzina, godzinę, godziny, godzin, godz, h | dzień, dnia, dni, d \
            | tydzień, tygodnia, tygodnie, tygodni, tyg | miesiąc, miesiąca, miesiące, miesięcy, mies \
            | rok, roku, lata, lat, r | dekada, dekadę, dekady, dekad",
        one: "sekundę | minutę | godzinę | dzień | tydzień | miesiąc | rok | dekadę",
        numbers: "jeden, jedną, jedna | dwa, dwie | trzy | cztery | pięć | sześć | siedem | osiem | dziewięć | dziesięć",
        few: "kilka",
        past: "temu",
        future: "za",
        around: "około, ok, prawie, niecałe, mniej niż, od, i, o, w, dnia, godz",
        ..Language::SILENT
    },
    Language {
        code: "cs",
        months: "leden, ledna, led | únor, února, úno | březen, března, bře | duben, dubna, dub | květen, května, kvě \
            | červen, června, čvn | červenec, července, čvc | srpen, srpna, srp | září, zář | říjen, října, říj \
            | listopad, listopadu, lis | prosinec, prosince, pro",
        weekdays: "pondělí, po, úterý, út, středa, st, čtvrtek, čt, pátek, pá, sobota, so, neděle, ne",
        days: "předevčírem | včera | dnes, dneska | zítra | pozítří",
        now: "právě teď, před chvílí",
        units: "sekunda, sekundy, sekund, sekundou, sekundami, vteřina, vteřiny, vteřin, vteřinou, vteřinami, s \
            | minuta, minutu, minuty, minut, minutou, minutami, min \
            | hodina, hodinu, hodiny, hodin, hodinou, hodinami, hod, h \
            | den, dny, dní, dnem, dnů, dnech | týden, týdny, týdnů, týdnem \
            | měsíc, měsíce, měsíců, měsícem, měsíci | rok, roky, roku, let, rokem, lety | dekáda, dekády, dekádou",
        one: "sekundou, vteřinou | minutou | hodinou | dnem | týdnem | měsícem | rokem | dekádou",
        numbers: "jeden, jedna, jednou, jedním | dva, dvě, dvěma | tři, třemi | čtyři, čtyřmi | pět, pěti | šest \
            | sedm | osm | devět | deset",
        few: "několika, pár",
        past: "před",
        future: "za",
        around: "přibližně, asi, zhruba, téměř, od, a, v, ve, dne",
        ..Language::SILENT
    },
    Language {
        code: "sk",
        months: "január, januára, jan | február, februára, feb | marec, marca, mar | apríl, apríla, apr \
            | máj, mája | jún, júna | júl, júla | august, augusta, aug | september, septembra, sep \
            | október, októbra, okt | november, novembra, nov | december, decembra, dec",
        weekdays: "pondelok, po, utorok, ut, streda, st, štvrtok, št, piatok, pi, sobota, so, nedeľa, ne",
        days: "predvčerom | včera | dnes | zajtra | pozajtra",
        now: "práve teraz, pred chvíľou",
        units: "sekunda, sekundy, sekúnd, sekundou, sekundami, s | minúta, minútu, minúty, minút, minútou, minútami, min \
            | hodina, hodinu, hodiny, hodín, hodinou, hodinami, hod, h | deň, dni, dní, dňom, dňami \
            | týždeň, týždne, týždňov, týždňom, týždňami | mesiac, mesiace, mesiacov, mesiacom, mesiacmi \
            | rok, roky, rokov, rokom, rokmi | desaťročie, desaťročím",
        one: "sekundou | minútou | hodinou | dňom | týždňom | mesiacom | rokom | desaťročím",
        numbers: "jeden, jedna, jedným, jednou | dva, dve, dvoma | tri, troma | štyri, štyrmi | päť | šesť | sedem \
            | osem | deväť | desať",
        few: "niekoľkými, pár",
        past: "pred",
        future: "o, za",
        around: "približne, asi, takmer, od, a, v, vo, dňa",
        ..Language::SILENT
    },
    Language {
        code: "bg",
        months: "януари, ян | февруари, фев | март, мар | април, апр | май | юни | юли | август, авг \
            | септември, сеп | октомври, окт | ноември, ное | декември, дек",
        weekdays: "понеделник, пн, вторник, вт, сряда, ср, четвъртък, чт, петък, пт, събота, сб, неделя, нд",
        days: "онзи ден, завчера | вчера | днес | утре | вдругиден",
        now: "току що",
        units: "секунда, секунди, сек | минута, минути, мин | час, часа, часове, ч | ден, дни, дена | седмица, седмици, седм \
            | месец, месеца, месеци, мес | година, години, г | десетилетие, десетилетия",
        one: "секунда | минута | час | ден | седмица | месец | година | десетилетие",
        numbers: "един, една, едно | два, две | три | четири | пет | шест | седем | осем | девет | десет",
        few: "няколко",
        past: "преди",
        future: "след",
        around: "около, приблизително, почти, от, и, в, на",
        ..Language::SILENT
    },
    Language {
        code: "hr",
        months: "siječanj, siječnja, sij | veljača, veljače, velj | ožujak, ožujka, ožu | travanj, travnja, tra \
            | svibanj, svibnja, svi | lipanj, lipnja, lip | srpanj, srpnja, srp | kolovoz, kolovoza, kol \
            | rujan, rujna, ruj | listopad, listopada, lis | studeni, studenog, studenoga, stu \
            | prosinac, prosinca, pro",
        weekdays: "ponedjeljak, pon, utorak, uto, srijeda, sri, četvrtak, čet, petak, pet, subota, sub, nedjelja, ned",
        days: "prekjučer | jučer | danas | sutra | prekosutra",
        now: "upravo sada",
        units: "sekunda, sekundu, sekunde, sekundi, sek, s | minuta, minutu, minute, min | sat, sata, sati, h \
            | dan, dana | tjedan, tjedna, tjedana | mjesec, mjeseca, mjeseci, mj \
            | godina, godinu, godine, god | desetljeće, desetljeća",
        one: "sekundu | minutu | sat | dan | tjedan | mjesec | godinu | desetljeće",
        numbers: "jedan, jednu, jedna | dva, dvije | tri | četiri | pet | šest | sedam | osam | devet | deset",
        few: "nekoliko",
        past: "prije",
        future: "za",
        around: "oko, otprilike, gotovo, od, i, u",
        ..Language::SILENT
    },
];
