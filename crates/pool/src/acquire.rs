//! The way to a lease: a resource that is idle or handed over, checked and prepared.

use std::{
    error::Error,
    future::{Future, poll_fn},
    panic::Location,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::time::{Instant, timeout};

use crate::{
    AcquireError, Cause, Lease, Manager,
    doomed::{Panicked, catch},
    lease::Handle,
    ledger::Admission,
    queue::Ticket,
    shared::{Place, Shared},
    slot::Lent,
};

/// Lends a resource for `key` to a caller, made, checked and prepared.
pub(crate) async fn acquire<'a, M: Manager>(
    handle: Handle<'a, M>,
    key: &M::Key,
    taken_at: &'static Location<'static>,
) -> Result<Lease<'a, M>, AcquireError<M::Error>> {
    let acquired = lend(&handle, key, taken_at).await;
    handle.meter.acquired(acquired.is_ok());
    acquired
}

async fn lend<'a, M: Manager>(
    shared: &Handle<'a, M>,
    key: &M::Key,
    taken_at: &'static Location<'static>,
) -> Result<Lease<'a, M>, AcquireError<M::Error>> {
    let mut deadline = None;
    let mut ticket = None;
    loop {
        let lent = next(shared, key, &mut ticket, taken_at, &mut deadline).await?;
        let (fresh, unused) = (lent.fresh, lent.unused);
        // Zero asks for a check after every lease, and this one may not have had any.
        let must_check = shared.config.check_after.is_some_and(|after| {
            Duration::from_millis(lent.rested) >= after && !(unused && after.is_zero())
        });
        let mut lease = Lease::new(shared.clone(), lent.id, lent.resource);
        // Half-prepared resources are not lent to anybody: until it is ready, dropping it ends it.
        lease.set_discard(true);
        if must_check {
            let check = async { shared.manager.check(&mut lease).await };
            if let Err(error) = step(shared.config.check_timeout, check).await {
                tracing::debug!(
                    error = &error as &dyn Error,
                    "an idle resource has gone bad; replacing it"
                );
                lease.end(Cause::Unhealthy);
                again(shared, &mut deadline)?;
                continue;
            }
        }
        let recycle = async { shared.manager.recycle(&mut lease, key).await };
        match step(shared.config.recycle_timeout, recycle).await {
            // It was killed meanwhile; what is done at once leaves no time for that, and is not worth a look.
            Ok(Pace::Slow) if lease.is_revoked() => {
                drop(lease);
                again(shared, &mut deadline)?;
            }
            Ok(_) => {
                lease.set_discard(false);
                return Ok(lease);
            }
            // A new resource that cannot be used is a failed creation; trying again would loop for ever.
            Err(error) if fresh => return Err(error),
            Err(error) => {
                tracing::debug!(
                    error = &error as &dyn Error,
                    "a reused resource could not be prepared; replacing it"
                );
                drop(lease);
                again(shared, &mut deadline)?;
            }
        }
    }
}

/// Whether there is time for another try, for a caller who was given something useless.
fn again<M: Manager>(
    shared: &Handle<'_, M>,
    deadline: &mut Option<Instant>,
) -> Result<(), AcquireError<M::Error>> {
    // The clock is read only from here on: a caller who is served at once does not pay for it.
    let (now, waited) = (Instant::now(), shared.config.acquire_timeout);
    match now >= *deadline.get_or_insert_with(|| after(now, waited)) {
        true => Err(AcquireError::Timeout { waited }),
        false => Ok(()),
    }
}

/// The next resource for a caller, unprepared; the ticket keeps its place for the case that it comes again.
async fn next<M: Manager>(
    shared: &Arc<Shared<M>>,
    key: &M::Key,
    ticket: &mut Option<Ticket>,
    taken_at: &'static Location<'static>,
    deadline: &mut Option<Instant>,
) -> Result<Lent<M::Resource>, AcquireError<M::Error>> {
    let own = match shared.admit(key, *ticket, taken_at) {
        Admission::Lent(lent, own) => {
            *ticket = Some(own);
            return Ok(lent);
        }
        Admission::Queued(own) => own,
        Admission::QueueFull => {
            return Err(AcquireError::QueueFull {
                limit: shared.config.max_waiters,
            });
        }
        Admission::Closed => return Err(AcquireError::Closed),
    };
    *ticket = Some(own);
    let (began, waited) = (Instant::now(), shared.config.acquire_timeout);
    let deadline = *deadline.get_or_insert_with(|| after(began, waited));
    let handed = Place::new(shared, own, shared.due(deadline)).await;
    if !matches!(handed, Err(AcquireError::Timeout { .. })) {
        shared.meter.waited(began);
    }
    handed
}

/// The end of a time, or of some thirty years where the clock cannot tell.
fn after(began: Instant, time: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(1_000_000_000);
    began.checked_add(time).unwrap_or_else(|| began + FAR)
}

/// Whether a step had to be waited for.
enum Pace {
    Instant,
    Slow,
}

/// Bounds a step of the manager, and catches its panic.
async fn step<E>(
    limit: Duration,
    work: impl Future<Output = Result<(), E>>,
) -> Result<Pace, AcquireError<E>> {
    let mut work = pin!(catch(work));
    // Most steps are done at once, and need no timer.
    let first = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
    let (done, pace) = match first {
        Poll::Ready(done) => (done, Pace::Instant),
        Poll::Pending => match timeout(limit, work).await {
            Ok(done) => (done, Pace::Slow),
            Err(_elapsed) => return Err(AcquireError::CreateTimeout { limit }),
        },
    };
    match done {
        Ok(Ok(())) => Ok(pace),
        Ok(Err(error)) => Err(AcquireError::Create(error)),
        Err(Panicked) => Err(AcquireError::CreatePanicked),
    }
}
