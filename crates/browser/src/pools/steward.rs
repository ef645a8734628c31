//! What has to be seen to while nobody asks for it: browsers that grow old or large, and pages that nobody will want.

use std::{sync::Arc, time::Duration};

use pool::Pool;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{fleet::Fleet, pages::PageManager};

/// How often browsers are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// At every which look their memory is looked at, too: it takes a look at every process there is.
const MEMORY: u32 = 5;

/// Looks after the browsers of `fleet` and ends idle pages of those that serve no more, for ever.
pub(crate) async fn keep(fleet: Arc<Fleet>, pages: Pool<PageManager>) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0_u32;
    loop {
        tokio::select! {
            _ = looks.tick() => {
                count = count.wrapping_add(1);
                look(&fleet, count.is_multiple_of(MEMORY));
            }
            () = fleet.is_untidy() => {}
        }
        tidy(&fleet, &pages);
    }
}

fn look(fleet: &Fleet, at_memory: bool) {
    let now = Instant::now();
    for share in fleet.shares() {
        share.record().look_at_age(now);
        if let Some(browser) = share.browser().filter(|_| at_memory) {
            share.record().look_at_memory(browser.memory());
        }
    }
    fleet.let_one_retire();
    fleet.end_idle_browsers(|pooled| pooled.record.look_at_age(now));
}

/// Ends idle pages that will not be lent again.
fn tidy(fleet: &Fleet, pages: &Pool<PageManager>) {
    let serves = fleet.shares().iter().all(|share| share.serves());
    if !serves && pages.status().idle > 0 {
        pages.retain(|pooled| pooled.share().serves());
    }
}
