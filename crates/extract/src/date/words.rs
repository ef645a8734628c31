//! The words that each language states dates with, and those that say of what they are the date.

mod germanic;
mod other;
mod romance;
mod slavic;

/// The words of one language.
///
/// `,` stands between words or phrases that mean the same, `|` between meanings that follow each other. Case and accents
/// do not matter, and a hyphen in a phrase is a space.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language {
    /// ISO 639-1, as in HTML's `lang`.
    pub(super) code: &'static str,
    /// January to December, in every case in which they stand beside a day.
    pub(super) months: &'static str,
    pub(super) weekdays: &'static str,
    /// The day before yesterday, yesterday, today, tomorrow, the day after tomorrow.
    pub(super) days: &'static str,
    /// "Just now".
    pub(super) now: &'static str,
    /// "Now" where it is counted from: "now - 2 hours".
    pub(super) present: &'static str,
    /// Second, minute, hour, day, week, month, year, decade.
    pub(super) units: &'static str,
    /// Second to year again, where the same words are parts of dates and times too: the `日` of `7月9日`.
    pub(super) marks: &'static str,
    /// Units that mean one of it where no number stands: "час назад".
    pub(super) one: &'static str,
    /// Units that mean two of it: "ساعتين".
    pub(super) two: &'static str,
    /// One, two, three and so on.
    pub(super) numbers: &'static str,
    /// An amount of seconds too small to be told.
    pub(super) few: &'static str,
    /// What makes an amount of time one before now.
    pub(super) past: &'static str,
    /// What makes it one after now.
    pub(super) future: &'static str,
    /// What changes nothing.
    pub(super) around: &'static str,
    /// The half of the day of a clock that has twelve hours.
    pub(super) morning: &'static str,
    pub(super) evening: &'static str,
}

impl Language {
    /// A language without words.
    const SILENT: Self = Self {
        code: "",
        months: "",
        weekdays: "",
        days: "",
        now: "",
        present: "",
        units: "",
        marks: "",
        one: "",
        two: "",
        numbers: "",
        few: "",
        past: "",
        future: "",
        around: "",
        morning: "",
        evening: "",
    };
}

/// Every language that is read.
pub(super) fn languages() -> impl Iterator<Item = &'static Language> {
    let groups: [&'static [Language]; 4] = [
        &germanic::LANGUAGES,
        &romance::LANGUAGES,
        &slavic::LANGUAGES,
        &other::LANGUAGES,
    ];
    groups.into_iter().flatten()
}

// What follows is read in every language: half-translated pages mix it.

/// What says that a date is that of the publication.
pub(super) const POSTED: &str = "posted, posted on, reposted, reposted on, published, published on, added, added on, listed, listed on, \
    updated, refreshed, renewed, date, date posted, date published, date added, posted date, posting date, job posted, \
    veröffentlicht, veröffentlicht am, eingestellt, eingestellt am, online seit, erschienen am, aktualisiert, datum, \
    veröffentlichungsdatum, publié, publié le, publiée, publiée le, posté, posté le, ajouté, ajouté le, mis en ligne le, \
    mise en ligne le, date de publication, publicado, publicado el, publicada, publicada el, fecha, fecha de publicación, \
    publicado em, publicada em, postado, postado em, anunciado em, data, data de publicação, pubblicato, pubblicato il, \
    pubblicata il, inserito il, data di pubblicazione, опубликовано, опубликована, опубликован, размещено, размещена, \
    добавлено, создано, обновлено, дата, дата публикации, вакансия опубликована, نشر, نشرت, نشر في, تم النشر, \
    تاريخ النشر, 投稿, 投稿日, 掲載, 掲載日, 公開, 公開日, 登録日, 更新日, geplaatst, geplaatst op, opublikowano, dodano, \
    data publikacji, data dodania, опубліковано, додано, publicerad, publicerat, oprettet, publisert, zveřejněno, přidáno, \
    yayınlandı, yayın tarihi, ilan tarihi, δημοσιεύτηκε, julkaistu, 发布, 發布, 发布于, 发布时间, 发布日期, 등록일, 게시일, \
    diposting, đăng, ngày đăng, data publicării, publicat, postat";

/// What says that a date is the last day to apply.
pub(super) const DEADLINE: &str = "closes, closes on, closing date, closing on, application deadline, deadline, apply by, apply before, \
    apply until, expires, expires on, expiry date, bids close, bidding ends, left, remaining, \
    bewerbungsfrist, bewerbungsschluss, bewerben bis, bewerbung bis, date limite, date limite de candidature, expire, \
    expire le, fecha límite, cierra, vence, quedan, prazo, inscrições até, encerra, encerra em, expira, expira em, \
    scadenza, scade, scade il, candidarsi entro, срок подачи, приём заявок до, прием заявок до, осталось, آخر موعد, \
    ينتهي, ينتهي في, 締切, 締切日, 締め切り, 応募期限, 応募締切, 残り, あと, sluitingsdatum, termin składania ofert, son başvuru, \
    son başvuru tarihi, 截止, 截止日期, 마감, 마감일";

/// What says that something ends on a date, without saying what.
pub(super) const END: &str = "ends, ends on, ending, until, by, valid until, valid through, open until, closing, bis, endet, \
    endet am, gültig bis, jusqu'au, hasta, hasta el, válido hasta, até, válido até, fino al, entro il, до, действует до, \
    актуально до, حتى, まで, tot";

pub(super) const MORNING: &str = "am, a.m";
pub(super) const EVENING: &str = "pm, p.m";
pub(super) const UTC: &str = "gmt, utc";
/// Zones whose names do not tell the offset for certain: a time keeps none from them.
pub(super) const ZONES: &str = "est, edt, cst, cdt, mst, mdt, pst, pdt, cet, cest, eet, eest, wet, west, bst, ist, msk, мск, jst, kst, et, pt";
