//! How many messages things cost: they are overheard between us and Chrome.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use browser::{
    Block, Browser, Chrome, Decision, InterceptedRequest, Interception, Interceptor, LaunchOptions,
    Launcher, Navigation, PageExt, PageOptions, RequestPattern, ResourceType,
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{options, site::Site};

/// A Chrome whose messages are copied to files on their way.
struct Overheard {
    chrome: Chrome,
    browser: Arc<dyn Browser>,
    temp: tempfile::TempDir,
}

impl Overheard {
    async fn start() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let launch = options(temp.path(), &[]);
        let real = browser::discover(None).unwrap().program;
        let program = temp.path().join("chromium");
        let dir = temp.path().join("heard");
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
        let (dir, real) = (dir.display(), real.display());
        let script = format!(
            "#!/bin/sh\nmkfifo '{dir}/c' '{dir}/e'\n\
             tee '{dir}/commands' <&3 >'{dir}/c' 3<&- 4>&- &\n\
             tee '{dir}/events' <'{dir}/e' >&4 3<&- 4>&- &\n\
             exec '{real}' \"$@\" 3<'{dir}/c' 4>'{dir}/e'\n"
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let chrome = Chrome::new(LaunchOptions {
            program: Some(program),
            ..launch
        });
        let browser = chrome.launch().await.unwrap().browser;
        Self {
            chrome,
            browser,
            temp,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.temp.path().join("heard").join(name)
    }

    /// The messages so far: those that we sent, and those that Chrome sent.
    async fn messages(&self) -> (Vec<Value>, Vec<Value>) {
        // Copies may lag behind: the answer to a last command says that all before it is there.
        let marker = format!(
            "No.such{}",
            fs::metadata(self.file("commands")).unwrap().len()
        );
        let asked = self.browser.execute(&marker, serde_json::json!({})).await;
        asked.unwrap_err();
        let deadline = Instant::now() + Duration::from_secs(15);
        while !(heard(&self.file("commands"), &marker) && heard(&self.file("events"), &marker)) {
            assert!(Instant::now() < deadline, "{marker} was never heard");
            sleep(Duration::from_millis(10)).await;
        }
        (self.read("commands", &marker), self.read("events", &marker))
    }

    /// All messages but the markers.
    fn read(&self, name: &str, marker: &str) -> Vec<Value> {
        let all = fs::read(self.file(name)).unwrap();
        let mut messages = Vec::new();
        for message in all.split(|byte| *byte == 0) {
            if !contains(message, "No.such") && !message.is_empty() {
                messages.push(serde_json::from_slice(message).unwrap());
            } else if contains(message, marker) {
                break;
            }
        }
        messages
    }

    async fn end(self) {
        self.browser.close().await;
        self.chrome.shutdown().await;
    }
}

fn heard(file: &Path, marker: &str) -> bool {
    fs::read(file).is_ok_and(|all| contains(&all, marker) && all.ends_with(&[0]))
}

fn contains(message: &[u8], text: &str) -> bool {
    message
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

fn methods(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .filter_map(|message| message["method"].as_str())
        .collect()
}

#[tokio::test]
async fn a_page_without_options_costs_few_commands_and_a_visit_one() {
    let (overheard, site) = (Overheard::start().await, Site::start().await);
    let before = overheard.messages().await.0.len();
    let page = overheard
        .browser
        .new_page(PageOptions::default())
        .await
        .unwrap();
    let (commands, _) = overheard.messages().await;
    assert_eq!(
        methods(&commands[before..]),
        [
            "Target.createBrowserContext",
            "Browser.setDownloadBehavior",
            "Browser.grantPermissions",
            "Target.createTarget",
            "Target.attachToTarget",
            "Page.enable",
            "Page.setLifecycleEventsEnabled",
            "Network.enable",
        ]
    );
    let before = commands.len();
    page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
    let (commands, _) = overheard.messages().await;
    assert_eq!(methods(&commands[before..]), ["Page.navigate"]);
    let before = commands.len();
    page.close().await.unwrap();
    let (commands, _) = overheard.messages().await;
    assert_eq!(
        methods(&commands[before..]),
        ["Target.disposeBrowserContext"]
    );
    overheard.end().await;
}

struct Proceeding;

#[async_trait]
impl Interceptor for Proceeding {
    async fn intercept(&self, _request: &InterceptedRequest) -> Decision {
        Decision::proceed()
    }
}

#[tokio::test]
async fn a_request_that_no_rule_concerns_costs_no_message() {
    let (overheard, site) = (Overheard::start().await, Site::start().await);
    let rich = "<!DOCTYPE html><link rel=stylesheet href='/a.css'><link rel=stylesheet href='/b.css'><script src='/a.js'></script>\
        <script src='/b.js'></script><img src='/blocked.svg'><img src='/b.svg'>";
    site.has("/rich", rich);
    for path in ["/a.css", "/b.css", "/a.js", "/b.js", "/b.svg", "/api/x"] {
        site.has(path, "");
    }
    let api = RequestPattern {
        url: Some("*/api/*".to_owned()),
        resource_type: None,
    };
    let options = PageOptions {
        block: Block {
            url_patterns: vec!["*://*:*/blocked.*".to_owned()],
            resource_types: vec![ResourceType::Script],
        },
        interception: Some(Interception {
            patterns: vec![api],
            ..Interception::by(Arc::new(Proceeding))
        }),
        ..PageOptions::default()
    };
    let page = overheard.browser.new_page(options).await.unwrap();
    let before = overheard.messages().await;
    page.navigate(&Navigation::to(site.url("/rich")))
        .await
        .unwrap();
    assert_eq!(
        (site.seen("/b.css").len(), site.seen("/b.svg").len()),
        (1, 1)
    );
    let after = overheard.messages().await;
    let paused = |events: &[Value]| {
        methods(events)
            .into_iter()
            .filter(|name| *name == "Fetch.requestPaused")
            .count()
    };
    // The document, two style sheets and a picture pass; a picture is refused without a word; two scripts with one each.
    assert_eq!(paused(&after.1[before.1.len()..]), 2);
    assert_eq!(
        methods(&after.0[before.0.len()..]),
        ["Page.navigate", "Fetch.failRequest", "Fetch.failRequest"]
    );
    page.evaluate::<u16>("fetch('/api/x').then(r => r.status)")
        .await
        .unwrap();
    let last = overheard.messages().await;
    assert_eq!(paused(&last.1[after.1.len()..]), 1);
    overheard.end().await;
}
