//! Fetching by plain HTTP.

use std::{error::Error, io, sync::Arc, time::Duration};

use async_trait::async_trait;
use browser::{NetworkFault, Refusal};
use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_TYPE, LOCATION, RETRY_AFTER},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use store::FetchedBy;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{
    AddressPolicy, Document, FetchError, Fetcher, Request, address::DNS, resolver::JudgingResolver,
};

/// The most of a page that is read, after decompression.
const MAX_BODY: usize = 50 << 20;
/// The longest that connecting takes: a host that does not answer at all is told from a page that is slow.
const CONNECT: Duration = Duration::from_secs(10);
/// As many redirects as browsers follow.
const MAX_REDIRECTS: usize = 20;

/// Fetches by plain HTTP, judging every address before it is connected to.
#[derive(Debug)]
pub(crate) struct HttpFetcher {
    client: Client,
    addresses: Arc<AddressPolicy>,
    timeout: Duration,
}

impl HttpFetcher {
    pub(crate) fn new(
        addresses: Arc<AddressPolicy>,
        timeout: Duration,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(JudgingResolver(Arc::clone(&addresses)))
            // Redirects are followed by us, so that each address is judged.
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("marketscan/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            addresses,
            timeout,
        })
    }

    async fn follow(&self, start: &Url) -> Result<Document, FetchError> {
        let mut url = start.clone();
        for _ in 0..=MAX_REDIRECTS {
            self.addresses
                .check(&url)
                .await
                .map_err(|refusal| refused(&url, refusal))?;
            let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
            let get = self.client.get(url.clone()).header("accept", accept);
            let response = get.send().await.map_err(|error| network_error(&error))?;
            match redirect(&response, &url) {
                Some(target) => url = target,
                None => return document(response, url).await,
            }
        }
        let detail = format!("more than {MAX_REDIRECTS} redirects");
        Err(FetchError::Network {
            fault: NetworkFault::RedirectLoop,
            detail,
        })
    }
}

#[async_trait]
impl Fetcher for HttpFetcher {
    async fn fetch<'a>(&self, request: Request<'a>) -> Result<Document, FetchError> {
        let limit = Instant::now() + self.timeout;
        match timeout_at(limit.min(request.deadline), self.follow(request.url)).await {
            Ok(fetched) => fetched,
            Err(_elapsed) if request.deadline < limit => Err(FetchError::Deadline),
            Err(_elapsed) => Err(FetchError::Timeout {
                limit: self.timeout,
            }),
        }
    }

    fn fetched_by(&self) -> FetchedBy {
        FetchedBy::Http
    }

    async fn shutdown(&self) {
        // Idle connections end with the client.
    }
}

/// TLS by the certificates that the system trusts. A system without any still fetches plain HTTP; every https
/// address then fails with a certificate error, as it must.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let versions = || {
        ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
    };
    match versions()?.with_platform_verifier() {
        Ok(verified) => Ok(verified.with_no_client_auth()),
        Err(error) => {
            tracing::warn!(%error, "no trusted certificates; https fails until ca-certificates is installed");
            Ok(versions()?
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth())
        }
    }
}

fn refused(url: &Url, Refusal { code, reason }: Refusal) -> FetchError {
    match code {
        DNS => FetchError::Network {
            fault: NetworkFault::Dns,
            detail: reason,
        },
        code => FetchError::Refused {
            url: url.to_string(),
            code,
            reason,
        },
    }
}

/// Where a response redirects to.
fn redirect(response: &Response, url: &Url) -> Option<Url> {
    let redirects = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let target = response.headers().get(LOCATION).filter(|_| redirects)?;
    url.join(target.to_str().ok()?).ok()
}

async fn document(mut response: Response, url: Url) -> Result<Document, FetchError> {
    let status = response.status().as_u16();
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let (content_type, retry_after) = (header(CONTENT_TYPE), header(RETRY_AFTER));
    if status >= 400 {
        // What an error says is in its status, whatever comes with it.
        return Ok(Document {
            url,
            status,
            retry_after,
            html: String::new(),
        });
    }
    if let Some(kind) = content_type.as_deref().filter(|kind| !is_text(kind)) {
        return Err(FetchError::NotAPage {
            detail: format!("its content type is {kind}"),
        });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| network_error(&error))?
    {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(FetchError::TooLarge { limit: MAX_BODY });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Document {
        url,
        status,
        retry_after,
        html: extract::decode(&body, content_type.as_deref()),
    })
}

fn is_text(content_type: &str) -> bool {
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind.starts_with("text/") || kind.ends_with("xml") || kind.is_empty()
}

/// Sorts an error of the client by the system error at its root, else by what it was doing.
fn network_error(error: &reqwest::Error) -> FetchError {
    let mut detail = String::new();
    let mut fault = None;
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            fault = fault_of(io).or(fault);
        }
        if error.is::<rustls::Error>() {
            fault = Some(NetworkFault::Tls);
        }
        // Its own text repeats the address, which is known; the causes say what happened.
        if cause.is_some_and(|error| !error.is::<reqwest::Error>()) {
            if !detail.is_empty() {
                detail.push_str(": ");
            }
            detail.push_str(&error.to_string());
        }
        cause = error.source();
    }
    if detail.is_empty() {
        detail = error.to_string();
    }
    let fault = fault.unwrap_or_else(|| {
        let lower = detail.to_ascii_lowercase();
        if lower.contains("dns") || lower.contains("lookup address") {
            NetworkFault::Dns
        } else if error.is_timeout() {
            NetworkFault::Timeout
        } else if error.is_connect() {
            NetworkFault::Connect
        } else if error.is_body() || error.is_decode() || error.is_request() {
            // The connection stood, and then ended before its time.
            NetworkFault::Reset
        } else {
            NetworkFault::Other
        }
    });
    FetchError::Network { fault, detail }
}

fn fault_of(error: &io::Error) -> Option<NetworkFault> {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable => Some(NetworkFault::Connect),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Some(NetworkFault::Reset),
        ErrorKind::TimedOut => Some(NetworkFault::Timeout),
        _ => None,
    }
}
