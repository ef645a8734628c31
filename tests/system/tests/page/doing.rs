//! Clicks and scrolling.

use std::time::Duration;

use browser::{
    Browser, ClickError, EvaluateError, Navigation, PageExt, ScrollEnd, ScrollOptions, Scrolled,
};

use crate::{on_chrome, plain_page, site::Site};

/// Adds a screen of items whenever its end is reached, some time later, until there are so many.
fn endless(most: u32) -> String {
    format!(
        "<!DOCTYPE html><style>p {{ height: 200px }}</style><body><script>let n = 0; \
         const more = () => {{ for (let i = 0; i < 5 && n < {most}; i++, n++) document.body.append(document.createElement('p')) }}; more(); \
         addEventListener('scroll', () => {{ if (innerHeight + scrollY >= document.body.scrollHeight - 50) setTimeout(more, 100) }})</script>"
    )
}

#[tokio::test]
async fn a_page_is_scrolled_until_nothing_more_comes() {
    async fn case(browser: &dyn Browser, site: &Site) {
        site.has("/grows", &endless(30));
        site.has("/endless", &endless(u32::MAX));
        let inner = "<!DOCTYPE html><div id=list style='height: 100px; overflow: auto'></div><script>let n = 0; \
            const more = () => { for (let i = 0; i < 5 && n < 20; i++, n++) { const item = document.createElement('p'); item.textContent = n; list.append(item) } }; \
            more(); list.addEventListener('scroll', () => setTimeout(more, 50))</script>";
        site.has("/inner", inner);
        let page = plain_page(browser).await;
        page.navigate(&Navigation::to(site.url("/grows")))
            .await
            .unwrap();
        // Far longer than the pages take to grow, however slow the machine.
        let patient = ScrollOptions {
            rest: Duration::from_secs(3),
            ..ScrollOptions::default()
        };
        let scrolled = page.scroll_until_stable(&patient).await.unwrap();
        assert_eq!(scrolled.end, ScrollEnd::Stable);
        let for_ever = ScrollOptions {
            timeout: Duration::MAX,
            ..ScrollOptions::default()
        };
        let again = page.scroll_until_stable(&for_ever).await.unwrap();
        assert_eq!((again.end, again.rounds), (ScrollEnd::Stable, 1));
        let items: u64 = page
            .evaluate("document.querySelectorAll('p').length")
            .await
            .unwrap();
        assert_eq!(items, 30);
        assert!(
            scrolled.height >= 30 * 200 && scrolled.elements >= 30,
            "{scrolled:?}"
        );

        let list = ScrollOptions {
            container: Some("#list".to_owned()),
            ..patient.clone()
        };
        page.navigate(&Navigation::to(site.url("/inner")))
            .await
            .unwrap();
        let scrolled = page.scroll_until_stable(&list).await.unwrap();
        assert_eq!((scrolled.end, scrolled.elements), (ScrollEnd::Stable, 20));
        page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
        let error = page.scroll_until_stable(&list).await.unwrap_err();
        assert!(
            matches!(&error, EvaluateError::Exception { text, .. } if text.contains("no element to scroll")),
            "{error:?}"
        );

        page.navigate(&Navigation::to(site.url("/endless")))
            .await
            .unwrap();
        let few = ScrollOptions {
            max_rounds: 3,
            ..patient.clone()
        };
        let scrolled = page.scroll_until_stable(&few).await.unwrap();
        assert_eq!((scrolled.end, scrolled.rounds), (ScrollEnd::MaxRounds, 3));
        let short = ScrollOptions {
            timeout: Duration::from_secs(1),
            max_rounds: u32::MAX,
            ..patient
        };
        let Scrolled { end, .. } = page.scroll_until_stable(&short).await.unwrap();
        assert_eq!(end, ScrollEnd::TimedOut);
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_click_is_one_of_a_real_mouse_or_says_why_there_was_none() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let page = plain_page(browser).await;
        let buttons = "<!DOCTYPE html><style>button { display: block; width: 100px; height: 30px }</style>\
            <div style='height: 2000px'></div><button id=far><b>far</b></button>\
            <button id=hidden style='display: none'></button><button id=unseen style='visibility: hidden'></button>\
            <div style='position: relative'><button id=covered>c</button>\
            <div class=veil style='position: absolute; inset: 0'></div></div><a id=away href='/'>away</a>\
            <button id=asks onclick='alert(1); window.asked = true'>asks</button>\
            <script>window.clicks = []; addEventListener('click', event => clicks.push([event.target.closest('[id]').id, event.isTrusted, event.detail]))</script>";
        site.has("/buttons", buttons);
        page.navigate(&Navigation::to(site.url("/buttons")))
            .await
            .unwrap();
        page.click("#far").await.unwrap();
        page.click("#asks").await.unwrap();
        let clicks: serde_json::Value = page.evaluate("[clicks, window.asked]").await.unwrap();
        assert_eq!(
            clicks,
            serde_json::json!([[["far", true, 1], ["asks", true, 1]], true])
        );
        for (selector, expected) in [
            ("#nowhere", "no element matches #nowhere"),
            ("#hidden", "the element that matches #hidden is hidden"),
            ("#unseen", "the element that matches #unseen is hidden"),
        ] {
            let error = page.click(selector).await.unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let error = page.click("#covered").await.unwrap_err();
        assert!(
            matches!(&error, ClickError::Covered { by, .. } if by.starts_with("<div class=\"veil\"")),
            "{error:?}"
        );
        let error = page.click(")(").await.unwrap_err();
        assert!(matches!(error, ClickError::Look { .. }), "{error:?}");
        // A click may lead elsewhere.
        page.click("#away").await.unwrap();
        let arrived = "new Promise(done => document.title === 'Plain' ? done(1) : addEventListener('load', () => done(1)))";
        let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
        while page.evaluate::<u8>(arrived).await.is_err() {
            assert!(tokio::time::Instant::now() < deadline);
        }
    }
    on_chrome(case).await;
}
