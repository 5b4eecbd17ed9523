//! RTC tokens at the door of a channel: who comes in, until when, and who does not.

use std::time::Duration;

use carillon_protocol::{
    CallId, ChannelName, Done, EndReason, Ended, Invitation, RefusalCode, Request, Secret, Signal, SignedIn, Uid,
};
use carillon_server::RtcTokenPolicy;
use carillon_token::{Certificate, Role, RtcPrivilege, Service, Token, mint};
use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::json;

use crate::support::{Device, House, ask_as, invite_to};

const CHANNEL: &str = "meadow";
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn s9_without_a_token_nobody_calls_and_nobody_answers() {
    let house = strict().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);

    assert_eq!(alice.is_refused(invite_to("bob", CHANNEL)).await, RefusalCode::TokenMissing);
    let call = calls(&house, &mut alice, "bob").await;
    assert_eq!(bob.rings().await.call, call);
    assert_eq!(bob.is_refused(accept(call, None)).await, RefusalCode::TokenMissing);

    let token = fetch(&house, &bob, CHANNEL, None).await;
    assert!(matches!(bob.does(accept(call, Some(token))).await, Done::Joined { .. }), "the ring went on");
}

#[tokio::test]
async fn s9_every_bad_token_is_refused_with_its_reason_and_s10_disturbs_nobody() {
    let house = strict().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut mallory = house.newcomer("mallory").await;
    let call = calls(&house, &mut alice, "bob").await;
    assert_eq!(bob.rings().await.call, call);
    let (app, ours) = app_of(&house).await;
    let now_s = u32::try_from(now_s()).unwrap();
    let good = || token(&app, now_s, Service::rtc(Role::Publisher, CHANNEL, "bob", 600));
    let foreign: Certificate = "00000000000000000000000000000000".parse().unwrap();
    let silent = Service::Rtc {
        privileges: [(RtcPrivilege::PublishAudio, 600)].into_iter().collect(),
        channel: CHANNEL.into(),
        uid: "bob".into(),
    };

    let bad = [
        ("junk", "not a token".to_owned(), RefusalCode::TokenInvalid),
        ("another certificate", mint(&good(), &foreign).unwrap(), RefusalCode::TokenInvalid),
        (
            "another app",
            signed(Token { app_id: "0".repeat(32).parse().unwrap(), ..good() }, &ours),
            RefusalCode::TokenInvalid,
        ),
        (
            "another channel",
            signed(token(&app, now_s, Service::rtc(Role::Publisher, "pond", "bob", 600)), &ours),
            RefusalCode::TokenInvalid,
        ),
        (
            "another user",
            signed(token(&app, now_s, Service::rtc(Role::Publisher, CHANNEL, "alice", 600)), &ours),
            RefusalCode::TokenInvalid,
        ),
        (
            "expired",
            signed(token(&app, now_s - 601, Service::rtc(Role::Publisher, CHANNEL, "bob", 600)), &ours),
            RefusalCode::TokenExpired,
        ),
        (
            "of the future",
            signed(token(&app, now_s + 900, Service::rtc(Role::Publisher, CHANNEL, "bob", 600)), &ours),
            RefusalCode::TokenExpired,
        ),
        ("without the join", signed(token(&app, now_s, silent), &ours), RefusalCode::TokenDenied),
        (
            "only to listen",
            signed(token(&app, now_s, Service::rtc(Role::Subscriber, CHANNEL, "bob", 600)), &ours),
            RefusalCode::TokenDenied,
        ),
    ];
    for (what, text, expected) in bad {
        assert_eq!(bob.is_refused(accept(call, Some(Secret::new(text)))).await, expected, "{what}");
    }
    let stolen = Secret::new(signed(good(), &ours));
    assert_eq!(mallory.is_refused(accept(call, Some(stolen.clone()))).await, RefusalCode::UnknownCall);

    assert!(matches!(bob.does(accept(call, Some(stolen))).await, Done::Joined { .. }), "the victim comes in as before");
}

