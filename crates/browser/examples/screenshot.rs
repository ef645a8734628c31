//! Saves a picture of a whole page: `cargo run -p browser --example screenshot -- https://example.com/ page.png`.

use std::{env, error::Error, fs};

use browser::{
    Area, Chrome, ImageFormat, LaunchOptions, Launcher, Navigation, PageOptions, ScreenshotOptions,
    Viewport, WaitUntil,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(url), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: screenshot URL FILE.png|FILE.jpeg|FILE.webp".into());
    };
    let format = match file.rsplit_once('.').map(|(_, ending)| ending) {
        Some("jpeg" | "jpg") => ImageFormat::Jpeg { quality: 80 },
        Some("webp") => ImageFormat::Webp { quality: 80 },
        _ => ImageFormat::Png,
    };
    let chrome = Chrome::new(LaunchOptions::default());
    let browser = chrome.launch().await?.browser;
    let page = browser
        .new_page(PageOptions {
            viewport: Some(Viewport::new(1280, 800)),
            ..PageOptions::default()
        })
        .await?;
    let navigation = Navigation::to(url.parse()?).wait_until(WaitUntil::NetworkIdle);
    page.navigate(&navigation).await?;
    let picture = page
        .screenshot(&ScreenshotOptions {
            format,
            area: Area::FullPage,
            ..ScreenshotOptions::default()
        })
        .await?;
    fs::write(file, picture)?;
    drop((page, browser));
    chrome.shutdown().await;
    Ok(())
}
