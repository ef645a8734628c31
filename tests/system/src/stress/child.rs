//! Further processes of a suite: the same program, placed where it has something of the kernel to itself.

use std::{
    ffi::OsString,
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::{plant::Plant, report::SuiteReport, run::Order, suite::Suite};
use crate::namespace;

/// The size of the disk that is filled: room for all profiles and the database, several times over.
const DISK: u64 = 256 << 20;
/// What to do where no namespace can be made.
const NAMESPACES: &str = "where `unshare` or `mount` is what failed: install util-linux, and allow user namespaces, which \
    Chrome's sandbox needs as well (as root: sysctl kernel.unprivileged_userns_clone=1, or where AppArmor forbids them: sysctl \
    kernel.apparmor_restrict_unprivileged_userns=0)";

/// Runs the suite in namespaces of its own.
pub(super) fn placed(order: &Order) -> anyhow::Result<SuiteReport> {
    let mut command = if order.suite == Suite::Pid1 {
        namespace::as_process_1("stress", &order.temp)
    } else {
        namespace::on_small_disk("stress", &order.temp, DISK)
    };
    command.arg("--placed").args(arguments(order));
    report(&mut command).context(NAMESPACES)
}

/// Runs one of our programs that prints a report.
pub(super) fn report(command: &mut Command) -> anyhow::Result<SuiteReport> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    match serde_json::from_slice(&output.stdout) {
        Ok(report) => Ok(report),
        Err(_no_report) => bail!(
            "a part of the suite ended without a report: {}",
            output.status
        ),
    }
}

/// The arguments by which `stress` gets the same order.
pub(super) fn arguments(order: &Order) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![
        "--suite".into(),
        order.suite.name().into(),
        "--market".into(),
        order.market.clone().into(),
        "--tasks".into(),
        order.count().to_string().into(),
        "--seed".into(),
        order.seed.to_string().into(),
    ];
    for plant in order.plants.iter().filter_map(Plant::to_possible_value) {
        arguments.extend(["--plant".into(), plant.get_name().to_owned().into()]);
    }
    if let Some(remote) = &order.remote {
        arguments.extend(["--remote".into(), remote.into()]);
    }
    arguments
}
