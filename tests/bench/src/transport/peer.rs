//! What is asked of either party.

/// A party of the comparison: a library with one browser that runs.
///
/// Its methods return when the work is done. They block the calling thread, which is not a runtime's.
pub(crate) trait Peer: Sized {
    /// A page that is open.
    type Page;

    /// Opens a blank page.
    fn open(&self) -> anyhow::Result<Self::Page>;

    /// Goes to an address and waits until the page is loaded.
    fn load(&self, page: &Self::Page, url: &str) -> anyhow::Result<()>;

    /// The value of an expression.
    fn evaluate(&self, page: &Self::Page, expression: &str) -> anyhow::Result<u64>;

    /// Closes a page.
    fn close(&self, page: Self::Page) -> anyhow::Result<()>;

    /// Ends the browser in the way that the library gives for it.
    fn end(self);
}
