//! `marketscan scan`.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail};
use scanner::{AddressPolicy, Config, Event, Events, Report, Scanner, Stored, browser};
use store::{Sqlite, Store};
use tokio::signal::unix::{Signal, SignalKind, signal};
use url::Url;

use crate::{
    cli::{Chrome, Fetch, Scan, parse_url},
    exit::Exit,
    output::{Output, is_broken_pipe, plain},
};

/// Scans and prints.
pub(crate) fn run(mut arguments: Box<Scan>) -> anyhow::Result<Exit> {
    let mut urls = std::mem::take(&mut arguments.urls);
    if let Some(file) = &arguments.urls_file {
        urls.extend(read_urls(file)?);
    }
    if urls.is_empty() {
        bail!("nothing to scan: name a URL, or a file of them with --urls FILE");
    }
    if matches!(arguments.fetch, Fetch::Browser) {
        // Without a browser every scan would fail: better to say so once, before anything is written.
        browser::discover(arguments.chrome.program.as_deref())?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(scan(urls, &arguments))
}

async fn scan(urls: Vec<Url>, arguments: &Scan) -> anyhow::Result<Exit> {
    // From here on a signal is an event, not the end of the process.
    let mut interrupts = Interrupts::listen()?;
    let path = &arguments.database.path;
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(path).await?);
    let scanner = match Scanner::with_store(config(arguments), Some(Arc::clone(&store))) {
        Ok(scanner) => scanner,
        Err(error) => {
            store.close().await?;
            return Err(error.into());
        }
    };
    let output = Output::new(arguments.format, io::stdout());
    let followed = follow(scanner.scan(urls), &scanner, output, &mut interrupts).await;
    tokio::select! {
        () = scanner.shutdown() => {}
        // A second signal does not wait: Chrome ends with us, whatever it does.
        () = interrupts.next() => {}
    }
    let closed = store.close().await;
    let exit = followed?;
    closed.with_context(|| format!("cannot close {}", path.display()))?;
    let _ = writeln!(io::stderr(), "database: {}", path.display());
    Ok(exit)
}

/// Prints the events until the last outcome; a signal cancels what is not finished.
async fn follow(
    mut events: Events,
    scanner: &Scanner,
    mut output: Output<io::Stdout>,
    interrupts: &mut Interrupts,
) -> anyhow::Result<Exit> {
    let mut outcomes = Vec::new();
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = interrupts.next() => {
                let _ = writeln!(io::stderr(), "interrupted; ending (interrupt again to end at once)");
                scanner.cancel();
                tokio::select! {
                    event = events.next() => event,
                    () = interrupts.next() => bail!("interrupted twice; ended at once"),
                }
            }
        };
        let written = match event {
            Some(Event::Posting {
                marketplace,
                posting,
            }) => output.posting(marketplace, *posting),
            Some(Event::Outcome(report)) => {
                outcomes.push((report.outcome, !matches!(report.stored, Stored::Failed(_))));
                tell(&report);
                output.outcome(*report)
            }
            Some(_) => Ok(()),
            None => {
                let written = output.finish();
                check(written)?;
                return Ok(Exit::of(outcomes));
            }
        };
        if !check(written)? {
            // Nobody reads any more, which is no error: as after `| head`.
            return Ok(Exit::of(outcomes));
        }
    }
}

/// Whether somebody still reads.
fn check(written: io::Result<()>) -> anyhow::Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if is_broken_pipe(&error) => Ok(false),
        Err(error) => Err(error).context("cannot write to standard output"),
    }
}

/// One line about an outcome, for the person at the terminal or the log of a service.
fn tell(report: &Report) {
    let mut stderr = io::stderr().lock();
    let by = report
        .fetched_by
        .map_or("nothing", store::FetchedBy::as_str);
    let _ = writeln!(
        stderr,
        "{}: {}, {} postings from {} pages, fetched by {by} in {:.1?}",
        report.marketplace, report.outcome, report.postings, report.pages, report.elapsed
    );
    for evidence in &report.evidence {
        let _ = writeln!(stderr, "  {}: {}", evidence.code, plain(&evidence.detail));
    }
    if let Stored::Failed(error) = &report.stored {
        let _ = writeln!(stderr, "  not stored: {error}");
    }
    let _ = stderr.flush();
}

fn config(arguments: &Scan) -> Config {
    let network = &arguments.network;
    Config {
        fetch: arguments.fetch.into(),
        concurrency: arguments.concurrency,
        max_pages: arguments.max_pages,
        max_postings: arguments.max_postings,
        host_interval: arguments.host_interval,
        deadline: arguments.deadline,
        addresses: AddressPolicy {
            allowed: network.allow_hosts.iter().cloned().collect(),
            allow_private_network: network.allow_private_network,
        },
        launch: launch_options(&arguments.chrome),
        pages: browser::PagesConfig {
            max_browsers: arguments.chrome.max_browsers,
            pages_per_browser: arguments.chrome.pages_per_browser,
            isolation: arguments.chrome.isolation.into(),
            ..browser::PagesConfig::default()
        },
        ..Config::default()
    }
}

pub(crate) fn launch_options(chrome: &Chrome) -> browser::LaunchOptions {
    browser::LaunchOptions {
        program: chrome.program.clone(),
        sandbox: !chrome.no_sandbox,
        single_process: chrome.single_process,
        ..browser::LaunchOptions::default()
    }
}

/// The addresses of a file, one a line.
fn read_urls(file: &Path) -> anyhow::Result<Vec<Url>> {
    let text = if file == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(file)
    };
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    parse_urls(&text).with_context(|| format!("in {}", file.display()))
}

fn parse_urls(text: &str) -> anyhow::Result<Vec<Url>> {
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            let url = parse_url(line);
            url.map_err(|error| {
                anyhow::anyhow!("line {}: {line:?} is no address: {error}", number + 1)
            })
        })
        .collect()
}

/// Ctrl-C and the request of a service manager to end.
struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Whether a person looks at standard output.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_addresses_may_have_comments_and_names_the_line_that_is_wrong() {
        let urls = parse_urls("# boards\nhttp://a.example/\n\n  https://b.example/x  \n").unwrap();
        assert_eq!(urls.len(), 2);
        let error = format!(
            "{:#}",
            parse_urls("http://a.example/\nnonsense\n").unwrap_err()
        );
        assert!(
            error.contains("line 2") && error.contains("nonsense"),
            "{error}"
        );
    }
}
