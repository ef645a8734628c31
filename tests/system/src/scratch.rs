//! A temporary directory of a test, in which nothing may be left.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use browser::LaunchOptions;
use tempfile::TempDir;

use crate::processes_of;

/// A temporary directory that Chrome may reach, too: as root it runs as somebody else.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// The system's temporary directory cannot be written.
    pub fn create() -> io::Result<Self> {
        let dir = tempfile::tempdir()?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711))?;
        Ok(Self(dir))
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// How Chrome is started with its profile in here.
    #[must_use]
    pub fn options(&self) -> LaunchOptions {
        LaunchOptions {
            temp_dir: self.path().to_owned(),
            ..LaunchOptions::default()
        }
    }

    /// The names of the entries.
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        entries_of(self.path())
    }

    /// Fails when a file is left, or a process that shows where it was started. Helpers do not: they are looked for by
    /// their groups.
    ///
    /// # Panics
    /// When something is left.
    pub fn assert_deserted(&self) {
        let left = self.entries();
        assert!(left.is_empty(), "left behind: {left:?}");
        let survivors = processes_of(self.path());
        assert!(survivors.is_empty(), "still running: {survivors:?}");
    }
}

/// The names of what is in a directory; nothing when it cannot be read.
pub(crate) fn entries_of(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
