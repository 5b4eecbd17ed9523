//! Which requests are answered at all: not too often, under a name of this server, and from no web page that the operator does not know.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{ApiError, Peer, host_of};
use crate::{
    doors::{ServerState, SharedState},
    ground::limits::table,
};

/// Load balancers ask here under any name, and hear nothing but *ok*.
const FOR_EVERY_NAME: [&str; 2] = ["/livez", "/readyz"];

/// A proxy may go by the first line of these and this server by another, so a request that has two of one is neither's.
const ONCE_AT_MOST: [HeaderName; 3] = [header::HOST, header::ORIGIN, header::AUTHORIZATION];

/// Stands before everything on the public address. There is no CORS: a page gets no answer that its browser would show it.
pub(super) async fn guard(State(server): State<SharedState>, request: Request, next: Next) -> Response {
    match check(&server, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => turn_away(refusal),
    }
}

/// A client that asks too often may have sent thousands of requests at once. The rest of them is not even read.
fn turn_away(refusal: ApiError) -> Response {
    let mut response = refusal.into_response();
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn check(server: &ServerState, request: &Request) -> Result<(), ApiError> {
    check_headers(request.headers())?;
    if FOR_EVERY_NAME.contains(&request.uri().path()) {
        return Ok(());
    }
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let row = table::of_route(request.method().as_str(), path);
    server.limits.check_request(&row, Peer::of(server, request.extensions(), request.headers()).0)?;
    check_host(server, request)?;
    check_origin(server, request.headers())
}

/// RFC 9112, section 3.2, says so of `Host`.
fn check_headers(headers: &HeaderMap) -> Result<(), ApiError> {
    match ONCE_AT_MOST.iter().find(|name| headers.get_all(*name).iter().nth(1).is_some()) {
        Some(name) => Err(ApiError::invalid(format!("there are two {name} headers"))),
        None => Ok(()),
    }
}

/// A page whose name an attacker points at this machine (DNS rebinding) comes with that name in `Host`.
fn check_host(server: &ServerState, request: &Request) -> Result<(), ApiError> {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let said = request.uri().authority().map(axum::http::uri::Authority::as_str).or(header).unwrap_or_default();
    let host = host_of(said).ok_or_else(|| ApiError::invalid("the Host header is missing or malformed"))?;
    if server.hosts.include(host) {
        return Ok(());
    }
    let detail = format!("this server does not answer for {host:.253}; its operator may add that to public_hosts");
    Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, "invalid", detail))
}

/// A web page may only connect where the operator allows its origin; otherwise any page that a user visits could try.
fn check_origin(server: &ServerState, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let is_allowed = server.config.allowed_origins.iter().any(|allowed| origin.as_bytes() == allowed.as_bytes());
    let refusal = || ApiError::new(StatusCode::FORBIDDEN, "invalid", "web pages of this origin may not connect");
    is_allowed.then_some(()).ok_or_else(refusal)
}
