//! Errors a person can mend: one clear line on standard error.

use std::{
    io::{Write, stderr, stdout},
    process::ExitCode,
};

use clap::error::ErrorKind;

use crate::exit::Exit;

/// Prints help and version as asked, and anything else as one line.
pub(crate) fn explain(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        // A reader that has closed its end wants no more.
        let _ = write!(stdout(), "{}", error.render());
        return Exit::Success.into();
    }
    let text = error.render().to_string();
    let line = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "error: no command; see marketscan --help".to_owned()
        }
        _ => one_line(&text),
    };
    let _ = writeln!(stderr(), "{line}");
    Exit::Usage.into()
}

/// Prints an error with its causes as one line.
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string().replace('\n', " ");
        // Some causes repeat what the error says already.
        if !line.contains(&text) {
            let colon = if line.is_empty() { "" } else { ": " };
            line.push_str(colon);
            line.push_str(&text);
        }
    }
    let _ = writeln!(stderr(), "error: {line}");
    Exit::Usage.into()
}

/// The message of clap's several paragraphs, with its tip when it has one.
fn one_line(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let message = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    match tip {
        Some(tip) => format!("{message}; {tip}"),
        None => format!("{message}; see --help"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_paragraphs_become_one_line() {
        let text = "error: the following required arguments were not provided:\n  --url <URL>\n\nUsage: x\n";
        assert_eq!(
            one_line(text),
            "error: the following required arguments were not provided: --url <URL>; see --help"
        );
        let text = "error: unexpected argument '--formt' found\n\n  tip: a similar argument exists: '--format'\n\nUsage";
        assert_eq!(
            one_line(text),
            "error: unexpected argument '--formt' found; a similar argument exists: '--format'"
        );
    }
}
