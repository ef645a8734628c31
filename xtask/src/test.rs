//! `test`: every test there is.

use std::{path::Path, process::Command};

use anyhow::Context as _;
use rustix::process::geteuid;

use crate::{model, process, scratch::Scratch, setup, steps::Steps, stress, workspace};

/// The tests whose package starts the binaries of others, so that these must be built first.
const NEEDS_BINARIES: &str = "system";

/// What every build of ours in a test run has in common, so that a crate is compiled once. Without the bench, whose
/// peers are heavy, and with every feature.
const SELECTION: [&str; 4] = ["--workspace", "--exclude", "bench", "--all-features"];

/// The test programs that run once more as an ordinary user where we are root: Chrome is started in another way then.
const AS_ORDINARY_USER: [&str; 5] = ["browser", "conformance", "page", "process", "remote"];

/// Which tests to run.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Run the tests and models of this package only, and no stress suites; may be repeated
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
}

/// Runs every test, or those of some packages.
///
/// # Errors
/// Something is missing, a test fails, a stress suite finds growth, or a process is left behind.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut steps = Steps::default();
    let tested = steps
        .take("setup", setup::chromium)
        .and_then(|()| steps_of(args, &mut steps));
    eprint!("\n{}", steps.summary());
    tested
}

/// The steps after `setup`, as part of somebody's steps.
///
/// # Errors
/// As [`run`].
pub(crate) fn steps_of(args: &Args, steps: &mut Steps) -> anyhow::Result<()> {
    let scratch = Scratch::create()?;
    let everything = args.packages.is_empty();
    let system = everything || args.packages.iter().any(|name| name == NEEDS_BINARIES);
    if system {
        steps.take("build", || process::run(&mut build()))?;
    }
    steps.take("test", || {
        process::run(&mut test(args, &scratch.empty_dir("test")?))
    })?;
    if system && geteuid().is_root() {
        steps.take("test as an ordinary user", || {
            process::run(&mut test_as_ordinary_user(&scratch.empty_dir("user")?)).context(
                "where unshare is what failed: install util-linux, and allow user namespaces, which Chrome's sandbox needs as \
                 well (sysctl kernel.unprivileged_userns_clone=1)",
            )
        })?;
    }
    steps.take("no process left by the tests", || scratch.check_deserted())?;
    for name in args.packages.iter().filter(|name| model::exists(name)) {
        steps.take(&format!("model of {name}"), || model::run_package(name))?;
    }
    if everything {
        // The build above made its binaries, with the features that the tests ran with.
        steps.take("stress", stress::run_short)?;
    }
    Ok(())
}

fn build() -> Command {
    let mut command = workspace::cargo();
    // The tests as well: dev-dependencies turn on features of crates that the binaries share with them, and a build
    // of the binaries alone would compile these crates a second time.
    command
        .arg("build")
        .args(SELECTION)
        .args(["--bins", "--tests"]);
    command
}

/// In a namespace in which we are nobody: to the kernel without any right of root, but still the owner of what we built.
fn test_as_ordinary_user(temp: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-user=65534", "--map-group=65534", "--"])
        .arg(workspace::cargo().get_program())
        .arg("test")
        .args(SELECTION)
        .env("TMPDIR", temp)
        .current_dir(workspace::root())
        .env("CARGO_TARGET_DIR", workspace::target());
    for name in AS_ORDINARY_USER {
        command.args(["--test", name]);
    }
    command
}

fn test(args: &Args, temp: &Path) -> Command {
    let mut command = workspace::cargo();
    command.arg("test").env("TMPDIR", temp);
    if args.packages.is_empty() {
        command.args(SELECTION);
    } else {
        command.arg("--all-features");
        for name in &args.packages {
            command.args(["--package", name]);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(args: &Args) -> String {
        process::shown(&test(args, Path::new("/tmp/x")))
    }

    #[test]
    fn all_packages_but_the_bench_are_tested() {
        let shown = shown(&Args::default());
        assert!(
            shown.ends_with(" test --workspace --exclude bench --all-features"),
            "{shown}"
        );
    }

    #[test]
    fn named_packages_are_passed_on() {
        let packages = vec!["pool".to_owned(), "breaker".to_owned()];
        let shown = shown(&Args { packages });
        assert!(
            shown.ends_with(" test --all-features --package pool --package breaker"),
            "{shown}"
        );
    }

    #[test]
    fn an_ordinary_user_runs_what_was_built_already() {
        let shown = process::shown(&test_as_ordinary_user(Path::new("/tmp/x")));
        assert!(
            shown.starts_with("unshare --user --map-user=65534 --map-group=65534 -- "),
            "{shown}"
        );
        assert!(
            shown.ends_with(
                " test --workspace --exclude bench --all-features --test browser --test conformance --test page --test process --test remote"
            ),
            "{shown}"
        );
    }

    #[test]
    fn the_build_and_the_tests_select_the_same() {
        let (build, test) = (process::shown(&build()), shown(&Args::default()));
        let selection = |text: &str| {
            let start = text.find("--workspace").unwrap();
            text[start..].replace(" --bins --tests", "")
        };
        assert_eq!(selection(&build), selection(&test));
    }
}
