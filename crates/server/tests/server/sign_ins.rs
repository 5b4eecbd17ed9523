//! Tokens that expire, their successors, and how a sign-in ends.

use std::time::Duration;

use carillon_protocol::{ClientFrame, EndReason, Ended, Refreshed, Request, Signal, SignedIn, close};
use futures_util::SinkExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Device, House, Key, PASSWORD, accept, ask_as, closing_code, connect, connect_for_nonce, credentials, post, text,
};

const OTHER_PASSWORD: &str = "another long password";
const QUARTER_OF_AN_HOUR: Duration = Duration::from_secs(15 * 60);

#[tokio::test]
async fn a_token_opens_links_for_a_quarter_of_an_hour_and_an_open_one_stays() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    assert_eq!(ada.signed_in.token_expires_in_s, 15 * 60);

    house.server.advance_clock(QUARTER_OF_AN_HOUR);

    ada.does(Request::RecentCalls { limit: 1 }).await;
    assert_eq!(upgrade_status(&house, &ada.signed_in.token).await, StatusCode::UNAUTHORIZED);
    let (_, refreshed) = refresh(&house, &ada.signed_in.refresh_token).await;
    Device::link(&house.url(), with(&ada.signed_in, refreshed.unwrap())).await;
    assert_eq!(ada.is_dismissed().await.0, close::REPLACED);
}

