//! Browsers that do as they are told.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{
            AtomicBool, AtomicU64, AtomicUsize,
            Ordering::{self, SeqCst},
        },
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    Browser, CallError, CloseReason, ConnectionState, Context, ContextOptions, EvaluateError,
    EventStream, HealthError, LaunchError, Launched, Launcher, MockPage, NavigateError, Page,
    PageOptions, Pages, PagesConfig, Version,
};

/// What was done, and what is to happen.
#[derive(Default)]
pub(super) struct World {
    nature: Nature,
    pub(super) plans: Mutex<VecDeque<Launch>>,
    pub(super) launched: AtomicUsize,
    pub(super) failed: AtomicUsize,
    pub(super) closed: AtomicUsize,
    /// Browsers that are starting, running or ending, and the most there were.
    live: AtomicUsize,
    pub(super) most_live: AtomicUsize,
    /// Of the browsers that run, once there were three of them, the fewest there were.
    serving: AtomicUsize,
    pub(super) fewest_serving: AtomicUsize,
    opened: AtomicUsize,
    pub(super) open_pages: AtomicUsize,
    pub(super) most_in_one: AtomicUsize,
    pub(super) most_opened_in_one: AtomicUsize,
    generation: AtomicUsize,
    pub(super) frozen: AtomicBool,
    /// Browsers launched up to this number are frozen.
    frozen_up_to: AtomicUsize,
    pub(super) memory: AtomicU64,
    /// What the next evaluation fails with.
    pub(super) fault: Mutex<Option<EvaluateError>>,
    navigation: Mutex<Option<NavigateError>>,
    /// What is wrong with the next page that is asked for its health, and how often one was.
    pub(super) illness: Mutex<Option<HealthError>>,
    pub(super) asked: AtomicUsize,
}

/// What browsers are like.
#[derive(Default)]
pub(super) struct Nature {
    pub(super) launch_time: Duration,
    pub(super) close_time: Duration,
    pub(super) page_limit: Option<usize>,
}

/// How the next launch goes.
pub(super) enum Launch {
    Fail(fn() -> LaunchError),
    Hang,
}

impl World {
    pub(super) fn of(nature: Nature) -> Arc<Self> {
        Arc::new(Self {
            nature,
            ..Self::default()
        })
    }

    pub(super) fn plan(&self, launches: impl IntoIterator<Item = Launch>) {
        self.plans.lock().unwrap().extend(launches);
    }

    pub(super) fn kill_all(&self) {
        self.generation.fetch_add(1, SeqCst);
    }

    pub(super) fn freeze_all(&self) {
        self.frozen_up_to.store(self.launched.load(SeqCst), SeqCst);
    }

    pub(super) fn answer_navigation(&self, error: NavigateError) {
        *self.navigation.lock().unwrap() = Some(error);
    }
}

pub(super) fn launcher(world: &Arc<World>) -> Arc<dyn Launcher> {
    Arc::new(FakeLauncher(Arc::clone(world)))
}

pub(super) fn pages_in(world: &Arc<World>, config: &PagesConfig) -> Pages {
    Pages::new(launcher(world), config).unwrap()
}

pub(super) fn pages(config: &PagesConfig) -> (Pages, Arc<World>) {
    let world = Arc::default();
    (pages_in(&world, config), world)
}

struct FakeLauncher(Arc<World>);

/// One browser that is not gone yet.
struct Life(Arc<World>);

