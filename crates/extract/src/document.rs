//! A parsed page as flat lists, so that reading it never recurses.

use std::ops::Range;

use scraper::{ElementRef, Html, Node};

use crate::text;

/// Class names and ids longer than this, in bytes, are cut.
const MAX_LABEL: usize = 1_000;

/// An element's place in its [`Document`].
pub(crate) type Index = usize;

/// A page's elements in document order, and the text between them.
///
/// The descendants of element `i` are `i + 1..end(i)`, so that a subtree, or several neighbouring
/// ones, is a range of indices. The content of scripts, styles and templates is no text.
pub(crate) struct Document<'h> {
    elements: Vec<Element<'h>>,
    runs: Vec<Run<'h>>,
}

struct Element<'h> {
    node: ElementRef<'h>,
    parent: Option<Index>,
    end: Index,
    first_run: usize,
    end_run: usize,
    hidden: bool,
}

#[derive(Clone, Copy)]
enum Run<'h> {
    Text(&'h str),
    /// Text that the page's own markup hides.
    Hidden(&'h str),
    Break,
}

impl<'h> Run<'h> {
    fn text(self) -> Option<&'h str> {
        match self {
            Self::Text(text) | Self::Hidden(text) => Some(text),
            Self::Break => None,
        }
    }
}

impl<'h> Document<'h> {
    pub(crate) fn new(html: &'h Html) -> Self {
        let mut document = Self {
            elements: Vec::new(),
            runs: Vec::new(),
        };
        let mut open: Vec<Index> = Vec::new();
        let mut node = html.tree.root();
        loop {
            let enters = document.enter(node.value(), ElementRef::wrap(node), &mut open);
            if enters && let Some(child) = node.first_child() {
                node = child;
                continue;
            }
            loop {
                if node.value().is_element() {
                    document.leave(&mut open);
                }
                if let Some(sibling) = node.next_sibling() {
                    node = sibling;
                    break;
                }
                let Some(parent) = node.parent() else {
                    return document;
                };
                node = parent;
            }
        }
    }

    /// Takes note of a node; whether its children are read, too.
    fn enter(
        &mut self,
        node: &'h Node,
        element: Option<ElementRef<'h>>,
        open: &mut Vec<Index>,
    ) -> bool {
        if let Some(text) = node.as_text() {
            match open.last() {
                Some(&parent) if is_silent(self.name(parent)) => {}
                Some(&parent) if self.elements[parent].hidden => self.runs.push(Run::Hidden(text)),
                _ => self.runs.push(Run::Text(text)),
            }
        } else if let Some(element) = element {
            let parent = open.last().copied();
            let name = element.value().name();
            if !is_inline(name) {
                self.runs.push(Run::Break);
            } else if stands_apart(name)
                && element
                    .prev_sibling()
                    .is_some_and(|before| is_apart(before.value()))
            {
                // `<span>3</span><span>$50</span>`: what style sets apart is two texts, and never one number.
                self.runs.push(Run::Text(" "));
            }
            open.push(self.elements.len());
            self.elements.push(Element {
                node: element,
                parent,
                end: 0,
                first_run: self.runs.len(),
                end_run: 0,
                hidden: parent.is_some_and(|parent| self.elements[parent].hidden)
                    || is_hidden(element),
            });
            return name != "template";
        }
        true
    }

    fn leave(&mut self, open: &mut Vec<Index>) {
        let Some(left) = open.pop() else { return };
        let end = self.elements.len();
        let end_run = self.runs.len();
        let element = &mut self.elements[left];
        element.end = end;
        element.end_run = end_run;
        if !is_inline(element.node.value().name()) {
            self.runs.push(Run::Break);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.elements.len()
    }

    /// Every element, in document order.
    pub(crate) fn all(&self) -> Range<Index> {
        0..self.elements.len()
    }

    /// The element and its descendants.
    pub(crate) fn subtree(&self, index: Index) -> Range<Index> {
        index..self.elements[index].end
    }

    pub(crate) fn parent(&self, index: Index) -> Option<Index> {
        self.elements[index].parent
    }

    /// The element's ancestors, nearest first.
    pub(crate) fn ancestors(&self, index: Index) -> impl Iterator<Item = Index> + '_ {
        std::iter::successors(self.parent(index), |&ancestor| self.parent(ancestor))
    }

