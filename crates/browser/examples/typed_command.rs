//! Sends typed commands of the protocol to a browser and to a page: `cargo run -p browser --example typed_command`.

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use browser::{BrowserExt, Chrome, LaunchOptions, Launcher, PageExt, PageOptions, cdp};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chrome = Chrome::new(LaunchOptions::default());
    {
        let browser = chrome.launch().await?.browser;
        let version = browser.call(cdp::Browser::GetVersion(None)).await?;
        println!(
            "{} speaks protocol {}",
            version.product, version.protocol_version
        );
        let page = browser.new_page(PageOptions::default()).await?;
        let metrics = page.call(cdp::Page::GetLayoutMetrics(None)).await?;
        let viewport = metrics.css_layout_viewport;
        println!("{} x {} px", viewport.client_width, viewport.client_height);
        // What the typed protocol does not have goes as JSON.
        let contexts = browser
            .execute("Target.getBrowserContexts", serde_json::json!({}))
            .await?;
        println!("{contexts}");
    }
    chrome.shutdown().await;
    Ok(())
}
