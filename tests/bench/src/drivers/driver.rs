//! What is asked of each driver.

/// A library, or none, with one browser that runs.
///
/// Its methods return when the work is done. They block the calling thread, which is not a runtime's.
pub(crate) trait Driver: Sized {
    /// A page that is open.
    type Page;

    /// Opens a blank page.
    fn open(&mut self) -> anyhow::Result<Self::Page>;

    /// Goes to an address and waits until the page is loaded.
    fn visit(&mut self, page: &mut Self::Page, url: &str) -> anyhow::Result<()>;

    /// The value of an expression.
    fn evaluate(&mut self, page: &mut Self::Page, expression: &str) -> anyhow::Result<u64>;

    /// Closes a page.
    fn close(&mut self, page: Self::Page) -> anyhow::Result<()>;

    /// Ends the browser in the way that the library gives for it.
    fn end(self) -> anyhow::Result<()>;
}
