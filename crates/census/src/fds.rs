//! Descriptors by what they lead to.

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};

/// How many descriptors lead to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FdKinds<T = u64> {
    /// Files, directories and devices.
    pub files: T,
    /// Sockets.
    pub sockets: T,
    /// Pipes; a named one is a file.
    pub pipes: T,
    /// What is waited on: epoll, event, signal, timer and inotify descriptors.
    pub events: T,
    /// Anything else, such as memory files and processes.
    pub other: T,
}

/// What a descriptor leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Socket,
    Pipe,
    Event,
    Other,
}

/// What the kernel waits on without a file, by its name for it.
const EVENTS: [&str; 5] = [
    "[eventpoll]",
    "[eventfd]",
    "[signalfd]",
    "[timerfd]",
    "inotify",
];

impl Kind {
    /// By the target of the link in `/proc/PID/fd`.
    pub(crate) fn of(target: &Path) -> Self {
        let target = target.to_string_lossy();
        if target.starts_with("/memfd:") {
            Self::Other
        } else if target.starts_with('/') {
            Self::File
        } else if target.starts_with("socket:") {
            Self::Socket
        } else if target.starts_with("pipe:") {
            Self::Pipe
        } else if target
            .strip_prefix("anon_inode:")
            .is_some_and(|name| EVENTS.contains(&name))
        {
            Self::Event
        } else {
            Self::Other
        }
    }
}

impl FdKinds {
    pub(crate) fn count(&mut self, kind: Kind) {
        *match kind {
            Kind::File => &mut self.files,
            Kind::Socket => &mut self.sockets,
            Kind::Pipe => &mut self.pipes,
            Kind::Event => &mut self.events,
            Kind::Other => &mut self.other,
        } += 1;
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.array().into_iter().sum()
    }

    pub(crate) fn add(self, more: Self) -> Self {
        self.zip(more, |one, other| one + other)
    }
}

impl<T: Copy> FdKinds<T> {
    /// What `f` makes of the two counts of each kind.
    #[must_use]
    pub fn zip<U: Copy, V>(self, other: FdKinds<U>, f: impl Fn(T, U) -> V) -> FdKinds<V> {
        FdKinds {
            files: f(self.files, other.files),
            sockets: f(self.sockets, other.sockets),
            pipes: f(self.pipes, other.pipes),
            events: f(self.events, other.events),
            other: f(self.other, other.other),
        }
    }

    fn array(&self) -> [T; 5] {
        [
            self.files,
            self.sockets,
            self.pipes,
            self.events,
            self.other,
        ]
    }

    /// Each kind's name with its count.
    pub(crate) fn named(&self) -> [(&'static str, T); 5] {
        let [files, sockets, pipes, events, other] = self.array();
        [
            ("files", files),
            ("sockets", sockets),
            ("pipes", pipes),
            ("events", events),
            ("other", other),
        ]
    }
}

impl fmt::Display for FdKinds<i64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed = self.named().into_iter().filter(|(_, count)| *count != 0);
        let words: Vec<String> = changed
            .map(|(name, count)| format!("{name} {count:+}"))
            .collect();
        f.write_str(&words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_tells_the_kind() {
        for (target, kind) in [
            ("/var/log/x (deleted)", Kind::File),
            ("/dev/null", Kind::File),
            ("socket:[4711]", Kind::Socket),
            ("pipe:[12]", Kind::Pipe),
            ("anon_inode:[eventpoll]", Kind::Event),
            ("anon_inode:[eventfd]", Kind::Event),
            ("anon_inode:inotify", Kind::Event),
            ("anon_inode:[pidfd]", Kind::Other),
            ("/memfd:shared (deleted)", Kind::Other),
            ("net:[4026531833]", Kind::Other),
        ] {
            assert_eq!(Kind::of(Path::new(target)), kind, "{target}");
        }
    }
}
