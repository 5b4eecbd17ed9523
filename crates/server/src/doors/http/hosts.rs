//! The names that a server answers for.

use std::collections::HashSet;

use crate::ground::config::Config;

/// A `Host` header without its port, if it is nothing but a host.
pub(crate) fn host_of(header: &str) -> Option<&str> {
    let end = match header.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => header.find(':').unwrap_or(header.len()),
    };
    let host = &header[..end];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    (!host.is_empty() && host.chars().all(is_plain)).then_some(host)
}

/// The names that this server answers for.
pub(crate) struct Hosts {
    any: bool,
    names: HashSet<String>,
}

impl Hosts {
    pub(crate) fn new(config: &Config) -> Self {
        let stun = config.public_stun.as_deref().and_then(host_of);
        let names = config.public_hosts.iter().chain(&config.tls.acme_domains).map(String::as_str).chain(stun);
        Self {
            any: config.public_hosts.iter().any(|host| host == "*"),
            names: names.chain(["localhost"]).map(plain).collect(),
        }
    }

    /// No DNS record can point a bare address elsewhere, so those are always right.
    pub(super) fn include(&self, host: &str) -> bool {
        let host = plain(host);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        self.any || bare.parse::<std::net::IpAddr>().is_ok() || self.names.contains(&host)
    }
}

fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_for_its_names_and_for_bare_addresses() {
        let mut config = Config::new("");
        config.public_hosts = vec!["Calls.Example.org".into()];
        config.public_stun = Some("stun.example.org:4747".into());
        let hosts = Hosts::new(&config);

        for host in ["calls.example.org", "CALLS.example.org.", "stun.example.org", "localhost", "127.0.0.1", "[::1]"] {
            assert!(hosts.include(host), "{host}");
        }
        for host in ["evil.example", "calls.example.org.evil.example", "example.org", "127.0.0.1.evil.example"] {
            assert!(!hosts.include(host), "{host}");
        }
    }

    #[test]
    fn a_star_is_any_name() {
        let config = Config { public_hosts: vec!["*".into()], ..Config::new("") };
        assert!(Hosts::new(&config).include("whatever.example"));
    }

    #[test]
    fn a_host_is_taken_without_its_port() {
        assert_eq!(host_of("calls.example:4747"), Some("calls.example"));
        assert_eq!(host_of("calls.example"), Some("calls.example"));
        assert_eq!(host_of("[2001:db8::1]:4747"), Some("[2001:db8::1]"));
        assert_eq!(host_of("evil example"), None);
        assert_eq!(host_of("[::1"), None);
        assert_eq!(host_of(""), None);
    }
}
