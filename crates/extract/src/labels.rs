//! Facts that a page puts a name to: "Location: Leeds", a term and its description, a cell and its head.

use crate::document::{Document, Index};
use crate::text::words;

/// A value longer than this, in characters, is a text.
const MAX_VALUE: usize = 200;
/// A name of more words than this is part of a sentence.
const MAX_WORDS: usize = 4;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Employer,
    Location,
    Pay,
    Posted,
    Deadline,
    Kind,
    Skills,
}

/// Names as pages write them, in lower case, and what they stand for.
const NAMES: &[(&str, Label)] = &[
    ("company", Label::Employer),
    ("company name", Label::Employer),
    ("employer", Label::Employer),
    ("hiring organization", Label::Employer),
    ("hiring organisation", Label::Employer),
    ("organization", Label::Employer),
    ("organisation", Label::Employer),
    ("arbeitgeber", Label::Employer),
    ("firma", Label::Employer),
    ("unternehmen", Label::Employer),
    ("entreprise", Label::Employer),
    ("employeur", Label::Employer),
    ("société", Label::Employer),
    ("empresa", Label::Employer),
    ("azienda", Label::Employer),
    ("компания", Label::Employer),
    ("работодатель", Label::Employer),
    ("pracodawca", Label::Employer),
    ("bedrijf", Label::Employer),
    ("location", Label::Location),
    ("job location", Label::Location),
    ("work location", Label::Location),
    ("place of work", Label::Location),
    ("city", Label::Location),
    ("ort", Label::Location),
    ("arbeitsort", Label::Location),
    ("standort", Label::Location),
    ("einsatzort", Label::Location),
    ("lieu", Label::Location),
    ("lieu de travail", Label::Location),
    ("ville", Label::Location),
    ("ubicación", Label::Location),
    ("lugar", Label::Location),
    ("ciudad", Label::Location),
    ("localização", Label::Location),
    ("local", Label::Location),
    ("cidade", Label::Location),
    ("sede", Label::Location),
    ("luogo", Label::Location),
    ("sede di lavoro", Label::Location),
    ("город", Label::Location),
    ("место работы", Label::Location),
    ("регион", Label::Location),
    ("lokalizacja", Label::Location),
    ("miejsce pracy", Label::Location),
    ("locatie", Label::Location),
    ("勤務地", Label::Location),
    ("الموقع", Label::Location),
    ("salary", Label::Pay),
    ("salary range", Label::Pay),
    ("pay", Label::Pay),
    ("pay rate", Label::Pay),
    ("rate", Label::Pay),
    ("hourly rate", Label::Pay),
    ("compensation", Label::Pay),
    ("remuneration", Label::Pay),
    ("wage", Label::Pay),
    ("budget", Label::Pay),
    ("project budget", Label::Pay),
    ("gehalt", Label::Pay),
    ("vergütung", Label::Pay),
    ("stundensatz", Label::Pay),
    ("salaire", Label::Pay),
    ("rémunération", Label::Pay),
    ("salario", Label::Pay),
    ("sueldo", Label::Pay),
    ("presupuesto", Label::Pay),
    ("salário", Label::Pay),
    ("remuneração", Label::Pay),
    ("orçamento", Label::Pay),
    ("stipendio", Label::Pay),
    ("retribuzione", Label::Pay),
    ("зарплата", Label::Pay),
    ("оплата", Label::Pay),
    ("бюджет", Label::Pay),
    ("wynagrodzenie", Label::Pay),
    ("salaris", Label::Pay),
    ("給与", Label::Pay),
    ("الراتب", Label::Pay),
    ("posted", Label::Posted),
    ("posted on", Label::Posted),
    ("date posted", Label::Posted),
    ("posting date", Label::Posted),
    ("published", Label::Posted),
    ("publication date", Label::Posted),
    ("veröffentlicht", Label::Posted),
    ("veröffentlicht am", Label::Posted),
    ("online seit", Label::Posted),
    ("publié", Label::Posted),
    ("publiée le", Label::Posted),
    ("publié le", Label::Posted),
    ("date de publication", Label::Posted),
    ("publicado", Label::Posted),
    ("fecha de publicación", Label::Posted),
    ("publicado em", Label::Posted),
    ("data de publicação", Label::Posted),
    ("pubblicato", Label::Posted),
    ("pubblicato il", Label::Posted),
    ("data di pubblicazione", Label::Posted),
    ("опубликовано", Label::Posted),
    ("дата публикации", Label::Posted),
    ("data publikacji", Label::Posted),
    ("geplaatst", Label::Posted),
    ("掲載日", Label::Posted),
    ("deadline", Label::Deadline),
    ("closing date", Label::Deadline),
    ("closes", Label::Deadline),
    ("apply by", Label::Deadline),
    ("apply before", Label::Deadline),
    ("application deadline", Label::Deadline),
    ("valid through", Label::Deadline),
    ("valid until", Label::Deadline),
    ("expires", Label::Deadline),
    ("expires on", Label::Deadline),
    ("bewerbungsfrist", Label::Deadline),
    ("bewerbungsschluss", Label::Deadline),
    ("date limite", Label::Deadline),
    ("fecha límite", Label::Deadline),
    ("prazo", Label::Deadline),
    ("scadenza", Label::Deadline),
    ("срок", Label::Deadline),
    ("termin", Label::Deadline),
    ("employment type", Label::Kind),
    ("job type", Label::Kind),
    ("contract type", Label::Kind),
    ("type of employment", Label::Kind),
    ("work type", Label::Kind),
    ("hours", Label::Kind),
    ("working hours", Label::Kind),
    ("position type", Label::Kind),
    ("beschäftigungsart", Label::Kind),
    ("anstellungsart", Label::Kind),
    ("vertragsart", Label::Kind),
    ("type de contrat", Label::Kind),
    ("contrat", Label::Kind),
    ("tipo de contrato", Label::Kind),
    ("jornada", Label::Kind),
    ("tipo di contratto", Label::Kind),
    ("занятость", Label::Kind),
    ("тип занятости", Label::Kind),
    ("雇用形態", Label::Kind),
    ("skills", Label::Skills),
    ("required skills", Label::Skills),
    ("key skills", Label::Skills),
    ("skills required", Label::Skills),
    ("kenntnisse", Label::Skills),
    ("compétences", Label::Skills),
    ("habilidades", Label::Skills),
    ("competências", Label::Skills),
    ("competenze", Label::Skills),
    ("навыки", Label::Skills),
    ("ключевые навыки", Label::Skills),
];

