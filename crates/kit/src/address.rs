//! Where a server is, as people type it.

use std::{fmt, net::IpAddr};

use reqwest::Url;

/// Why a text is not the address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing that could be an address.
    #[error("{0:?} is not the address of a server")]
    Bad(String),
    /// Plain http to another machine, which the app has not allowed.
    #[error("{0} would be reached without encryption")]
    Insecure(String),
}

/// The address of a server: a scheme, a host and a port, sometimes a path.
///
/// A text without a scheme means https. Plain http is for this machine itself; to any other it must be allowed in so many words,
/// because passwords travel over it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerAddress {
    url: Url,
}

impl ServerAddress {
    /// Reads what a user typed.
    ///
    /// # Errors
    /// [`AddressError::Bad`] for what is no http or https address of a host; [`AddressError::Insecure`] for plain http to another
    /// machine unless `allow_insecure`.
    pub fn parse(text: &str, allow_insecure: bool) -> Result<Self, AddressError> {
        let bad = || AddressError::Bad(text.trim().to_owned());
        let url = Url::parse(&with_scheme(text.trim())).map_err(|_| bad())?;
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(bad()),
        };
        if url.host_str().is_none_or(str::is_empty) || !url.username().is_empty() || url.password().is_some() {
            return Err(bad());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad());
        }
        if plain && !allow_insecure && !is_this_machine(&url) {
            return Err(AddressError::Insecure(url.host_str().unwrap_or_default().to_owned()));
        }
        Ok(Self { url })
    }

    /// The host's name or number, for people.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether it is on this machine, so that what is sent there leaves it nowhere.
    pub(crate) fn is_this_machine(&self) -> bool {
        is_this_machine(&self.url)
    }

    /// The same place without encryption, for suggestions: what people type is never changed to it.
    pub(crate) fn without_encryption(&self) -> Self {
        let mut url = self.url.clone();
        let port = url.port_or_known_default();
        let is_changed = url.set_scheme("http").is_ok() && url.set_port(port).is_ok();
        debug_assert!(is_changed, "an https address of a host has an http address");
        Self { url }
    }

    /// What a connection is made to; a number of six has its brackets.
    pub(crate) fn host_and_port(&self) -> String {
        let port = self.url.port_or_known_default().expect("http and https have a port");
        format!("{}:{port}", self.host())
    }

    /// The URL of a path of the REST part, such as `v1/sign-in`.
    pub(crate) fn http(&self, path: &str) -> String {
        format!("{self}/{path}")
    }

    /// The URL of the link.
    pub(crate) fn link(&self) -> String {
        // Both schemes of WebSockets are those of http with the same ending.
        format!("ws{}/v1/link", self.to_string().trim_start_matches("http"))
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerAddress({self})")
    }
}

/// `localhost:8080` is a host and a port, although it reads like a scheme and a path.
fn with_scheme(text: &str) -> String {
    if text.contains("://") { text.to_owned() } else { format!("https://{text}") }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let is_loopback = |ip: IpAddr| ip.to_canonical().is_loopback();
    host == "localhost" || host.ends_with(".localhost") || host.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, AddressError> {
        ServerAddress::parse(text, false).map(|address| address.to_string())
    }

    #[test]
    fn an_address_without_a_scheme_means_https() {
        assert_eq!(shown("calls.example.org"), Ok("https://calls.example.org".into()));
        assert_eq!(shown(" calls.example.org:8443/ "), Ok("https://calls.example.org:8443".into()));
        assert_eq!(shown("localhost:8080"), Ok("https://localhost:8080".into()));
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_somebody_allows_it() {
        assert_eq!(shown("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080".into()));
        assert_eq!(shown("http://[::1]:8080"), Ok("http://[::1]:8080".into()));
        assert_eq!(shown("http://localhost"), Ok("http://localhost".into()));
        assert_eq!(shown("http://192.168.1.9"), Err(AddressError::Insecure("192.168.1.9".into())));
        assert_eq!(
            shown("http://localhost.evil.example"),
            Err(AddressError::Insecure("localhost.evil.example".into()))
        );
        assert!(ServerAddress::parse("http://192.168.1.9", true).is_ok());
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        for text in
            ["", "   ", "https://", "ftp://example.org", "https://me:secret@example.org", "a b", "https://x/?q=1"]
        {
            assert!(matches!(shown(text), Err(AddressError::Bad(_))), "{text:?}");
        }
    }

    #[test]
    fn an_address_without_encryption_is_on_the_same_port() {
        let plain = |text| {
            ServerAddress::parse(text, false)
                .map(|address| address.without_encryption().to_string())
                .expect("a good address")
        };
        assert_eq!(plain("calls.example.org:8080/at/"), "http://calls.example.org:8080/at");
        assert_eq!(plain("calls.example.org"), "http://calls.example.org:443");
        assert_eq!(plain("[::1]:80"), "http://[::1]");
    }

    #[test]
    fn the_link_is_beside_the_rest_part() {
        let plain = ServerAddress::parse("http://127.0.0.1:8080", false).expect("a good address");
        let proxied = ServerAddress::parse("example.org/calls/", false).expect("a good address");
        assert_eq!(plain.link(), "ws://127.0.0.1:8080/v1/link");
        assert_eq!(proxied.link(), "wss://example.org/calls/v1/link");
        assert_eq!(proxied.http("version"), "https://example.org/calls/version");
    }
}
