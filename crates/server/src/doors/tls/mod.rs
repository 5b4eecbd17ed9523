//! Encryption of the public address: rustls with the same provider as WebRTC's, and a certificate that changes while the server
//! runs.

mod acme;
mod files;

use std::{io, path::Path, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    server::{Acceptor, ResolvesServerCert},
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, task::JoinHandle};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

pub(crate) use self::files::{Files, expires_at, load};
use crate::{
    ground::config::{self, Config, TlsMode},
    runtime::{stops::Stops, tasks::Tasks},
};

/// The first byte of a TLS handshake record.
const HANDSHAKE: u8 = 0x16;
/// What a client hears that speaks plain HTTP where TLS is spoken.
const SPEAK_TLS: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n\
                         Content-Length: 77\r\n\r\n\
                         {\"code\":\"invalid\",\"detail\":\"this address speaks TLS: use https:// or wss://\"}";

/// Why there is no encryption.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there, not PEM, or does not hold what it should.
    #[error("{0}: {1}")]
    File(String, String),
    /// Certificate and key do not go together, or are of a kind that is not known.
    #[error("the certificate and its key cannot be used: {0}")]
    Pair(rustls::Error),
    /// Something else is wrong with what was chosen.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}

/// How connections are encrypted.
#[derive(Clone)]
pub(crate) struct Tls {
    usual: Arc<ServerConfig>,
    /// For a certificate authority that looks whether the domain leads here.
    challenge: Option<Arc<ServerConfig>>,
}

/// What keeps the certificate fresh.
#[derive(Default)]
pub(crate) struct CertificateRenewal {
    pub(crate) task: Option<JoinHandle<()>>,
    pub(crate) files: Option<Arc<Files>>,
}

/// Sets up what was chosen.
pub(crate) fn open(
    config: &Config,
    stops: &Stops,
    tasks: &Tasks,
) -> Result<(Option<Tls>, CertificateRenewal), TlsError> {
    match config.tls.mode {
        TlsMode::Off => Ok((None, CertificateRenewal::default())),
        TlsMode::Files => {
            let files = Arc::new(Files::open(&config.tls.certificate, &config.tls.key)?);
            let usual = server_config(Arc::clone(&files) as _)?;
            let watch = files::watch(Arc::clone(&files), config.patience.tls_files, stops.clone());
            let task = tasks.keep("watch on the TLS files", watch);
            Ok((Some(Tls { usual, challenge: None }), CertificateRenewal { task: Some(task), files: Some(files) }))
        }
        TlsMode::Acme => {
            let (resolver, challenge, keeper) = acme::open(&config.tls, &config.data_dir, stops.clone())?;
            let task = tasks.keep("certificate keeper", keeper);
            let usual = server_config(resolver)?;
            Ok((Some(Tls { usual, challenge: Some(challenge) }), CertificateRenewal { task: Some(task), files: None }))
        }
    }
}

impl Tls {
    /// Shakes hands; `None` if that was all there was to say.
    pub(crate) async fn accept(&self, mut stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
            stream.write_all(SPEAK_TLS.as_bytes()).await?;
            stream.shutdown().await?;
            // A socket that is closed with unread input loses its last words.
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
            return Ok(None);
        }
        let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        if let Some(challenge) = &self.challenge
            && rustls_acme::is_tls_alpn_challenge(&begun.client_hello())
        {
            begun.into_stream(Arc::clone(challenge)).await?.shutdown().await?;
            return Ok(None);
        }
        begun.into_stream(Arc::clone(&self.usual)).await.map(Some)
    }
}

fn server_config(resolver: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Setup(error.to_string()))?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// For *doctor*: what is wrong with what was chosen, without starting anything.
pub(crate) fn try_files(tls: &config::Tls) -> Result<i64, TlsError> {
    let pair = load(&tls.certificate, &tls.key)?;
    expires_at(&pair).ok_or_else(|| unreadable(&tls.certificate, "no certificate can be read in it"))
}

fn unreadable(path: &Path, why: impl std::fmt::Display) -> TlsError {
    TlsError::File(path.display().to_string(), why.to_string())
}

#[cfg(test)]
mod tests {
    use super::SPEAK_TLS;

    #[test]
    fn what_a_plain_client_hears_is_a_whole_http_answer() {
        let (head, body) = SPEAK_TLS.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
