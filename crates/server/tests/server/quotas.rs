//! S18: how much an address, a user and a device may ask, and how often anybody may make anybody ring.

use carillon_protocol::{Answer, CallKind, CallScope, ChannelName, Done, Invitation, RefusalCode, Request};
use reqwest::StatusCode;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest as _},
};

use crate::support::{House, invite, new_op, with};

#[tokio::test]
async fn s18_an_address_may_ask_so_often() {
    let house = House::with(|config| {
        config.limits.http_requests_per_minute_and_address = 3;
        config.trust_forwarded_for = true;
    })
    .await;
    let ask = async |from: &str| {
        let request = reqwest::Client::new().get(format!("{}/version", house.url())).header("x-forwarded-for", from);
        request.send().await.unwrap().status()
    };

    for _ in 0..3 {
        assert_eq!(ask("2001:db8::1").await, StatusCode::OK);
    }

    assert_eq!(ask("2001:db8::2").await, StatusCode::TOO_MANY_REQUESTS, "the same /64");
    assert_eq!(ask("2001:db8:0:1::1").await, StatusCode::OK, "another one");
    let livez = reqwest::get(format!("{}/livez", house.url())).await.unwrap();
    assert_eq!(livez.status(), StatusCode::OK, "who looks whether it lives is never turned away");
}

#[tokio::test]
async fn s18_a_device_gets_no_new_allowance_by_a_new_link_and_a_user_none_by_a_new_device() {
    let house = House::with(|config| {
        config.limits.requests_per_minute = 5;
        config.limits.requests_per_minute_and_user = 8;
    })
    .await;
    let mut ada = house.newcomer("ada").await;
    for _ in 0..5 {
        ada.does(Request::RecentCalls { limit: 1 }).await;
    }
    let mut ada = ada.relink().await;
    assert_eq!(ada.is_refused(Request::RecentCalls { limit: 1 }).await, RefusalCode::RateLimited);

    let mut phone = house.another("ada", "phone").await;
    for _ in 0..3 {
        phone.does(Request::RecentCalls { limit: 1 }).await;
    }

    assert_eq!(phone.is_refused(Request::RecentCalls { limit: 1 }).await, RefusalCode::RateLimited);
}

#[tokio::test]
async fn s18_messages_have_a_limit_of_their_own_and_take_nothing_from_other_requests() {
    let house = House::with(|config| {
        config.limits.requests_per_minute = 5;
        config.limits.requests_per_minute_and_user = 5;
        config.limits.messages_at_once = 100;
    })
    .await;
    let mut ada = house.newcomer("ada").await;
    house.register("ben").await;

    for number in 0..100 {
        ada.writes(&with("ben"), &format!("text {number}")).await;
    }

    for _ in 0..5 {
        ada.does(Request::RecentCalls { limit: 1 }).await;
    }
    assert_eq!(ada.is_refused(Request::RecentCalls { limit: 1 }).await, RefusalCode::RateLimited);
}

#[tokio::test]
async fn s18_a_device_may_open_so_many_links() {
    let house = House::with(|config| config.limits.links_per_minute = 2).await;
    let ada = house.newcomer("ada").await.relink().await;

    let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
    let token = format!("Bearer {}", ada.signed_in.token);
    request.headers_mut().insert("authorization", token.parse().unwrap());
    let Err(Error::Http(refusal)) = connect_async(request).await else { panic!("let in") };

    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn s18_nobody_makes_the_same_person_ring_all_the_time() {
    let house = House::with(|config| config.limits.invites_per_minute_to_one = 2).await;
    let mut mallory = house.newcomer("mallory").await;
    house.register("ben").await;
    for _ in 0..2 {
        let call = mallory.invites("ben").await;
        mallory.does(Request::HangUp { call }).await;
    }

    assert_eq!(mallory.is_refused(invite("ben")).await, RefusalCode::RateLimited);
    house.register("carl").await;
    mallory.invites("carl").await;
}

#[tokio::test]
async fn s18_many_accounts_together_do_not_make_one_victim_ring_all_the_time() {
    let house = House::with(|config| config.limits.invites_per_minute_of_one = 3).await;
    house.register("victim").await;
    for number in 0..3 {
        let mut attacker = house.newcomer(&format!("attacker-{number}")).await;
        let call = attacker.invites("victim").await;
        attacker.does(Request::HangUp { call }).await;
    }

    let mut another = house.newcomer("attacker-3").await;

    assert_eq!(another.is_refused(invite("victim")).await, RefusalCode::RateLimited);
}

#[tokio::test]
async fn s18_a_caller_rings_so_many_people_a_minute_and_so_many_at_once() {
    let house = House::with(|config| {
        config.limits.invites_per_minute = 2;
        config.limits.ringing_per_caller = 3;
    })
    .await;
    let mut mallory = house.newcomer("mallory").await;
    for user in ["ben", "carl", "dora"] {
        house.register(user).await;
    }

    let four: Vec<_> = ["ben", "carl", "dora", "ella"].iter().map(|user| user.parse().unwrap()).collect();
    let crowd = Request::Invite(Invitation {
        scope: CallScope::Pair { kind: CallKind::Voice },
        to: four,
        message: String::new(),
        channel: ChannelName::new("crowd").unwrap(),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address: false,
    });
    assert_eq!(mallory.is_refused(crowd).await, RefusalCode::RateLimited, "too many at once");

    for user in ["ben", "carl"] {
        let call = mallory.invites(user).await;
        mallory.does(Request::HangUp { call }).await;
    }
    assert_eq!(mallory.is_refused(invite("dora")).await, RefusalCode::RateLimited, "too many in a minute");
}

#[tokio::test]
async fn s18_a_repeated_invitation_is_answered_as_before_and_counts_once() {
    let house = House::with(|config| config.limits.invites_per_minute_to_one = 1).await;
    let mut ada = house.newcomer("ada").await;
    house.register("ben").await;
    let (op, request) = (new_op(), invite("ben"));

    let first = ada.ask_as(op, request.clone()).await;
    let second = ada.ask_as(op, request).await;

    assert!(matches!(first, Answer::Ok(Done::Calling { .. })), "{first:?}");
    assert_eq!(first, second);
}

#[tokio::test]
async fn s18_a_link_that_was_signed_out_cannot_be_resumed() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let url = format!("{}/v1/sign-out", house.url());
    reqwest::Client::new().post(url).bearer_auth(&ada.signed_in.token).send().await.unwrap();
    ada.is_dismissed().await;

    let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
    let token = format!("Bearer {}", ada.signed_in.token);
    request.headers_mut().insert("authorization", token.parse().unwrap());

    let Err(Error::Http(refusal)) = connect_async(request).await else { panic!("let in") };
    assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
}
