//! A certificate by ACME, from an authority that plays its part on loopback: it takes orders, connects to the server by TLS-ALPN-01
//! (RFC 8737), looks whether the proof is right, and signs what it is asked to (RFC 8555).

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::IntoResponse,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hyper_util::rt::TokioIo;
use rcgen::CertificateSigningRequestParams;
use rustls::{
    ClientConfig, ServerConfig,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring,
    pki_types::{
        CertificateDer, CertificateSigningRequestDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _,
    },
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tower::ServiceExt as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::{
    support::{Folder, House},
    tls::Authority,
};
use carillon_server::TlsMode;

const DOMAIN: &str = "calls.example.org";
const TOKEN: &str = "a-token-of-the-authority";
/// id-pe-acmeIdentifier (RFC 8737, section 6.1).
const ACME_IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";

#[tokio::test]
async fn a_certificate_is_ordered_proven_used_and_kept_for_the_next_start() {
    let (office, folder) = (Office::open().await, Folder::new());
    let roots = folder.0.join("roots.pem");
    std::fs::write(&roots, &office.authority.root).unwrap();
    let house = House::with(|config| {
        config.tls.mode = TlsMode::Acme;
        config.tls.acme_domains = vec![DOMAIN.into()];
        config.tls.acme_email = Some("admin@example.org".into());
        config.tls.acme_directory = office.url("directory");
        config.tls.acme_roots = roots;
    })
    .await;
    office.server.send_replace(Some(house.server.addr));

    let shown = until_trusted(&office.authority, &house).await;

    let (_, certificate) = X509Certificate::from_der(&shown).unwrap();
    assert!(format!("{:?}", certificate.subject_alternative_name()).contains(DOMAIN));
    assert_eq!(*office.proofs.lock().unwrap(), [true]);
    let files = std::fs::read_dir(house.folder.0.join("acme")).unwrap();
    assert!(files.count() >= 2, "the account and the certificate");
}

/// What the server shows once the authority's customers trust it.
async fn until_trusted(authority: &Authority, house: &House) -> CertificateDer<'static> {
    let connect = async {
        loop {
            let stream = TcpStream::connect(house.server.addr).await.unwrap();
            let name = ServerName::try_from(DOMAIN).unwrap();
            if let Ok(stream) = TlsConnector::from(authority.client()).connect(name, stream).await {
                return stream.get_ref().1.peer_certificates().unwrap()[0].clone();
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), connect).await.expect("no certificate came")
}

/// Where certificates are ordered.
struct Office {
    authority: Authority,
    port: u16,
    /// Where the domain leads.
    server: watch::Sender<Option<SocketAddr>>,
    thumbprint: Mutex<String>,
    proofs: Mutex<Vec<bool>>,
    issued: Mutex<Option<String>>,
}

impl Office {
    async fn open() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = Authority::new();
        let pair = authority.sign(&["localhost"]);
        let office = Arc::new(Self {
            authority,
            port: listener.local_addr().unwrap().port(),
            server: watch::Sender::new(None),
            thumbprint: Mutex::default(),
            proofs: Mutex::default(),
            issued: Mutex::default(),
        });
        let chain = vec![CertificateDer::from_pem_slice(pair.0.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(pair.1.as_bytes()).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
        tokio::spawn(serve(listener, acceptor, desk(Arc::clone(&office))));
        office
    }

    fn url(&self, what: &str) -> String {
        format!("https://localhost:{}/{what}", self.port)
    }

    fn order(&self) -> Value {
        let (proven, issued) = (!self.proofs.lock().unwrap().is_empty(), self.issued.lock().unwrap().is_some());
        let status = match (proven, issued) {
            (_, true) => "valid",
            (true, false) => "ready",
            (false, false) => "pending",
        };
        json!({
            "status": status,
            "authorizations": [self.url("authorization")],
            "finalize": self.url("finalize"),
            "certificate": self.url("certificate"),
        })
    }

    fn authorization(&self) -> Value {
        let status = if self.proofs.lock().unwrap().is_empty() { "pending" } else { "valid" };
        json!({
            "status": status,
            "identifier": { "type": "dns", "value": DOMAIN },
            "challenges": [{ "type": "tls-alpn-01", "url": self.url("challenge"), "token": TOKEN }],
        })
    }

    /// Section 3 of RFC 8737: the certificate for the challenge has the digest of the key authorization.
    async fn look(&self) -> bool {
        let server = self.server.subscribe().wait_for(Option::is_some).await.unwrap().unwrap();
        let stream = TcpStream::connect(server).await.unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut client = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anything)).with_no_client_auth();
        client.alpn_protocols = vec![b"acme-tls/1".to_vec()];
        let name = ServerName::try_from(DOMAIN).unwrap();
        let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
        let (_, certificate) = X509Certificate::from_der(&shown).unwrap();
        let proof = certificate.extensions().iter().find(|extension| extension.oid.to_id_string() == ACME_IDENTIFIER);
        let wanted = Sha256::digest(format!("{TOKEN}.{}", self.thumbprint.lock().unwrap()));
        proof.is_some_and(|proof| proof.critical && proof.value.ends_with(&wanted))
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, desk: Router) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, desk) = (acceptor.clone(), desk.clone());
        tokio::spawn(async move {
            let stream = acceptor.accept(stream).await.unwrap();
            let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                desk.clone().oneshot(request.map(axum::body::Body::new))
            });
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

