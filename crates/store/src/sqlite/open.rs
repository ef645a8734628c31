//! Opening a database, and refusing what is not ours to write to.
//!
//! ```text
//! missing or empty ───────────────────────────────► create ─► migrate ─► WAL
//! else: look at the header, read-only and unlocked
//!         ├─ not SQLite ──────────► NotADatabase
//!         ├─ another program's ───► Foreign
//!         ├─ newer ───────────────► NewerSchema
//!         └─ ours ─► open ─► quick_check ─► migrate ─► WAL
//!                              └─ damage ─► Corrupt
//! ```
//! Nothing is written before the last arrow but one. The look at the header goes through SQLite, too: closing a
//! descriptor of our own would drop the locks that another connection of this process has on the file
//! (<https://www.sqlite.org/howtocorrupt.html>, 2.2).

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::Mutex;
use tracing::{info, warn};

use super::failure::Failure;
use super::schema::{self, LATEST, Version};
use crate::Sqlite;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a database could not be opened. A file that was there is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no folder to create the file in.
    #[error("cannot create database {}: there is no folder {}; create it (mkdir -p)", path.display(), folder.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
        /// The folder it would be in.
        folder: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a database; choose another path, or move the file aside", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database, but another program's.
    #[error("{} is the database of another program; choose another path", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program has written the file.
    #[error("database {} has schema version {found}, this program knows versions up to {known}; use a newer program, or another path", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// The file is damaged.
    #[error("database {} is corrupt ({damage}); restore it from a backup, or move it aside to start anew", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The first damage found.
        damage: String,
    },
    /// Another process kept the file locked for the whole wait.
    #[error("database {} stayed locked by another process for {waited:?}; let that process end, or choose another path", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The file cannot be used: permissions, a full disk, a path that is a folder and the like.
    #[error("could not open database {}; check that its path is a file that you may read and write", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system or SQLite said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl OpenError {
    /// Whether opening may succeed once another process lets go of the file.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// Whether the file is a damaged database.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. })
    }
}

impl Sqlite {
    /// Opens the database at `path`, creating it when there is none and bringing an older schema up to date.
    ///
    /// Reads through the file to see that it is sound (measured: 0.5 s for 800 MB that the system has cached). A relative
    /// path is relative to the current folder at this moment. Needs a tokio runtime whose timer is enabled.
    ///
    /// # Errors
    /// Any [`OpenError`]. A file that was there is as it was.
    ///
    /// # Cancel safety
    /// Dropping the future closes what it opened. A file it was creating is left empty or complete.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_waiting(path.as_ref(), BUSY_TIMEOUT).await
    }

    /// An empty database in memory, gone when it is closed.
    ///
    /// # Errors
    /// [`OpenError::Unusable`] when the system has no memory or no thread for it.
    pub async fn in_memory() -> Result<Self, OpenError> {
        let opening = Opening {
            path: PathBuf::from(":memory:"),
            busy_timeout: BUSY_TIMEOUT,
        };
        let mut connection = opening
            .options()
            .connect()
            .await
            .map_err(|error| opening.failed(error))?;
        schema::migrate(&mut connection)
            .await
            .map_err(|error| opening.failed(error))?;
        Ok(opening.opened(connection))
    }

    pub(super) async fn open_waiting(
        path: &Path,
        busy_timeout: Duration,
    ) -> Result<Self, OpenError> {
        // An absolute path is never taken for one of SQLite's special names, `:memory:` and `file:`.
        let path = std::path::absolute(path).map_err(|error| OpenError::Unusable {
            path: path.to_owned(),
            source: error.into(),
        })?;
        let opening = Opening { path, busy_timeout };
        if opening.holds_something()? {
            opening.look().await?;
        }
        let mut connection = opening
            .options()
            .create_if_missing(true)
            .connect()
            .await
            .map_err(|error| opening.failed(error))?;
        match opening.prepare(&mut connection).await {
            Ok(()) => {
                info!(path = %opening.path.display(), "database open");
                Ok(opening.opened(connection))
            }
            Err(refusal) => {
                // Waits for the thread to end. Why the file is refused matters more than how closing it went.
                let _ = connection.close().await;
                Err(refusal)
            }
        }
    }
}

struct Opening {
    path: PathBuf,
    busy_timeout: Duration,
}

