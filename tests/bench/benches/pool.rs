//! `pool` beside deadpool, bb8, mobc, asyncband and fast_pool.
//!
//! All have the same maximum, make resources as they are asked for, do not test one before they lend it, and have a recycling
//! that does nothing. None ends resources by age. What cannot be made equal:
//!
//! - Time limits. Ours, bb8, mobc and fast_pool always bound the wait, as they do by default: 60 s for ours, 30 s for the
//!   others. deadpool bounds nothing by default and asyncband nothing at all: a task that waits costs them no timer.
//!   `deadpool, limits` has those of ours. Only ours reads no clock for a lease that is to be had at once.
//! - Ours makes resources in a task of its own, as bb8 does; the others make them in the future of whoever asked.
//! - mobc gives a resource back in a task that it spawns for it, so every release costs it a task.
//! - mobc lends the resource that came back last, and so does ours where all leases are of one key; the others lend
//!   the one that came back first.
//! - fast_pool calls its check before every lease, under a timer; it cannot be turned off.
//! - bb8 and fast_pool let a newcomer overtake who waits; the others serve in the order of asking. A task that asks again as
//!   soon as it has given back then takes nearly everything, without a wait: what these two need for a lease that
//!   many want is little more than for one that nobody else wants.
//! - The leases of ours and of bb8 borrow the pool, those of the others do not: `ours, owned` is as theirs.
//!
//! mobc calls the facade `metrics`, to which nobody listens here.

use std::io;

use bench::micro::{Figure, Meter, meter};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};

use contestants::{Asyncband, Bb8, Contestant, Deadpool, FastPool, Limited, Mobc, Ours, Owned};
use creation::{first_leases, impatient};
use grid::cell;
use operations::{cancelled, contended, hand_off, warm};

#[path = "pool/contestants.rs"]
mod contestants;
#[path = "pool/creation.rs"]
mod creation;
#[path = "pool/grid.rs"]
mod grid;
#[path = "pool/operations.rs"]
mod operations;
#[path = "pool/warm.rs"]
mod warm;

/// Calls a generic function for each pool in turns.
macro_rules! each_pool {
    ($function:ident($($argument:expr),*)) => {
        $function::<Ours>($($argument),*);
        $function::<Deadpool>($($argument),*);
        $function::<Bb8>($($argument),*);
        $function::<Mobc>($($argument),*);
        $function::<Asyncband>($($argument),*);
        $function::<FastPool>($($argument),*);
    };
}

/// Calls a generic function for each pool, and each other way to use one, in turns.
macro_rules! each_way {
    ($function:ident($($argument:expr),*)) => {
        $function::<Ours>($($argument),*);
        $function::<Owned>($($argument),*);
        $function::<Deadpool>($($argument),*);
        $function::<Limited>($($argument),*);
        $function::<Bb8>($($argument),*);
        $function::<Mobc>($($argument),*);
        $function::<Asyncband>($($argument),*);
        $function::<FastPool>($($argument),*);
    };
}

fn main() -> io::Result<()> {
    let mut meter = meter();
    operations(&mut meter);
    meter.figures(slow_resources);
    meter.figures(many_tasks);
    meter.finish()
}

fn operations(meter: &mut impl Meter) {
    each_way!(warm(meter));
    each_way!(contended(meter));
    each_way!(hand_off(meter));
    each_way!(cancelled(meter));
}

fn workers() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("threads can be started")
}

/// How long it takes until there is something to lend.
fn slow_resources() -> Vec<Figure> {
    workers().block_on(async {
        let mut asking = JoinSet::new();
        each_pool!(ask(&mut asking));
        let mut answers = asking.join_all().await;
        // They come as they are ready, but belong in the order in which they were asked.
        answers.sort_by_key(|(place, _)| *place);
        answers
            .into_iter()
            .flat_map(|(_, figures)| figures)
            .collect()
    })
}

fn ask<C: Contestant>(asking: &mut JoinSet<(usize, Vec<Figure>)>) {
    let place = asking.len();
    asking.spawn(async move {
        let (first, impatient) = tokio::join!(first_leases::<C>(), impatient::<C>());
        (place, [first, impatient].concat())
    });
}

/// What many tasks get out of a few resources, or a few out of many.
fn many_tasks() -> Vec<Figure> {
    let runtime = workers();
    let mut figures = Vec::new();
    for size in grid::SIZES {
        for tasks in grid::TASKS {
            each_pool!(cell(&mut figures, &runtime, size, tasks));
        }
    }
    figures
}
