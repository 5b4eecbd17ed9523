//! By which proxy a server is reached. One decision for the REST part and for the link: what of one goes by a proxy, goes so of the other.

use std::{error::Error, future::poll_fn};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::{
        legacy::connect::{
            HttpConnector,
            proxy::{SocksV4, SocksV5, Tunnel},
        },
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioIo,
};
use reqwest::Url;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_tungstenite::tungstenite::http::{Uri, uri::InvalidUri};
use tower_service::Service;

use crate::ServerAddress;

type AnyError = Box<dyn Error + Send + Sync>;

/// What the bytes of a link run over: TCP to the server, or a tunnel through a proxy.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// What the REST part asks before each connection. The settings are read anew, because a laptop changes its network.
pub(crate) fn for_rest(server: &ServerAddress) -> reqwest::Proxy {
    let server = server.clone();
    reqwest::Proxy::custom(move |_| choose(&Matcher::from_system(), &server).map(|proxy| proxy.url))
}

/// The bytes to a server, for its link.
pub(crate) async fn reach(server: &ServerAddress) -> Result<Box<dyn Wire>, AnyError> {
    reach_by(&Matcher::from_system(), server).await
}

/// A proxy in both forms that the two libraries want.
struct Proxy {
    intercept: Intercept,
    url: Url,
}

/// The proxy on the way to a server by these settings; `None`: there is none. What is meant for this machine never leaves it: plain http
/// is allowed there because no other machine can read it.
fn choose(settings: &Matcher, server: &ServerAddress) -> Option<Proxy> {
    if server.is_this_machine() {
        return None;
    }
    let intercept = settings.intercept(&server.to_string().parse().ok()?)?;
    let url = url_of(&intercept)?;
    Some(Proxy { intercept, url })
}

/// With the proxy's own name and password, as the variables have them.
fn url_of(proxy: &Intercept) -> Option<Url> {
    let mut url = Url::parse(&proxy.uri().to_string()).ok()?;
    if url.port().is_none() && url.scheme().starts_with("socks") {
        url.set_port(Some(1080)).ok()?;
    }
    let (user, password) = match (proxy.raw_auth(), proxy.basic_auth()) {
        (Some((user, password)), _) => (user.to_owned(), password.to_owned()),
        (None, Some(basic)) => {
            let encoded = basic.as_bytes().strip_prefix(b"Basic ")?;
            let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            (user.to_owned(), password.to_owned())
        }
        (None, None) => return Some(url),
    };
    url.set_username(&user).ok()?;
    url.set_password(Some(&password)).ok()?;
    Some(url)
}

async fn reach_by(settings: &Matcher, server: &ServerAddress) -> Result<Box<dyn Wire>, AnyError> {
    let Some(Proxy { intercept, url }) = choose(settings, server) else {
        let stream = TcpStream::connect(server.host_and_port()).await?;
        stream.set_nodelay(true)?;
        return Ok(Box::new(stream));
    };
    let target = target(server, url.scheme()).await?;
    let proxy = without_credentials(&url)?;
    match url.scheme() {
        "socks4" | "socks4a" => through(SocksV4::new(proxy, tcp()), target).await,
        "socks5" | "socks5h" => {
            let socks = SocksV5::new(proxy, tcp());
            match intercept.raw_auth() {
                Some((user, password)) => through(socks.with_auth(user.to_owned(), password.to_owned()), target).await,
                None => through(socks, target).await,
            }
        }
        "https" => {
            let tls = HttpsConnectorBuilder::new().with_native_roots()?.https_only().enable_http1();
            through(with_auth(Tunnel::new(proxy, tls.wrap_connector(tcp())), &intercept), target).await
        }
        _ => through(with_auth(Tunnel::new(proxy, tcp()), &intercept), target).await,
    }
}

/// Where the proxy shall connect to. By `socks4` and `socks5` names are resolved here, by the others at the proxy.
async fn target(server: &ServerAddress, scheme: &str) -> Result<Uri, AnyError> {
    let mut place = server.host_and_port();
    if matches!(scheme, "socks4" | "socks5") {
        place = lookup_host(place).await?.next().ok_or("the server's name has no address")?.to_string();
    }
    Ok(format!("https://{place}").parse()?)
}

fn without_credentials(url: &Url) -> Result<Uri, InvalidUri> {
    let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default()).parse()
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false); // the scheme may be that of a proxy
    tcp.set_nodelay(true);
    tcp
}

fn with_auth<C>(tunnel: Tunnel<C>, proxy: &Intercept) -> Tunnel<C> {
    match proxy.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    }
}

async fn through<C>(mut proxy: C, target: Uri) -> Result<Box<dyn Wire>, AnyError>
where
    C: Service<Uri>,
    C::Error: Into<AnyError>,
    TokioIo<C::Response>: Wire + 'static,
{
    poll_fn(|context| proxy.poll_ready(context)).await.map_err(Into::into)?;
    Ok(Box::new(TokioIo::new(proxy.call(target).await.map_err(Into::into)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        let settings = Matcher::builder().all("http://proxy.example:3128").build();
        for server in [
            "http://localhost:4747",
            "http://localhost.:4747",
            "https://me.localhost",
            "http://127.0.0.1:4747",
            "http://127.7.7.7",
            "http://[::1]:4747",
            "http://[::ffff:127.0.0.1]:4747",
            "http://2130706433",
            "http://0x7f.1",
        ] {
            assert_eq!(chosen(&settings, server), None, "{server}");
        }
    }

    #[test]
    fn a_server_is_reached_by_the_proxy_of_its_scheme_unless_an_exception_names_it() {
        let settings = Matcher::builder()
            .http("plain.example:3128")
            .https("http://me:s%3Acret@secure.example:3128")
            .no("calls.internal, 10.0.0.0/8")
            .build();
        assert_eq!(chosen(&settings, "http://calls.test"), Some("http://plain.example:3128/".into()));
        let secure = "http://me:s%3Acret@secure.example:3128/";
        assert_eq!(chosen(&settings, "https://calls.test"), Some(secure.into()));
        assert_eq!(chosen(&settings, "https://eu.calls.internal"), None);
        assert_eq!(chosen(&settings, "https://10.4.4.4:4747"), None);
    }

    #[test]
    fn a_socks_proxy_without_a_port_is_at_1080_and_keeps_its_password() {
        let settings = Matcher::builder().all("socks5h://me:secret@proxy.example").build();
        let proxy = Some("socks5h://me:secret@proxy.example:1080".into());
        assert_eq!(chosen(&settings, "https://calls.test").map(|url| url.trim_end_matches('/').to_owned()), proxy);
    }

    fn chosen(settings: &Matcher, server: &str) -> Option<String> {
        let server = ServerAddress::parse(server, true).expect("a good address");
        choose(settings, &server).map(|proxy| proxy.url.to_string())
    }
}
