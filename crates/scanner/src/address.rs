//! Which addresses may be reached: the public internet, and what the operator opened.

use std::{
    collections::HashSet,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
    time::Duration,
};

use async_trait::async_trait;
use browser::{Refusal, RequestGuard};
use tokio::{net::lookup_host, time::timeout};
use url::{Host, Url};

/// The evidence code of an address that may not be reached.
pub(crate) const ADDRESS_REFUSED: &str = "address_refused";
/// The evidence code of a scheme other than http and https.
pub(crate) const SCHEME_REFUSED: &str = "scheme_refused";

/// The evidence code of a name that does not resolve.
pub(crate) const DNS: &str = "dns";

/// How long a name may take to resolve.
const LOOKUP: Duration = Duration::from_secs(5);

/// Which addresses may be reached. By default those of the public internet; loopback, private, link-local and other
/// special addresses are refused, whoever names them.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    /// Opens exactly these hosts and ports.
    pub allowed: HashSet<AllowedHost>,
    /// Opens every address.
    pub allow_private_network: bool,
}

/// A host and port that may be reached whatever its address is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AllowedHost {
    host: String,
    port: u16,
}

/// A text that is no `HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no HOST:PORT; write it like localhost:8080, 127.0.0.1:8080 or [::1]:8080")]
pub struct InvalidHost {
    text: String,
}

