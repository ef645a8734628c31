//! A look of another thread is not counted. One test, since it counts what its own process holds.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use census::{Census, Scope, memory_of_group};

#[test]
fn what_another_look_holds_open_is_not_counted() {
    let own_fds = || Census::take(&Scope::default()).unwrap().own_fds;
    let alone = own_fds();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                memory_of_group(1).unwrap();
            }
        });
        let counts: Vec<u64> = (0..300).map(|_| own_fds()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(counts.iter().all(|&count| count == alone), "{counts:?}");
    });
}
