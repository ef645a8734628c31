//! Our pool of pages by itself: warm leases beside isolated tasks, and what replacing browsers under full load costs.

use std::{
    fmt,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use browser::{
    Chrome, ContextOptions, Isolation, LaunchOptions, Launcher, Navigation, PageOptions, Pages,
    PagesConfig, Retirement,
};
use serde::Serialize;
use system::Scratch;
use tokio::task::JoinSet;
use url::Url;

use crate::drivers::Figures;

/// How much is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Visits of each way to lease.
    pub visits: usize,
    /// Contexts that are made and cleared.
    pub contexts: usize,
    /// Browsers at once.
    pub max_browsers: usize,
    /// Pages in each at once.
    pub pages_per_browser: usize,
    /// Callers beyond those for whom there are pages, so that somebody always waits.
    pub waiting: usize,
    /// Leases after which a browser is replaced, where it is.
    pub leases: u32,
    /// Where the fixture market serves, which is not this process.
    pub market: SocketAddr,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// One way to lease after the other.
    pub leases: Vec<Leases>,
    /// A new context with a page in it, in the place of another.
    pub new_context: Figures,
    /// The same by clearing the context.
    pub cleared_context: Figures,
}

/// What visits cost that are leased in one way.
#[derive(Debug, Serialize)]
pub struct Leases {
    /// Which way.
    pub way: &'static str,
    /// Visits a second of all callers together.
    pub visits_per_second: f64,
    /// From having the lease until the page is loaded.
    pub visit: Figures,
    /// Waiting for the lease.
    pub wait: Figures,
    /// The longest that no visit of anybody was finished.
    pub longest_gap_us: u64,
    /// Browsers that were replaced meanwhile.
    pub replaced: usize,
}

/// One visit.
struct Visit {
    waited: Duration,
    took: Duration,
    finished: Instant,
}

/// Measures, and leaves nothing behind.
///
/// # Errors
/// Chrome is missing, or a visit fails.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let temp = Scratch::create()?;
    let never = Retirement::never();
    let replacing = Retirement {
        leases: Some(plan.leases),
        ..never.clone()
    };
    let ways = [
        ("warm leases", Isolation::Site, never.clone()),
        ("isolated tasks", Isolation::Task, never),
        ("warm leases, browsers replaced", Isolation::Site, replacing),
    ];
    let mut leases = Vec::new();
    for (way, isolation, retirement) in ways {
        let config = PagesConfig {
            max_browsers: plan.max_browsers,
            pages_per_browser: plan.pages_per_browser,
            isolation,
            retirement,
            ..PagesConfig::default()
        };
        leases.push(visits(plan, temp.path(), way, &config).await?);
    }
    let (new_context, cleared_context) = contexts(plan.contexts, temp.path()).await?;
    Ok(Report {
        leases,
        new_context,
        cleared_context,
    })
}

fn chrome(temp: &Path) -> Chrome {
    Chrome::new(LaunchOptions {
        temp_dir: temp.to_owned(),
        ..LaunchOptions::default()
    })
}

async fn visits(
    plan: &Plan,
    temp: &Path,
    way: &'static str,
    config: &PagesConfig,
) -> anyhow::Result<Leases> {
    let launches = Arc::<AtomicUsize>::default();
    let launcher = Counting {
        chrome: chrome(temp),
        launches: Arc::clone(&launches),
    };
    let pages = Arc::new(Pages::new(Arc::new(launcher), config)?);
    let url: Url = format!("http://{}/board", plan.market).parse()?;
    let capacity = config.max_browsers * config.pages_per_browser;
    // Every page is open before the first visit counts.
    work(&pages, &url, capacity, capacity).await?;
    let (started, launched) = (Instant::now(), launches.load(Ordering::SeqCst));
    let mut visits = work(&pages, &url, capacity + plan.waiting, plan.visits).await?;
    pages.shutdown().await;
    let replaced = launches.load(Ordering::SeqCst) - launched;
    visits.sort_unstable_by_key(|visit| visit.finished);
    let last = visits.last().map_or(started, |visit| visit.finished);
    let gaps = visits.windows(2);
    let gaps = gaps.map(|pair| pair[1].finished.duration_since(pair[0].finished));
    let longest_gap = gaps.max().unwrap_or_default();
    let times = |of: fn(&Visit) -> Duration| Figures::of(visits.iter().map(of).collect());
    #[allow(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
    let count = visits.len() as f64;
    Ok(Leases {
        way,
        visits_per_second: count / last.duration_since(started).as_secs_f64(),
        visit: times(|visit| visit.took),
        wait: times(|visit| visit.waited),
        longest_gap_us: u64::try_from(longest_gap.as_micros()).unwrap_or(u64::MAX),
        replaced,
    })
}

