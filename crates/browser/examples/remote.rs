//! Visits a page in a browser that runs elsewhere: `chromium --headless --remote-debugging-port=9222`, then
//! `cargo run -p browser --example remote -- http://127.0.0.1:9222 https://example.com/`.

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use browser::{Launcher, Navigation, PageExt, PageOptions, Remote, RemoteOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint = arguments.next().ok_or("which browser?")?;
    let url = arguments.next().ok_or("which address?")?;
    let remote = Remote::new(&endpoint, RemoteOptions::default())?;
    {
        let browser = remote.launch().await?.browser;
        let page = browser.new_page(PageOptions::default()).await?;
        let visit = page.navigate(&Navigation::to(url.parse()?)).await?;
        let title: String = page.evaluate("document.title").await?;
        println!("{:?} {} {title:?}", visit.status, visit.url);
    } // Page and connection end here; the browser goes on.
    remote.shutdown().await;
    Ok(())
}