impl Opening {
    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .busy_timeout(self.busy_timeout)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Normal)
            .pragma("temp_store", "MEMORY")
            .thread_name(|_| "store-sqlite".to_owned())
            .disable_statement_logging()
    }

    fn holds_something(&self) -> Result<bool, OpenError> {
        match std::fs::metadata(&self.path) {
            Ok(file) => Ok(file.len() > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = self.path.parent().unwrap_or(&self.path);
                if folder.is_dir() {
                    return Ok(false);
                }
                Err(OpenError::NoFolder {
                    path: self.path.clone(),
                    folder: folder.to_owned(),
                })
            }
            Err(error) => Err(OpenError::Unusable {
                path: self.path.clone(),
                source: error.into(),
            }),
        }
    }

    /// Refuses by its header a file that is not ours, without lock, journal or write.
    ///
    /// What a crashed process left in a log beside the file is not seen, so this may only refuse.
    async fn look(&self) -> Result<(), OpenError> {
        let options = self.options().read_only(true).immutable(true);
        let seen = match options.connect().await {
            Ok(mut connection) => {
                let version = schema::version(&mut connection).await;
                connection.close().await.and(version)
            }
            Err(error) => Err(error),
        };
        match seen {
            // A database without tables, yet not without bytes: somebody made it so.
            Ok(Version::Empty) => self.admit(Version::Foreign),
            Ok(version) => self.admit(version),
            // A file that another process is writing right now, or was when it was killed, is shorter than its header
            // says. The log beside it has the rest.
            Err(error) if Failure::of(&error) == Failure::Corrupt && self.has_log() => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn has_log(&self) -> bool {
        ["-wal", "-journal"].iter().any(|suffix| {
            let mut log = self.path.clone().into_os_string();
            log.push(suffix);
            std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
        })
    }

    /// Refuses all but the versions this program knows.
    fn admit(&self, version: Version) -> Result<(), OpenError> {
        let path = self.path.clone();
        match version {
            Version::Foreign => Err(OpenError::Foreign { path }),
            Version::Ours(found) if found > LATEST => Err(OpenError::NewerSchema {
                path,
                found,
                known: LATEST,
            }),
            Version::Ours(_) | Version::Empty => Ok(()),
        }
    }

    async fn prepare(&self, connection: &mut SqliteConnection) -> Result<(), OpenError> {
        let version = schema::version(connection)
            .await
            .map_err(|error| self.failed(error))?;
        self.admit(version)?;
        if version != Version::Empty {
            let damage: String = sqlx::query_scalar("PRAGMA quick_check(1)")
                .fetch_one(&mut *connection)
                .await
                .map_err(|error| self.failed(error))?;
            if damage != "ok" {
                return Err(OpenError::Corrupt {
                    path: self.path.clone(),
                    damage,
                });
            }
        }
        if version != Version::Ours(LATEST) {
            // Before the switch to WAL, so that a new file has its mark in its header from the first moment.
            let version = schema::migrate(connection)
                .await
                .map_err(|error| self.failed(error))?;
            self.admit(version)?;
        }
        let mode = self
            .switch_to_wal(connection)
            .await
            .map_err(|error| self.failed(error))?;
        if mode != "wal" {
            warn!(path = %self.path.display(), mode, "file system has no shared memory; other processes wait for each write");
        }
        // The first read opens the log, so that every descriptor there will be is there now.
        schema::version(connection)
            .await
            .map(drop)
            .map_err(|error| self.failed(error))
    }

    /// Switches a file to write-ahead logging, for good, and returns the mode it has then.
    async fn switch_to_wal(&self, connection: &mut SqliteConnection) -> sqlx::Result<String> {
        const PAUSE: Duration = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        loop {
            match sqlx::query_scalar("PRAGMA journal_mode = WAL")
                .fetch_one(&mut *connection)
                .await
            {
                // The one lock that SQLite's own busy timeout does not wait for.
                Err(error)
                    if Failure::of(&error) == Failure::Busy && waited < self.busy_timeout =>
                {
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                }
                mode => return mode,
            }
        }
    }

    fn opened(self, connection: SqliteConnection) -> Sqlite {
        Sqlite {
            connection: Mutex::new(Some(connection)),
            database: format!("database {}", self.path.display()),
            busy_timeout: self.busy_timeout,
            zone: TimeZone::system(),
        }
    }

    fn failed(&self, error: sqlx::Error) -> OpenError {
        let path = self.path.clone();
        match Failure::of(&error) {
            Failure::Busy => OpenError::Busy {
                path,
                waited: self.busy_timeout,
            },
            Failure::Corrupt => OpenError::Corrupt {
                path,
                damage: error.to_string(),
            },
            Failure::NotADatabase => OpenError::NotADatabase { path },
            Failure::Other => OpenError::Unusable {
                path,
                source: error.into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::raw_sql;

    use super::super::testing::*;
    use super::*;
    use crate::{Counts, Store};

    #[tokio::test]
    async fn a_missing_file_and_an_empty_one_become_a_database() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("empty.db"), b"").unwrap();
        for name in ["empty.db", "missing.db", "file:odd?mode=memory", ":memory:"] {
            let store = Sqlite::open(dir.path().join(name)).await.unwrap();
            store.close().await.unwrap();
            let bytes = std::fs::read(dir.path().join(name)).unwrap();
            assert_eq!(&bytes[68..72], b"mksc", "{name}");
        }
        assert_eq!(
            names(dir.path()),
            [":memory:", "empty.db", "file:odd?mode=memory", "missing.db"]
        );
    }

    #[tokio::test]
    async fn a_missing_folder_is_named_and_not_created() {
        let dir = tempfile::tempdir().unwrap();
        let refused = Sqlite::open(dir.path().join("none/s.db"))
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, OpenError::NoFolder { folder, .. } if folder.ends_with("none")),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("none/s.db"), "{refused}");
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[tokio::test]
    async fn a_folder_is_no_database() {
        let dir = tempfile::tempdir().unwrap();
        let refused = Sqlite::open(dir.path()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Unusable { .. }), "{refused:?}");
        let refused = Sqlite::open("").await.unwrap_err();
        assert!(matches!(refused, OpenError::Unusable { .. }), "{refused:?}");
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_refused_untouched() {
        // SQLite takes a file of one byte for an empty one; such a file is refused like an empty database of another.
        refused_untouched(b"x").await;
        for size in [2, 15, 16, 99, 100, 511, 512, 4096, 10_000] {
            let text = "All work and no play. ".repeat(500);
            let refused = refused_untouched(&text.as_bytes()[..size]).await;
            assert!(
                matches!(refused, OpenError::NotADatabase { .. }),
                "{size} bytes: {refused:?}"
            );
        }
    }

    #[tokio::test]
    async fn another_programs_database_is_refused_untouched() {
        for make in [
            "CREATE TABLE t (x); INSERT INTO t VALUES (1)",
            "PRAGMA journal_mode = WAL; CREATE TABLE t (x)",
            "PRAGMA application_id = 7; CREATE TABLE t (x)",
            "PRAGMA user_version = 1",
            "PRAGMA journal_mode = WAL",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("s.db");
            let mut other = raw(&path).await;
            raw_sql(make).execute(&mut other).await.unwrap();
            other.close().await.unwrap();
            let refused = refused_untouched(&std::fs::read(&path).unwrap()).await;
            assert!(
                matches!(refused, OpenError::Foreign { .. }),
                "{make}: {refused:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_foreign_database_that_is_in_use_keeps_its_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let mut other = raw(&path).await;
        raw_sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
            .execute(&mut other)
            .await
            .unwrap();
        let before = contents(dir.path());
        let refused = Sqlite::open(&path).await.unwrap_err();
        assert!(matches!(refused, OpenError::Foreign { .. }), "{refused:?}");
        assert_eq!(contents(dir.path()), before);
        // Its locks are still there, too: the log of a closed database would be gone.
        raw_sql("INSERT INTO t VALUES (1)")
            .execute(&mut other)
            .await
            .unwrap();
        other.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused_untouched() {
        let mut bytes = sound().await;
        bytes[60..64].copy_from_slice(&(LATEST + 1).to_be_bytes());
        let refused = refused_untouched(&bytes).await;
        let OpenError::NewerSchema { found, known, .. } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((found, known), (LATEST + 1, LATEST));
        bytes[60..64].copy_from_slice(&(-1_i32).to_be_bytes());
        let refused = refused_untouched(&bytes).await;
        assert!(
            matches!(refused, OpenError::NewerSchema { .. }),
            "{refused:?}"
        );
    }

    #[tokio::test]
    async fn a_newer_schema_that_is_still_in_the_log_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        Sqlite::open(&path).await.unwrap().close().await.unwrap();
        let mut newer = raw(&path).await;
        raw_sql("PRAGMA user_version = 2")
            .execute(&mut newer)
            .await
            .unwrap();
        let refused = Sqlite::open(&path).await.unwrap_err();
        assert!(
            matches!(refused, OpenError::NewerSchema { found: 2, .. }),
            "{refused:?}"
        );
        newer.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_truncated_database_is_refused_untouched() {
        let bytes = sound().await;
        for length in [100, 512, 4096, 5000, bytes.len() / 2, bytes.len() - 4096] {
            let refused = refused_untouched(&bytes[..length]).await;
            assert!(refused.is_corrupt(), "{length} bytes: {refused:?}");
        }
    }

    #[tokio::test]
    async fn a_database_damaged_on_any_page_is_refused_untouched() {
        let bytes = sound().await;
        let pages = bytes.len() / 4096;
        for page in 0..pages {
            let mut damaged = bytes.clone();
            // The first page keeps the file's header, or it would be no database at all.
            let start = page * 4096 + if page == 0 { 100 } else { 0 };
            damaged[start..(page + 1) * 4096].fill(0xa5);
            let refused = refused_untouched(&damaged).await;
            assert!(refused.is_corrupt(), "page {page} of {pages}: {refused:?}");
        }
    }

    #[tokio::test]
    async fn what_a_killed_process_left_in_the_log_is_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        store
            .record_scan(&scan("https://a.example/", [posting("1", "One")]))
            .await
            .unwrap();
        // A copy of the files as they lie is what is left of a process that was killed now.
        let left = tempfile::tempdir().unwrap();
        for (name, bytes) in contents(dir.path()) {
            std::fs::write(left.path().join(name), bytes).unwrap();
        }
        assert_eq!(names(left.path()), ["s.db", "s.db-shm", "s.db-wal"]);

        let again = Sqlite::open(left.path().join("s.db")).await.unwrap();
        assert_eq!(
            again.counts().await.unwrap(),
            Counts {
                marketplaces: 1,
                postings: 1,
                scans: 1
            }
        );
        again.close().await.unwrap();
        assert_eq!(names(left.path()), ["s.db"]);
    }

    #[tokio::test]
    async fn an_open_that_is_abandoned_leaves_a_file_that_opens() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        for polls in 0..40 {
            if let Some(opened) = abandon_after(polls, Sqlite::open(&path)).await {
                opened.unwrap().close().await.unwrap();
            }
            Sqlite::open(&path).await.unwrap().close().await.unwrap();
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[tokio::test]
    async fn many_may_create_one_database_at_once() {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..10 {
            let path = dir.path().join(format!("{round}.db"));
            let open = || Sqlite::open(&path);
            let (a, b, c, d) = tokio::join!(open(), open(), open(), open());
            for store in [a, b, c, d] {
                store.unwrap().close().await.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn a_file_locked_by_another_is_busy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let mut other = raw(&path).await;
        raw_sql("BEGIN EXCLUSIVE")
            .execute(&mut other)
            .await
            .unwrap();
        let refused = Sqlite::open_waiting(&path, Duration::from_millis(50))
            .await
            .unwrap_err();
        assert!(refused.is_busy(), "{refused:?}");
        raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
        Sqlite::open(&path).await.unwrap().close().await.unwrap();
    }

    /// Tries to open a file of these bytes: it must be refused, by name, and the folder must be as it was.
    async fn refused_untouched(bytes: &[u8]) -> OpenError {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("s.db"), bytes).unwrap();
        let before = contents(dir.path());
        let refused = Sqlite::open(dir.path().join("s.db")).await.unwrap_err();
        assert!(
            contents(dir.path()) == before,
            "the file was changed: {refused}"
        );
        assert!(refused.to_string().contains("s.db"), "{refused}");
        refused
    }

    /// The bytes of a database with some postings.
    async fn sound() -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        let postings = (0..40).map(|id| posting(&id.to_string(), "A job"));
        store
            .record_scan(&scan("https://a.example/", postings))
            .await
            .unwrap();
        store.close().await.unwrap();
        std::fs::read(path).unwrap()
    }

    fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
        names(dir)
            .into_iter()
            .map(|name| (name.clone(), std::fs::read(dir.join(name)).unwrap()))
            .collect()
    }
}
