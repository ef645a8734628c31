//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::BoolishValueParser};
use jiff::{SignedDuration, Timestamp};
use scanner::{AllowedHost, FetchMode, browser};
use url::Url;

/// Scans freelance and job marketplaces for postings.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Cli {
    /// How logs on standard error are written; MARKETSCAN_LOG_FILTER sets what is logged [default filter: warn].
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "MARKETSCAN_LOG"
    )]
    pub(crate) log: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan marketplaces and print their postings.
    ///
    /// Results go to standard output, everything else to standard error. The exit code is 0 when every scan ended Ok
    /// or EmptyVerified, 1 for a wrong command line or configuration, 2 when some scans ended otherwise, 3 when all did.
    Scan(Box<Scan>),
    /// Extract the postings of a saved page, without any network.
    Extract(Extract),
    /// Find what is wrong with this machine's set-up, and print the command that mends it.
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Addresses of marketplaces.
    #[arg(value_name = "URL", value_parser = parse_url)]
    pub(crate) urls: Vec<Url>,
    /// A file with one address a line; empty lines and lines that begin with # are skipped; - is standard input.
    #[arg(long = "urls", value_name = "FILE")]
    pub(crate) urls_file: Option<PathBuf>,
    /// How pages are fetched: plain HTTP first and a browser where it is needed, only one, or only the other.
    #[arg(long, value_enum, default_value_t, env = "MARKETSCAN_FETCH")]
    pub(crate) fetch: Fetch,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t, env = "MARKETSCAN_FORMAT")]
    pub(crate) format: Format,
    /// Postings taken of each marketplace at most.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = at_least_one, env = "MARKETSCAN_MAX_POSTINGS")]
    pub(crate) max_postings: usize,
    /// Pages read of each marketplace at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = at_least_one_page, env = "MARKETSCAN_MAX_PAGES")]
    pub(crate) max_pages: u32,
    /// Marketplaces scanned at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = at_least_one, env = "MARKETSCAN_CONCURRENCY")]
    pub(crate) concurrency: usize,
    /// Politeness gap between two requests to one host; 0s for none.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_duration, env = "MARKETSCAN_HOST_INTERVAL")]
    pub(crate) host_interval: Duration,
    /// The longest that the scan of one marketplace may take.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = parse_positive, env = "MARKETSCAN_DEADLINE")]
    pub(crate) deadline: Duration,
    #[command(flatten)]
    pub(crate) network: Network,
    #[command(flatten)]
    pub(crate) chrome: Chrome,
    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, Args)]
pub(crate) struct Network {
    /// Allow this host and port although its address is not of the public internet; may be repeated.
    #[arg(
        long = "allow-host",
        value_name = "HOST:PORT",
        env = "MARKETSCAN_ALLOW_HOST",
        value_delimiter = ','
    )]
    pub(crate) allow_hosts: Vec<AllowedHost>,
    /// Allow every loopback, private and link-local address.
    #[arg(long, env = "MARKETSCAN_ALLOW_PRIVATE_NETWORK", value_parser = BoolishValueParser::new())]
    pub(crate) allow_private_network: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Chrome {
    /// The Chrome or Chromium to use [default: the variable CHROME, else the usual names on PATH].
    #[arg(long = "chrome", value_name = "PATH", env = "MARKETSCAN_CHROME")]
    pub(crate) program: Option<PathBuf>,
    /// What tasks may share: cookies and cache within a site, or nothing.
    #[arg(long, value_enum, default_value_t, env = "MARKETSCAN_ISOLATION")]
    pub(crate) isolation: Isolation,
    /// Browsers at once.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one, env = "MARKETSCAN_MAX_BROWSERS")]
    pub(crate) max_browsers: usize,
    /// Pages at once in each browser.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = at_least_one, env = "MARKETSCAN_PAGES_PER_BROWSER")]
    pub(crate) pages_per_browser: usize,
    /// Run Chrome in one process, without its sandbox, one page at a time: for a hard descriptor limit of about 100.
    #[arg(long, env = "MARKETSCAN_SINGLE_PROCESS", value_parser = BoolishValueParser::new())]
    pub(crate) single_process: bool,
    /// Run Chrome without its sandbox: a page that breaks out of its renderer then owns this account.
    #[arg(long, env = "MARKETSCAN_NO_SANDBOX", value_parser = BoolishValueParser::new())]
    pub(crate) no_sandbox: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The database that keeps marketplaces, postings and scans.
    #[arg(
        long = "db",
        value_name = "PATH",
        default_value = "marketscan.db",
        env = "MARKETSCAN_DB"
    )]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Extract {
    /// The address the page came from.
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    pub(crate) url: Url,
    /// When the page was saved, such as 2026-07-10T12:00:00Z: "2 hours ago" is counted from here, and from now without it.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// The saved page; - is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) chrome: Chrome,
    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people, printed at the end.
    #[default]
    Table,
    /// One JSON object a line, as they come.
    Jsonl,
    /// Comma-separated values with a header, as they come.
    Csv,
    /// One JSON document, printed at the end.
    Json,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Fetch {
    #[default]
    Auto,
    Http,
    Browser,
}

impl From<Fetch> for FetchMode {
    fn from(fetch: Fetch) -> Self {
        match fetch {
            Fetch::Auto => Self::Auto,
            Fetch::Http => Self::Http,
            Fetch::Browser => Self::Browser,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Isolation {
    #[default]
    Site,
    Task,
}

impl From<Isolation> for browser::Isolation {
    fn from(isolation: Isolation) -> Self {
        match isolation {
            Isolation::Site => Self::Site,
            Isolation::Task => Self::Task,
        }
    }
}

/// An absolute address.
pub(crate) fn parse_url(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            format!("no scheme; did you mean https://{text}")
        }
        error => error.to_string(),
    })
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text
        .parse()
        .map_err(|_no_duration| "no duration; write it like 500ms, 10s or 5m")?;
    Duration::try_from(duration).map_err(|_negative| "a duration cannot be negative".to_owned())
}

fn parse_positive(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("it must be longer than zero".to_owned()),
        duration => Ok(duration),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

fn at_least_one_page(text: &str) -> Result<u32, String> {
    let pages = at_least_one(text)?;
    u32::try_from(pages).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_are_written_with_their_unit() {
        assert_eq!(parse_duration("0s"), Ok(Duration::ZERO));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("1m 30s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "5", "-1s", "soon"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert!(parse_positive("0s").is_err());
    }

    #[test]
    fn an_address_without_a_scheme_is_told_what_is_missing() {
        assert!(
            parse_url("jobs.example.com")
                .unwrap_err()
                .contains("https://jobs.example.com")
        );
        assert!(parse_url("http://").is_err());
        assert!(parse_url("ftp://x.example/").is_ok());
    }
}
