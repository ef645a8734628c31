//! What a library holds at each stage of its browser's life.

use std::{path::Path, time::Duration};

use anyhow::Context;
use census::{Census, Scope};
use serde::Serialize;
use tokio::{runtime::Handle, time::sleep};

use super::driver::Driver;

/// How long what has just ended may take to vanish, before it counts as left behind.
const SETTLE: Duration = Duration::from_secs(3);

/// What this process holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Its own threads.
    pub threads: u64,
    /// Its own descriptors.
    pub fds: u64,
}

/// What a library held from before its browser until after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holdings {
    /// How many pages were opened and closed.
    pub pages: usize,
    /// Before the browser was started.
    pub before: Stage,
    /// With the browser and no page of ours.
    pub started: Stage,
    /// With all pages open.
    pub open: Stage,
    /// After the last page was closed.
    pub closed: Stage,
    /// After the browser was ended.
    pub ended: Stage,
    /// Processes of the browser that were left then.
    pub processes_left: usize,
    /// Entries of its temporary directory that were left then.
    pub temp_entries_left: u64,
}

/// Starts a browser whose temporary files are in `temp`, opens and closes `pages` pages and ends it.
pub(crate) fn observe<D: Driver>(
    temp: &Path,
    pages: usize,
    runtime: &Handle,
    launch: impl FnOnce() -> anyhow::Result<D>,
) -> anyhow::Result<Holdings> {
    let scope = Scope {
        temp_dirs: vec![temp.to_owned()],
    };
    let take = || -> anyhow::Result<(Stage, u64)> {
        runtime.block_on(async { sleep(SETTLE).await });
        let census = Census::take(&scope)?;
        let stage = Stage {
            threads: census.own_threads,
            fds: census.own_fds,
        };
        Ok((stage, census.temp_entries))
    };
    let (before, _) = take()?;
    let mut driver = launch()?;
    let (started, _) = take()?;
    let mut opened = Vec::with_capacity(pages);
    for number in 0..pages {
        let page = driver.open().with_context(|| format!("page {number}"))?;
        opened.push(page);
    }
    let (open, _) = take()?;
    for page in opened {
        driver.close(page)?;
    }
    let (closed, _) = take()?;
    driver.end()?;
    let (ended, temp_entries_left) = take()?;
    Ok(Holdings {
        pages,
        before,
        started,
        open,
        closed,
        ended,
        processes_left: system::processes_of(temp).len(),
        temp_entries_left,
    })
}
