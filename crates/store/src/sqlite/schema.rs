//! The versions of the schema, and the step from each to the next.
//!
//! The file carries the program's mark (`application_id`) and the version (`user_version`), both in its header, both
//! set in the transaction that makes the tables.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, raw_sql};

/// "mksc" in ASCII: marks a file as ours.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"mksc");

/// The step at index n leads from version n to n + 1.
const STEPS: [&str; 1] = [include_str!("../../migrations/0001_initial.sql")];

/// The version this program reads and writes.
pub(super) const LATEST: u32 = STEPS.len() as u32;

/// Whose file it is, and in which version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Nothing is in it yet.
    Empty,
    /// Ours.
    Ours(u32),
    /// Another program's.
    Foreign,
}

/// Reads whose file it is.
pub(super) async fn version(connection: &mut SqliteConnection) -> sqlx::Result<Version> {
    // One statement, hence one state of the file: another process may be making the tables at this moment.
    let (application_id, user_version, is_used): (i32, i32, bool) = sqlx::query_as(
        "SELECT (SELECT application_id FROM pragma_application_id),
                (SELECT user_version FROM pragma_user_version),
                EXISTS (SELECT 1 FROM sqlite_schema)",
    )
    .fetch_one(connection)
    .await?;
    if application_id == APPLICATION_ID {
        // A negative version is none we ever wrote; refusing it as newer is the safe reading.
        return Ok(Version::Ours(
            u32::try_from(user_version).unwrap_or(u32::MAX),
        ));
    }
    let is_marked = application_id != 0 || user_version != 0;
    Ok(if is_marked || is_used {
        Version::Foreign
    } else {
        Version::Empty
    })
}

/// Brings an empty or older file to [`LATEST`] in one transaction, and returns what it is then.
///
/// Another process may be doing the same: the version is read again under the lock.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> sqlx::Result<Version> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let from = match version(&mut transaction).await? {
        Version::Empty => 0,
        Version::Ours(version) if version < LATEST => version,
        other => return Ok(other),
    };
    for step in STEPS.iter().skip(from as usize) {
        raw_sql(*step).execute(&mut *transaction).await?;
    }
    raw_sql(AssertSqlSafe(format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {LATEST}"
    )))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Version::Ours(LATEST))
}
