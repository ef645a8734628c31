//! What a connection needs of the stream below it.

use super::outbox::Inbox;

/// Carries messages to a browser and back.
pub(super) trait Transport: Send + 'static {
    /// Writes what comes out of `inbox` and hands what arrives to `deliver` until the stream ends; says how it did.
    /// Reading goes on while a write waits.
    ///
    /// # Cancel safety
    /// A message may be written in part when the future is dropped: after that only [`farewell`](Self::farewell) is called.
    fn carry(
        &mut self,
        inbox: &mut Inbox,
        deliver: impl Fn(&[u8]) + Send,
    ) -> impl Future<Output = String> + Send;

    /// Writes what is still in `inbox` and takes leave, where that means something to the other end. Bounded.
    fn farewell(self, inbox: Inbox) -> impl Future<Output = ()> + Send;
}
