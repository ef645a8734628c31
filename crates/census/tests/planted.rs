//! Each kind of leak shows as exactly what it is. One test, since it counts what its own process holds.

use std::{
    fs::File,
    os::unix::{net::UnixStream, process::CommandExt},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::event::epoll;

use census::{Census, FdKinds, Growth, Scope};

#[test]
fn each_leak_is_counted_once_and_in_its_own_column() {
    let temp = tempfile::tempdir().unwrap();
    let scope = Scope {
        temp_dirs: vec![temp.path().to_owned()],
    };
    let take = || Census::take(&scope).unwrap();
    let cold = take();
    assert_eq!(take().growth_since(&cold), Growth::default());

    let descriptors = |fds: i64, fds_by_kind: FdKinds<i64>| Growth {
        fds,
        fds_by_kind,
        ..Growth::default()
    };
    let none = FdKinds::default();
    let file = File::open("/dev/null").unwrap();
    let one_file = FdKinds { files: 1, ..none };
    assert_eq!(take().growth_since(&cold), descriptors(1, one_file));
    drop(file);

    let pair = UnixStream::pair().unwrap();
    let two_sockets = FdKinds { sockets: 2, ..none };
    assert_eq!(take().growth_since(&cold), descriptors(2, two_sockets));
    drop(pair);

    let ends = std::io::pipe().unwrap();
    let two_pipes = FdKinds { pipes: 2, ..none };
    assert_eq!(take().growth_since(&cold), descriptors(2, two_pipes));
    drop(ends);

    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    let one_event = FdKinds { events: 1, ..none };
    assert_eq!(take().growth_since(&cold), descriptors(1, one_event));
    drop(epoll);

    let (stop, stopped) = mpsc::channel::<()>();
    let thread = thread::spawn(move || stopped.recv().is_err());
    let with_thread = settles(&take, |census| census.threads == cold.threads + 1);
    assert_eq!(
        with_thread.growth_since(&cold),
        Growth {
            threads: 1,
            ..Growth::default()
        }
    );
    drop(stop);
    assert!(thread.join().unwrap());

    let (stop, stopped) = mpsc::channel::<()>();
    let elastic = thread::Builder::new().name("ThreadPoolForegroundWorker".into());
    let thread = elastic.spawn(move || stopped.recv().is_err()).unwrap();
    let with_elastic = settles(&take, |census| {
        // The thread before it may be shown for a little while after it was joined.
        census.elastic_threads == cold.elastic_threads + 1 && census.threads == cold.threads
    });
    assert!(with_elastic.growth_since(&cold).is_zero());
    drop(stop);
    assert!(thread.join().unwrap());

    let mut child = Command::new("sleep")
        .arg("60")
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let with_child = settles(&take, |census| census.processes == cold.processes + 1);
    let growth = with_child.growth_since(&cold);
    assert_eq!(
        (growth.processes, growth.threads, growth.zombies),
        (1, 1, 0)
    );
    assert!(with_child.own_rss_bytes > 0 && with_child.own_fds == cold.own_fds);
    assert!(with_child.rss_bytes > with_child.own_rss_bytes);

    assert_eq!(census::group_of(child.id()), Some(child.id()));
    assert_eq!(census::running_in_group(child.id()).unwrap(), 1);
    assert_eq!(census::members_of_group(child.id()).unwrap(), [child.id()]);
    let held = census::memory_of_group(child.id()).unwrap();
    assert!(held > 0 && held < with_child.rss_bytes, "{held}");
    child.kill().unwrap();
    let with_zombie = settles(&take, |census| census.zombies == 1);
    assert_eq!(
        with_zombie.growth_since(&cold),
        Growth {
            zombies: 1,
            ..Growth::default()
        }
    );
    assert_eq!(census::group_of(child.id()), None);
    assert_eq!(census::running_in_group(child.id()).unwrap(), 0);
    assert_eq!(census::members_of_group(child.id()).unwrap(), [0; 0]);
    assert_eq!(census::memory_of_group(child.id()).unwrap(), 0);
    child.wait().unwrap();

    std::fs::create_dir_all(temp.path().join("profile/tmp")).unwrap();
    File::create(temp.path().join("profile/tmp/litter")).unwrap();
    assert_eq!(
        take().growth_since(&cold),
        Growth {
            temp_entries: 2,
            ..Growth::default()
        }
    );
    std::fs::remove_dir_all(temp.path().join("profile")).unwrap();

    let end = settles(&take, |census| census.growth_since(&cold).is_zero());
    assert!(
        end.growth_since(&cold).is_zero(),
        "{}",
        end.growth_since(&cold)
    );
}

/// The kernel shows beginnings and ends of threads and processes a little late.
fn settles(take: &dyn Fn() -> Census, reached: impl Fn(&Census) -> bool) -> Census {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let census = take();
        if reached(&census) || Instant::now() > deadline {
            return census;
        }
        thread::yield_now();
    }
}
