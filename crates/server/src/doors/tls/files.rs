//! A certificate from PEM files. New files are used from the next handshake on; files that make no sense change nothing.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{TlsError, provider, unreadable};
use crate::runtime::stops::Stops;

/// When files were written, and how long they are.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// The pair that is used now.
#[derive(Debug)]
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<Stamp>,
}

impl Files {
    pub(super) fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let seen = stamp(certificate, key);
        let current = RwLock::new(Arc::new(load(certificate, key)?));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), current, seen: Mutex::new(seen) })
    }

    /// Reads the files again, whether they look new or not.
    pub(crate) fn reload(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = stamp(&self.certificate, &self.key);
        match load(&self.certificate, &self.key) {
            Ok(pair) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!("the TLS certificate was read again");
            }
            Err(error) => tracing::error!(%error, "the TLS files make no sense; the certificate stays as it was"),
        }
    }

    fn look_new(&self) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != stamp(&self.certificate, &self.key)
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Reads the files again whenever they look new, until the server stops.
pub(super) async fn watch(files: Arc<Files>, every: Duration, mut stops: Stops) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stops.wait() => return,
        }
        if files.look_new() {
            files.reload();
        }
    }
}

/// Reads a certificate and its key, and makes sure that they go together.
pub(crate) fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let read = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(|error| unreadable(certificate, error))?;
    if chain.is_empty() {
        return Err(unreadable(certificate, "there is no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    CertifiedKey::from_der(chain, secret, &provider()).map_err(TlsError::Pair)
}

/// When a certificate is void, in seconds since the Unix epoch.
pub(crate) fn expires_at(pair: &CertifiedKey) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(pair.cert.first()?).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    })
}
