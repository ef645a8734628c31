//! What a page makes of what Chrome says, where a real Chrome says it too rarely to wait for it.

use serde_json::json;

use super::*;
use crate::{
    chrome::contexts::Contexts,
    connection::fake::{FakeChrome, over_pipe},
};

/// Answers what is asked until `last` is asked.
async fn answer_until(chrome: &mut FakeChrome, last: &str) -> Value {
    loop {
        let command = chrome.command().await;
        let result = match command["method"].as_str() {
            Some(method) if method == last => return command,
            Some("Target.createBrowserContext") => json!({ "browserContextId": "C" }),
            Some("Target.createTarget") => json!({ "targetId": "T" }),
            Some("Target.attachToTarget") => json!({ "sessionId": "S" }),
            Some(NAVIGATE) => json!({ "frameId": "T", "errorText": "net::ERR_ABORTED" }),
            _ => json!({}),
        };
        let answer = json!({ "id": command["id"], "result": result });
        chrome.say(&answer.to_string()).await;
    }
}

/// What navigating comes to when Chrome aborts it and then answers with `end` whether the page is still there.
async fn aborted_and_then(end: impl AsyncFnOnce(FakeChrome, Value)) -> NavigateError {
    let (connection, mut chrome, tasks) = over_pipe();
    let visiting = async {
        let contexts = Contexts::of(connection, tasks);
        let home = Home::of_its_own(contexts).await.unwrap();
        let page = ChromePage::open(home, PageOptions::default())
            .await
            .unwrap();
        let url = "http://127.0.0.1/".parse().unwrap();
        page.navigate(&Navigation::to(url)).await.unwrap_err()
    };
    let answering = async {
        let asked = answer_until(&mut chrome, "Page.getNavigationHistory").await;
        end(chrome, asked).await;
    };
    tokio::join!(visiting, answering).0
}

#[tokio::test]
async fn a_load_that_a_browser_aborts_as_it_ends_may_be_tried_again() {
    let error = aborted_and_then(async |chrome, _asked| drop(chrome)).await;
    assert!(
        matches!(error, NavigateError::Call(CallError::Closed { .. })),
        "{error:?}"
    );
    assert!(error.is_retry_safe());
}

#[tokio::test]
async fn a_load_that_is_aborted_in_a_page_that_goes_on_is_the_networks() {
    let error = aborted_and_then(async |mut chrome, asked| chrome.answer(&asked).await).await;
    let NavigateError::Network { fault, text } = error else {
        panic!("{error:?}")
    };
    assert_eq!((fault, &*text), (NetworkFault::Other, "net::ERR_ABORTED"));
}