#[tokio::test]
async fn a_token_for_anybody_and_one_for_a_number_open_the_channel_to_whoever_may_have_that_number() {
    let house = strict().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    old_account(&house, "77").await;
    let (app, ours) = app_of(&house).await;
    let now_s = u32::try_from(now_s()).unwrap();
    let of =
        |uid: &str| Secret::new(signed(token(&app, now_s, Service::rtc(Role::Publisher, CHANNEL, uid, 600)), &ours));

    let anybody = Invitation { access_token: Some(of("")), ..invitation("bob") };
    let Done::Calling { call, .. } = alice.does(Request::Invite(anybody)).await else { panic!("it rings") };
    assert_eq!(bob.rings().await.call, call);
    let as_number = |number: u32| Request::Accept {
        call,
        access_token: Some(of(&number.to_string())),
        uid: Some(Uid::Number(number)),
        hides_address: false,
    };

    assert_eq!(bob.is_refused(as_number(77)).await, RefusalCode::NotAllowed, "that is an account's name");
    assert!(matches!(bob.does(as_number(42)).await, Done::Joined { .. }));
}

#[tokio::test]
async fn a_token_that_expires_is_told_before_can_be_renewed_and_ends_the_call_if_it_is_not() {
    let house = strict().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = calls(&house, &mut alice, "bob").await;
    assert_eq!(bob.rings().await.call, call);
    let token = fetch(&house, &bob, CHANNEL, None).await;
    bob.does(accept(call, Some(token))).await;
    assert!(matches!(alice.hears().await, Signal::Accepted { .. }));

    house.server.advance_clock(MINUTE * 59 + MINUTE / 2);
    assert!(matches!(alice.hears().await, Signal::TokenWillExpire { call: told, .. } if told == call));
    assert!(matches!(bob.hears().await, Signal::TokenWillExpire { call: told, .. } if told == call));
    let access_token = fetch(&house, &alice, CHANNEL, None).await;
    alice.does(Request::RenewToken { call, access_token }).await;
    house.server.advance_clock(MINUTE / 2);
    assert!(matches!(bob.hears().await, Signal::TokenExpired { call: told, .. } if told == call));
    house.server.advance_clock(MINUTE / 2);

    let ended = |signal| matches!(signal, Signal::Ended(Ended { reason: EndReason::TokenExpired, .. }));
    assert!(ended(bob.hears().await));
    assert!(ended(alice.hears().await), "a call of two is over by that");
}

