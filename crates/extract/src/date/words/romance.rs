//! French, Spanish, Portuguese, Italian, Romanian and Catalan.

use super::Language;

pub(super) const LANGUAGES: [Language; 6] = [
    Language {
        code: "fr",
        months: "janvier, janv, jan | février, févr, fév | mars | avril, avr | mai | juin | juillet, juil | août \
            | septembre, sept | octobre, oct | novembre, nov | décembre, déc",
        weekdays: "lundi, lun, mardi, mar, mercredi, mer, jeudi, jeu, vendredi, ven, samedi, sam, dimanche, dim",
        days: "avant hier | hier | aujourd'hui | demain | après demain",
        now: "à l'instant, à l'instant même",
        units: "seconde, secondes, sec, s | minute, minutes, min, mn, m | heure, heures, h | jour, jours, j \
            | semaine, semaines, sem | mois | an, ans, année, années | décennie, décennies",
        numbers: "un, une, d'un, d'une | deux | trois | quatre | cinq | six | sept | huit | neuf | dix | onze | douze",
        few: "quelques",
        past: "il y a, il ya, y a",
        future: "dans, en, d'ici",
        around: "environ, près de, presque, moins de, moins, depuis, et, le, la, à, de, du, est",
        ..Language::SILENT
    },
    Language {
        code: "es",
        months: "enero, ene | febrero, feb | marzo, mar | abril, abr | mayo, may | junio, jun | julio, jul \
            | agosto, ago | septiembre, setiembre, sept, sep | octubre, oct | noviembre, nov | diciembre, dic",
        weekdays: "lunes, lun, martes, miércoles, mié, jueves, jue, viernes, vie, sábado, sáb, domingo, dom",
        days: "anteayer, antes de ayer, antier | ayer | hoy | mañana | pasado mañana",
        now: "ahora mismo, hace un momento, hace un instante",
        units: "segundo, segundos, seg, s | minuto, minutos, min | hora, horas, h, hs | día, días, d \
            | semana, semanas, sem | mes, meses | año, años | década, décadas",
        numbers: "un, una, uno | dos | tres | cuatro | cinco | seis | siete | ocho | nueve | diez | once | doce",
        few: "unos, unos pocos, pocos, algunos",
        past: "hace, atrás",
        future: "en, dentro de",
        around: "cerca de, casi, aproximadamente, alrededor de, unas, menos de, desde, y, el, del, de, a las, a la, hs",
        ..Language::SILENT
    },
    Language {
        code: "pt",
        months: "janeiro, jan | fevereiro, fev | março, mar | abril, abr | maio, mai | junho, jun | julho, jul \
            | agosto, ago | setembro, set | outubro, out | novembro, nov | dezembro, dez",
        weekdays: "segunda, segunda feira, seg, terça, terça feira, ter, quarta, quarta feira, qua, quinta, \
            quinta feira, qui, sexta, sexta feira, sex, sábado, sáb, domingo, dom",
        days: "anteontem | ontem | hoje | amanhã | depois de amanhã",
        now: "agora mesmo, agora há pouco",
        units: "segundo, segundos, seg, s | minuto, minutos, min | hora, horas, h | dia, dias, d \
            | semana, semanas, sem | mês, meses | ano, anos | década, décadas",
        numbers: "um, uma | dois, duas | três | quatro | cinco | seis | sete | oito | nove | dez | onze | doze",
        few: "alguns, poucos, uns",
        past: "há, atrás, faz",
        future: "em, dentro de, daqui a",
        around: "cerca de, quase, aproximadamente, por volta de, menos de, desde, e, de, do, às, as",
        ..Language::SILENT
    },
    Language {
        code: "it",
        months: "gennaio, gen | febbraio, feb | marzo, mar | aprile, apr | maggio, mag | giugno, giu | luglio, lug \
            | agosto, ago | settembre, sett, set | ottobre, ott | novembre, nov | dicembre, dic",
        weekdays: "lunedì, lun, martedì, mercoledì, mer, giovedì, gio, venerdì, ven, sabato, sab, domenica, dom",
        days: "l'altro ieri, l'altroieri, altro ieri, avantieri | ieri | oggi | domani | dopodomani",
        now: "proprio ora, un attimo fa",
        units: "secondo, secondi, sec, s | minuto, minuti, min | ora, ore, h | giorno, giorni, gg, g \
            | settimana, settimane, sett | mese, mesi | anno, anni | decennio, decenni",
        numbers: "un, una, uno, un' | due | tre | quattro | cinque | sei | sette | otto | nove | dieci | undici | dodici",
        few: "alcuni, pochi, qualche",
        past: "fa",
        future: "tra, fra, in, entro",
        around: "circa, quasi, meno di, da, e, il, del, di, alle, alle ore, ore",
        ..Language::SILENT
    },
    Language {
        code: "ro",
        months: "ianuarie, ian | februarie, feb | martie, mar | aprilie, apr | mai | iunie, iun | iulie, iul \
            | august, aug | septembrie, sept, sep | octombrie, oct | noiembrie, noi, nov | decembrie, dec",
        weekdays: "luni, marți, miercuri, joi, vineri, sâmbătă, duminică",
        days: "alaltăieri | ieri | azi, astăzi | mâine | poimâine",
        now: "chiar acum",
        units: "secundă, secunde, sec, s | minut, minute, min | oră, ore, h | zi, zile | săptămână, săptămâni, săpt \
            | lună, luni | an, ani | deceniu, decenii",
        numbers: "un, o, una, unu | două, doi | trei | patru | cinci | șase | șapte | opt | nouă | zece",
        few: "câteva",
        past: "acum, în urmă, în urmă cu",
        future: "peste, în",
        around: "circa, aproximativ, aproape, mai puțin de, și, de, la, pe, data de",
        ..Language::SILENT
    },
    Language {
        code: "ca",
        months: "gener, gen | febrer, febr, feb | març | abril, d'abril, abr | maig | juny | juliol, jul | agost, d'agost, ag \
            | setembre, set | octubre, d'octubre, oct | novembre, nov | desembre, des",
        weekdays: "dilluns, dl, dimarts, dt, dimecres, dc, dijous, dj, divendres, dv, dissabte, ds, diumenge, dg",
        days: "abans d'ahir, despús ahir | ahir | avui | demà | demà passat, despús demà",
        now: "ara mateix",
        units: "segon, segons, s | minut, minuts, min | hora, hores, h | dia, dies | setmana, setmanes \
            | mes, mesos | any, anys | dècada, dècades",
        numbers: "un, una | dos, dues | tres | quatre | cinc | sis | set | vuit | nou | deu",
        few: "uns, alguns",
        past: "fa",
        future: "en, d'aquí a, d'aquí, dins de",
        around: "aproximadament, gairebé, menys de, i, de, del, el, a les",
        ..Language::SILENT
    },
];
