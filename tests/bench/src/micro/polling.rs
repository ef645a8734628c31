//! Futures without a runtime.

use std::{
    hint::spin_loop,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Polls a future until it is ready, without a runtime and without sleeping.
///
/// For futures that are ready at once, or that wait for a lock which another thread holds for some nanoseconds: waking a
/// thread would take longer than what is measured.
pub fn poll_to_end<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        spin_loop();
    }
}