impl FromStr for AllowedHost {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let invalid = || InvalidHost {
            text: text.to_owned(),
        };
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(invalid)?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(invalid)?;
        // As a URL would have it: lower case, one spelling of each address.
        let host = Host::parse(host).map_err(|_not_a_host| invalid())?;
        Ok(Self {
            host: host.to_string(),
            port,
        })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl AddressPolicy {
    /// Whether an address itself may be connected to, for a host that the operator did not open.
    pub(crate) fn allows_ip(&self, ip: IpAddr) -> bool {
        self.allow_private_network || is_public(ip)
    }

    /// Whether the operator opened this host, or every address.
    pub(crate) fn opens(&self, host: &str, port: u16) -> bool {
        self.allow_private_network
            || self.allowed.contains(&AllowedHost {
                host: host.to_owned(),
                port,
            })
    }

    /// Whether `host` is opened for some port: what a resolver, which is told no port, can know.
    pub(crate) fn opens_name(&self, host: &str) -> bool {
        self.allow_private_network || self.allowed.iter().any(|allowed| allowed.host == host)
    }

    /// Whether `url` may be requested. Names are resolved; every address of one must be allowed.
    ///
    /// # Errors
    /// [`Refusal`] with the code `scheme_refused`, `address_refused`, or `dns` for a name that does not resolve.
    ///
    /// # Cancel safety
    /// Dropping the future stops the look-up.
    pub async fn check(&self, url: &Url) -> Result<(), Refusal> {
        let (host, port) = Self::target(url)?;
        if self.opens(&host.to_string(), port) {
            return Ok(());
        }
        match host {
            Host::Ipv4(ip) => self.check_ip(url, ip.into()),
            Host::Ipv6(ip) => self.check_ip(url, ip.into()),
            Host::Domain(name) => {
                if is_loopback_name(name) {
                    return self.check_ip(url, Ipv4Addr::LOCALHOST.into());
                }
                // A name that we cannot judge is not left to somebody else's look-up.
                let unresolved = |why: String| Refusal {
                    code: DNS,
                    reason: format!("{name} does not resolve: {why}"),
                };
                let addresses = match timeout(LOOKUP, lookup_host((name, port))).await {
                    Ok(found) => found.map_err(|error| unresolved(error.to_string()))?,
                    Err(_elapsed) => {
                        return Err(unresolved(format!("no answer within {LOOKUP:?}")));
                    }
                };
                addresses
                    .map(|address| SocketAddr::ip(&address))
                    .try_for_each(|ip| self.check_ip(url, ip))
            }
        }
    }

    fn target(url: &Url) -> Result<(Host<&str>, u16), Refusal> {
        let scheme = url.scheme();
        if !matches!(scheme, "http" | "https") {
            let reason = format!("the scheme {scheme} is not fetched, only http and https are");
            return Err(Refusal {
                code: SCHEME_REFUSED,
                reason,
            });
        }
        url.host()
            .zip(url.port_or_known_default())
            .ok_or_else(|| Refusal {
                code: ADDRESS_REFUSED,
                reason: "it names no host".to_owned(),
            })
    }

    fn check_ip(&self, url: &Url, ip: IpAddr) -> Result<(), Refusal> {
        if self.allows_ip(ip) {
            return Ok(());
        }
        let (host, port) = (
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or_default(),
        );
        let reason = format!(
            "{ip} is not an address of the public internet; open it with --allow-host {host}:{port}, or all such \
             addresses with --allow-private-network"
        );
        Err(Refusal {
            code: ADDRESS_REFUSED,
            reason,
        })
    }
}

#[async_trait]
impl RequestGuard for AddressPolicy {
    async fn check(&self, url: &Url) -> Result<(), Refusal> {
        // Documents that come without a network reach nothing.
        if matches!(url.scheme(), "about" | "data" | "blob") {
            return Ok(());
        }
        Self::check(self, url).await
    }
}

/// Whether a name means this machine by definition (RFC 6761, section 6.3), whatever a resolver says.
fn is_loopback_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is one of the public internet, by the special-purpose registries of IANA.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol_assignments = (a, b, c) == (192, 0, 0);
    let six_to_four_relay = (a, b, c) == (192, 88, 99);
    let benchmarking = a == 198 && (18..20).contains(&b);
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || shared
        || protocol_assignments
        || six_to_four_relay
        || benchmarking;
    // 0.0.0.0/8 is this network, 240.0.0.0/4 is reserved and holds the broadcast address.
    !special && a != 0 && a < 240
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    // Only 2000::/3 is handed out at all; translated addresses are judged by what they lead to.
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let global = segments[0] & 0xe000 == 0x2000;
    let protocol_assignments = segments[0] == 0x2001 && segments[1] < 0x0200;
    let documentation = (segments[0] == 0x2001 && segments[1] == 0x0db8) || segments[0] == 0x3fff;
    let six_to_four = segments[0] == 0x2002;
    global && !protocol_assignments && !documentation && !six_to_four
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn every_spelling_of_a_private_address_is_refused() {
        let policy = AddressPolicy::default();
        for text in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://localhost/",
            "http://LOCALHOST:8080/",
            "http://localhost./",
            "http://board.localhost/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
        ] {
            let refusal = policy.check(&url(text)).await.unwrap_err();
            assert_eq!(refusal.code, ADDRESS_REFUSED, "{text}");
            assert!(
                refusal.reason.contains("--allow-host"),
                "{}",
                refusal.reason
            );
        }
    }

    #[tokio::test]
    async fn public_addresses_pass_and_other_schemes_do_not() {
        let policy = AddressPolicy::default();
        for text in [
            "http://93.184.216.34/",
            "https://[2606:4700::1111]/",
            "http://[::ffff:8.8.8.8]/",
        ] {
            assert_eq!(policy.check(&url(text)).await, Ok(()), "{text}");
        }
        for text in [
            "file:///etc/passwd",
            "ftp://93.184.216.34/",
            "javascript:alert(1)",
            "chrome://version",
        ] {
            assert_eq!(
                policy.check(&url(text)).await.unwrap_err().code,
                SCHEME_REFUSED,
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn a_name_that_cannot_be_judged_is_not_let_through() {
        let refusal = AddressPolicy::default()
            .check(&url("http://nowhere.invalid/"))
            .await
            .unwrap_err();
        assert_eq!(refusal.code, DNS, "{}", refusal.reason);
    }

    #[tokio::test]
    async fn an_opened_host_is_open_at_its_port_only() {
        let policy = AddressPolicy {
            allowed: HashSet::from(["127.1:8080".parse().unwrap(), "[::1]:80".parse().unwrap()]),
            allow_private_network: false,
        };
        assert_eq!(policy.check(&url("http://127.0.0.1:8080/x")).await, Ok(()));
        assert_eq!(policy.check(&url("http://[::1]/x")).await, Ok(()));
        assert!(policy.check(&url("http://127.0.0.1:8081/x")).await.is_err());
        let all = AddressPolicy {
            allow_private_network: true,
            ..AddressPolicy::default()
        };
        assert_eq!(all.check(&url("http://192.168.0.1/")).await, Ok(()));
        assert!(all.check(&url("file:///etc/passwd")).await.is_err());
    }

    #[test]
    fn a_text_that_is_no_host_and_port_says_how_to_write_one() {
        for text in [
            "",
            "localhost",
            "localhost:",
            "localhost:0",
            "localhost:99999",
            ":80",
            "a b:80",
        ] {
            let error = text.parse::<AllowedHost>().unwrap_err();
            assert!(error.to_string().contains("HOST:PORT"), "{text:?}: {error}");
        }
        assert_eq!(
            "LocalHost:80".parse::<AllowedHost>().unwrap().to_string(),
            "localhost:80"
        );
    }
}
