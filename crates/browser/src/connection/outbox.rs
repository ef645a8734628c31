//! Commands on their way out, bounded.
//!
//! | what waits to be written | at most | past that |
//! | --- | --- | --- |
//! | calls | 16 MiB together, or one that is larger | the caller waits, within its own timeout |
//! | commands of drops and of the keeper, which cannot wait | 4 MiB together | the connection ends |
//!
//! A command that cannot wait gives something back: it disposes of a context, closes a window, lets a request go on. Losing
//! one would leak in the browser, so the connection ends instead, and with it everything that it made. A browser that
//! has let tens of thousands of them lie does not read any more.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Bytes of calls that may wait to be written.
pub(super) const CALL_BYTES: u32 = 16 << 20;
/// Bytes of commands that cannot wait, that may wait to be written all the same.
pub(super) const SEND_BYTES: u32 = 4 << 20;

/// What puts commands in.
#[derive(Debug)]
pub(super) struct Outbox {
    queue: mpsc::UnboundedSender<Command>,
    calls: Arc<Semaphore>,
    sends: Arc<Semaphore>,
}

/// What takes them out.
#[derive(Debug)]
pub(super) struct Inbox(mpsc::UnboundedReceiver<Command>);

/// A command, and the room it takes until it is written.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) text: String,
    _room: OwnedSemaphorePermit,
}

/// How a connection ends whose commands that cannot wait fill their whole room.
const OVERFLOW: &str = "the browser does not read what it is sent";

impl Outbox {
    pub(super) fn new() -> (Self, Inbox) {
        let (queue, inbox) = mpsc::unbounded_channel();
        let room = |bytes: u32| Arc::new(Semaphore::new(bytes as usize));
        let outbox = Self {
            queue,
            calls: room(CALL_BYTES),
            sends: room(SEND_BYTES),
        };
        (outbox, Inbox(inbox))
    }

    /// Puts in a call once there is room for it. First come, first served.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the place in the queue; the call is then not put in.
    pub(super) async fn call(&self, text: String) {
        let room = Arc::clone(&self.calls);
        // Once the connection ended nothing is taken; the caller learns it from the end of its answer.
        if let Ok(room) = room.acquire_many_owned(bytes(&text, CALL_BYTES)).await {
            self.put(text, room);
        }
    }

    /// Puts in a command that cannot wait; on an error there is no room, and the error says how the connection ends.
    pub(super) fn send(&self, text: String) -> Result<(), &'static str> {
        let room = Arc::clone(&self.sends).try_acquire_many_owned(bytes(&text, SEND_BYTES));
        self.put(text, room.map_err(|_full| OVERFLOW)?);
        Ok(())
    }

    fn put(&self, text: String, room: OwnedSemaphorePermit) {
        // An ended connection has nothing left to tell.
        let _ = self.queue.send(Command { text, _room: room });
    }
}

/// The room a text takes; one that is larger than all room takes all of it.
fn bytes(text: &str, room: u32) -> u32 {
    u32::try_from(text.len()).map_or(room, |bytes| bytes.min(room))
}

impl Inbox {
    /// The next command; `None` once there can be none.
    ///
    /// # Cancel safety
    /// No command is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Option<Command> {
        self.0.recv().await
    }

    /// The next command that is in already. What is put in later is dropped.
    pub(super) fn last(&mut self) -> Option<Command> {
        self.0.close();
        self.0.try_recv().ok()
    }
}
