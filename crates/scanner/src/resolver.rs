//! Names for the HTTP client: only addresses that the policy allows come out.

use std::{io, net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use crate::AddressPolicy;

/// Resolves names and connects only to what was judged: between the check of a name and the connection its
/// addresses may change.
#[derive(Debug)]
pub(crate) struct JudgingResolver(pub(crate) Arc<AddressPolicy>);

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str();
            let addresses: Vec<SocketAddr> = lookup_host((host, 0)).await?.collect();
            if !policy.opens_name(host)
                && let Some(refused) = addresses
                    .iter()
                    .find(|address| !policy.allows_ip(address.ip()))
            {
                let ip = refused.ip();
                return Err(io::Error::other(format!(
                    "{host} now leads to {ip}, which is not allowed"
                ))
                .into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