fn desk(office: Arc<Office>) -> Router {
    let nonce = async || [("replay-nonce", "bm9uY2U")];
    let directory = async |State(office): State<Arc<Office>>| {
        Json(json!({
            "newNonce": office.url("nonce"), "newAccount": office.url("account"), "newOrder": office.url("order"),
        }))
    };
    let order = async |State(office): State<Arc<Office>>| ([("location", office.url("order/1"))], Json(office.order()));
    let state = async |State(office): State<Arc<Office>>| Json(office.order());
    let authorization = async |State(office): State<Arc<Office>>| Json(office.authorization());
    let certificate = async |State(office): State<Arc<Office>>| office.issued.lock().unwrap().clone().unwrap();
    Router::new()
        .route("/directory", get(directory))
        .route("/nonce", get(nonce))
        .route("/account", post(account))
        .route("/order", post(order))
        .route("/order/1", post(state))
        .route("/authorization", post(authorization))
        .route("/challenge", post(challenge))
        .route("/finalize", post(finalize))
        .route("/certificate", post(certificate))
        .with_state(office)
}

/// The account's key comes with its first request; its thumbprint (RFC 7638) proves the account in every challenge.
async fn account(State(office): State<Arc<Office>>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    assert_eq!(headers["content-type"], "application/jose+json");
    let jwk = &part(&body, "protected")["jwk"];
    let text = |field: &str| jwk[field].as_str().unwrap();
    let canonical =
        format!(r#"{{"crv":"{}","kty":"{}","x":"{}","y":"{}"}}"#, text("crv"), text("kty"), text("x"), text("y"));
    *office.thumbprint.lock().unwrap() = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
    assert_eq!(part(&body, "payload")["contact"], json!(["mailto:admin@example.org"]));
    ([("location", office.url("account/1"))], Json(json!({ "status": "valid" })))
}

async fn challenge(State(office): State<Arc<Office>>) -> Json<Value> {
    let is_proven = office.look().await;
    office.proofs.lock().unwrap().push(is_proven);
    Json(json!({ "type": "tls-alpn-01", "url": office.url("challenge"), "token": TOKEN, "status": "valid" }))
}

async fn finalize(State(office): State<Arc<Office>>, body: Bytes) -> Json<Value> {
    let wish = part(&body, "payload");
    let der = URL_SAFE_NO_PAD.decode(wish["csr"].as_str().unwrap()).unwrap();
    let wish = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(der)).unwrap();
    *office.issued.lock().unwrap() = Some(wish.signed_by(&office.authority.issuer).unwrap().pem());
    Json(office.order())
}

/// A part of a JWS, whose signature this authority takes for good.
fn part(body: &[u8], name: &str) -> Value {
    let jws: Value = serde_json::from_slice(body).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jws[name].as_str().unwrap()).unwrap()).unwrap()
}

/// A certificate for a challenge is signed by nobody.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
