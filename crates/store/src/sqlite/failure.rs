//! What SQLite's error codes mean to us.

use std::error::Error;

use crate::{Sqlite, StoreError};

/// The kinds of failure that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Busy,
    Corrupt,
    NotADatabase,
    Other,
}

impl Failure {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        let Some(code) = code.and_then(|code| code.parse::<i32>().ok()) else {
            return Self::Other;
        };
        // The low byte is the primary code: https://www.sqlite.org/rescode.html
        match code & 0xff {
            5 | 6 => Self::Busy,
            11 => Self::Corrupt,
            26 => Self::NotADatabase,
            _ => Self::Other,
        }
    }
}

impl Sqlite {
    pub(super) fn failed(&self, error: sqlx::Error) -> StoreError {
        let database = self.database.clone();
        match Failure::of(&error) {
            Failure::Busy => StoreError::Busy {
                database,
                waited: self.busy_timeout,
            },
            Failure::Corrupt | Failure::NotADatabase => StoreError::Corrupt {
                database,
                source: error.into(),
            },
            Failure::Other => StoreError::Database {
                database,
                source: error.into(),
            },
        }
    }

    pub(super) fn undecodable(
        &self,
        what: &'static str,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> StoreError {
        StoreError::Decode {
            database: self.database.clone(),
            what,
            source: error.into(),
        }
    }
}
