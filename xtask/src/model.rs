//! `model`: every order in which threads can meet, tried by a model checker.

use std::process::Command;

use crate::{process, workspace};

/// A package with model tests, which are compiled for the model checker alone.
struct Model {
    package: &'static str,
    /// What selects them.
    selection: &'static [&'static str],
}

const MODELS: [Model; 2] = [
    Model {
        package: "breaker",
        selection: &["--test", "model"],
    },
    // It looks at private parts.
    Model {
        package: "pool",
        selection: &["--lib", "model::"],
    },
];

/// Runs the model tests.
///
/// # Errors
/// A model fails, or cannot be compiled.
pub(crate) fn run() -> anyhow::Result<()> {
    MODELS
        .iter()
        .try_for_each(|model| process::run(&mut test(model)))
}

/// Whether a package has model tests.
pub(crate) fn exists(package: &str) -> bool {
    MODELS.iter().any(|model| model.package == package)
}

/// Runs the model tests of a package, if it has any.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_package(package: &str) -> anyhow::Result<()> {
    let own = MODELS.iter().filter(|model| model.package == package);
    own.map(test)
        .try_for_each(|mut test| process::run(&mut test))
}

fn test(model: &Model) -> Command {
    let mut command = workspace::cargo();
    command
        .args(["test", "--package", model.package])
        // Thousands of executions: optimised, they take seconds.
        .arg("--release")
        // Apart, because these flags would compile everything else anew.
        .args(["--target-dir", "target/model"])
        .args(model.selection)
        .env("RUSTFLAGS", "--cfg loom_model");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_run() {
        let mut found = Vec::new();
        for dir in workspace::root().join("crates").read_dir().unwrap() {
            let dir = dir.unwrap();
            for (file, target) in [("tests/model.rs", "--test"), ("src/model.rs", "--lib")] {
                if dir.path().join(file).exists() {
                    found.push((dir.file_name().into_string().unwrap(), target));
                }
            }
        }
        found.sort_unstable();
        let run = MODELS.map(|model| (model.package.to_owned(), model.selection[0]));
        assert_eq!(found, run);
    }

    #[test]
    fn the_models_are_compiled_for_the_checker() {
        let [first, second] = MODELS.map(|model| process::shown(&test(&model)));
        let common = "--release --target-dir target/model";
        let expected = format!("cargo test --package breaker {common} --test model");
        assert_eq!(first, expected);
        let expected = format!("cargo test --package pool {common} --lib model::");
        assert_eq!(second, expected);
    }
}