#[tokio::test]
async fn after_a_rotation_both_certificates_open_and_after_a_retirement_only_the_new_one_does() {
    let house = strict().await;
    let (mut alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let by_the_first = fetch(&house, &alice, CHANNEL, None).await;
    let with = |access_token| Request::Invite(Invitation { access_token, ..invitation("bob") });

    house.server.rotate_certificate().await.unwrap();
    let Done::Calling { call, .. } = alice.does(with(Some(by_the_first.clone()))).await else { panic!("it rings") };
    alice.does(Request::HangUp { call }).await;
    let by_the_second = fetch(&house, &alice, CHANNEL, None).await;
    house.server.retire_certificate().await.unwrap();

    assert_eq!(alice.is_refused(with(Some(by_the_first))).await, RefusalCode::TokenInvalid);
    assert!(matches!(alice.does(with(Some(by_the_second))).await, Done::Calling { .. }));
    drop(bob);
}

#[tokio::test]
async fn nobody_gets_a_token_for_somebody_else() {
    let house = strict().await;
    let alice = house.newcomer("alice").await;
    old_account(&house, "77").await;
    let url = format!("{}/v1/rtc-token", house.url());

    for uid in [json!("bob"), json!(77), json!(0)] {
        let body = json!({ "channel": CHANNEL, "uid": uid });
        let (status, said) = ask_as((Method::POST, &url), &alice.signed_in.token, Some(body)).await;
        assert_eq!((status, said["code"].as_str()), (StatusCode::FORBIDDEN, Some("not_allowed")), "{uid}");
    }
    let body = json!({ "channel": CHANNEL });
    let (status, _) = ask_as((Method::POST, &url), "no token", Some(body)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_token_of_an_old_account_that_is_called_0_is_for_that_account_alone() {
    let house = strict().await;
    let (mut alice, _bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut zero = Device::link(&house.url(), old_account(&house, "0").await).await;
    let mut largest = Device::link(&house.url(), old_account(&house, "4294967295").await).await;

    let its_own = Some(fetch(&house, &zero, CHANNEL, None).await);

    let with = |access_token, uid| Request::Invite(Invitation { access_token, uid, ..invitation("bob") });
    assert_eq!(alice.is_refused(with(its_own.clone(), None)).await, RefusalCode::TokenInvalid);
    assert_eq!(zero.is_refused(with(its_own.clone(), Some(Uid::Number(0)))).await, RefusalCode::NotAllowed);
    hang_up_after(&mut zero, with(its_own, None)).await;
    let token = Some(fetch(&house, &largest, CHANNEL, None).await);
    for uid in [json!(4_294_967_295_u32), json!("4294967295")] {
        let uid = serde_json::from_value(uid).unwrap();
        hang_up_after(&mut largest, with(token.clone(), uid)).await;
    }
}

async fn hang_up_after(device: &mut Device, invite: Request) {
    let Done::Calling { call, .. } = device.does(invite).await else { panic!("it rings") };
    device.does(Request::HangUp { call }).await;
}

/// A device of an account from the time when names could be numbers.
async fn old_account(house: &House, name: &str) -> SignedIn {
    let newcomer = format!("was-{name}");
    house.register(&newcomer).await;
    let database = Connection::open(house.folder.0.join("carillon.db")).unwrap();
    let copied = "INSERT INTO users (app, name, display_name, search_name, password_hash, created_at_ms)
                  SELECT app, ?1, ?1, ?1, password_hash, created_at_ms FROM users WHERE name = ?2";
    database.execute(copied, [name, &newcomer]).unwrap();
    house.sign_in(name, "laptop").await
}

async fn strict() -> House {
    let change = |config: &mut carillon_server::Config| {
        config.rtc_tokens = RtcTokenPolicy::Required;
        config.patience.token = MINUTE * 600; // sign-ins outlast what is told of here
    };
    House::with(change).await
}

async fn calls(house: &House, caller: &mut Device, whom: &str) -> CallId {
    let access_token = Some(fetch(house, caller, CHANNEL, None).await);
    match caller.does(Request::Invite(Invitation { access_token, ..invitation(whom) })).await {
        Done::Calling { call, .. } => call,
        other => panic!("it does not ring: {other:?}"),
    }
}

/// A token of the server's own.
pub(crate) async fn fetch(house: &House, device: &Device, channel: &str, number: Option<u32>) -> Secret {
    let url = format!("{}/v1/rtc-token", house.url());
    let body = json!({ "channel": channel, "uid": number });
    let (status, body) = ask_as((Method::POST, &url), &device.signed_in.token, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    Secret::new(body["token"].as_str().unwrap())
}

fn invitation(whom: &str) -> Invitation {
    match invite_to(whom, CHANNEL) {
        Request::Invite(invitation) => Invitation { channel: ChannelName::new(CHANNEL).unwrap(), ..invitation },
        other => panic!("not an invitation: {other:?}"),
    }
}

fn accept(call: CallId, access_token: Option<Secret>) -> Request {
    Request::Accept { call, access_token, uid: None, hides_address: false }
}

/// What a token server of the team's own is given.
async fn app_of(house: &House) -> (carillon_token::AppId, Certificate) {
    let database = Connection::open(house.folder.0.join("carillon.db")).unwrap();
    let (app, certificate): (String, String) = database
        .query_row("SELECT token_app_id, certificate FROM apps", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    (app.parse().unwrap(), certificate.parse().unwrap())
}

fn token(app_id: &carillon_token::AppId, issued_at_s: u32, service: Service) -> Token {
    Token { app_id: app_id.clone(), issued_at_s, expire_s: 600, salt: 1, services: vec![service] }
}

fn signed(token: Token, certificate: &Certificate) -> String {
    mint(&token, certificate).unwrap()
}

fn now_s() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}
