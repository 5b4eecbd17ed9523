//! Registering, and signing in.

use carillon_protocol::DeviceId;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Device, House, PASSWORD, credentials, post, registration};

#[tokio::test]
async fn the_first_start_makes_one_invite_and_a_start_with_accounts_makes_none() {
    let house = House::open().await;
    assert_eq!(house.server.invites.len(), 1);
    house.register("ada").await;

    let house = house.reopen().await;

    assert_eq!(house.server.invites, Vec::<String>::new());
}

#[tokio::test]
async fn an_invite_makes_one_account_only() {
    let house = House::open().await;
    let invite = house.server.invite.clone().unwrap();

    let first = post(&house.url(), "register", registration(&invite, "ada")).await;
    let second = post(&house.url(), "register", registration(&invite, "ben")).await;

    assert_eq!(first.0, StatusCode::OK);
    assert_eq!((second.0, code(&second.1)), (StatusCode::FORBIDDEN, "bad_invite"));
}

#[tokio::test]
async fn an_unknown_invite_makes_none() {
    let house = House::open().await;
    let (status, body) = post(&house.url(), "register", registration("2222-2222-2222-2222", "ada")).await;
    assert_eq!((status, code(&body)), (StatusCode::FORBIDDEN, "bad_invite"));
}

#[tokio::test]
async fn an_invite_is_too_old_after_a_week() {
    let house = House::open().await;
    let invite = house.server.invite.clone().unwrap();

    house.server.advance_clock(std::time::Duration::from_secs(7 * 24 * 60 * 60));

    let (_, body) = post(&house.url(), "register", registration(&invite, "ada")).await;
    assert_eq!(code(&body), "bad_invite");
}

#[tokio::test]
async fn a_taken_name_leaves_the_invite_good() {
    let house = House::open().await;
    house.register("ada").await;
    let invite = house.server.mint_invites(1).await.unwrap().remove(0);

    let taken = post(&house.url(), "register", registration(&invite, "ada")).await;
    let free = post(&house.url(), "register", registration(&invite, "ben")).await;

    assert_eq!((taken.0, code(&taken.1)), (StatusCode::CONFLICT, "name_taken"));
    assert_eq!(free.0, StatusCode::OK);
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_said() {
    let house = House::open().await;
    let invite = house.server.invite.clone().unwrap();
    let with = |field: &str, value: Value| {
        let mut body = registration(&invite, &format!("user-{field}"));
        body[field] = value;
        body
    };

    for (body, expected) in [
        (with("user", json!("Ada")), "bad_name"),
        (with("user", json!("0")), "bad_name"),
        (with("user", json!("4294967295")), "bad_name"),
        (with("user", json!("ada; DROP TABLE users")), "bad_name"),
        (with("password", json!("short")), "weak_password"),
        (with("device_name", json!("x".repeat(65))), "name_refused"),
        (with("display_name", json!("Ada\u{202e}")), "name_refused"),
        (json!({ "user": "ada" }), "invalid"),
        (json!([]), "invalid"),
    ] {
        let (status, answer) = post(&house.url(), "register", body.clone()).await;
        assert_eq!(code(&answer), expected, "{body}");
        assert!(status.is_client_error());
        assert!(answer["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_answered_alike() {
    let house = House::open().await;
    house.register("ada").await;

    let wrong = post(&house.url(), "sign-in", credentials("ada", "not the password", "laptop")).await;
    let unknown = post(&house.url(), "sign-in", credentials("nobody", PASSWORD, "laptop")).await;

    assert_eq!((wrong.0, code(&wrong.1)), (StatusCode::UNAUTHORIZED, "wrong_credentials"));
    assert_eq!(wrong, unknown);
}

#[tokio::test]
async fn the_sixth_sign_in_within_a_minute_has_to_wait() {
    let house = House::open().await;
    for _ in 0..5 {
        post(&house.url(), "sign-in", credentials("ada", PASSWORD, "laptop")).await;
    }

    let (status, body) = post(&house.url(), "sign-in", credentials("ada", PASSWORD, "laptop")).await;

    assert_eq!((status, code(&body)), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
}

#[tokio::test]
async fn nobody_gets_somebody_elses_device() {
    let house = House::open().await;
    let adas = house.register("ada").await;
    house.register("ben").await;
    for device in [adas.device, DeviceId::new(Uuid::new_v4())] {
        let mut body = credentials("ben", PASSWORD, "laptop");
        body["device"] = json!(device);

        let (status, signed_in) = post(&house.url(), "sign-in", body).await;

        assert_eq!(status, StatusCode::OK);
        assert_ne!(signed_in["device"], json!(device));
    }
    Device::link(&house.url(), adas).await;
}

fn code(body: &Value) -> &str {
    body["code"].as_str().unwrap_or_default()
}
