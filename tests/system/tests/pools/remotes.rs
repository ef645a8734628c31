//! Pages of browsers that run elsewhere, one of which goes and comes back.

use std::sync::{Arc, Mutex};

use browser::{
    AcquireError, Balanced, LaunchError, Navigation, PageExt, PageLease, Pages, PagesConfig,
    Remote, RemoteOptions, Retirement,
};
use rustix::process::{Pid, Signal, kill_process};
use system::{groups_of, processes_of, running_in};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{port::Port, site::Site};

/// An address that leads to whatever is behind it at the moment, or to nothing.
struct Door {
    port: u16,
    behind: Arc<Mutex<Option<String>>>,
    _serving: JoinSet<()>,
}

impl Door {
    async fn to(host: &Port) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = Arc::new(Mutex::new(Some(host.chrome.address.clone())));
        let mut serving = JoinSet::new();
        let leads_to = Arc::clone(&behind);
        serving.spawn(async move {
            let mut visitors = JoinSet::new();
            while let Ok((mut visitor, _)) = listener.accept().await {
                let Some(address) = leads_to.lock().unwrap().clone() else {
                    continue;
                };
                visitors.spawn(async move {
                    if let Ok(mut host) = TcpStream::connect(address).await {
                        let _ = copy_bidirectional(&mut visitor, &mut host).await;
                    }
                });
            }
        });
        Self {
            port,
            behind,
            _serving: serving,
        }
    }

    fn leads_to(&self, host: Option<&Port>) {
        *self.behind.lock().unwrap() = host.map(|host| host.chrome.address.clone());
    }
}

/// Every lease is of a connection of its own.
fn pages_of(endpoints: &[String]) -> Pages {
    let endpoints = endpoints.iter().map(String::as_str);
    let remotes = Remote::each(endpoints, &RemoteOptions::default()).unwrap();
    let balanced = Balanced::new(remotes, Balanced::BREAKER).unwrap();
    let config = PagesConfig {
        max_browsers: 2,
        pages_per_browser: 1,
        retirement: Retirement {
            leases: Some(1),
            ..Retirement::never()
        },
        ..PagesConfig::default()
    };
    Pages::new(Arc::new(balanced), &config).unwrap()
}

async fn kill(port: &Port) {
    let groups = groups_of(port.scratch.path());
    for pid in processes_of(port.scratch.path()) {
        let _ = kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL);
    }
    while running_in(&groups) > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn visit(page: &PageLease, site: &Site) {
    page.navigate(&Navigation::to(site.url())).await.unwrap();
    let title: String = page.evaluate("document.title").await.unwrap();
    assert_eq!(title, "Site");
}

/// Leases of two pages, each of which visits the site.
async fn two_that_work(pages: &Pages, site: &Site) -> [PageLease; 2] {
    let leases = [
        pages.acquire("a").await.unwrap(),
        pages.acquire("b").await.unwrap(),
    ];
    for lease in &leases {
        visit(lease, site).await;
    }
    leases
}

#[tokio::test]
async fn a_remote_browser_that_dies_is_done_without_until_it_comes_back() {
    let site = Site::start().await;
    let (one, other) = tokio::join!(Port::open(&[]), Port::open(&[]));
    let door = Door::to(&one).await;
    let pages = pages_of(&[
        format!("http://user:secret@127.0.0.1:{}", door.port),
        format!("{}?token=secret", other.chrome.endpoint),
    ]);

    let leases = two_that_work(&pages, &site).await;
    assert_eq!(
        (
            one.chrome.contexts().await.unwrap(),
            other.chrome.contexts().await.unwrap()
        ),
        (1, 1)
    );

    door.leads_to(None);
    kill(&one).await;
    let error = leases[0].evaluate::<u32>("1").await.unwrap_err();
    assert!(error.is_retry_safe(), "{error:?}");
    visit(&leases[1], &site).await;
    drop(leases);
    one.end().await;
    // The tasks of the dead one go on with the other.
    let leases = two_that_work(&pages, &site).await;
    assert_eq!(other.chrome.contexts().await.unwrap(), 2);
    drop(leases);

    let one = Port::open(&[]).await;
    door.leads_to(Some(&one));
    other.comes_to(0).await;
    let leases = two_that_work(&pages, &site).await;
    assert_eq!(
        (
            one.chrome.contexts().await.unwrap(),
            other.chrome.contexts().await.unwrap()
        ),
        (1, 1)
    );
    drop(leases);

    door.leads_to(None);
    kill(&one).await;
    kill(&other).await;
    let error = pages.acquire("a").await.unwrap_err();
    let AcquireError::Create(AcquireError::Create(LaunchError::NoEndpoint { failures })) = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(failures.len(), 2);
    let text = format!("{error:?} {}", failures[0].problem);
    assert!(text.contains(&format!(":{}/", door.port)), "{text}");
    assert!(text.contains(&other.chrome.address), "{text}");
    assert!(!text.contains("secret"), "{text}");
    pages.shutdown().await;
    one.end().await;
    other.end().await;
}
