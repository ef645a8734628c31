//! Visits a page and asks it for its heading: `cargo run -p browser --example visit -- https://example.com/`.

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::time::Duration;

use browser::{Chrome, LaunchOptions, Launcher, Navigation, PageExt, PageOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("which address?")?;
    let chrome = Chrome::new(LaunchOptions::default());
    {
        let browser = chrome.launch().await?.browser;
        let page = browser.new_page(PageOptions::default()).await?;
        let navigation = Navigation::to(url.parse()?).timeout(Duration::from_secs(10));
        let visit = page.navigate(&navigation).await?;
        let heading: Option<String> = page
            .evaluate("document.querySelector('h1')?.textContent")
            .await?;
        println!("{:?} {} {heading:?}", visit.status, visit.url);
    } // Page and browser end here.
    chrome.shutdown().await; // No process and no file of them is left.
    Ok(())
}
