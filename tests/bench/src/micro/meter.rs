//! What a suite tells of its operations.

use std::io;

/// Measures the operations of a suite.
///
/// An operation has a name, which says what is done, and contestants, which do it. Ours is called `ours`.
pub trait Meter {
    /// Measures one operation of one contestant. What it returns counts as used.
    fn measure<R>(&mut self, operation: &str, contestant: &str, run: impl FnMut() -> R);

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
