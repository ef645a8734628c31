//! Signals to the browsers of a suite and to their renderers.

use std::{fs, path::Path};

use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::groups_of;

/// What is done to a browser from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Disturbance {
    /// Its first processes are killed. Its helpers are orphans then.
    KillBrowser,
    /// One of its renderers is killed.
    KillRenderer,
    /// All its processes are stopped.
    StopBrowser,
    /// Its first processes are stopped; its helpers go on.
    StopBrowserAlone,
    /// One of its renderers is stopped.
    StopRenderer,
}

impl Disturbance {
    /// Its name in a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KillBrowser => "kill-browser",
            Self::KillRenderer => "kill-renderer",
            Self::StopBrowser => "stop-browser",
            Self::StopBrowserAlone => "stop-browser-alone",
            Self::StopRenderer => "stop-renderer",
        }
    }

    /// Does it to one of the browsers that have their profile in `temp`; whether there was one.
    pub(super) fn strike(self, temp: &Path, rng: &mut Rng) -> bool {
        let groups: Vec<u32> = groups_of(temp).into_iter().collect();
        let Some(group) = rng.choice(&groups) else {
            return false;
        };
        let members = census::members_of_group(*group).unwrap_or_default();
        let (signal, hit) = match self {
            Self::KillBrowser => (Signal::KILL, with(&members, |kind| kind == Kind::First)),
            Self::StopBrowserAlone => (Signal::STOP, with(&members, |kind| kind == Kind::First)),
            Self::StopBrowser => (Signal::STOP, members),
            Self::KillRenderer | Self::StopRenderer => {
                let mut renderers = with(&members, |kind| kind == Kind::Renderer);
                // The first is that of the window that Chrome starts with. It serves nobody, so that nobody would ever replace it.
                renderers.sort_unstable_by_key(|pid| renderer_number(*pid));
                let renderers = renderers.into_iter().skip(1);
                let signal = if self == Self::KillRenderer {
                    Signal::KILL
                } else {
                    Signal::STOP
                };
                (signal, rng.choice(renderers).into_iter().collect())
            }
        };
        for pid in &hit {
            if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
                // One that has ended meanwhile is as good as hit.
                let _ = kill_process(pid, signal);
            }
        }
        !hit.is_empty()
    }
}

/// What a process of a browser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What was started, and what that started to be the browser.
    First,
    Renderer,
    Helper,
}

fn with(members: &[u32], is_wanted: impl Fn(Kind) -> bool) -> Vec<u32> {
    let wanted = members.iter().filter(|pid| is_wanted(kind_of(**pid)));
    wanted.copied().collect()
}

/// By which Chrome counts its renderers, in the order of their starts.
fn renderer_number(pid: u32) -> Option<u32> {
    let command = command_line(pid);
    let (_, number) = command.split_once("--renderer-client-id=")?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn command_line(pid: u32) -> String {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).into_owned()
}

fn kind_of(pid: u32) -> Kind {
    let command = command_line(pid);
    if command.contains("--type=renderer") {
        Kind::Renderer
    } else if command.contains("--type=") {
        Kind::Helper
    } else {
        Kind::First
    }
}