/// So many callers visit until so many visits are done.
async fn work(
    pages: &Arc<Pages>,
    url: &Url,
    callers: usize,
    visits: usize,
) -> anyhow::Result<Vec<Visit>> {
    let left = Arc::new(AtomicUsize::new(visits));
    let mut working = JoinSet::new();
    for _ in 0..callers {
        let (pages, left, navigation) = (
            Arc::clone(pages),
            Arc::clone(&left),
            Navigation::to(url.clone()),
        );
        working.spawn(async move {
            let mut done = Vec::new();
            let next = |left| usize::checked_sub(left, 1);
            while left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next)
                .is_ok()
            {
                let began = Instant::now();
                let page = pages.acquire("market").await?;
                let waited = began.elapsed();
                page.navigate(&navigation).await?;
                done.push(Visit {
                    waited,
                    took: began.elapsed() - waited,
                    finished: Instant::now(),
                });
            }
            anyhow::Ok(done)
        });
    }
    let mut all = Vec::with_capacity(visits);
    while let Some(done) = working.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

/// What it takes to come by an empty page in the place of another: by a new context, and by clearing one. In turns.
async fn contexts(rounds: usize, temp: &Path) -> anyhow::Result<(Figures, Figures)> {
    let chrome = chrome(temp);
    let browser = chrome.launch().await?.browser;
    let options = PageOptions::default;
    let mut page = browser.new_page(options()).await?;
    let context = browser.new_context(ContextOptions::default()).await?;
    let mut inside = context.new_page(options()).await?;
    let (mut new, mut cleared) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        page.close().await?;
        page = browser.new_page(options()).await?;
        new.push(began.elapsed());
        let began = Instant::now();
        context.clear().await?;
        inside = context.new_page(options()).await?;
        cleared.push(began.elapsed());
    }
    drop((page, inside, context));
    browser.close().await;
    chrome.shutdown().await;
    Ok((Figures::of(new), Figures::of(cleared)))
}

/// A launcher that counts.
struct Counting {
    chrome: Chrome,
    launches: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl Launcher for Counting {
    async fn launch(&self) -> Result<browser::Launched, browser::LaunchError> {
        self.launches.fetch_add(1, Ordering::SeqCst);
        self.chrome.launch().await
    }

    async fn shutdown(&self) {
        self.chrome.shutdown().await;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN);
        table.set_header([
            "leases",
            "visits/s",
            "visit p50, ms",
            "p99",
            "wait p99, ms",
            "longest gap, ms",
            "replaced",
        ]);
        for leases in &self.leases {
            table.add_row([
                leases.way.to_owned(),
                format!("{:.1}", leases.visits_per_second),
                millis(leases.visit.p50_us),
                millis(leases.visit.p99_us),
                millis(leases.wait.p99_us),
                millis(leases.longest_gap_us),
                leases.replaced.to_string(),
            ]);
        }
        writeln!(f, "{table}\n")?;
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN);
        table.set_header(["an empty page in the place of another", "p50, ms", "p99"]);
        for (way, figures) in [
            ("closed, and a new one opened", self.new_context),
            (
                "its context cleared, and one opened in it",
                self.cleared_context,
            ),
        ] {
            table.add_row([
                way.to_owned(),
                millis(figures.p50_us),
                millis(figures.p99_us),
            ]);
        }
        writeln!(f, "{table}")
    }
}

fn millis(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
}
