//! What kept a document from arriving, by the names that Chrome has for it.

/// What kind of fault kept a document from arriving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkFault {
    /// The name does not resolve.
    Dns,
    /// Nobody listens there, or there is no way to the address.
    Connect,
    /// The connection was made and then lost.
    Reset,
    /// The certificate or the TLS handshake is bad.
    Tls,
    /// The network gave up waiting.
    Timeout,
    /// Redirects without end.
    RedirectLoop,
    /// Any other fault.
    Other,
}

impl NetworkFault {
    /// Sorts Chrome's error name, such as `net::ERR_NAME_NOT_RESOLVED`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let name = text.trim_start_matches("net::");
        match name {
            "ERR_NAME_NOT_RESOLVED" | "ERR_NAME_RESOLUTION_FAILED" | "ERR_DNS_TIMED_OUT" => {
                Self::Dns
            }
            "ERR_CONNECTION_REFUSED"
            | "ERR_ADDRESS_UNREACHABLE"
            | "ERR_CONNECTION_FAILED"
            | "ERR_INTERNET_DISCONNECTED"
            | "ERR_UNSAFE_PORT" => Self::Connect,
            "ERR_TIMED_OUT" | "ERR_CONNECTION_TIMED_OUT" => Self::Timeout,
            "ERR_TOO_MANY_REDIRECTS" => Self::RedirectLoop,
            "ERR_CONNECTION_RESET"
            | "ERR_CONNECTION_CLOSED"
            | "ERR_CONNECTION_ABORTED"
            | "ERR_EMPTY_RESPONSE"
            | "ERR_CONTENT_LENGTH_MISMATCH"
            | "ERR_INCOMPLETE_CHUNKED_ENCODING" => Self::Reset,
            name if name.starts_with("ERR_CERT_") || name.starts_with("ERR_SSL_") => Self::Tls,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chromes_error_names_are_sorted() {
        for (text, fault) in [
            ("net::ERR_NAME_NOT_RESOLVED", NetworkFault::Dns),
            ("net::ERR_CONNECTION_REFUSED", NetworkFault::Connect),
            ("net::ERR_CERT_AUTHORITY_INVALID", NetworkFault::Tls),
            ("net::ERR_SSL_PROTOCOL_ERROR", NetworkFault::Tls),
            ("net::ERR_EMPTY_RESPONSE", NetworkFault::Reset),
            ("net::ERR_TOO_MANY_REDIRECTS", NetworkFault::RedirectLoop),
            ("net::ERR_CONNECTION_TIMED_OUT", NetworkFault::Timeout),
            ("net::ERR_SOMETHING_NEW", NetworkFault::Other),
        ] {
            assert_eq!(NetworkFault::of(text), fault, "{text}");
        }
    }
}
