//! The end of what Chrome writes to its standard error: the only place where it says why it died.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

/// How much of it is kept, in bytes.
const KEPT: usize = 4096;
/// How many lines an error quotes.
const QUOTED_LINES: usize = 4;

#[derive(Debug, Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<Vec<u8>>>);

impl LastWords {
    /// Listens until the stream ends. Memory is bounded however much is said.
    pub(crate) async fn listen(self, mut stream: impl AsyncRead + Unpin) {
        let mut buffer = [0; 1024];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            words.extend_from_slice(&buffer[..read]);
            let excess = words.len().saturating_sub(KEPT);
            words.drain(..excess);
        }
    }

    /// The last lines in one, without the complaints that every healthy start brings as well.
    pub(crate) fn quote(&self) -> String {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&words).into_owned();
        drop(words);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| {
                !line.is_empty()
                    && !line.contains("dbus")
                    && !line.contains("DevTools remote debugging")
            })
            .collect();
        lines[lines.len().saturating_sub(QUOTED_LINES)..].join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_end_is_kept_and_the_usual_complaints_are_left_out() {
        let mut said = "x".repeat(3 * KEPT);
        said.push_str("\nERROR:dbus/bus.cc no bus\none\n\ntwo\nthree\nNo usable sandbox!\n");
        let words = LastWords::default();
        words.clone().listen(said.as_bytes()).await;
        assert_eq!(words.quote(), "one | two | three | No usable sandbox!");
        assert!(words.0.lock().unwrap().len() <= KEPT);
    }
}
