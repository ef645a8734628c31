//! A launcher over other launchers, such as remote browsers at several places.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use breaker::{Breaker, TokioClock, Trip};
use serde_json::Value;

use crate::{
    Browser, CallError, CloseReason, ConnectionState, Context, ContextOptions, EventStream,
    LaunchError, Launched, Launcher, Page, PageOptions, Version,
};

/// Starts each browser at the endpoint that has the fewest of ours, and leaves alone for a while those that fail.
///
/// Where the least loaded one fails, the next is tried. Each endpoint sits behind its own circuit breaker: while that is open
/// the endpoint is passed over without an attempt.
///
/// ```
/// use std::sync::Arc;
/// use browser::{Balanced, Pages, PagesConfig, Remote, RemoteOptions};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let endpoints = ["ws://10.0.0.1:9222/devtools/browser/ID", "http://10.0.0.2:9222"];
/// let remotes = Remote::each(endpoints, &RemoteOptions::default())?;
/// let launcher = Balanced::new(remotes, Balanced::BREAKER)?;
/// let pages = Pages::new(Arc::new(launcher), &PagesConfig::default())?;
/// # pages.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct Balanced {
    endpoints: Vec<Endpoint>,
}

/// A launcher, with the name that errors call it by.
pub struct NamedLauncher {
    /// The name.
    pub name: String,
    /// The launcher.
    pub launcher: Arc<dyn Launcher>,
}

impl fmt::Debug for NamedLauncher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamedLauncher").field(&self.name).finish()
    }
}

/// One of the launchers.
struct Endpoint {
    name: String,
    launcher: Arc<dyn Launcher>,
    breaker: Breaker,
    /// Browsers of it that start or run.
    load: Arc<AtomicUsize>,
}

/// Why an endpoint gave no browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFailure {
    /// What the endpoint is called; an address is without credentials.
    pub endpoint: String,
    /// What went wrong there, with its causes.
    pub problem: String,
    /// Whether it may work if it is tried again.
    pub is_retry_safe: bool,
}

impl Balanced {
    /// Three failures in a row, and an endpoint is left alone for 10 s; for twice as long, up to 80 s, each time that it fails again.
    pub const BREAKER: breaker::Config = breaker::Config {
        trip: Trip::Consecutive { count: 3 },
        cooldown: Duration::from_secs(10),
        cooldown_cap: Some(Duration::from_secs(80)),
        probes: 1,
        probe_deadline: Duration::from_secs(60),
        capacity: 1,
    };

