//! A certificate from an authority, by ACME with TLS-ALPN-01 (RFC 8737): the authority connects to the public address itself.

use std::{fs::DirBuilder, path::Path, sync::Arc};

use futures_util::StreamExt as _;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, pem::PemObject as _},
    server::ResolvesServerCert,
};
use rustls_acme::{AcmeConfig, caches::DirCache};

use super::{TlsError, provider, unreadable};
use crate::{ground::config::Tls, runtime::stops::Stops};

/// Below the data folder: the account's key and the certificates.
const FOLDER: &str = "acme";

type Opened<K> = (Arc<dyn ResolvesServerCert>, Arc<ServerConfig>, K);

/// What asks for a certificate, and renews it in time, as long as it is polled.
pub(super) fn open(
    tls: &Tls,
    data_dir: &Path,
    mut stops: Stops,
) -> Result<Opened<impl Future<Output = ()> + Send + 'static>, TlsError> {
    let folder = data_dir.join(FOLDER);
    make(&folder).map_err(|error| unreadable(&folder, error))?;
    let contact = tls.acme_email.iter().map(|email| format!("mailto:{email}"));
    let config = AcmeConfig::new_with_client_config(&tls.acme_domains, client(tls)?)
        .contact(contact)
        .directory(&tls.acme_directory)
        .cache(DirCache::new(folder));
    let mut state = config.state();
    let (resolver, challenge) = (state.resolver(), state.challenge_rustls_config_with_provider(provider()));
    let keeper = async move {
        loop {
            tokio::select! {
                () = stops.wait() => return,
                event = state.next() => match event {
                    Some(Ok(event)) => tracing::info!(?event, "the certificate authority"),
                    Some(Err(error)) => tracing::error!(%error, "there is no new certificate; it is tried again"),
                    None => return,
                },
            }
        }
    };
    Ok((resolver, challenge, keeper))
}

/// How the authority is trusted.
fn client(tls: &Tls) -> Result<Arc<ClientConfig>, TlsError> {
    let roots = if tls.acme_roots.as_os_str().is_empty() {
        RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned())
    } else {
        roots_in(&tls.acme_roots)?
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Setup(error.to_string()))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn roots_in(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(file, error))? {
        let certificate = certificate.map_err(|error| unreadable(file, error))?;
        roots.add(certificate).map_err(|error| unreadable(file, error))?;
    }
    Ok(roots)
}

fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
