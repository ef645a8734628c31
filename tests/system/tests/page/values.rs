//! Pictures, prints and cookies.

use browser::{
    Area, Browser, CaptureError, Cookie, ImageFormat, Navigation, PageExt, PageOptions, PdfOptions,
    Rect, SameSite, ScreenshotOptions, Viewport,
};

use crate::{on_chrome, plain_page, site::Site};

const TALL: &str = "<!DOCTYPE html><style>body { margin: 0 } #tall { height: 3000px; background: teal } \
    #box { position: absolute; left: 20px; top: 2500px; width: 120px; height: 80px; background: gold }</style>\
    <div id=tall></div><div id=box></div><div id=none hidden></div>";

/// The width and height that a PNG file says it has.
fn png_size(file: &[u8]) -> (u32, u32) {
    assert!(file.starts_with(b"\x89PNG\r\n"), "{:?}", &file[..8]);
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[tokio::test]
async fn a_picture_shows_the_area_in_the_format_that_was_asked_for() {
    async fn case(browser: &dyn Browser, site: &Site) {
        site.has("/tall", TALL);
        let options = PageOptions {
            viewport: Some(Viewport {
                scale_factor: 2.0,
                ..Viewport::new(400, 300)
            }),
            ..PageOptions::default()
        };
        let page = browser.new_page(options).await.unwrap();
        page.navigate(&Navigation::to(site.url("/tall")))
            .await
            .unwrap();
        let of = |area: Area| ScreenshotOptions {
            area,
            ..ScreenshotOptions::default()
        };
        let clip = Rect {
            x: 0.0,
            y: 2000.0,
            width: 50.0,
            height: 60.0,
        };
        for (area, size) in [
            (Area::Viewport, (800, 600)),
            (Area::FullPage, (800, 6000)),
            (Area::Clip(clip), (100, 120)),
            (Area::Element("#box".into()), (240, 160)),
        ] {
            let picture = page.screenshot(&of(area.clone())).await.unwrap();
            assert_eq!(png_size(&picture), size, "{area:?}");
        }
        for (format, begins) in [
            (ImageFormat::Jpeg { quality: 50 }, &b"\xff\xd8\xff"[..]),
            (ImageFormat::Webp { quality: 50 }, b"RIFF"),
        ] {
            let options = ScreenshotOptions {
                format,
                ..ScreenshotOptions::default()
            };
            let picture = page.screenshot(&options).await.unwrap();
            assert!(picture.starts_with(begins), "{format:?}");
        }
        for nothing in ["#none", "#nowhere"] {
            let error = page.screenshot(&of(Area::Element(nothing.into()))).await;
            assert!(
                matches!(&error, Err(CaptureError::Empty { area }) if area == nothing),
                "{error:?}"
            );
        }
        let error = page.screenshot(&of(Area::Element(")(".into()))).await;
        assert!(matches!(error, Err(CaptureError::Measure(_))), "{error:?}");
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_picture_or_print_that_is_too_large_is_an_error() {
    async fn case(browser: &dyn Browser, site: &Site) {
        site.has(
            "/huge",
            "<!DOCTYPE html><div style='height: 1000000px'></div>",
        );
        let page = plain_page(browser).await;
        page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
        let small = ScreenshotOptions {
            max_bytes: 100,
            ..ScreenshotOptions::default()
        };
        let picture = page.screenshot(&small).await;
        let small = PdfOptions {
            max_bytes: 100,
            ..PdfOptions::default()
        };
        for taken in [picture, page.pdf(&small).await] {
            let error = taken.unwrap_err();
            assert!(
                matches!(
                    error,
                    CaptureError::TooLarge {
                        limit: 100,
                        unit: "bytes",
                        ..
                    }
                ),
                "{error:?}"
            );
        }
        page.navigate(&Navigation::to(site.url("/huge")))
            .await
            .unwrap();
        let full = ScreenshotOptions {
            area: Area::FullPage,
            ..ScreenshotOptions::default()
        };
        let error = page.screenshot(&full).await.unwrap_err();
        assert!(
            matches!(error, CaptureError::TooLarge { unit: "pixels", .. }),
            "{error:?}"
        );
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_page_is_printed_on_the_paper_that_was_asked_for() {
    async fn case(browser: &dyn Browser, site: &Site) {
        site.has("/tall", TALL);
        let page = plain_page(browser).await;
        page.navigate(&Navigation::to(site.url("/tall")))
            .await
            .unwrap();
        let options = PdfOptions {
            paper: (5.0, 7.0),
            landscape: true,
            ..PdfOptions::default()
        };
        let file = page.pdf(&options).await.unwrap();
        assert!(file.starts_with(b"%PDF-") && file.trim_ascii_end().ends_with(b"%%EOF"));
        let text = String::from_utf8_lossy(&file);
        assert!(
            text.contains("/MediaBox [0 0 504 360]"),
            "72 points to an inch"
        );
        assert!(
            text.matches("/MediaBox").count() > 1,
            "it is longer than a page"
        );
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn cookies_are_read_set_and_removed() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let page = plain_page(browser).await;
        page.navigate(&Navigation::to(site.url("/cookie")))
            .await
            .unwrap();
        let from_server = Cookie {
            http_only: true,
            same_site: Some(SameSite::Lax),
            ..Cookie::new("from_server", "yes", "127.0.0.1")
        };
        assert_eq!(page.cookies().await.unwrap(), [from_server]);
        let later = Cookie {
            expires: Some(4e9),
            ..Cookie::new("later", "x", "127.0.0.1")
        };
        let lasting = [later, Cookie::new("ours", "1", "127.0.0.1")];
        page.set_cookies(&lasting).await.unwrap();
        let seen: String = page.evaluate("document.cookie").await.unwrap();
        assert_eq!(seen, "later=x; ours=1");
        let cookies = page.cookies().await.unwrap();
        assert_eq!(cookies.len(), 3);
        let later = cookies
            .iter()
            .find(|cookie| cookie.name == "later")
            .unwrap();
        assert!(later.expires.is_some());
        page.set_cookies(&[Cookie::new("a b;", "\u{0}", "")])
            .await
            .unwrap_err();
        page.clear_cookies().await.unwrap();
        assert_eq!(page.cookies().await.unwrap(), []);
    }
    on_chrome(case).await;
}
