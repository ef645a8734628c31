//! A Chrome with an open debugging port, as somebody else would start it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use browser::LaunchOptions;
use system::{ChromeWithPort, Scratch, groups_of, running_in};

/// The Chrome behind a port, and where its files are.
pub(crate) struct Port {
    pub(crate) chrome: ChromeWithPort,
    pub(crate) scratch: Scratch,
    _program: Scratch,
}

impl Port {
    /// Starts a Chrome with these flags, which opens the windows that its pages ask for.
    pub(crate) async fn open(flags: &[&str]) -> Self {
        let (scratch, program) = (Scratch::create().unwrap(), Scratch::create().unwrap());
        let options = LaunchOptions {
            program: Some(that_opens_windows(program.path())),
            extra_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            ..scratch.options()
        };
        Self {
            chrome: ChromeWithPort::start(options).await.unwrap(),
            scratch,
            _program: program,
        }
    }

    /// Waits until as many contexts are left; fails when they are not in time.
    pub(crate) async fn comes_to(&self, contexts: usize) {
        let left = self.chrome.contexts_become(contexts).await.unwrap();
        assert_eq!(left, contexts);
    }

    pub(crate) async fn end(self) {
        let groups = groups_of(self.scratch.path());
        self.chrome.end().await;
        assert_eq!(running_in(&groups), 0);
        self.scratch.assert_deserted();
    }
}

/// A program that starts Chrome without the one flag of ours that makes its pages open no windows, as somebody else would.
fn that_opens_windows(dir: &Path) -> PathBuf {
    let path = dir.join("chrome");
    let named = std::env::var("CHROME").unwrap_or_default();
    let script = format!(
        "#!/bin/sh\nfor flag do shift; test \"$flag\" = --block-new-web-contents || set -- \"$@\" \"$flag\"; done\n\
         for chrome in '{named}' chromium-headless-shell chrome-headless-shell chromium chromium-browser google-chrome; do\n\
         command -v \"$chrome\" >/dev/null && exec \"$chrome\" \"$@\"\ndone\n\
         echo 'no Chrome here: cargo xtask setup installs it' >&2\n"
    );
    fs::write(&path, script).unwrap();
    for (path, mode) in [(dir, 0o711), (&*path, 0o755)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    path
}
