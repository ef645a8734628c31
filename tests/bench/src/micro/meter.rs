//! What a suite tells of its operations.

use std::{io, time::Duration};

use super::Figure;

/// Measures the operations of a suite.
///
/// An operation has a name, which says what is done, and contestants, which do it. Ours is called `ours`.
pub trait Meter {
    /// Measures one operation of one contestant. What it returns counts as used.
    fn measure<R>(&mut self, operation: &str, contestant: &str, run: impl FnMut() -> R);

    /// Measures an operation that `run` repeats as often as it is told, and says how long that took.
    ///
    /// For what has to be inside something else: a runtime, tasks. What `run` does besides must not depend on how often.
    fn repeat(&mut self, operation: &str, contestant: &str, run: impl FnMut(u64) -> Duration);

    /// Measures an operation that two threads do at once; each of them gets what `contender` makes.
    fn contend<R, F: FnMut() -> R + Send>(
        &mut self,
        operation: &str,
        contestant: &str,
        contender: impl FnMut() -> F,
    );

    /// Notes how many bytes a value takes, without what it points to.
    fn size<T>(&mut self, what: &str, contestant: &str, value: &T);

    /// Measures what is still allocated when something has been done that should leave nothing.
    fn growth(&mut self, what: &str, contestant: &str, run: impl FnOnce());

    /// Takes what the suite finds out by itself about time.
    fn figures(&mut self, run: impl FnOnce() -> Vec<Figure>);

    /// Reports what was found.
    ///
    /// # Errors
    /// It cannot be written.
    fn finish(self) -> io::Result<()>;
}

/// The meter that this was built with.
#[cfg(feature = "allocations")]
#[must_use]
pub fn meter() -> impl Meter {
    super::Counter::default()
}

/// The meter that this was built with.
#[cfg(not(feature = "allocations"))]
#[must_use]
pub fn meter() -> impl Meter {
    super::Stopwatch::from_arguments()
}