    /// The element's children.
    pub(crate) fn children(&self, index: Index) -> impl Iterator<Item = Index> + '_ {
        let end = self.elements[index].end;
        let first = Some(index + 1).filter(|&child| child < end);
        std::iter::successors(first, move |&child| {
            Some(self.elements[child].end).filter(|&next| next < end)
        })
    }

    pub(crate) fn name(&self, index: Index) -> &'h str {
        self.elements[index].node.value().name()
    }

    /// The attribute's value, trimmed; none where it is empty.
    pub(crate) fn attr(&self, index: Index, name: &str) -> Option<&'h str> {
        self.elements[index]
            .node
            .value()
            .attr(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn has_attr(&self, index: Index, name: &str) -> bool {
        self.elements[index].node.value().attr(name).is_some()
    }

    /// The element's class names and id, as lower-case words.
    pub(crate) fn label(&self, index: Index) -> Vec<String> {
        let start = |name| {
            let names = self.attr(index, name).unwrap_or_default();
            // Many elements look at the label of one around them, so it must not be long.
            names.get(..MAX_LABEL.min(names.len())).unwrap_or_default()
        };
        let mut words = text::words(start("class"));
        words.extend(text::words(start("id")));
        words
    }

    /// The text of an element that holds only text, such as a script.
    pub(crate) fn raw_text(&self, index: Index) -> String {
        self.elements[index]
            .node
            .children()
            .filter_map(|node| node.value().as_text().map(|text| &**text))
            .collect()
    }

    /// The text of the element on one line.
    pub(crate) fn text(&self, index: Index) -> String {
        let element = &self.elements[index];
        text::collapse(&self.joined(element.first_run..element.end_run))
    }

    /// The text of neighbouring elements, one line for each block; no line is empty.
    pub(crate) fn lines(&self, elements: Range<Index>) -> Vec<String> {
        lines(&self.joined(self.runs_of(elements)))
    }

    /// The short texts of neighbouring elements, without what stands in `hole`: blocks, then the pieces
    /// between two tags.
    pub(crate) fn texts_without(&self, elements: Range<Index>, hole: Option<Index>) -> Vec<String> {
        let all = self.runs_of(elements);
        let hole = hole.map_or(all.end..all.end, |hole| self.runs_of(self.subtree(hole)));
        let parts = [all.start..hole.start, hole.end..all.end];
        let mut texts = Vec::new();
        for part in parts.into_iter().filter(|part| part.start < part.end) {
            texts.extend(lines(&self.joined(part.clone())));
            texts.extend(self.texts_of(part));
        }
        texts
    }

    /// The pieces of text of an element, each as it stands between two tags.
    pub(crate) fn pieces(&self, index: Index) -> Vec<String> {
        self.texts_of(self.runs_of(self.subtree(index)))
    }

    /// The length of the text that stands in the element itself and not in one inside it, in bytes.
    pub(crate) fn own_text_length(&self, index: Index) -> usize {
        if is_silent(self.name(index)) {
            return 0;
        }
        let texts = self.elements[index]
            .node
            .children()
            .filter_map(|node| node.value().as_text());
        texts.map(|text| text.trim().len()).sum()
    }

    /// The length of all text there is, in bytes.
    pub(crate) fn text_length(&self) -> usize {
        let texts = self.runs.iter().filter_map(|run| run.text());
        texts.map(str::len).sum()
    }

    /// The whole page's text, one line for each block.
    pub(crate) fn all_lines(&self) -> Vec<String> {
        lines(&self.joined(0..self.runs.len()))
    }

    /// The same without what the page's own markup hides.
    pub(crate) fn visible_lines(&self) -> Vec<String> {
        let visible = self
            .runs
            .iter()
            .filter(|run| !matches!(run, Run::Hidden(_)));
        lines(&joined(visible))
    }

    fn texts_of(&self, runs: Range<usize>) -> Vec<String> {
        let texts = self.runs[runs]
            .iter()
            .filter_map(|run| run.text())
            .map(text::collapse);
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// The runs of whole elements; the last one that is not inside another ends last.
    fn runs_of(&self, elements: Range<Index>) -> Range<usize> {
        let Some(first) = self.elements.get(elements.start) else {
            return 0..0;
        };
        let mut at = elements.start;
        let mut end = first.first_run;
        while at < elements.end {
            end = self.elements[at].end_run;
            at = self.elements[at].end;
        }
        first.first_run..end
    }

    fn joined(&self, runs: Range<usize>) -> String {
        joined(self.runs[runs].iter())
    }
}

fn joined<'r>(runs: impl Iterator<Item = &'r Run<'r>>) -> String {
    let mut joined = String::new();
    for run in runs {
        match run.text() {
            // A line break inside a text run is white space like any other.
            Some(text) => joined.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c })),
            None => joined.push('\n'),
        }
    }
    joined
}