    /// A launcher over these; nothing is started yet.
    ///
    /// # Errors
    /// [`InvalidConfig`](breaker::InvalidConfig) names the setting of the breakers that is out of bounds.
    pub fn new(
        launchers: impl IntoIterator<Item = NamedLauncher>,
        breaker: breaker::Config,
    ) -> Result<Self, breaker::InvalidConfig> {
        let endpoints = launchers
            .into_iter()
            .map(|NamedLauncher { name, launcher }| {
                Ok(Endpoint {
                    name,
                    launcher,
                    breaker: Breaker::with_clock(breaker, Arc::new(TokioClock))?,
                    load: Arc::default(),
                })
            });
        Ok(Self {
            endpoints: endpoints.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Debug for Balanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoints = self.endpoints.iter();
        let loads =
            endpoints.map(|endpoint| (&endpoint.name, endpoint.load.load(Ordering::Relaxed)));
        f.debug_map().entries(loads).finish()
    }
}

impl Endpoint {
    async fn launch(&self) -> Result<Launched, EndpointFailure> {
        let failure = |problem, is_retry_safe| EndpointFailure {
            endpoint: self.name.clone(),
            problem,
            is_retry_safe,
        };
        let permit = self
            .breaker
            .admit_owned()
            .map_err(|rejected| failure(format!("it is left alone: {rejected}"), true))?;
        let load = Load::add(&self.load);
        match self.launcher.launch().await {
            Ok(Launched { browser, kill }) => {
                permit.success();
                let browser = Arc::new(Counted {
                    browser,
                    _load: load,
                });
                Ok(Launched { browser, kill })
            }
            Err(error) => {
                permit.failure();
                tracing::warn!(
                    endpoint = self.name,
                    error = &error as &dyn std::error::Error,
                    "an endpoint gave no browser"
                );
                Err(failure(with_causes(&error), error.is_retry_safe()))
            }
        }
    }
}

/// An error and its causes in one line.
fn with_causes(error: &LaunchError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[async_trait]
impl Launcher for Balanced {
    async fn launch(&self) -> Result<Launched, LaunchError> {
        let mut untried: Vec<_> = self.endpoints.iter().collect();
        let mut failures = Vec::with_capacity(untried.len());
        // Looked at anew each time: others are at work meanwhile.
        while let Some(index) = least_loaded(&untried) {
            match untried.remove(index).launch().await {
                Ok(launched) => return Ok(launched),
                Err(failure) => failures.push(failure),
            }
        }
        Err(LaunchError::NoEndpoint { failures })
    }

    fn page_limit(&self) -> Option<usize> {
        let limits = self.endpoints.iter();
        limits
            .filter_map(|endpoint| endpoint.launcher.page_limit())
            .min()
    }

    async fn shutdown(&self) {
        for endpoint in &self.endpoints {
            endpoint.launcher.shutdown().await;
        }
    }
}

fn least_loaded(endpoints: &[&Endpoint]) -> Option<usize> {
    let loads = endpoints.iter().enumerate();
    let loads = loads.map(|(index, endpoint)| (endpoint.load.load(Ordering::Acquire), index));
    loads.min().map(|(_load, index)| index)
}

/// One browser that starts or runs.
struct Load(Arc<AtomicUsize>);

impl Load {
    fn add(load: &Arc<AtomicUsize>) -> Self {
        load.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(load))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A browser that counts on its endpoint for as long as it has a handle.
struct Counted {
    // The browser goes first.
    browser: Arc<dyn Browser>,
    _load: Load,
}

#[async_trait]
impl Browser for Counted {
    async fn execute(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.browser.execute(method, params).await
    }

    fn events(&self, methods: &[&str]) -> EventStream {
        self.browser.events(methods)
    }

    async fn new_page(&self, options: PageOptions) -> Result<Box<dyn Page>, CallError> {
        self.browser.new_page(options).await
    }

    async fn new_context(&self, options: ContextOptions) -> Result<Box<dyn Context>, CallError> {
        self.browser.new_context(options).await
    }

    fn version(&self) -> Version {
        self.browser.version()
    }

    fn in_flight(&self) -> usize {
        self.browser.in_flight()
    }

    fn memory(&self) -> Option<u64> {
        self.browser.memory()
    }

    fn state(&self) -> ConnectionState {
        self.browser.state()
    }

    async fn closed(&self) -> CloseReason {
        self.browser.closed().await
    }

    async fn close(&self) {
        self.browser.close().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::MockBrowser;

    /// An endpoint that is there or not, and how often it was asked for a browser.
    #[derive(Default)]
    struct Fake {
        is_down: AtomicBool,
        asked: AtomicUsize,
    }

    impl Fake {
        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }

        fn be_down(&self, is_down: bool) {
            self.is_down.store(is_down, Ordering::SeqCst);
        }
    }

    #[async_trait]
    impl Launcher for Fake {
        async fn launch(&self) -> Result<Launched, LaunchError> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.is_down.load(Ordering::SeqCst) {
                let reason = "nobody is there".into();
                return Err(LaunchError::Call(CallError::Closed { reason }));
            }
            Ok(Launched {
                browser: Arc::new(MockBrowser::new()),
                kill: Box::new(|| ()),
            })
        }

        async fn shutdown(&self) {}
    }

    fn two() -> (Balanced, [Arc<Fake>; 2]) {
        let fakes = [Arc::<Fake>::default(), Arc::<Fake>::default()];
        let launchers = fakes.clone().into_iter().enumerate().map(|(index, fake)| {
            let launcher: Arc<dyn Launcher> = fake;
            let name = format!("endpoint {index}");
            NamedLauncher { name, launcher }
        });
        (Balanced::new(launchers, Balanced::BREAKER).unwrap(), fakes)
    }

    #[tokio::test(start_paused = true)]
    async fn the_endpoint_with_the_fewest_browsers_gets_the_next() {
        let (balanced, [one, other]) = two();
        let mut browsers = Vec::new();
        for _ in 0..6 {
            browsers.push(balanced.launch().await.unwrap());
        }
        assert_eq!((one.asked(), other.asked()), (3, 3));
        // One has none any more: the next three are its.
        let mut index = 0;
        browsers.retain(|_| {
            index += 1;
            index % 2 == 0
        });
        for _ in 0..3 {
            browsers.push(balanced.launch().await.unwrap());
        }
        assert_eq!((one.asked(), other.asked()), (6, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_endpoint_is_passed_over_without_an_attempt_until_its_cooldown_has_passed() {
        let (balanced, [one, other]) = two();
        one.be_down(true);
        for count in 1..=10 {
            assert!(balanced.launch().await.is_ok());
            assert_eq!((one.asked(), other.asked()), (count.min(3), count));
        }
        one.be_down(false);
        tokio::time::advance(Duration::from_secs(11)).await;
        let browsers = [
            balanced.launch().await.unwrap(),
            balanced.launch().await.unwrap(),
        ];
        assert_eq!((one.asked(), other.asked()), (4, 11));
        drop(browsers);
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_are_dead_the_error_names_each() {
        let (balanced, fakes) = two();
        fakes.iter().for_each(|fake| fake.be_down(true));
        let mut errors = Vec::new();
        for _ in 0..4 {
            errors.push(balanced.launch().await.unwrap_err());
        }
        for (error, problem) in [
            (&errors[0], "nobody is there"),
            (&errors[3], "retry in 10s"),
        ] {
            assert!(error.is_retry_safe());
            let text = error.to_string();
            for endpoint in ["endpoint 0", "endpoint 1"] {
                assert!(text.contains(endpoint) && text.contains(problem), "{text}");
            }
        }
        assert_eq!((fakes[0].asked(), fakes[1].asked()), (3, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_launch_that_is_given_up_counts_for_nothing() {
        struct Hanging;
        #[async_trait]
        impl Launcher for Hanging {
            async fn launch(&self) -> Result<Launched, LaunchError> {
                std::future::pending().await
            }
            async fn shutdown(&self) {}
        }
        let hanging = NamedLauncher {
            name: "one".to_owned(),
            launcher: Arc::new(Hanging),
        };
        let balanced = Balanced::new([hanging], Balanced::BREAKER).unwrap();
        for _ in 0..5 {
            let patience = Duration::from_secs(1);
            let given_up = tokio::time::timeout(patience, balanced.launch()).await;
            assert!(given_up.is_err(), "it was not even tried");
        }
        assert_eq!(format!("{balanced:?}"), r#"{"one": 0}"#);
    }
}
