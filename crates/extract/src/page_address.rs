//! Addresses that say which page of a list they are.

use url::Url;

use crate::site;

/// Query parameters that hold the number of a page. `p` is not among them: blogs number their posts by it.
const PARAMETERS: &str = "page pg paged pagenum pagenumber page_number pageno seite pagina strona";
/// Path segments before the number of a page, as in `/page/2` or `/page-2`.
const SEGMENTS: &str = "page seite pagina strona stranka";

/// The place of a page in its list, as its address tells it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PageAddress {
    /// The address without the number.
    list: String,
    /// The number, if the address has one.
    pub(crate) number: Option<u32>,
}

impl PageAddress {
    pub(crate) fn new(url: &Url) -> Self {
        let mut list = site::canonical(url);
        let mut number = None;
        let is_number = |name: &str| {
            PARAMETERS
                .split(' ')
                .any(|known| name.eq_ignore_ascii_case(known))
        };
        let mut rest = Vec::new();
        for (name, value) in list.query_pairs() {
            match value
                .parse()
                .ok()
                .filter(|_| number.is_none() && is_number(&name))
            {
                Some(value) => number = Some(value),
                None => rest.push((name.into_owned(), value.into_owned())),
            }
        }
        let mut segments: Vec<&str> = url
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        if number.is_none() {
            number = take_number(&mut segments);
        }
        let path = segments.join("/");
        list.set_query(None);
        list.set_path(&path);
        Self {
            list: format!("{} {list} {rest:?}", list.host_str().unwrap_or_default()),
            number,
        }
    }

    /// The page's number in its list; an address without one is that of the first page.
    pub(crate) fn place(&self) -> u32 {
        self.number.unwrap_or(1)
    }

    pub(crate) fn is_of_same_list(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

/// Takes the number of the page, and the word before it, from the end of a path.
fn take_number(segments: &mut Vec<&str>) -> Option<u32> {
    let is_word = |word: &str| {
        SEGMENTS
            .split(' ')
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    let last = *segments.last()?;
    if let Some((word, number)) = last.split_once(['-', '_']) {
        let number = number.parse().ok().filter(|_| is_word(word))?;
        segments.pop();
        return Some(number);
    }
    let number = last.parse().ok()?;
    let word = segments.len().checked_sub(2).map(|at| segments[at])?;
    is_word(word).then(|| {
        segments.truncate(segments.len() - 2);
        number
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> PageAddress {
        PageAddress::new(&Url::parse(url).unwrap())
    }

    #[test]
    fn numbers_stand_in_the_query_or_at_the_end_of_the_path() {
        for (url, number) in [
            ("https://a.example/jobs", 1),
            ("https://a.example/jobs?page=3", 3),
            ("https://a.example/jobs?q=rust&Page=4", 4),
            ("https://a.example/jobs/page/5/", 5),
            ("https://a.example/jobs/page-6", 6),
            ("https://a.example/jobs/42", 1),
            ("https://a.example/?page=x", 1),
        ] {
            assert_eq!(of(url).place(), number, "{url}");
        }
    }

    #[test]
    fn pages_of_one_list_differ_in_the_number_only() {
        let first = of("https://a.example/jobs/");
        assert!(first.is_of_same_list(&of("https://a.example/jobs?page=2")));
        assert!(first.is_of_same_list(&of("https://a.example/jobs/page/2/")));
        assert!(!first.is_of_same_list(&of("https://a.example/jobs?q=rust&page=2")));
        assert!(!first.is_of_same_list(&of("https://a.example/jobs/42")));
    }
}
