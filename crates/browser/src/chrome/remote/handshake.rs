//! From an address to an open websocket.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    client::conn::http1,
    header::{AUTHORIZATION, HOST},
};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, client::IntoClientRequest},
};

use super::{
    dial::{Dialled, Stream, dial},
    endpoint::Endpoint,
};
use crate::{
    LaunchError,
    connection::{Traffic, Watched, settings},
};

/// The most that is read of `/json/version`, in bytes; Chrome's has less than one thousand.
const MAX_VERSION: usize = 64 << 10;

type Socket = WebSocketStream<Watched<Box<dyn Stream>>>;

/// Finds the browser and connects to it.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<(Socket, Traffic), LaunchError> {
    if !endpoint.is_http() {
        return upgrade(endpoint).await;
    }
    upgrade(&endpoint.browser(&debugger_url(endpoint).await?)?).await
}

/// How an exchange went: with an answer, or with a status that is none.
enum Exchange<T> {
    Done(T),
    Status(StatusCode),
}

/// What a request calls the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    ByName,
    ByAddress,
}

impl Called {
    fn host(self, endpoint: &Endpoint, dialled: &Dialled) -> String {
        match self {
            Self::ByName => endpoint.authority(),
            Self::ByAddress => dialled.address.to_string(),
        }
    }

    /// How to call the host after it answered with `status`, if there is another way.
    fn after(self, endpoint: &Endpoint, status: StatusCode) -> Result<Self, LaunchError> {
        // So says Chrome when it is called by a name.
        let refused = status == StatusCode::INTERNAL_SERVER_ERROR;
        if refused && self == Self::ByName && endpoint.may_be_refused_by_name() {
            return Ok(Self::ByAddress);
        }
        Err(endpoint.rejected(format!("it answered with status {status}")))
    }
}

/// The address of the browser, as it knows it.
async fn debugger_url(endpoint: &Endpoint) -> Result<String, LaunchError> {
    #[derive(Deserialize)]
    struct Version {
        #[serde(rename = "webSocketDebuggerUrl")]
        debugger_url: String,
    }
    let version = endpoint.version();
    let mut called = Called::ByName;
    let body = loop {
        let dialled = dial(&version).await?;
        let host = called.host(&version, &dialled);
        match get(&version, dialled, host).await? {
            Exchange::Done(body) => break body,
            Exchange::Status(status) => called = called.after(&version, status)?,
        }
    };
    serde_json::from_slice::<Version>(&body)
        .map(|version| version.debugger_url)
        .map_err(|error| {
            version.rejected(format!(
                "it does not tell of a browser as Chrome does: {error}"
            ))
        })
}

/// The body at `endpoint`.
async fn get(
    endpoint: &Endpoint,
    dialled: Dialled,
    host: String,
) -> Result<Exchange<Bytes>, LaunchError> {
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| endpoint.rejected(error.to_string());
    let mut request = Request::get(endpoint.target()).header(HOST, host);
    if let Some(authorization) = endpoint.authorization() {
        request = request.header(AUTHORIZATION, authorization);
    }
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(|error| failed(error.into()))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(dialled.stream))
        .await
        .map_err(|error| failed(error.into()))?;
    let answer = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        if head.status != StatusCode::OK {
            return Ok(Exchange::Status(head.status));
        }
        let body = Limited::new(body, MAX_VERSION).collect().await?;
        Ok(Exchange::Done(body.to_bytes()))
    };
    // The connection moves the bytes, here and not in a task of its own.
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        _ended = connection => answer.await,
    }
    .map_err(failed)
}

/// The websocket at `endpoint`.
async fn upgrade(endpoint: &Endpoint) -> Result<(Socket, Traffic), LaunchError> {
    let mut called = Called::ByName;
    loop {
        let dialled = dial(endpoint).await?;
        let host = called.host(endpoint, &dialled);
        match ask(endpoint, dialled, host).await? {
            Exchange::Done(open) => return Ok(open),
            Exchange::Status(status) => called = called.after(endpoint, status)?,
        }
    }
}

/// Asks for a websocket on a connection.
async fn ask(
    endpoint: &Endpoint,
    dialled: Dialled,
    host: String,
) -> Result<Exchange<(Socket, Traffic)>, LaunchError> {
    let scheme = if endpoint.is_secure() { "wss" } else { "ws" };
    let mut request = format!("{scheme}://{host}{}", endpoint.target())
        .into_client_request()
        .map_err(|error| endpoint.rejected(error.to_string()))?;
    if let Some(authorization) = endpoint.authorization()
        && let Ok(value) = authorization.parse()
    {
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let (stream, traffic) = Watched::new(dialled.stream);
    match client_async_with_config(request, stream, Some(settings())).await {
        Ok((socket, _response)) => Ok(Exchange::Done((socket, traffic))),
        Err(tungstenite::Error::Http(response)) => Ok(Exchange::Status(response.status())),
        Err(tungstenite::Error::Io(source)) => Err(LaunchError::Unreachable {
            endpoint: endpoint.to_string(),
            source,
        }),
        Err(error) => Err(endpoint.rejected(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_will_not_be_called_by_its_name_is_called_by_its_address_once() {
        let named = Endpoint::parse("http://chrome:9222").unwrap();
        let (stream, _theirs) = tokio::io::duplex(1);
        let dialled = Dialled {
            stream: Box::new(stream),
            address: "[::1]:9222".parse().unwrap(),
        };
        let refused = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(Called::ByName.host(&named, &dialled), "chrome:9222");
        let by_address = Called::ByName.after(&named, refused).unwrap();
        assert_eq!(by_address.host(&named, &dialled), "[::1]:9222");
        for (called, endpoint, status) in [
            (Called::ByAddress, "http://chrome:9222", refused),
            (Called::ByName, "http://chrome:9222", StatusCode::NOT_FOUND),
            (Called::ByName, "https://chrome:9222", refused),
            (Called::ByName, "http://127.0.0.1:9222", refused),
        ] {
            let error = called.after(&Endpoint::parse(endpoint).unwrap(), status);
            let error = error.unwrap_err().to_string();
            assert!(error.contains(status.as_str()), "{error}");
        }
    }
}
