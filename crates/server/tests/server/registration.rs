//! Who may make an account.

use carillon_protocol::{Registration, VersionInfo};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{House, PASSWORD, post, registration};

#[tokio::test]
async fn where_registration_is_open_nobody_needs_an_invite() {
    let house = with(Registration::Open).await;
    assert_eq!(house.server.invites, [""; 0], "and none is printed");

    let body = json!({ "user": "ada", "password": PASSWORD, "device_name": "laptop" });
    let (status, answer) = post(&house.url(), "register", body).await;

    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(told(&house).await, Registration::Open);
}

#[tokio::test]
async fn s18_where_registration_is_open_an_address_makes_so_many_accounts_an_hour() {
    let house = House::with(|config| {
        config.registration = Registration::Open;
        config.limits.registrations_per_hour_and_address = 2;
    })
    .await;
    for user in ["ada", "ben"] {
        assert_eq!(post(&house.url(), "register", registration("", user)).await.0, StatusCode::OK);
    }

    let (status, answer) = post(&house.url(), "register", registration("", "carl")).await;

    assert_eq!((status, &answer["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("rate_limited")));
}

#[tokio::test]
async fn where_registration_is_closed_not_even_an_invite_helps() {
    let house = with(Registration::Closed).await;
    let invite = house.server.mint_invites(1).await.unwrap().remove(0);

    let (status, answer) = post(&house.url(), "register", registration(&invite, "ada")).await;

    assert_eq!((status, &answer["code"]), (StatusCode::FORBIDDEN, &json!("registration_closed")));
    assert_eq!(told(&house).await, Registration::Closed);
}

#[tokio::test]
async fn without_a_word_registration_is_by_invite() {
    let house = House::open().await;
    assert_eq!(told(&house).await, Registration::Invite);
}

async fn with(registration: Registration) -> House {
    House::with(|config| config.registration = registration).await
}

async fn told(house: &House) -> Registration {
    let version: VersionInfo = reqwest::get(format!("{}/version", house.url())).await.unwrap().json().await.unwrap();
    version.registration
}