impl Label {
    fn of(name: &str) -> Option<Self> {
        let name = name.trim().trim_end_matches([':', '：']).trim();
        if words(name).len() > MAX_WORDS {
            return None;
        }
        let name = name.to_lowercase();
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, label)| *label)
    }
}

/// The named facts among neighbouring elements, in their order: first those in lines, then those of terms and cells.
pub(crate) fn facts(
    document: &Document<'_>,
    elements: std::ops::Range<Index>,
) -> Vec<(Label, String)> {
    let mut facts = Vec::new();
    for line in document.lines(elements.clone()) {
        if let Some((name, value)) = line.split_once([':', '：']) {
            facts.extend(fact(name, value));
        }
    }
    for name in elements {
        if matches!(document.name(name), "dt" | "th")
            && let Some(value) = next_sibling(document, name)
            && matches!(document.name(value), "dd" | "td")
        {
            facts.extend(fact(&document.text(name), &document.text(value)));
        }
    }
    facts
}

fn fact(name: &str, value: &str) -> Option<(Label, String)> {
    let value = value.trim();
    let is_value = !value.is_empty() && value.chars().count() <= MAX_VALUE;
    Some((Label::of(name).filter(|_| is_value)?, value.to_owned()))
}

fn next_sibling(document: &Document<'_>, index: Index) -> Option<Index> {
    let parent = document.parent(index)?;
    let next = document.subtree(index).end;
    (next < document.subtree(parent).end).then_some(next)
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn of(html: &str) -> Vec<(Label, String)> {
        let html = Html::parse_document(html);
        let document = Document::new(&html);
        facts(&document, document.all())
    }

    #[test]
    fn lines_terms_and_cells_have_names() {
        let found = of(
            "<p><b>Location:</b> Leeds <i>UK</i></p><p>Gehalt: 50.000 €<br>Hours : Full-time</p>\
            <dl><dt>Employer<dd>Acme</dl><table><tr><th>掲載日<td>2026-07-01</table>",
        );
        let expected = [
            (Label::Location, "Leeds UK"),
            (Label::Pay, "50.000 €"),
            (Label::Kind, "Full-time"),
            (Label::Employer, "Acme"),
            (Label::Posted, "2026-07-01"),
        ];
        assert_eq!(
            found,
            expected.map(|(label, value)| (label, value.to_owned()))
        );
    }

    #[test]
    fn sentences_and_empty_values_are_no_facts() {
        assert!(
            of("<p>We look at your company: it must be nice.<p>Location:<p>Note: Leeds").is_empty()
        );
        assert!(of(&format!("<p>Location: {}", "x ".repeat(200))).is_empty());
    }
}
