//! Crashes and hangs, told apart from what is a page's own fault.

use std::time::Duration;

use browser::{Browser, CallError, EvaluateError, HealthError, NavigateError, Navigation, PageExt};

use crate::{on_chrome, plain_page, site::Site};

/// Wide enough for any page that responds at all.
const WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_page_that_crashes_says_so_until_it_has_gone_elsewhere() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let page = plain_page(browser).await;
        let home = Navigation::to(site.url("/"));
        page.navigate(&home).await.unwrap();
        page.check_responsive(WITHIN).await.unwrap();
        // What a script throws is no fault of the page's health.
        page.evaluate_json("no.such.thing").await.unwrap_err();
        page.check_responsive(WITHIN).await.unwrap();

        let crash = Navigation::to("chrome://crash".parse().unwrap());
        let error = page.navigate(&crash).await.unwrap_err();
        assert!(
            matches!(
                error,
                NavigateError::Crashed | NavigateError::Network { .. }
            ),
            "{error:?}"
        );
        let deadline = tokio::time::Instant::now() + WITHIN;
        let mut health = page.check_responsive(WITHIN).await;
        while health.is_ok() && tokio::time::Instant::now() < deadline {
            health = page.check_responsive(WITHIN).await;
        }
        assert_eq!(health, Err(HealthError::Crashed));
        let error = page.evaluate_json("1").await.unwrap_err();
        assert!(
            matches!(error, EvaluateError::Call(CallError::Crashed { .. })),
            "{error:?}"
        );
        page.navigate(&home).await.unwrap();
        page.check_responsive(WITHIN).await.unwrap();
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_page_that_hangs_says_so_and_can_be_closed_while_others_are_served() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let (page, other) = (plain_page(browser).await, plain_page(browser).await);
        let home = Navigation::to(site.url("/"));
        page.navigate(&home).await.unwrap();
        let within = Duration::from_millis(300);
        let (hung, health) = tokio::join!(
            tokio::time::timeout(WITHIN, page.evaluate_json("while (true) {}")),
            async {
                loop {
                    let health = page.check_responsive(within).await;
                    if health.is_err() {
                        break health;
                    }
                }
            },
        );
        assert_eq!(health, Err(HealthError::Unresponsive { within }));
        assert!(hung.is_err());
        other.navigate(&home).await.unwrap();
        tokio::time::timeout(WITHIN, page.close())
            .await
            .unwrap()
            .unwrap();
        let health = page.check_responsive(WITHIN).await;
        assert!(matches!(health, Err(HealthError::Closed)), "{health:?}");
        other.navigate(&home).await.unwrap();
        assert_eq!(other.evaluate::<u8>("1").await.unwrap(), 1);

        // Within a context that others share as well.
        let context = browser.new_context(Default::default()).await.unwrap();
        let page = context.new_page(Default::default()).await.unwrap();
        page.navigate(&home).await.unwrap();
        let hang = page.evaluate_json("while (true) {}");
        tokio::time::timeout(within, hang).await.unwrap_err();
        tokio::time::timeout(WITHIN, page.close())
            .await
            .unwrap()
            .unwrap();
        let page = context.new_page(Default::default()).await.unwrap();
        page.navigate(&home).await.unwrap();
    }
    on_chrome(case).await;
}