impl Life {
    fn begin(world: &Arc<World>) -> Self {
        let live = world.live.fetch_add(1, SeqCst) + 1;
        world.most_live.fetch_max(live, SeqCst);
        Self(Arc::clone(world))
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl Launcher for FakeLauncher {
    async fn launch(&self) -> Result<Launched, LaunchError> {
        let world = &self.0;
        let life = Life::begin(world);
        let plan = world.plans.lock().unwrap().pop_front();
        match plan {
            Some(Launch::Fail(error)) => {
                world.failed.fetch_add(1, SeqCst);
                return Err(error());
            }
            Some(Launch::Hang) => std::future::pending().await,
            None => sleep(world.nature.launch_time).await,
        }
        let number = world.launched.fetch_add(1, SeqCst) + 1;
        if world.serving.fetch_add(1, SeqCst) + 1 == 3 {
            let unset = world.fewest_serving.load(SeqCst) == 0;
            world
                .fewest_serving
                .fetch_max(if unset { 3 } else { 0 }, SeqCst);
        }
        Ok(Launched {
            browser: Arc::new(FakeBrowser {
                world: Arc::clone(world),
                born: world.generation.load(SeqCst),
                number,
                pages: Arc::default(),
                opened: AtomicUsize::new(0),
                life: Mutex::new(Some(life)),
            }),
            kill: Box::new(|| ()),
        })
    }

    fn page_limit(&self) -> Option<usize> {
        self.0.nature.page_limit
    }

    async fn shutdown(&self) {}
}

struct FakeBrowser {
    world: Arc<World>,
    born: usize,
    number: usize,
    pages: Arc<AtomicUsize>,
    opened: AtomicUsize,
    life: Mutex<Option<Life>>,
}

#[async_trait]
impl Browser for FakeBrowser {
    async fn execute(&self, method: &str, _params: Value) -> Result<Value, CallError> {
        let frozen = self.number <= self.world.frozen_up_to.load(SeqCst);
        if frozen || self.world.frozen.load(SeqCst) {
            return Err(CallError::Timeout {
                method: method.to_owned(),
                limit: Duration::from_secs(2),
            });
        }
        Ok(json!({}))
    }

    async fn new_page(&self, _options: PageOptions) -> Result<Box<dyn Page>, CallError> {
        let opened = self.opened.fetch_add(1, SeqCst) + 1;
        self.world.most_opened_in_one.fetch_max(opened, SeqCst);
        Ok(Box::new(page(&self.world, &self.pages)))
    }

    async fn new_context(&self, _options: ContextOptions) -> Result<Box<dyn Context>, CallError> {
        unreachable!("pages have contexts of their own")
    }

    fn events(&self, _methods: &[&str]) -> EventStream {
        unreachable!("nobody listens")
    }

    fn version(&self) -> Version {
        unreachable!("nobody asks")
    }

    async fn closed(&self) -> CloseReason {
        unreachable!("nobody waits for it")
    }

    fn in_flight(&self) -> usize {
        0
    }

    fn memory(&self) -> Option<u64> {
        Some(self.world.memory.load(SeqCst))
    }

    fn state(&self) -> ConnectionState {
        if self.world.generation.load(SeqCst) == self.born {
            return ConnectionState::Connected;
        }
        ConnectionState::Closed {
            reason: "killed".into(),
        }
    }

    async fn close(&self) {
        let world = &self.world;
        let serving = world.serving.fetch_sub(1, SeqCst) - 1;
        if serving > 0 {
            world.fewest_serving.fetch_min(serving, SeqCst);
        }
        sleep(world.nature.close_time).await;
        world.closed.fetch_add(1, SeqCst);
        drop(self.life.lock().unwrap().take());
    }
}

fn page(world: &Arc<World>, in_browser: &Arc<AtomicUsize>) -> MockPage {
    let mut page = MockPage::new();
    let number = world.opened.fetch_add(1, SeqCst);
    let open = Open::begin(world, in_browser);
    let open = Mutex::new(Some(open));
    page.expect_close().returning(move || {
        drop(open.lock().unwrap().take());
        Ok(())
    });
    let answering = Arc::clone(world);
    page.expect_evaluate_json()
        .returning(move |_| match answering.fault.lock().unwrap().take() {
            Some(fault) => Err(fault),
            None => Ok(json!(number)),
        });
    let navigating = Arc::clone(world);
    page.expect_navigate().returning(move |_| {
        let planned = navigating.navigation.lock().unwrap().take();
        Err(planned.expect("a navigation is planned"))
    });
    let asked = Arc::clone(world);
    page.expect_check_responsive().returning(move |_| {
        asked.asked.fetch_add(1, Ordering::SeqCst);
        asked.illness.lock().unwrap().take().map_or(Ok(()), Err)
    });
    page
}

/// One page that is not closed yet.
struct Open {
    world: Arc<World>,
    in_browser: Arc<AtomicUsize>,
}

impl Open {
    fn begin(world: &Arc<World>, in_browser: &Arc<AtomicUsize>) -> Self {
        world.open_pages.fetch_add(1, SeqCst);
        let count = in_browser.fetch_add(1, SeqCst) + 1;
        world.most_in_one.fetch_max(count, SeqCst);
        Self {
            world: Arc::clone(world),
            in_browser: Arc::clone(in_browser),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.world.open_pages.fetch_sub(1, SeqCst);
        self.in_browser.fetch_sub(1, SeqCst);
    }
}