fn lines(joined: &str) -> Vec<String> {
    joined
        .split('\n')
        .map(text::collapse)
        .filter(|line| !line.is_empty())
        .collect()
}

/// Elements whose text no reader of the page sees.
fn is_silent(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "textarea"
            | "iframe"
            | "noembed"
            | "noframes"
    )
}

/// Elements that pages set apart from their neighbours by style alone.
fn stands_apart(name: &str) -> bool {
    matches!(
        name,
        "a" | "b" | "data" | "em" | "i" | "label" | "small" | "span" | "strong" | "time"
    )
}

fn is_apart(node: &Node) -> bool {
    node.as_element()
        .is_some_and(|element| stands_apart(element.name()))
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "nobr"
            | "q"
            | "s"
            | "samp"
            | "script"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "style"
            | "sub"
            | "sup"
            | "svg"
            | "template"
            | "time"
            | "tt"
            | "u"
            | "use"
            | "path"
            | "var"
            | "wbr"
    )
}

fn is_hidden(element: ElementRef<'_>) -> bool {
    let element = element.value();
    element.attr("hidden").is_some()
        || element.attr("style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
            style.to_ascii_lowercase().contains("display:none")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(document: &Document<'_>, name: &str) -> Index {
        document
            .all()
            .find(|&index| document.name(index) == name)
            .unwrap()
    }

    #[test]
    fn children_and_subtrees_are_ranges() {
        let html = Html::parse_document("<ul><li>1<b>2</b><li>3</ul><p>4");
        let document = Document::new(&html);
        let list = first(&document, "ul");
        let children: Vec<_> = document
            .children(list)
            .map(|child| document.text(child))
            .collect();
        assert_eq!(children, ["12", "3"]);
        assert_eq!(document.subtree(list).len(), 4);
        assert_eq!(document.ancestors(list).count(), 2);
    }

    #[test]
    fn neighbouring_spans_are_not_one_word() {
        let html = Html::parse_document(
            "<p><span>Team 3</span><span>$50</span>k<b>x</b><sup>2</sup> a<i>b</i></p>",
        );
        assert_eq!(Document::new(&html).all_lines(), ["Team 3 $50kx2 ab"]);
    }

    #[test]
    fn text_leaves_scripts_and_templates_out() {
        let html = Html::parse_document(
            "<body>a<script>b</script><template><p>c</template><style>d</style>e",
        );
        let document = Document::new(&html);
        assert_eq!(document.text(first(&document, "body")), "ae");
        assert_eq!(document.raw_text(first(&document, "script")), "b");
    }

    #[test]
    fn blocks_are_lines_and_inline_elements_are_pieces() {
        let html = Html::parse_document("<div><p>a <i>b</i></p>c<br>d\ne</div>");
        let document = Document::new(&html);
        let div = first(&document, "div");
        assert_eq!(document.lines(document.subtree(div)), ["a b", "c", "d e"]);
        assert_eq!(document.pieces(div), ["a", "b", "c", "d e"]);
    }

    #[test]
    fn a_hole_takes_only_itself_out() {
        let html = Html::parse_document("<div>a<p>b</p>c<i>d</i></div>");
        let document = Document::new(&html);
        let all = document.subtree(first(&document, "div"));
        assert_eq!(
            document.texts_without(all.clone(), Some(first(&document, "p"))),
            ["a", "a", "cd", "c", "d"]
        );
        assert_eq!(document.texts_without(all, None).len(), 7);
    }

    #[test]
    fn what_the_markup_hides_is_not_visible() {
        let html =
            Html::parse_document("<div style='display: none'><p>a</p></div><h1>b</h1><p hidden>c");
        let document = Document::new(&html);
        assert_eq!(document.visible_lines(), ["b"]);
        assert_eq!(document.all_lines(), ["a", "b", "c"]);
    }
}
