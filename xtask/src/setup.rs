//! `setup`: installs what is missing.

use std::{
    env,
    ffi::OsStr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::{process, workspace};

/// Debian's packages of Chromium. The recommended ones are not needed: the SUID sandbox helper is for kernels
/// without user namespaces, and a font comes along with fontconfig.
const PACKAGES: [&str; 2] = ["chromium", "chromium-headless-shell"];

/// Programs that will do, in the order in which the product looks for them (`browser`'s `discovery.rs`).
const PROGRAMS: [&str; 7] = [
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
];

/// The tools of `ci` that cargo installs, with their versions.
const TOOLS: [(&str, &str); 1] = [("cargo-deny", "0.20.2")];

/// What to set up.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also install the pinned cargo tools that `ci` needs
    #[arg(long)]
    tools: bool,
}

/// Installs what is missing.
///
/// # Errors
/// Something is missing and cannot be installed from here; the error says what to run.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    chromium()?;
    if args.tools {
        tools()?;
    }
    Ok(())
}

/// Installs Chromium where no Chrome is found.
///
/// # Errors
/// It is missing and cannot be installed from here; the error says what to run.
pub(crate) fn chromium() -> anyhow::Result<()> {
    if report_chrome()? {
        return Ok(());
    }
    install_packages()?;
    if !report_chrome()? {
        bail!(
            "{} were installed, yet no Chrome is on PATH",
            PACKAGES.join(" and ")
        );
    }
    Ok(())
}

/// Installs the pinned cargo tools where they are missing or of another version.
///
/// # Errors
/// A tool cannot be installed.
pub(crate) fn tools() -> anyhow::Result<()> {
    for (tool, version) in TOOLS {
        // Asked through cargo, which also looks where it installs, on PATH or not.
        let subcommand = tool.trim_start_matches("cargo-");
        let output = workspace::cargo().args([subcommand, "--version"]).output();
        let expected = format!("{tool} {version}");
        let found = output.is_ok_and(|output| output.stdout.trim_ascii() == expected.as_bytes());
        if found {
            eprintln!("found      {tool} {version}");
            continue;
        }
        eprintln!("installing {tool} {version}");
        process::run(&mut install_tool(tool, version))?;
    }
    Ok(())
}

/// Prints where Chrome is; whether it is anywhere.
fn report_chrome() -> anyhow::Result<bool> {
    if let Some(named) = env::var_os("CHROME").filter(|value| !value.is_empty()) {
        if !is_program(Path::new(&named)) {
            bail!(
                "CHROME names {}, which is no program; correct it or unset it",
                named.display()
            );
        }
        eprintln!("found      {} (named by CHROME)", named.display());
        return Ok(true);
    }
    let found = on_path(&PROGRAMS, &env::var_os("PATH").unwrap_or_default());
    for program in &found {
        eprintln!("found      {}", program.display());
    }
    Ok(!found.is_empty())
}

fn install_packages() -> anyhow::Result<()> {
    let Some(prefix) = privilege() else {
        bail!("{}", advice());
    };
    for mut command in apt_commands(prefix) {
        eprintln!("running    {}", process::shown(&command));
        process::run(&mut command).with_context(advice)?;
    }
    eprintln!("installed  {}", PACKAGES.join(" "));
    Ok(())
}

/// What goes before a command so that it runs as root; nothing when it cannot, or when there is no apt-get.
fn privilege() -> Option<&'static [&'static str]> {
    if !process::succeeds(Command::new("apt-get").arg("--version")) {
        return None;
    }
    if rustix::process::geteuid().is_root() {
        return Some(&[]);
    }
    process::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

fn apt_commands(prefix: &[&str]) -> [Command; 2] {
    let apt = |args: &[&str]| {
        // `env`, because sudo does not pass our environment on.
        let words = [
            prefix,
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
            args,
        ]
        .concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command
    };
    let install = ["install", "-y", "-q", "--no-install-recommends"];
    [
        apt(&["update", "-q"]),
        apt(&[&install[..], &PACKAGES].concat()),
    ]
}

fn advice() -> String {
    format!(
        "no Chrome or Chromium was found, and it cannot be installed from here; on Debian run
    sudo apt-get update
    sudo apt-get install --no-install-recommends {}
elsewhere install Chrome or Chromium, and where it is not on PATH set CHROME to its path",
        PACKAGES.join(" ")
    )
}

fn install_tool(tool: &str, version: &str) -> Command {
    let mut command = workspace::cargo();
    command
        // Elsewhere than in our own target directory, which a tool's dependencies would only fill.
        .env_remove("CARGO_TARGET_DIR")
        // cargo-deny asks for whole-program optimization: minutes of work for a run of a second.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .args(["install", "--locked", "--force"])
        .args(["--version", version, tool]);
    command
}

/// The programs among `names` that `path`, a value of `PATH`, leads to.
fn on_path(names: &[&str], path: &OsStr) -> Vec<PathBuf> {
    names
        .iter()
        .filter_map(|name| {
            env::split_paths(path)
                .map(|dir| dir.join(name))
                .find(|candidate| is_program(candidate))
        })
        .collect()
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_what_can_be_executed_is_found() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = |dir: &Path, name: &str, mode| {
            let path = dir.join(name);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        place(first.path(), "chromium", 0o644);
        let chromium = place(second.path(), "chromium", 0o755);
        let shell = place(second.path(), "chromium-headless-shell", 0o755);
        let path = env::join_paths([first.path(), second.path()]).unwrap();
        assert_eq!(on_path(&PROGRAMS, &path), [shell, chromium]);
        assert!(on_path(&PROGRAMS, OsStr::new("")).is_empty());
    }

    #[test]
    fn apt_runs_without_a_question_and_without_recommended_packages() {
        let [update, install] = apt_commands(&["sudo", "-n"]);
        assert_eq!(
            process::shown(&update),
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get update -q"
        );
        let [_, as_root] = apt_commands(&[]);
        let install = process::shown(&install);
        assert_eq!(install, format!("sudo -n {}", process::shown(&as_root)));
        assert!(install.ends_with(
            "apt-get install -y -q --no-install-recommends chromium chromium-headless-shell"
        ));
    }

    #[test]
    fn a_tool_is_installed_locked_and_pinned() {
        let shown = process::shown(&install_tool("cargo-deny", "0.20.2"));
        assert!(
            shown.ends_with("install --locked --force --version 0.20.2 cargo-deny"),
            "{shown}"
        );
    }
}
