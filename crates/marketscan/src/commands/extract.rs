//! `marketscan extract`.

use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
};

use anyhow::Context;
use jiff::Timestamp;

use crate::{cli::Extract, exit::Exit, output::is_broken_pipe};

/// Prints what a saved page holds, as one JSON object.
pub(crate) fn run(arguments: &Extract) -> anyhow::Result<Exit> {
    let bytes = read(&arguments.file)
        .with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let html = extract::decode(&bytes, None);
    let page = extract::Page {
        url: &arguments.url,
        html: &html,
        now: arguments.now.unwrap_or_else(Timestamp::now),
    };
    let json = serde_json::to_string(&extract::extract(&page))?;
    match writeln!(io::stdout(), "{json}") {
        Err(error) if !is_broken_pipe(&error) => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(Exit::Success),
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file)
}
