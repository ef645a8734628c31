//! The cookies of a browser context.

use serde::Deserialize;
use serde_json::json;

use crate::{CallError, Cookie, connection::Connection, decode::decode};

#[derive(Deserialize)]
struct Cookies {
    cookies: Vec<Cookie>,
}

pub(super) async fn all(connection: &Connection, context: &str) -> Result<Vec<Cookie>, CallError> {
    let method = "Storage.getCookies";
    let params = json!({ "browserContextId": context });
    let raw = connection.call(None, method, params).await?;
    Ok(decode::<Cookies>(method, &raw)?.cookies)
}

pub(super) async fn set(
    connection: &Connection,
    context: &str,
    cookies: &[Cookie],
) -> Result<(), CallError> {
    let params = json!({ "browserContextId": context, "cookies": cookies });
    let set = connection.call(None, "Storage.setCookies", params).await;
    set.map(drop)
}

pub(super) async fn clear(connection: &Connection, context: &str) -> Result<(), CallError> {
    let params = json!({ "browserContextId": context });
    let cleared = connection.call(None, "Storage.clearCookies", params).await;
    cleared.map(drop)
}
