//! `marketscan doctor`.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use census::{Census, Scope};
use rustix::fs::{Access, access};
use scanner::browser::{self, Launcher};
use store::{Sqlite, Store};

use super::scan::launch_options;
use crate::{
    cli::{Chrome, Doctor},
    descriptors,
    exit::Exit,
};

/// Memory that three browsers of four pages need: with Chromium 156 they held 765 MiB on the fixture market, pages
/// shared between processes counted once.
const MEMORY: u64 = 1 << 30;
/// Room for three profiles.
const DISK: u64 = 256 << 20;

/// What a check found.
struct Finding {
    what: &'static str,
    /// What is good, or what is wrong and the command that mends it.
    result: Result<String, String>,
}

/// Checks everything and tells it, one line a check.
pub(crate) fn run(arguments: Doctor) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let findings = runtime.block_on(examine(arguments));
    runtime.shutdown_timeout(Duration::from_millis(500));
    let mut stdout = io::stdout().lock();
    let mut wrong = 0;
    for Finding { what, result } in &findings {
        wrong += usize::from(result.is_err());
        let (mark, text) = match result {
            Ok(text) => ("ok   ", text),
            Err(text) => ("wrong", text),
        };
        // A reader that has gone has seen enough.
        let _ = writeln!(stdout, "{mark} {what}: {text}");
    }
    Ok(if wrong == 0 {
        Exit::Success
    } else {
        Exit::Some
    })
}

async fn examine(arguments: Doctor) -> Vec<Finding> {
    let Doctor { chrome, database } = arguments;
    let found = browser::discover(chrome.program.as_deref());
    let mut findings = vec![
        Finding {
            what: "chrome",
            result: found
                .map(|found| found.program.display().to_string())
                .map_err(|error| error.to_string()),
        },
        Finding {
            what: "descriptors",
            result: descriptors::check(),
        },
        Finding {
            what: "memory",
            result: memory(),
        },
        Finding {
            what: "temporary files",
            result: temporary_files(),
        },
        Finding {
            what: "database",
            result: examine_database(&database.path).await,
        },
    ];
    let runs = findings.first().is_some_and(|chrome| chrome.result.is_ok());
    if runs {
        findings.push(Finding {
            what: "browser",
            result: start_and_end(&chrome).await,
        });
    }
    findings
}

/// Starts a browser as a scan would, opens a page, ends it and looks whether anything is left.
async fn start_and_end(chrome: &Chrome) -> Result<String, String> {
    let chain = |error: &dyn std::error::Error| {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        if text.contains("No usable sandbox") {
            text.push_str("; allow user namespaces (as root: sysctl kernel.unprivileged_userns_clone=1 and \
                           sysctl kernel.apparmor_restrict_unprivileged_userns=0) or pass --no-sandbox");
        }
        text
    };
    let scope = Scope::default();
    let before = Census::take(&scope).map_err(|error| error.to_string())?;
    let launcher = browser::Chrome::new(launch_options(chrome));
    let launched = launcher.launch().await.map_err(|error| chain(&error))?;
    let product = launched.browser.version().product;
    let page = launched
        .browser
        .new_page(browser::PageOptions::default())
        .await;
    let opened = match &page {
        Ok(page) => page
            .evaluate_json("document.title")
            .await
            .map(drop)
            .map_err(|error| chain(&error)),
        Err(error) => Err(chain(error)),
    };
    drop(page);
    launched.browser.close().await;
    drop(launched);
    launcher.shutdown().await;
    opened.map_err(|error| format!("{product} runs but opens no page: {error}"))?;
    let after = Census::take(&scope).map_err(|error| error.to_string())?;
    let left = after.growth_since(&before);
    if left.processes > 0 || left.zombies > 0 {
        return Err(format!(
            "{product} ran, but something of it is left: {left}"
        ));
    }
    let sandbox = if chrome.no_sandbox || chrome.single_process {
        "without its sandbox"
    } else {
        "in its sandbox"
    };
    Ok(format!(
        "{product} runs {sandbox}, opens a page and ends without a trace"
    ))
}

fn memory() -> Result<String, String> {
    let meminfo = fs::read_to_string("/proc/meminfo")
        .map_err(|error| format!("cannot read /proc/meminfo: {error}"))?;
    let available =
        available_bytes(&meminfo).ok_or("/proc/meminfo does not say what is available")?;
    let text = format!("{} MiB available", available >> 20);
    if available < MEMORY {
        return Err(format!(
            "{text}, three browsers need about {} MiB; use --max-browsers 1",
            MEMORY >> 20
        ));
    }
    Ok(text)
}

fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

fn temporary_files() -> Result<String, String> {
    let dir = std::env::temp_dir();
    let stat = rustix::fs::statvfs(&dir)
        .map_err(|error| format!("{}: {error}; set TMPDIR", dir.display()))?;
    let can_write = access(&dir, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    if !can_write {
        return Err(format!(
            "{} may not be written to; set TMPDIR",
            dir.display()
        ));
    }
    if let Some(closed) = closed_to_nobody(&dir) {
        return Err(format!(
            "root's Chrome runs as nobody, who may not pass {}: chmod o+x {}, or set TMPDIR",
            closed.display(),
            closed.display()
        ));
    }
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let text = format!("{} MiB free in {}", free >> 20, dir.display());
    if free < DISK {
        return Err(format!(
            "{text}, browsers need about {} MiB; free some or set TMPDIR",
            DISK >> 20
        ));
    }
    Ok(text)
}

/// The first directory on the way that an unprivileged user may not pass, when we are root.
fn closed_to_nobody(dir: &Path) -> Option<PathBuf> {
    let may_pass = |dir: &Path| {
        dir.metadata()
            .is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0)
    };
    let root = rustix::process::geteuid().is_root();
    dir.ancestors()
        .filter(|_| root)
        .find(|dir| !may_pass(dir))
        .map(Path::to_owned)
}

async fn examine_database(path: &Path) -> Result<String, String> {
    if !path.exists() {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        return if parent.is_dir() && access(parent, Access::WRITE_OK | Access::EXEC_OK).is_err() {
            Err(format!(
                "{} may not be written to; name another place with --db",
                parent.display()
            ))
        } else if parent.is_dir() {
            Ok(format!(
                "{} does not exist yet; the first scan makes it",
                path.display()
            ))
        } else {
            Err(format!(
                "{} does not exist: mkdir -p {}",
                parent.display(),
                parent.display()
            ))
        };
    }
    let opened = tokio::time::timeout(Duration::from_secs(10), Sqlite::open(path)).await;
    let store =
        opened.map_err(|_elapsed| format!("{} does not open within 10 s", path.display()))?;
    let store = store.map_err(|error| error.to_string())?;
    let checked = store.check().await;
    let counted = store.counts().await;
    store.close().await.map_err(|error| error.to_string())?;
    let check = checked.map_err(|error| error.to_string())?;
    if !check.is_sound() {
        return Err(format!(
            "{} is damaged: {}; restore a copy",
            path.display(),
            check.problems.join("; ")
        ));
    }
    let counts = counted.map_err(|error| error.to_string())?;
    Ok(format!(
        "{} is sound: {} postings of {} marketplaces",
        path.display(),
        counts.postings,
        counts.marketplaces
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_read_in_kibibytes() {
        assert_eq!(
            available_bytes("MemTotal: 9 kB\nMemAvailable:   2048 kB\n"),
            Some(2 << 20)
        );
        assert_eq!(available_bytes("MemTotal: 9 kB\n"), None);
    }
}
