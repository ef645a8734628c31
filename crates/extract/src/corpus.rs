//! Cases of the corpus, which is not in the project.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

/// The cases in a file of the directory that `MARKETSCAN_CORPUS` names; none, and a line that says so, if it names none.
pub(crate) fn cases(path: &str) -> Option<Vec<Value>> {
    let Some(corpus) = std::env::var_os("MARKETSCAN_CORPUS") else {
        // Not by a macro, whose output is not shown of a test that passes.
        let note = format!("MARKETSCAN_CORPUS is not set: {path} was not tried\n");
        std::io::stderr()
            .write_all(note.as_bytes())
            .expect("standard error takes a line");
        return None;
    };
    let file = Path::new(&corpus).join(path);
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{} could not be read: {error}", file.display()));
    let cases = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{} holds no list of cases: {error}", file.display()));
    Some(cases)
}
