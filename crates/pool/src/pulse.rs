//! What a pool does as time passes: it ends what is idle or old, checks what is idle, tells of leases that last too long and
//! keeps resources ready.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::{Cause, Event, Lease, Manager, doomed::catch, ledger::Overdue, shared::Shared};

/// Beats until the pool closes.
pub(crate) async fn beat<M: Manager>(shared: Arc<Shared<M>>, period: Duration) {
    let mut beats = interval(period);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let beating = async {
        loop {
            beats.tick().await;
            do_chores(&shared);
        }
    };
    shared.closing.run_until_cancelled(beating).await;
}

/// Checks what is idle, again and again, until the pool closes. Apart from the beat, which must not wait for a check.
pub(crate) async fn check<M: Manager>(shared: Arc<Shared<M>>, interval: Duration) {
    let checking = async {
        loop {
            sleep(interval).await;
            check_idle(&shared).await;
        }
    };
    shared.closing.run_until_cancelled(checking).await;
}

fn do_chores<M: Manager>(shared: &Arc<Shared<M>>) {
    let now = shared.advance();
    let chores = shared.ledger().pulse(now);
    chores
        .end
        .into_iter()
        .for_each(|ending| shared.start_ending(ending));
    shared.start_creations(chores.create, false);
    for overdue in chores.overdue {
        tell_overdue(shared, overdue);
    }
}

fn tell_overdue<M: Manager>(shared: &Arc<Shared<M>>, overdue: Overdue) {
    let Overdue { id, taken_at, age } = overdue;
    let age = Duration::from_millis(age);
    let revoked = shared.config.revoke_overdue && shared.revoke(id);
    tracing::warn!(
        pool = %shared.config.name,
        id = id.serial,
        %taken_at,
        ?age,
        revoked,
        "a lease has lasted too long"
    );
    shared.tell(|| Event::Overdue {
        id: id.serial,
        taken_at,
        age,
        revoked,
    });
}

/// Checks the resources that are idle now, one after the other, so that at most one is missing at a time.
async fn check_idle<M: Manager>(shared: &Arc<Shared<M>>) {
    for mut lease in Lease::looks(shared) {
        // Where the check is cut short by the end of the pool, nobody knows what state it is in.
        lease.set_discard(true);
        let check = catch(async { shared.manager.check(&mut lease).await });
        match timeout(shared.config.check_timeout, check).await {
            Ok(Ok(Ok(()))) => lease.set_discard(false),
            _ => lease.end(Cause::Unhealthy),
        }
    }
}
