//! A browser's directory: its profile, its home and its temporary files, locked as long as somebody owns it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

/// Directories with this prefix are ours.
const PREFIX: &str = "marketscan-profile-";
const LOCK: &str = "lock";
/// What is in one beside the lock.
const SUBS: [&str; 3] = ["data", "home", "tmp"];

/// A profile directory, removed when this is dropped. The lock in it tells a later start that it is in use.
#[derive(Debug)]
pub(crate) struct Profile {
    dir: PathBuf,
    /// Held, not read: the system gives the lock up when we die.
    _lock: File,
}

impl Profile {
    /// Makes a profile under `temp_dir`, owned by `owner` when that is somebody else.
    pub(crate) fn create(temp_dir: &Path, owner: Option<(u32, u32)>) -> io::Result<Self> {
        // A sweep of another process may take a directory in the moment before its lock is held.
        for _ in 0..8 {
            let dir = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(fs::Permissions::from_mode(0o700))
                .rand_bytes(12)
                .tempdir_in(temp_dir)?
                .keep();
            match Self::furnish(&dir, owner) {
                Ok(Some(profile)) => return Ok(profile),
                Ok(None) => {}
                Err(error) => {
                    let _ = fs::remove_dir_all(&dir);
                    return Err(error);
                }
            }
        }
        Err(io::Error::other(
            "another process removes profiles as fast as they are made",
        ))
    }

    /// Locks and fills a fresh directory; `None` when a sweep took it meanwhile.
    fn furnish(dir: &Path, owner: Option<(u32, u32)>) -> io::Result<Option<Self>> {
        let lock = match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(dir.join(LOCK))
        {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        if lock.try_lock().is_err() || dir.join(LOCK).symlink_metadata().is_err() {
            return Ok(None);
        }
        for sub in SUBS {
            DirBuilder::new().mode(0o700).create(dir.join(sub))?;
        }
        if let Some((uid, gid)) = owner {
            for sub in SUBS.into_iter().chain([""]) {
                chown(dir.join(sub), Some(uid), Some(gid))?;
            }
        }
        Ok(Some(Self {
            dir: dir.to_owned(),
            _lock: lock,
        }))
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.dir.join("tmp")
    }

    /// Tries once to remove the directory; true when it is gone. Helpers of a dying Chrome still write into it,
    /// so that the first try may fail.
    pub(crate) fn try_remove(&self) -> bool {
        remove(&self.dir).is_ok()
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        self.try_remove();
    }
}

/// Removes the profiles that nobody holds any more, as a killed process leaves them. Returns how many.
pub(crate) fn sweep(temp_dir: &Path, owners: &[u32]) -> usize {
    let Ok(entries) = fs::read_dir(temp_dir) else {
        return 0;
    };
    let profiles = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    let mut swept = 0;
    for entry in profiles {
        let dir = entry.path();
        // The lock is held until the directory is gone: whoever makes a profile there meanwhile notices.
        let Some(_lock) = lock_stale(&dir, owners) else {
            continue;
        };
        // Removing does not follow links out of the directory.
        if remove(&dir).is_ok() {
            tracing::info!(profile = %dir.display(), "removed a stale profile");
            swept += 1;
        }
    }
    swept
}

/// Removes a profile, the lock last: what is left when this is cut short can still be swept.
fn remove(dir: &Path) -> io::Result<()> {
    for part in SUBS
        .into_iter()
        .map(|sub| dir.join(sub))
        .chain([dir.to_owned()])
    {
        match fs::remove_dir_all(part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The lock of a profile of ours that nobody else holds.
fn lock_stale(dir: &Path, owners: &[u32]) -> Option<File> {
    let meta = dir.symlink_metadata().ok()?;
    if !meta.is_dir() || !owners.contains(&meta.uid()) {
        return None;
    }
    // Another user's directory may hold anything under this name, and something else a moment later: no link is followed, no
    // pipe waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let lock = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(dir.join(LOCK))
        .ok()?;
    if !lock.metadata().ok()?.is_file() {
        return None;
    }
    lock.try_lock().is_ok().then_some(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    #[test]
    fn a_profile_is_private_and_its_drop_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let profile = Profile::create(temp.path(), None).unwrap();
        assert_eq!(
            profile.dir().metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
        for sub in [profile.data(), profile.home(), profile.tmp()] {
            assert_eq!(sub.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
        drop(profile);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_sweep_takes_what_nobody_holds_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let held = Profile::create(temp.path(), None).unwrap();
        let stale = temp.path().join(format!("{PREFIX}stale"));
        fs::create_dir_all(stale.join("data")).unwrap();
        fs::write(stale.join(LOCK), "").unwrap();
        let unlocked = temp.path().join(format!("{PREFIX}without-lock"));
        fs::create_dir(&unlocked).unwrap();
        let foreign = temp.path().join("somebody-else");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join(LOCK), "").unwrap();
        assert_eq!(sweep(temp.path(), &[me() + 1]), 0);
        assert_eq!(sweep(temp.path(), &[me()]), 1);
        assert!(!stale.exists() && unlocked.exists() && foreign.exists() && held.dir().exists());
    }

    #[test]
    fn a_sweep_neither_follows_links_nor_hangs_on_pipes() {
        let temp = tempfile::tempdir().unwrap();
        let precious = temp.path().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join(LOCK), "").unwrap();
        std::os::unix::fs::symlink(&precious, temp.path().join(format!("{PREFIX}link"))).unwrap();
        let trap = temp.path().join(format!("{PREFIX}trap"));
        fs::create_dir(&trap).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, trap.join(LOCK), rustix::fs::Mode::RWXU).unwrap();
        assert_eq!(sweep(temp.path(), &[me()]), 0);
        assert!(precious.exists());
    }
}
