//! Groups of elements that may be the cards of one list, by their place and their class names.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use crate::card::Card;
use crate::document::{Document, Index};
use crate::signals;
use crate::text::words;

/// How many cards are read of one list.
const MAX_CARDS: usize = 2_000;
/// How many of the most promising groups are read.
const MAX_GROUPS: usize = 40;
/// After this many elements in all groups together, no further group is read.
const MAX_ELEMENTS: usize = 400_000;
/// How many elements the cards of a group have at most, on average.
const MAX_ELEMENTS_OF_CARD: usize = 500;
/// A group's parts shorter than this on average, in bytes of text, are no cards.
const MIN_TEXT: usize = 12;

/// Names that set one card of a list apart from the others.
const STATES: [&str; 14] = [
    "odd",
    "even",
    "first",
    "last",
    "active",
    "featured",
    "highlighted",
    "sponsored",
    "premium",
    "urgent",
    "new",
    "promoted",
    "alt",
    "visited",
];

/// Elements that may be the cards of one list, the most promising groups first.
pub(crate) fn groups(document: &Document<'_>) -> Vec<Vec<Index>> {
    let totals = Totals::new(document);
    let mut paths: Vec<u64> = Vec::with_capacity(document.len());
    let mut framed: Vec<bool> = Vec::with_capacity(document.len());
    let mut groups: HashMap<u64, Vec<Index>> = HashMap::new();
    for index in document.all() {
        let parent = document.parent(index);
        let path_of_parent = parent.map_or(0, |parent| paths[parent]);
        let name = document.name(index);
        let mut classes = classes(document, index);
        paths.push(hash(&(path_of_parent, name, classes.first())));
        framed.push(
            parent.is_some_and(|parent| framed[parent]) || signals::is_frame(document, index),
        );
        if framed[index] || totals.links(document, index) == 0 {
            continue;
        }
        classes.sort();
        let exact = hash(&(path_of_parent, name, "exact", classes));
        let loose = hash(&(path_of_parent, name, "loose"));
        groups.entry(exact).or_default().push(index);
        groups.entry(loose).or_default().push(index);
    }
    let mut ranked: Vec<(usize, Vec<Index>)> = groups
        .into_values()
        .filter(|group| group.len() >= 2)
        .map(|mut group| {
            group.truncate(MAX_CARDS);
            group
        })
        .filter(|group| size(document, group) <= MAX_ELEMENTS_OF_CARD * group.len())
        .filter_map(|group| {
            let length: usize = group
                .iter()
                .map(|&index| totals.text(document, index))
                .sum();
            (length >= MIN_TEXT * group.len()).then(|| (length.min(600 * group.len()), group))
        })
        .collect();
    ranked.sort_by(|(a_length, a), (b_length, b)| {
        b_length
            .cmp(a_length)
            .then(a[0].cmp(&b[0]))
            .then(b.len().cmp(&a.len()))
    });
    let mut seen = HashSet::new();
    let distinct = ranked
        .into_iter()
        .map(|(_, group)| group)
        .filter(|group| seen.insert(group.clone()));
    let mut elements = 0;
    let affordable = distinct.take_while(|group| {
        let is_affordable = elements <= MAX_ELEMENTS;
        elements += size(document, group);
        is_affordable
    });
    affordable.take(MAX_GROUPS).collect()
}

/// How many elements the group's subtrees hold.
fn size(document: &Document<'_>, group: &[Index]) -> usize {
    group
        .iter()
        .map(|&index| document.subtree(index).len())
        .sum()
}

/// Sums over the elements of a page, so that a subtree's is a difference.
struct Totals {
    links: Vec<usize>,
    text: Vec<usize>,
}

impl Totals {
    fn new(document: &Document<'_>) -> Self {
        let mut links = vec![0];
        let mut text = vec![0];
        for index in document.all() {
            let is_link = document.name(index) == "a" && document.has_attr(index, "href");
            links.push(links[index] + usize::from(is_link));
            text.push(text[index] + document.own_text_length(index));
        }
        Self { links, text }
    }

    /// How many links are in the element or, being one, are it.
    fn links(&self, document: &Document<'_>, index: Index) -> usize {
        let subtree = document.subtree(index);
        self.links[subtree.end] - self.links[subtree.start]
    }

    fn text(&self, document: &Document<'_>, index: Index) -> usize {
        let subtree = document.subtree(index);
        self.text[subtree.end] - self.text[subtree.start]
    }
}

/// The class names that cards of one list share: without digits and without states.
fn classes(document: &Document<'_>, index: Index) -> Vec<String> {
    let names = document
        .attr(index, "class")
        .unwrap_or_default()
        .split_whitespace()
        .take(20);
    let names = names.map(|name| {
        name.chars()
            .filter(|c| !c.is_ascii_digit())
            .collect::<String>()
    });
    names
        .filter(|name| {
            !words(name)
                .iter()
                .any(|word| STATES.contains(&word.as_str()))
        })
        .collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The group's elements as cards, each with the siblings that belong to it: in a table, a job may take
/// several rows.
pub(crate) fn as_cards(document: &Document<'_>, group: &[Index]) -> Vec<Card> {
    let alone: Vec<Card> = group.iter().map(|&index| document.subtree(index)).collect();
    let Some(parent) = document.parent(group[0]).filter(|&parent| {
        group
            .iter()
            .all(|&index| document.parent(index) == Some(parent))
    }) else {
        return alone;
    };
    let heads: HashSet<Index> = group.iter().copied().collect();
    let siblings: Vec<Index> = document
        .children(parent)
        .skip_while(|index| !heads.contains(index))
        .collect();
    let mut gaps: Vec<Vec<Index>> = Vec::new();
    for &index in &siblings {
        if heads.contains(&index) {
            gaps.push(Vec::new());
        } else if let Some(gap) = gaps.last_mut() {
            gap.push(index);
        }
    }
    let shape = |gap: &[Index]| {
        gap.iter()
            .map(|&index| document.name(index))
            .collect::<Vec<_>>()
    };
    let usual = shape(&gaps[0]);
    let is_regular = gaps[..gaps.len() - 1]
        .iter()
        .filter(|gap| shape(gap) == usual)
        .count()
        * 5
        >= (gaps.len() - 1) * 4;
    let has_text = gaps[0]
        .iter()
        .any(|&index| !document.text(index).is_empty());
    if usual.is_empty() || !is_regular || !has_text {
        return alone;
    }
    let extended = alone.into_iter().zip(gaps).map(|(card, gap)| {
        let end = gap
            .get(usual.len() - 1)
            .or(gap.last())
            .map_or(card.end, |&last| document.subtree(last).end);
        card.start..end
    });
    extended.collect()
}
