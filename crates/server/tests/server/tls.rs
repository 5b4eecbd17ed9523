//! The public address, encrypted.

use std::{path::PathBuf, sync::Arc};

use carillon_protocol::{ClientFrame, VersionInfo};
use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    Connector, client_async_tls_with_config,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::support::{Folder, House, registration};
use carillon_server::{Config, Server, TlsMode};

#[tokio::test]
async fn a_client_that_trusts_the_authority_registers_over_https_and_has_a_link_over_wss() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let house = encrypted(&authority.issue(&folder)).await;
    let invite = house.server.invite.clone().unwrap();
    assert_eq!(house.url(), format!("https://{}", house.server.addr));

    let client = authority.https(&house);
    let url = format!("https://localhost:{}", house.server.addr.port());
    let version: VersionInfo = client.get(format!("{url}/version")).send().await.unwrap().json().await.unwrap();
    let answer = client.post(format!("{url}/v1/register")).json(&registration(&invite, "ada")).send().await.unwrap();
    let signed_in: carillon_protocol::SignedIn = answer.json().await.unwrap();

    let mut request = format!("wss://localhost:{}/v1/link", house.server.addr.port()).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", signed_in.token).parse().unwrap());
    let stream = TcpStream::connect(house.server.addr).await.unwrap();
    let connector = Connector::Rustls(authority.client());
    let (mut link, _) = client_async_tls_with_config(request, stream, None, Some(connector)).await.unwrap();
    assert!(matches!(link.next().await, Some(Ok(Message::Text(first))) if first.contains("challenge")));
    let hello = serde_json::to_string(&ClientFrame::Hello { resume: None, proof: None }).unwrap();
    link.send(Message::Text(hello.into())).await.unwrap();

    assert_eq!(version.server, "carillon");
    assert!(matches!(link.next().await, Some(Ok(Message::Text(greeting))) if greeting.contains("reset")));
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_authority_goes_away() {
    let folder = Folder::new();
    let house = encrypted(&Authority::new().issue(&folder)).await;

    let stranger = Authority::new().https(&house);

    let url = format!("https://localhost:{}/version", house.server.addr.port());
    assert!(stranger.get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn whoever_speaks_plainly_is_told_what_is_spoken_here() {
    let folder = Folder::new();
    let house = encrypted(&Authority::new().issue(&folder)).await;
    let mut stream = TcpStream::connect(house.server.addr).await.unwrap();

    stream.write_all(b"GET /v1/link HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();

    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 400 ") && heard.contains("this address speaks TLS"), "{heard}");
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_files_that_make_no_sense_are_not() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let files = authority.issue(&folder);
    let house = encrypted(&files).await;
    let first = authority.certificate_of(&house).await;

    std::fs::write(&files.certificate, "no certificate").unwrap();
    house.server.reload();
    assert_eq!(authority.certificate_of(&house).await, first);
    authority.issue(&folder);
    house.server.reload();

    assert_ne!(authority.certificate_of(&house).await, first);
}

#[tokio::test]
async fn a_server_with_files_that_make_no_sense_does_not_start_and_says_why() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let files = authority.issue(&folder);
    let others = authority.issue(&Folder::new());
    let start = async |certificate: &PathBuf, key: &PathBuf| {
        let mut config = Config::local(&folder.0);
        config.tls.mode = TlsMode::Files;
        (config.tls.certificate, config.tls.key) = (certificate.clone(), key.clone());
        Server::start(config).await.unwrap_err().to_string()
    };

    let missing = folder.0.join("missing.pem");
    assert!(start(&missing, &files.key).await.contains("missing.pem"));
    assert!(start(&files.key, &files.key).await.contains("there is no certificate in it"));
    std::fs::write(&missing, &others.key_text).unwrap();
    assert!(start(&files.certificate, &missing).await.contains("cannot be used"));
}

#[tokio::test]
async fn s17_a_tls_handshake_that_dribbles_is_ended() {
    let folder = Folder::new();
    let files = Authority::new().issue(&folder);
    let house = House::with(|config| {
        files.choose(config);
        config.patience.head = std::time::Duration::from_millis(100);
    })
    .await;
    let mut stream = TcpStream::connect(house.server.addr).await.unwrap();

    stream.write_all(&[0x16, 3, 1]).await.unwrap();

    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.ok();
    assert_eq!(heard, b"");
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
    key_text: String,
}

impl Files {
    fn choose(&self, config: &mut Config) {
        config.tls.mode = TlsMode::Files;
        (config.tls.certificate, config.tls.key) = (self.certificate.clone(), self.key.clone());
    }
}

async fn encrypted(files: &Files) -> House {
    House::with(|config| files.choose(config)).await
}

pub(crate) struct Authority {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) root: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// A new certificate and its key, in PEM.
    pub(crate) fn sign(&self, names: &[&str]) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// A new certificate for `localhost`, at the same place.
    fn issue(&self, folder: &Folder) -> Files {
        let (certificate_text, key_text) = self.sign(&["localhost"]);
        let (certificate, key) = (folder.0.join("certificate.pem"), folder.0.join("key.pem"));
        std::fs::write(&certificate, certificate_text).unwrap();
        std::fs::write(&key, &key_text).unwrap();
        Files { certificate, key, key_text }
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.root.as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }

    fn https(&self, house: &House) -> reqwest::Client {
        let client = Arc::unwrap_or_clone(self.client());
        reqwest::Client::builder()
            .tls_backend_preconfigured(client)
            .resolve("localhost", house.server.addr)
            .build()
            .unwrap()
    }

    /// What the server shows now.
    async fn certificate_of(&self, house: &House) -> CertificateDer<'static> {
        let stream = TcpStream::connect(house.server.addr).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(self.client()).connect(name, stream).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    }
}
