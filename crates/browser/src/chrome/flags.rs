//! The command line Chrome is started with.

use std::path::Path;

use super::LaunchOptions;

/// Flags of every start. Certificate errors stay errors: no flag here weakens what Chrome checks.
const ALWAYS: [&str; 23] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    // What would speak to somebody we did not name.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-client-side-phishing-detection",
    "--no-pings",
    // A window that a page opens would send its first request before anybody could judge it.
    "--block-new-web-contents",
    "--metrics-recording-only",
    "--disable-breakpad",
    "--disable-crash-reporter",
    // What would ask the desktop.
    "--password-store=basic",
    "--disable-dev-tools",
    "--mute-audio",
    "--hide-scrollbars",
    // A page in the background is as much at work as one in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
];

/// One spare renderer per browser would make the number of processes depend on its mood.
///
/// Documents that are fetched ahead of a navigation, for a page's speculation rules, pass no guard: none is rendered ahead,
/// and of those that are only fetched none is ever begun.
const DISABLED_FEATURES: &str = "SpareRendererForSitePerProcess,OptimizationHints,MediaRouter,\
    Translate,DialMediaRouteProvider,InterestFeedContentSuggestions,AutofillServerCommunication,\
    CertificateTransparencyComponentUpdater,Prerender2,Prerender2FallbackPrefetchSpecRules";
const ENABLED_FEATURES: &str = "PrefetchSchedulerTesting:\
    kPrefetchSchedulerTestingActiveSetSizeLimitForBase/0/kPrefetchSchedulerTestingActiveSetSizeLimitForBurst/0";

const ENABLE: &str = "--enable-features=";
const DISABLE: &str = "--disable-features=";

pub(crate) fn flags(data_dir: &Path, options: &LaunchOptions) -> Vec<String> {
    let mut flags: Vec<String> = ALWAYS.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("--user-data-dir={}", data_dir.display()));
    flags.push("--disable-gpu".to_owned());
    if options.single_process {
        flags.extend(["--single-process", "--no-zygote", "--no-sandbox"].map(str::to_owned));
    } else if !options.sandbox {
        flags.push("--no-sandbox".to_owned());
    }
    let (mut enabled, mut disabled) = (ENABLED_FEATURES.to_owned(), DISABLED_FEATURES.to_owned());
    for flag in &options.extra_flags {
        // Chrome heeds the last flag of a name alone: one more would undo ours.
        if let Some(more) = flag.strip_prefix(ENABLE) {
            enabled = format!("{enabled},{more}");
        } else if let Some(more) = flag.strip_prefix(DISABLE) {
            disabled = format!("{disabled},{more}");
        } else {
            flags.push(flag.clone());
        }
    }
    flags.extend([format!("{ENABLE}{enabled}"), format!("{DISABLE}{disabled}")]);
    if !options.single_process {
        // In one process Chrome survives a single page, which must be ours.
        flags.push("about:blank".to_owned());
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_is_off_only_when_it_was_asked_for() {
        let has = |options: LaunchOptions| {
            flags(Path::new("/p"), &options).contains(&"--no-sandbox".to_owned())
        };
        assert!(!has(LaunchOptions::default()));
        assert!(has(LaunchOptions {
            sandbox: false,
            ..LaunchOptions::default()
        }));
        assert!(has(LaunchOptions {
            single_process: true,
            ..LaunchOptions::default()
        }));
    }

    #[test]
    fn features_of_the_caller_are_added_to_ours() {
        let options = LaunchOptions {
            extra_flags: ["--disable-features=A,B", "--mine", "--enable-features=C"]
                .map(str::to_owned)
                .to_vec(),
            ..LaunchOptions::default()
        };
        let all = flags(Path::new("/p"), &options);
        for (switch, ours, theirs) in [
            (DISABLE, "Prerender2,", ",A,B"),
            (ENABLE, "PrefetchSchedulerTesting:", ",C"),
        ] {
            let of_it: Vec<_> = all.iter().filter(|flag| flag.starts_with(switch)).collect();
            assert_eq!(of_it.len(), 1, "{all:?}");
            assert!(
                of_it[0].contains(ours) && of_it[0].ends_with(theirs),
                "{of_it:?}"
            );
        }
        assert!(all.contains(&"--mine".to_owned()));
    }

    #[test]
    fn nothing_weakens_certificates_or_opens_a_port() {
        let all = flags(Path::new("/p"), &LaunchOptions::default()).join(" ");
        for bad in [
            "ignore-certificate-errors",
            "disable-web-security",
            "remote-debugging-port",
            "remote-debugging-address",
        ] {
            assert!(!all.contains(bad), "{bad}");
        }
    }
}
