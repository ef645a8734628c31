//! `model`: every order in which threads can meet, tried by a model checker.

use std::process::Command;

use crate::{process, workspace};

/// The packages that have a `tests/model.rs`, which is compiled for the model checker alone.
const PACKAGES: [&str; 1] = ["breaker"];

/// Runs the model tests.
///
/// # Errors
/// A model fails, or cannot be compiled.
pub(crate) fn run() -> anyhow::Result<()> {
    PACKAGES
        .iter()
        .try_for_each(|package| process::run(&mut test(package)))
}

fn test(package: &str) -> Command {
    let mut command = workspace::cargo();
    command
        .args(["test", "--package", package, "--test", "model"])
        // Thousands of executions: optimised, they take seconds.
        .arg("--release")
        // Apart, because these flags would compile everything else anew.
        .args(["--target-dir", "target/model"])
        .env("RUSTFLAGS", "--cfg loom_model");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_with_a_model_is_run() {
        let crates = workspace::root().join("crates").read_dir().unwrap();
        let with_model = crates.flatten().filter_map(|dir| {
            let model = dir.path().join("tests/model.rs");
            model
                .exists()
                .then(|| dir.file_name().into_string().unwrap())
        });
        let mut with_model: Vec<String> = with_model.collect();
        with_model.sort_unstable();
        assert_eq!(with_model, PACKAGES);
    }

    #[test]
    fn the_model_is_compiled_for_the_checker() {
        let shown = process::shown(&test("breaker"));
        assert_eq!(
            shown,
            "cargo test --package breaker --test model --release --target-dir target/model"
        );
    }
}
