//! Robots files and sitemaps of real sites, measured against what they are known to say.
//!
//! They are not ours to ship: `MARKETSCAN_CORPUS` names the directory that holds them. A test that is not given it says
//! so on the standard error.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

mod robots;
mod sitemaps;

/// The directory `folder` of the corpus, or nothing, after telling that `test` was not run.
fn corpus(folder: &str, test: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("MARKETSCAN_CORPUS") else {
        tell(&format!(
            "not run: {test}; set MARKETSCAN_CORPUS to the directory of the corpus"
        ));
        return None;
    };
    Some(PathBuf::from(root).join(folder))
}

/// Writes past the capture of tests, so that it is seen when they pass, too.
fn tell(line: &str) {
    std::io::stderr()
        .write_all(format!("{line}\n").as_bytes())
        .expect("standard error takes text");
}

fn bytes(file: &Path) -> Vec<u8> {
    std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn list(file: &Path) -> Vec<Value> {
    serde_json::from_slice(&bytes(file))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {entry}"))
}
