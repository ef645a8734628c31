//! Words and places that tell a list of jobs from other lists.

use crate::document::{Document, Index};

/// Words that stand for paid work wherever they occur: in class names, addresses, headings.
const JOB: [&str; 62] = [
    "job",
    "jobs",
    "jobcard",
    "joblist",
    "jobtitle",
    "vacancy",
    "vacancies",
    "career",
    "careers",
    "gig",
    "gigs",
    "freelance",
    "freelancer",
    "freelancers",
    "hiring",
    "recruitment",
    "internship",
    "internships",
    "opening",
    "openings",
    "вакансии",
    "вакансия",
    "вакансий",
    "работа",
    "заказ",
    "заказы",
    "заказов",
    "фриланс",
    "стажировка",
    "stellenangebote",
    "stellenangebot",
    "stellen",
    "karriere",
    "jobangebote",
    "emploi",
    "emplois",
    "recrutement",
    "carrières",
    "empleo",
    "empleos",
    "vacante",
    "vacantes",
    "trabajo",
    "trabajos",
    "vaga",
    "vagas",
    "emprego",
    "empregos",
    "lavoro",
    "lavori",
    "praca",
    "pracy",
    "ogłoszenia",
    "vacature",
    "vacatures",
    "práce",
    "jobb",
    "iş",
    "ilanları",
    "求人",
    "仕事",
    "채용",
];

/// Words that stand for paid work only beside pay, bids, an employer or a place.
const PROJECT: [&str; 8] = [
    "project",
    "projects",
    "проекты",
    "проект",
    "проектов",
    "projekte",
    "projets",
    "proyectos",
];

/// Words for lists of something else.
const OTHER: [&str; 43] = [
    "product",
    "products",
    "shop",
    "cart",
    "basket",
    "checkout",
    "blog",
    "blogs",
    "news",
    "article",
    "articles",
    "forum",
    "forums",
    "thread",
    "threads",
    "topic",
    "topics",
    "comment",
    "comments",
    "review",
    "reviews",
    "recipe",
    "recipes",
    "event",
    "events",
    "course",
    "courses",
    "movie",
    "movies",
    "film",
    "book",
    "books",
    "video",
    "videos",
    "album",
    "hotel",
    "hotels",
    "property",
    "properties",
    "auction",
    "catalog",
    "catalogue",
    "tutorial",
];

/// How strongly a set of words speaks of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Other,
    Unknown,
    Project,
    Job,
}

/// What `words` are about; a word for jobs outweighs all others.
pub(crate) fn topic<'w>(words: impl IntoIterator<Item = &'w str>) -> Topic {
    let mut topic = Topic::Unknown;
    for word in words {
        if JOB.contains(&word) {
            return Topic::Job;
        }
        if PROJECT.contains(&word) {
            topic = Topic::Project;
        } else if topic == Topic::Unknown && OTHER.contains(&word) {
            topic = Topic::Other;
        }
    }
    topic
}

/// Class names and ids of the frame around a page's content.
const FRAME: [&str; 14] = [
    "nav",
    "navbar",
    "navigation",
    "menu",
    "breadcrumb",
    "breadcrumbs",
    "pagination",
    "pager",
    "pages",
    "footer",
    "header",
    "sidebar",
    "sidenav",
    "dropdown",
];

/// Whether the element is the frame around a page's content: navigation, header, footer, side bar, pager.
pub(crate) fn is_frame(document: &Document<'_>, index: Index) -> bool {
    if matches!(
        document.name(index),
        "nav" | "aside" | "header" | "footer" | "select" | "head" | "form"
    ) {
        return document.name(index) != "form" || document.attr(index, "role") == Some("search");
    }
    if matches!(document.name(index), "html" | "body" | "main") {
        return false;
    }
    if matches!(
        document.attr(index, "role"),
        Some("navigation" | "banner" | "contentinfo" | "complementary" | "menu")
    ) {
        return true;
    }
    let named = |attribute| {
        document.attr(index, attribute).is_some_and(|names| {
            names
                .split_whitespace()
                .any(|name| FRAME.contains(&name.to_ascii_lowercase().as_str()))
        })
    };
    named("class") || named("id")
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    #[test]
    fn a_word_for_jobs_outweighs_all_others() {
        assert_eq!(topic(["blog", "jobs"]), Topic::Job);
        assert_eq!(topic(["blog", "projects"]), Topic::Project);
        assert_eq!(topic(["blog", "x"]), Topic::Other);
        assert_eq!(topic(["x"]), Topic::Unknown);
    }

    #[test]
    fn frames_are_told_by_tag_role_and_class() {
        let html = Html::parse_document(
            "<nav></nav><div role=navigation></div><div class='x Pagination'></div><div class='with-sidebar'></div>",
        );
        let document = Document::new(&html);
        let found: Vec<_> = document
            .all()
            .map(|index| is_frame(&document, index))
            .collect();
        // html, head, body, then the four.
        assert_eq!(found, [false, true, false, true, true, true, false]);
    }
}
