//! `marketscan scan`.

use std::{collections::HashSet, fs, io, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use scanner::{AddressPolicy, Config, Event, Events, Scanner, browser};
use store::{Sqlite, Store};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{sleep, timeout},
};
use url::Url;

use crate::{
    cli::{Chrome, Fetch, Scan, parse_url},
    descriptors,
    exit::Exit,
    output::{Printer, is_broken_pipe},
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
    // Named twice is scanned once.
    let mut named = HashSet::new();
    urls.retain(|url| named.insert(url.clone()));
    if !matches!(arguments.fetch, Fetch::Http) {
        descriptors::check().map_err(anyhow::Error::msg)?;
    }
    if matches!(arguments.fetch, Fetch::Browser) {
        // Without a browser every scan would fail: better to say so once, before anything is written.
        browser::discover(arguments.chrome.program.as_deref())?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(scan(urls, &arguments));
    // A name that is still being looked up would hold up our end by as long as the resolver likes.
    runtime.shutdown_timeout(LAST_MOMENT);
    ended
}

/// What is not done this long after an interrupt is left undone.
const LAST_MOMENT: Duration = Duration::from_millis(500);

async fn scan(urls: Vec<Url>, arguments: &Scan) -> anyhow::Result<Exit> {
    // From here on a signal is an event, not the end of the process.
    let mut interrupts = Interrupts::listen()?;
    let path = &arguments.database.path;
    let store: Arc<dyn Store> = tokio::select! {
        opened = Sqlite::open(path) => Arc::new(opened?),
        () = interrupts.next() => bail!("interrupted before {} was open", path.display()),
    };
    let scanner = match Scanner::with_store(config(arguments), Some(Arc::clone(&store))) {
        Ok(scanner) => scanner,
        Err(error) => {
            store.close().await?;
            return Err(error.into());
        }
    };
    let printer = Printer::start(arguments.format);
    let asked_for = urls.len();
    let followed = follow(scanner.scan(urls), &scanner, printer, &mut interrupts).await;
    if interrupts.seen < 2 {
        tokio::select! {
            () = scanner.shutdown() => {}
            // A second signal does not wait: Chrome ends with us, whatever it does.
            () = interrupts.next() => {}
        }
    }
    let closed = match interrupts.seen {
        0 => store.close().await,
        // A database that is busy for longer is closed by our end as well.
        _ => timeout(LAST_MOMENT, store.close()).await.unwrap_or(Ok(())),
    };
    let mut outcomes = followed?;
    closed.with_context(|| format!("cannot close {}", path.display()))?;
    // A marketplace without an outcome was interrupted before its turn.
    outcomes.resize(asked_for.max(outcomes.len()), false);
    Ok(Exit::of(&outcomes))
}

/// Prints the events until the last outcome, and returns of each whether it was good. The first signal cancels what is
/// not finished; the second, or a reader who does not read, ends the printing.
async fn follow(
    mut events: Events,
    scanner: &Scanner,
    printer: Printer,
    interrupts: &mut Interrupts,
) -> anyhow::Result<Vec<bool>> {
    let mut outcomes = Vec::new();
    {
        let printing = async {
            while let Some(event) = events.next().await {
                if let Event::Outcome(report) = &event {
                    outcomes.push(report.outcome.is_success() && report.is_kept());
                }
                if !printer.print(event).await {
                    return;
                }
            }
        };
        let mut printing = std::pin::pin!(printing);
        tokio::select! {
            () = &mut printing => {}
            () = interrupts.next() => {
                scanner.cancel();
                // What was found is still printed, to whoever reads.
                tokio::select! {
                    () = printing => {}
                    () = interrupts.next() => {}
                    () = sleep(2 * LAST_MOMENT) => {}
                }
            }
        }
    }
    // A consumer that is gone is not waited for by the scans.
    drop(events);
    let written = match interrupts.seen {
        0 => printer.finish().await,
        _ => timeout(LAST_MOMENT, printer.finish())
            .await
            .unwrap_or(Ok(())),
    };
    match written {
        // Nobody reads any more, which is no error: as after `| head`.
        Err(error) if is_broken_pipe(&error) => Ok(outcomes),
        Err(error) => Err(error).context("cannot write to standard output"),
        Ok(()) => Ok(outcomes),
    }
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

/// Ctrl-C, and the requests of a service manager or a closing terminal to end.
struct Interrupts {
    signals: [Signal; 3],
    /// How many came so far.
    seen: u32,
}

impl Interrupts {
    fn listen() -> io::Result<Self> {
        let [interrupt, terminate, hangup] = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        Ok(Self {
            signals: [signal(interrupt)?, signal(terminate)?, signal(hangup)?],
            seen: 0,
        })
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        self.seen += 1;
    }
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
