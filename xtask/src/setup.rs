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

/// The tool of `coverage` that cargo installs, with its version.
const COVERAGE: (&str, &str) = ("cargo-llvm-cov", "0.9.1");

/// The tool of `fuzz` that cargo installs, with its version.
const FUZZ: (&str, &str) = ("cargo-fuzz", "0.13.2");

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
    install_packages(&PACKAGES.map(str::to_owned), advice)?;
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
    TOOLS.into_iter().try_for_each(tool)
}

/// Installs the tool of `fuzz` where it is missing or of another version.
///
/// # Errors
/// It cannot be installed.
pub(crate) fn fuzz() -> anyhow::Result<()> {
    tool(FUZZ)
}

/// The programs of LLVM that evaluate coverage.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Llvm {
    /// Where cargo-llvm-cov looks by itself: in rustup's toolchain, or where `LLVM_COV` and `LLVM_PROFDATA` point.
    Known,
    /// Elsewhere.
    At { cov: PathBuf, profdata: PathBuf },
}

/// Installs what `coverage` needs where it is missing, and finds LLVM.
///
/// # Errors
/// Something is missing and cannot be installed from here; the error says what to run.
pub(crate) fn coverage() -> anyhow::Result<Llvm> {
    tool(COVERAGE)?;
    let named = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if named("LLVM_COV") && named("LLVM_PROFDATA") {
        return Ok(Llvm::Known);
    }
    let version = rustc(&["-vV"])?;
    let (host, major) = host_and_llvm(&version)
        .with_context(|| format!("rustc does not name its host and its LLVM:\n{version}"))?;
    let sysroot = rustc(&["--print", "sysroot"])?;
    let own = Path::new(sysroot.trim()).join("lib/rustlib").join(host);
    if is_program(&own.join("bin/llvm-cov")) && is_program(&own.join("bin/llvm-profdata")) {
        return Ok(Llvm::Known);
    }
    if let Some(llvm) = find_llvm(Path::new("/usr"), major) {
        return Ok(llvm);
    }
    install_packages(&[format!("llvm-{major}")], || llvm_advice(major))?;
    find_llvm(Path::new("/usr"), major)
        .with_context(|| format!("llvm-{major} was installed, yet it is not in /usr"))
}

/// What rustc prints; the one that builds the workspace.
fn rustc(args: &[&str]) -> anyhow::Result<String> {
    let program = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).args(args);
    let output = command
        .output()
        .with_context(|| format!("could not start `{}`", process::shown(&command)))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The host and the major version of LLVM in what `rustc -vV` prints.
fn host_and_llvm(version: &str) -> Option<(&str, u32)> {
    let field = |name| version.lines().find_map(|line| line.strip_prefix(name));
    let (major, _) = field("LLVM version: ")?.split_once('.')?;
    Some((field("host: ")?, major.parse().ok()?))
}

/// The oldest LLVM below `usr` that understands what one of version `major` wrote, as Debian installs it.
fn find_llvm(usr: &Path, major: u32) -> Option<Llvm> {
    let at = |dir: PathBuf, suffix: &str| {
        let program = |name: &str| dir.join(format!("{name}{suffix}"));
        let (cov, profdata) = (program("llvm-cov"), program("llvm-profdata"));
        (is_program(&cov) && is_program(&profdata)).then_some(Llvm::At { cov, profdata })
    };
    let number = |name: &OsStr, prefix: &str| name.to_str()?.strip_prefix(prefix)?.parse().ok();
    let numbers = |dir: &str, prefix: &'static str| {
        let entries = usr.join(dir).read_dir().into_iter().flatten().flatten();
        entries.filter_map(move |entry| number(&entry.file_name(), prefix))
    };
    let mut versions: Vec<u32> = numbers("bin", "llvm-cov-")
        .chain(numbers("lib", "llvm-"))
        .filter(|version| *version >= major)
        .collect();
    versions.sort_unstable();
    versions.into_iter().find_map(|version| {
        at(usr.join("bin"), &format!("-{version}"))
            .or_else(|| at(usr.join(format!("lib/llvm-{version}/bin")), ""))
    })
}

fn llvm_advice(major: u32) -> String {
    format!(
        "llvm-cov and llvm-profdata of LLVM {major} or later were not found, and they cannot be installed from here; run
    rustup component add llvm-tools
or on Debian
    sudo apt-get update
    sudo apt-get install --no-install-recommends llvm-{major}
or set LLVM_COV and LLVM_PROFDATA to their paths"
    )
}

/// Installs a pinned cargo tool where it is missing or of another version.
fn tool((tool, version): (&str, &str)) -> anyhow::Result<()> {
    // Asked through cargo, which also looks where it installs, on PATH or not.
    let subcommand = tool.trim_start_matches("cargo-");
    let output = workspace::cargo().args([subcommand, "--version"]).output();
    let expected = format!("{tool} {version}");
    if output.is_ok_and(|output| output.stdout.trim_ascii() == expected.as_bytes()) {
        eprintln!("found      {tool} {version}");
        return Ok(());
    }
    eprintln!("installing {tool} {version}");
    process::run(&mut install_tool(tool, version))
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

/// Installs packages by apt; `advice` is for a person who has to do it instead.
fn install_packages(packages: &[String], advice: impl Fn() -> String) -> anyhow::Result<()> {
    let Some(prefix) = privilege() else {
        bail!("{}", advice());
    };
    for mut command in apt_commands(prefix, packages) {
        eprintln!("running    {}", process::shown(&command));
        process::run(&mut command).with_context(&advice)?;
    }
    eprintln!("installed  {}", packages.join(" "));
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

fn apt_commands(prefix: &[&str], packages: &[String]) -> [Command; 2] {
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
    let mut install = apt(&["install", "-y", "-q", "--no-install-recommends"]);
    install.args(packages);
    [apt(&["update", "-q"]), install]
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
        let packages = PACKAGES.map(str::to_owned);
        let [update, install] = apt_commands(&["sudo", "-n"], &packages);
        assert_eq!(
            process::shown(&update),
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get update -q"
        );
        let [_, as_root] = apt_commands(&[], &packages);
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

    #[test]
    fn the_host_and_the_llvm_of_rustc_are_read() {
        let version =
            "rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        assert_eq!(
            host_and_llvm(version),
            Some(("x86_64-unknown-linux-gnu", 22))
        );
        assert_eq!(host_and_llvm("rustc 1.95.0\n"), None);
    }

    #[test]
    fn the_oldest_llvm_that_is_new_enough_is_taken() {
        let usr = tempfile::tempdir().unwrap();
        let place = |path: &str| {
            let path = usr.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        for old in ["llvm-cov-14", "llvm-profdata-14", "llvm-cov-22"] {
            place(&format!("bin/{old}"));
        }
        // Version 22 has only one of the two.
        assert_eq!(find_llvm(usr.path(), 22), None);
        let cov = place("lib/llvm-24/bin/llvm-cov");
        let profdata = place("lib/llvm-24/bin/llvm-profdata");
        assert_eq!(find_llvm(usr.path(), 22), Some(Llvm::At { cov, profdata }));
        let cov = place("bin/llvm-cov-23");
        let profdata = place("bin/llvm-profdata-23");
        assert_eq!(find_llvm(usr.path(), 22), Some(Llvm::At { cov, profdata }));
        assert_eq!(find_llvm(usr.path(), 25), None);
    }
}
