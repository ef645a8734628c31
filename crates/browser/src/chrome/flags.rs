//! The command line Chrome is started with.

use std::path::Path;

use super::LaunchOptions;

/// Flags of every start. Certificate errors stay errors: no flag here weakens what Chrome checks.
const ALWAYS: [&str; 22] = [
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
const DISABLED_FEATURES: &str = "--disable-features=SpareRendererForSitePerProcess,OptimizationHints,MediaRouter,\
    Translate,DialMediaRouteProvider,InterestFeedContentSuggestions,AutofillServerCommunication,\
    CertificateTransparencyComponentUpdater";

pub(crate) fn flags(data_dir: &Path, options: &LaunchOptions) -> Vec<String> {
    let mut flags: Vec<String> = ALWAYS.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(DISABLED_FEATURES.to_owned());
    flags.push(format!("--user-data-dir={}", data_dir.display()));
    flags.push("--disable-gpu".to_owned());
    if options.single_process {
        flags.extend(["--single-process", "--no-zygote", "--no-sandbox"].map(str::to_owned));
    } else if !options.sandbox {
        flags.push("--no-sandbox".to_owned());
    }
    flags.extend(options.extra_flags.iter().cloned());
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
