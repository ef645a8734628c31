//! Logs on standard error.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::{EnvFilter, fmt};

use crate::cli::LogFormat;

/// The environment variable that sets what is logged, such as `debug` or `scanner=debug,warn`.
const FILTER: &str = "MARKETSCAN_LOG_FILTER";

/// Starts logging warnings, or what the environment asks for.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new("warn"));
    let logs = fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        // A standard error that is closed is nobody's fault, and nothing to panic about.
        .log_internal_errors(false);
    // Logging can be started once; a second start, as in tests, keeps the first.
    let _ = match format {
        LogFormat::Text => logs.with_target(false).without_time().try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
}
