//! What a connection needs of the stream below it.

use tokio::task::yield_now;

use super::outbox::Inbox;

/// After how many messages in a row a reader lets others run: fewer than a subscriber may leave unread, as those who read
/// events share the thread in a runtime that has only one.
const MESSAGES_IN_A_ROW: usize = 64;

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

/// How many messages were read in a row.
#[derive(Debug, Default)]
pub(super) struct InARow(usize);

impl InARow {
    /// One more. What is buffered is read without waiting: this lets others run from time to time.
    pub(super) async fn read(&mut self) {
        self.0 = (self.0 + 1) % MESSAGES_IN_A_ROW;
        if self.0 == 0 {
            yield_now().await;
        }
    }
}
