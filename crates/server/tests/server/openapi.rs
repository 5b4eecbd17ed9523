//! `docs/openapi.yaml` against the server: every route is in it and no other, and answers have the fields that it says.

use std::collections::BTreeSet;

use oas3::Spec;
use serde_json::{Value, json};

use crate::support::{House, PASSWORD, post, registration};

const DOCUMENT: &str = include_str!("../../../../docs/openapi.yaml");
const ROUTES: &str = include_str!("../../src/doors/http/mod.rs");

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let spec = spec();

    let described: BTreeSet<(String, String)> =
        spec.operations().map(|(path, method, _)| (path, method.to_string().to_lowercase())).collect();

    assert_eq!(described, routes());
    let ids: BTreeSet<_> = spec.operations().map(|(_, _, operation)| operation.operation_id.clone()).collect();
    assert_eq!(ids.len(), described.len(), "each has a name of its own");
}

#[test]
fn every_code_of_an_error_is_described() {
    let sources = [
        include_str!("../../src/doors/http/error.rs"),
        include_str!("../../src/doors/http/accounts.rs"),
        include_str!("../../src/doors/http/attachments.rs"),
        include_str!("../../src/doors/http/avatars.rs"),
        include_str!("../../src/doors/http/groups.rs"),
        include_str!("../../src/doors/http/rtc_tokens.rs"),
        include_str!("../../src/doors/http/guard.rs"),
        ROUTES,
    ];
    let used: BTreeSet<&str> = sources.iter().flat_map(|source| codes(source)).collect();

    let Value::Array(described) = &raw()["components"]["schemas"]["Error"]["properties"]["code"]["enum"] else {
        panic!("no codes")
    };

    let described: BTreeSet<&str> = described.iter().filter_map(Value::as_str).collect();
    assert_eq!(described, used);
}

#[tokio::test]
async fn answers_have_the_fields_that_are_described() {
    let house = House::open().await;
    let invite = house.server.invite.clone().unwrap();

    let version: Value = reqwest::get(format!("{}/version", house.url())).await.unwrap().json().await.unwrap();
    let (_, signed_in) = post(&house.url(), "register", registration(&invite, "ada")).await;
    let refresh = json!({ "refresh_token": signed_in["refresh_token"] });
    let (_, refreshed) = post(&house.url(), "refresh", refresh.clone()).await;
    let (_, refused) =
        post(&house.url(), "sign-in", json!({ "user": "ada", "password": "wrong", "device_name": "x" })).await;

    assert_fields("VersionInfo", &version);
    assert_fields("SignedIn", &signed_in);
    assert_fields("Account", &signed_in["account"]);
    assert_fields("Error", &refused);
    assert_fields("RefreshRequest", &refresh);
    assert_fields("Refreshed", &refreshed);
    assert_fields("RegisterRequest", &registration(&invite, "ben"));
    assert_fields("SignInRequest", &json!({ "user": "ada", "password": PASSWORD, "device_name": "x" }));
}

fn spec() -> Spec {
    oas3::from_yaml(DOCUMENT).unwrap()
}

fn raw() -> Value {
    serde_json::to_value(spec()).unwrap()
}

/// What is required is there, and what is there is described.
fn assert_fields(schema: &str, value: &Value) {
    let described = &raw()["components"]["schemas"][schema];
    for required in described["required"].as_array().unwrap() {
        assert!(value.get(required.as_str().unwrap()).is_some(), "{schema} has no {required}: {value}");
    }
    for field in value.as_object().unwrap().keys() {
        assert!(described["properties"].get(field).is_some(), "{field} of {schema} is not described");
    }
}

/// The router does not tell its routes; its text does, one a line.
fn routes() -> BTreeSet<(String, String)> {
    let parts = ROUTES.split(".route(\"").skip(1);
    let route = |part: &str| {
        let (path, rest) = part.split_once("\", ").unwrap();
        let (method, _) = rest.split_once('(').unwrap();
        (path.to_owned(), method.to_owned())
    };
    parts.map(route).collect()
}

/// The second argument of every `ApiError::new`.
fn codes(source: &str) -> Vec<&str> {
    source.split("::new(StatusCode::").skip(1).filter_map(|part| part.split('"').nth(1)).collect()
}
