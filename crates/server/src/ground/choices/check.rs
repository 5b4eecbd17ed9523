//! What no single key can say: which choices go together.

use std::path::Path;

use crate::ground::config::{Config, TlsMode};

/// A key, and what is wrong with it.
type Wrong = (&'static str, String);

pub(super) fn check(config: &Config) -> Result<(), Wrong> {
    check_tls(config)?;
    for origin in &config.allowed_origins {
        if !is_origin(origin) {
            return Err((
                "allowed_origins",
                format!("has {origin:?}, which is no origin such as https://calls.example.org"),
            ));
        }
    }
    for host in &config.public_hosts {
        if host.contains(['/', ':', ' ']) {
            return Err(("public_hosts", format!("has {host:?}, which is no host such as calls.example.org")));
        }
    }
    if config.metrics_listen.is_some_and(|metrics| metrics == config.listen && metrics.port() != 0) {
        return Err(("metrics_listen", "is the public address: metrics are nobody else's business".into()));
    }
    Ok(())
}

fn check_tls(config: &Config) -> Result<(), Wrong> {
    let tls = &config.tls;
    let is_missing = |path: &Path| path.as_os_str().is_empty();
    match tls.mode {
        TlsMode::Off => Ok(()),
        TlsMode::Files if is_missing(&tls.certificate) => Err(("tls.certificate", needed("files"))),
        TlsMode::Files if is_missing(&tls.key) => Err(("tls.key", needed("files"))),
        TlsMode::Acme if tls.acme_domains.is_empty() => Err(("tls.acme_domains", needed("acme"))),
        TlsMode::Acme if !tls.acme_directory.starts_with("https://") => {
            Err(("tls.acme_directory", "has to be an https:// address".into()))
        }
        TlsMode::Files | TlsMode::Acme => Ok(()),
    }
}

fn needed(mode: &str) -> String {
    format!("is needed where tls.mode is \"{mode}\"")
}

/// Scheme and host, and nothing after them: that is what browsers send.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| !scheme.is_empty() && !host.is_empty() && !host.contains('/'))
}