#[tokio::test]
async fn a_refresh_voids_the_token_before_it() {
    let house = House::open().await;
    let first = house.register("ada").await;

    let (_, refreshed) = refresh(&house, &first.refresh_token).await;

    let next = with(&first, refreshed.unwrap());
    assert_eq!(upgrade_status(&house, &first.token).await, StatusCode::UNAUTHORIZED);
    assert_ne!(next.refresh_token, first.refresh_token);
    Device::link(&house.url(), next).await;
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_may_be_repeated() {
    let house = House::open().await;
    let first = house.register("ada").await;
    let (_, lost) = refresh(&house, &first.refresh_token).await;

    let (status, repeated) = refresh(&house, &first.refresh_token).await;

    assert_eq!(status, StatusCode::OK);
    let (lost, repeated) = (lost.unwrap(), repeated.unwrap());
    assert_eq!(upgrade_status(&house, &lost.token).await, StatusCode::UNAUTHORIZED);
    let (status, _) = refresh(&house, &repeated.refresh_token).await;
    assert_eq!(status, StatusCode::OK);
}

/// S22: whoever comes with a refresh token that is used up ends the sign-in, link and all, for both who had it.
#[tokio::test]
async fn a_refresh_token_that_is_used_again_ends_the_whole_sign_in() {
    let house = House::open().await;
    let stolen = house.register("ada").await;
    let (_, refreshed) = refresh(&house, &stolen.refresh_token).await;
    let mut ada = Device::link(&house.url(), with(&stolen, refreshed.unwrap())).await;

    let (status, thief) = refresh(&house, &stolen.refresh_token).await;

    assert_eq!((status, thief), (StatusCode::UNAUTHORIZED, None));
    assert_eq!(ada.is_dismissed().await.0, close::SIGNED_OUT);
    assert_eq!(upgrade_status(&house, &ada.signed_in.token).await, StatusCode::UNAUTHORIZED);
    let (status, _) = refresh(&house, &ada.signed_in.refresh_token).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

/// S22: the same when the thief was faster, and the device itself comes with the old token.
#[tokio::test]
async fn a_thief_who_refreshes_first_is_thrown_out_by_the_device_itself() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let (_, thief) = refresh(&house, &ada.refresh_token).await;
    let mut thief = Device::link(&house.url(), with(&ada, thief.unwrap())).await;

    let (status, _) = refresh(&house, &ada.refresh_token).await;

    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(thief.is_dismissed().await.0, close::SIGNED_OUT);
}

#[tokio::test]
async fn a_refresh_token_that_is_nobodys_disturbs_nobody() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let mut guessed = ada.signed_in.refresh_token.clone();
    guessed.replace_range(..24, &"A".repeat(24));

    for junk in ["", "junk", &guessed, &ada.signed_in.token] {
        assert_eq!(refresh(&house, junk).await.0, StatusCode::UNAUTHORIZED, "{junk}");
    }

    ada.has_heard_nothing().await;
    assert_eq!(refresh(&house, &ada.signed_in.refresh_token).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_sign_in_that_nobody_refreshes_for_a_quarter_of_a_year_is_over() {
    let house = House::open().await;
    let ada = house.register("ada").await;

    house.server.advance_clock(Duration::from_secs(90 * 24 * 60 * 60));

    assert_eq!(refresh(&house, &ada.refresh_token).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_known_device_stays_the_same_device_and_its_old_tokens_are_void() {
    let house = House::open().await;
    let first = house.register("ada").await;

    let again = house.sign_in_again(&first).await;

    assert_eq!(again.device, first.device);
    assert_eq!(upgrade_status(&house, &first.token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&house, &first.refresh_token).await.0, StatusCode::UNAUTHORIZED);
    Device::link(&house.url(), again).await;
}

#[tokio::test]
async fn signing_out_voids_the_tokens_and_closes_the_link() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let SignedIn { token, refresh_token, .. } = ada.signed_in.clone();

    let (status, _) = ask_as((Method::POST, &format!("{}/v1/sign-out", house.url())), &token, None).await;

    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(ada.is_dismissed().await.0, close::SIGNED_OUT);
    assert_eq!(upgrade_status(&house, &token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&house, &refresh_token).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_password_signs_all_other_devices_out_and_no_other_user() {
    let house = House::open().await;
    let mut laptop = house.newcomer("ada").await;
    let phones = house.sign_in("ada", "phone").await;
    laptop.hears_of_devices().await;
    let mut phone = Device::link(&house.url(), phones.clone()).await;
    let mut ben = house.newcomer("ben").await;

    let (status, _) = change_password(&house, &laptop.signed_in.token, PASSWORD, OTHER_PASSWORD).await;

    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(phone.is_dismissed().await.0, close::SIGNED_OUT);
    assert_eq!(refresh(&house, &phones.refresh_token).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&house, &laptop.signed_in.refresh_token).await.0, StatusCode::OK);
    laptop.has_heard_nothing().await;
    ben.has_heard_nothing().await;
    let (old, _) = post(&house.url(), "sign-in", credentials("ada", PASSWORD, "tablet")).await;
    let (new, _) = post(&house.url(), "sign-in", credentials("ada", OTHER_PASSWORD, "tablet")).await;
    assert_eq!((old, new), (StatusCode::UNAUTHORIZED, StatusCode::OK));
}

#[tokio::test]
async fn only_who_knows_the_password_changes_it_and_not_to_a_weak_one() {
    let house = House::open().await;
    let ada = house.register("ada").await;

    let wrong = change_password(&house, &ada.token, "not the password", OTHER_PASSWORD).await;
    let weak = change_password(&house, &ada.token, PASSWORD, "short").await;
    let stranger = change_password(&house, "nonsense", PASSWORD, OTHER_PASSWORD).await;

    assert_eq!((wrong.0, wrong.1["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("wrong_credentials")));
    assert_eq!((weak.0, weak.1["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("weak_password")));
    assert_eq!(stranger.0, StatusCode::UNAUTHORIZED);
    house.sign_in("ada", "phone").await;
}

/// S18: after a change of the password nobody goes on with the session of a device that it signed out, not even that device.
#[tokio::test]
async fn a_session_from_before_a_change_of_the_password_is_not_resumed() {
    let house = House::open().await;
    let laptop = house.register("ada").await;
    let phone = house.another("ada", "phone").await;
    let (phones, resume) = (phone.signed_in.clone(), Some((phone.session, phone.seq)));
    change_password(&house, &laptop.token, PASSWORD, OTHER_PASSWORD).await;

    assert_eq!(upgrade_status(&house, &phones.token).await, StatusCode::UNAUTHORIZED);
    let mut body = credentials("ada", OTHER_PASSWORD, "phone");
    body["device"] = json!(phones.device);
    let (_, again) = post(&house.url(), "sign-in", body).await;
    let again = Device::link_with(&house.url(), serde_json::from_value(again).unwrap(), resume).await;

    assert!(again.snapshot.is_some(), "begun anew");
}

/// S18: a session belongs to its device; who names another's gets one of their own.
#[tokio::test]
async fn a_session_of_another_device_is_not_resumed() {
    let house = House::open().await;
    let (alice, mallory) = (house.newcomer("alice").await, house.register("mallory").await);

    let mallory = Device::link_with(&house.url(), mallory, Some((alice.session, alice.seq))).await;

    assert!(mallory.snapshot.is_some(), "begun anew");
    assert_ne!(mallory.session, alice.session);
}

#[tokio::test]
async fn the_call_of_a_device_that_is_signed_out_ends_at_once() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.does(accept(call)).await;
    assert!(matches!(alice.hears().await, Signal::Accepted { .. }));

    let (status, _) = ask_as((Method::POST, &format!("{}/v1/sign-out", house.url())), &bob.signed_in.token, None).await;

    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(alice.hears().await, Signal::Ended(Ended { call, reason: EndReason::ConnectionLost, by: None }));
}

#[tokio::test]
async fn a_user_has_no_more_devices_than_are_allowed() {
    let house = House::with(|config| config.limits.devices_per_user = 2).await;
    let first = house.register("ada").await;
    house.sign_in("ada", "phone").await;

    let (status, body) = post(&house.url(), "sign-in", credentials("ada", PASSWORD, "tablet")).await;

    assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("too_many_devices")));
    house.sign_in_again(&first).await;
}

#[tokio::test]
async fn a_device_with_a_key_opens_links_only_with_its_signature() {
    let house = House::open().await;
    let (key, other) = (Key::new(), Key::new());
    let ada = house.register_with_key("ada", &key).await;

    assert_eq!(farewell_to(&house, &ada, None).await, close::SIGNED_OUT, "none");
    assert_eq!(farewell_to(&house, &ada, Some(&other)).await, close::SIGNED_OUT, "another key's");

    Device::link_by(&house.url(), ada, None, Some(&key)).await;
}

#[tokio::test]
async fn a_signature_is_good_for_one_link() {
    let house = House::open().await;
    let key = Key::new();
    let ada = house.register_with_key("ada", &key).await;
    let (_socket, nonce) = connect_for_nonce(&house.url(), &ada.token).await;
    let heard_on_the_way = key.proof(&nonce, &ada);

    let mut again = connect(&house.url(), &ada.token).await;
    again.send(text(&ClientFrame::Hello { resume: None, proof: Some(heard_on_the_way) })).await.unwrap();

    assert_eq!(closing_code(&mut again).await, close::SIGNED_OUT);
}

#[tokio::test]
async fn a_device_that_signs_in_again_may_bring_another_key_and_the_old_one_is_void() {
    let house = House::open().await;
    let (old, new) = (Key::new(), Key::new());
    let first = house.register_with_key("ada", &old).await;
    let mut body = credentials("ada", PASSWORD, "laptop");
    body["device"] = json!(first.device);
    body["device_key"] = json!(new.public());

    let (_, again) = post(&house.url(), "sign-in", body).await;

    let again: SignedIn = serde_json::from_value(again).unwrap();
    assert_eq!(again.device, first.device);
    assert_eq!(farewell_to(&house, &again, Some(&old)).await, close::SIGNED_OUT);
    Device::link_by(&house.url(), again, None, Some(&new)).await;
}

#[tokio::test]
async fn what_is_no_key_is_not_taken_for_one() {
    let house = House::open().await;
    house.register("ada").await;
    let mut body = credentials("ada", PASSWORD, "laptop");
    body["device_key"] = json!("not-a-key");

    let (status, answer) = post(&house.url(), "sign-in", body).await;

    assert_eq!((status, answer["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid")));
}

#[tokio::test]
async fn an_account_is_deleted_by_its_own_user_who_says_the_password_again() {
    let house = House::open().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    let call = ada.invites("ben").await;
    ben.rings().await;
    ben.does(accept(call)).await;

    let (refused, why) = delete_account(&house, &ada.signed_in.token, "not the password").await;
    assert_eq!((refused, why["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("wrong_credentials")));
    let (deleted, _) = delete_account(&house, &ada.signed_in.token, PASSWORD).await;

    assert_eq!(deleted, StatusCode::NO_CONTENT);
    assert_eq!(ada.is_dismissed().await.0, close::SIGNED_OUT);
    assert!(matches!(ben.hears().await, Signal::Ended(Ended { reason: EndReason::ConnectionLost, .. })));
    let (again, _) = post(&house.url(), "sign-in", credentials("ada", PASSWORD, "laptop")).await;
    assert_eq!(again, StatusCode::UNAUTHORIZED);
    let (twice, _) = delete_account(&house, &ada.signed_in.token, PASSWORD).await;
    assert_eq!(twice, StatusCode::UNAUTHORIZED);
}

/// How a link is closed that is opened with the signature of this key.
async fn farewell_to(house: &House, signed_in: &SignedIn, key: Option<&Key>) -> u16 {
    let (mut socket, nonce) = connect_for_nonce(&house.url(), &signed_in.token).await;
    let proof = key.map(|key| key.proof(&nonce, signed_in));
    socket.send(text(&ClientFrame::Hello { resume: None, proof })).await.unwrap();
    closing_code(&mut socket).await
}

async fn refresh(house: &House, refresh_token: &str) -> (StatusCode, Option<Refreshed>) {
    let (status, body) = post(&house.url(), "refresh", json!({ "refresh_token": refresh_token })).await;
    (status, serde_json::from_value(body).ok())
}

async fn change_password(house: &House, token: &str, old: &str, new: &str) -> (StatusCode, Value) {
    let url = format!("{}/v1/password", house.url());
    ask_as((Method::POST, &url), token, Some(json!({ "old": old, "new": new }))).await
}

async fn delete_account(house: &House, token: &str, password: &str) -> (StatusCode, Value) {
    let url = format!("{}/v1/delete-account", house.url());
    ask_as((Method::POST, &url), token, Some(json!({ "password": password }))).await
}

fn with(signed_in: &SignedIn, refreshed: Refreshed) -> SignedIn {
    let Refreshed { token, token_expires_in_s, refresh_token } = refreshed;
    SignedIn { token, token_expires_in_s, refresh_token, ..signed_in.clone() }
}

async fn upgrade_status(house: &House, token: &str) -> StatusCode {
    let request = reqwest::Client::new().get(format!("{}/v1/link", house.url())).bearer_auth(token);
    let request = request
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    request.send().await.unwrap().status()
}
