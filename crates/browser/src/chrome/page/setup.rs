//! The commands that set up a page as its options say.

use serde_json::{Value, json};

use crate::{PageOptions, UserAgent, Viewport, chrome::requests};

/// A command and its parameters.
pub(in crate::chrome) type Command = (&'static str, Value);

/// The commands for a page and for whatever follows it: its frames in other processes, its workers.
#[derive(Debug, PartialEq)]
pub(super) struct Setup {
    pub(super) page: Vec<Command>,
    pub(super) followers: Vec<Command>,
}

impl Setup {
    pub(super) fn of(options: &PageOptions) -> Self {
        let mut page = vec![
            ("Page.enable", json!({})),
            ("Page.setLifecycleEventsEnabled", json!({ "enabled": true })),
            network(),
        ];
        let shared = shared(options);
        if let Some(viewport) = &options.viewport {
            page.push(metrics(viewport));
        }
        page.extend(shared.iter().cloned());
        let mut followers = Vec::new();
        if !shared.is_empty() {
            followers.push(network());
            followers.extend(shared);
        }
        Self { page, followers }
    }
}

fn network() -> Command {
    // Bodies are not kept: nobody asks for them.
    let nothing_kept = json!({ "maxTotalBufferSize": 0, "maxResourceBufferSize": 0 });
    ("Network.enable", nothing_kept)
}

/// What holds for the page and its followers alike, and makes Chrome tell of the latter.
fn shared(options: &PageOptions) -> Vec<Command> {
    let mut commands = Vec::new();
    if !options.block.is_empty() || options.interception.is_some() {
        commands.push(("Network.setBypassServiceWorker", json!({ "bypass": true })));
    }
    if !options.block.url_patterns.is_empty() {
        let block = |pattern: &String| json!({ "urlPattern": pattern, "block": true });
        let patterns: Vec<_> = options.block.url_patterns.iter().map(block).collect();
        commands.push(("Network.setBlockedURLs", json!({ "urlPatterns": patterns })));
    }
    if !options.headers.is_empty() {
        let headers: serde_json::Map<_, _> = options
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        commands.push(("Network.setExtraHTTPHeaders", json!({ "headers": headers })));
    }
    if options.user_agent.is_some() || options.locale.is_some() {
        let agent = user_agent(options.user_agent.as_ref(), options.locale.as_deref());
        commands.push(("Emulation.setUserAgentOverride", agent));
    }
    if let Some(locale) = &options.locale {
        commands.push(("Emulation.setLocaleOverride", json!({ "locale": locale })));
    }
    if let Some(zone) = &options.timezone {
        let zone = json!({ "timezoneId": zone });
        commands.push(("Emulation.setTimezoneOverride", zone));
    }
    let patterns = requests::patterns(options);
    if !patterns.is_empty() {
        commands.push(("Fetch.enable", json!({ "patterns": patterns })));
    }
    if !commands.is_empty() {
        commands.push(("Target.setAutoAttach", auto_attach()));
    }
    commands
}

/// Frames in other processes and dedicated workers, which wait until they are set up.
fn auto_attach() -> Value {
    json!({
        "autoAttach": true,
        "waitForDebuggerOnStart": true,
        "flatten": true,
        "filter": [{ "type": "iframe" }, { "type": "worker" }],
    })
}

/// An empty text leaves Chrome's own user agent as it is.
fn user_agent(agent: Option<&UserAgent>, locale: Option<&str>) -> Value {
    let mut params = json!({ "userAgent": agent.map_or("", |agent| &agent.text) });
    if let Some(locale) = locale {
        params["acceptLanguage"] = locale.into();
    }
    if let Some(hints) = agent.and_then(|agent| agent.hints.as_ref()) {
        let brand =
            |(brand, version): &(String, String)| json!({ "brand": brand, "version": version });
        params["userAgentMetadata"] = json!({
            "brands": hints.brands.iter().map(brand).collect::<Vec<_>>(),
            "platform": hints.platform,
            "platformVersion": hints.platform_version,
            "architecture": hints.architecture,
            "model": hints.model,
            "mobile": hints.mobile,
        });
    }
    params
}

fn metrics(viewport: &Viewport) -> Command {
    let metrics = json!({
        "width": viewport.width,
        "height": viewport.height,
        "deviceScaleFactor": viewport.scale_factor,
        "mobile": viewport.mobile,
    });
    ("Emulation.setDeviceMetricsOverride", metrics)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        Block, ClientHints, Interception, MockInterceptor, MockRequestGuard, RequestPattern,
        ResourceType,
    };

    fn methods(commands: &[Command]) -> Vec<&str> {
        commands.iter().map(|(method, _)| *method).collect()
    }

    fn params<'a>(setup: &'a Setup, name: &str) -> &'a Value {
        let mut commands = setup.page.iter();
        &commands.find(|(method, _)| *method == name).unwrap().1
    }

    #[test]
    fn a_page_without_options_costs_three_commands() {
        let setup = Setup::of(&PageOptions::default());
        assert_eq!(
            methods(&setup.page),
            [
                "Page.enable",
                "Page.setLifecycleEventsEnabled",
                "Network.enable"
            ]
        );
        assert_eq!(setup.followers, []);
    }

    #[test]
    fn guard_blocks_and_interception_share_one_list_of_patterns() {
        let pattern = RequestPattern {
            url: Some("*/api/*".to_owned()),
            resource_type: Some(ResourceType::Xhr),
        };
        let setup = Setup::of(&PageOptions {
            guard: Some(Arc::new(MockRequestGuard::new())),
            block: Block {
                url_patterns: vec!["*://*:*/*.png".to_owned()],
                resource_types: vec![ResourceType::Font],
            },
            interception: Some(Interception {
                patterns: vec![pattern, RequestPattern::default()],
                ..Interception::by(Arc::new(MockInterceptor::new()))
            }),
            ..PageOptions::default()
        });
        let patterns = json!([
            { "resourceType": "Document" },
            { "resourceType": "Font" },
            { "urlPattern": "*/api/*", "resourceType": "XHR" },
            { "urlPattern": "*" },
        ]);
        assert_eq!(params(&setup, "Fetch.enable")["patterns"], patterns);
        assert_eq!(
            params(&setup, "Network.setBlockedURLs")["urlPatterns"],
            json!([{ "urlPattern": "*://*:*/*.png", "block": true }])
        );
        let enables = methods(&setup.page);
        assert_eq!(
            enables
                .iter()
                .filter(|name| **name == "Fetch.enable")
                .count(),
            1
        );
    }

    #[test]
    fn what_follows_a_page_is_set_up_like_it_but_for_the_viewport() {
        let setup = Setup::of(&PageOptions {
            headers: vec![("X-A".to_owned(), "1".to_owned())],
            viewport: Some(Viewport::new(320, 200)),
            locale: Some("de-DE".to_owned()),
            timezone: Some("Asia/Tokyo".to_owned()),
            ..PageOptions::default()
        });
        assert_eq!(
            methods(&setup.followers),
            [
                "Network.enable",
                "Network.setExtraHTTPHeaders",
                "Emulation.setUserAgentOverride",
                "Emulation.setLocaleOverride",
                "Emulation.setTimezoneOverride",
                "Target.setAutoAttach"
            ]
        );
        assert_eq!(
            params(&setup, "Emulation.setDeviceMetricsOverride")["width"],
            320
        );
    }

    #[test]
    fn frames_in_other_processes_go_past_service_workers_like_their_page() {
        let bypass = "Network.setBypassServiceWorker";
        let intercepted = PageOptions {
            interception: Some(Interception::by(Arc::new(MockInterceptor::new()))),
            ..PageOptions::default()
        };
        let setup = Setup::of(&intercepted);
        assert!(methods(&setup.page).contains(&bypass));
        assert!(methods(&setup.followers).contains(&bypass));
        let guarded = PageOptions {
            guard: Some(Arc::new(MockRequestGuard::new())),
            ..PageOptions::default()
        };
        assert!(!methods(&Setup::of(&guarded).followers).contains(&bypass));
    }

    #[test]
    fn a_user_agent_without_hints_sends_none() {
        let with = |hints| {
            user_agent(
                Some(&UserAgent {
                    text: "Mine/1.0".to_owned(),
                    hints,
                }),
                None,
            )
        };
        assert_eq!(with(None), json!({ "userAgent": "Mine/1.0" }));
        let hints = ClientHints {
            brands: vec![("Mine".to_owned(), "1".to_owned())],
            mobile: true,
            ..ClientHints::default()
        };
        let metadata = &with(Some(hints))["userAgentMetadata"];
        assert_eq!(
            metadata["brands"],
            json!([{ "brand": "Mine", "version": "1" }])
        );
        assert_eq!(metadata["mobile"], true);
    }
}
