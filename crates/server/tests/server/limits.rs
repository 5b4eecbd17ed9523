//! S18, continued: what costs the server something and does nothing.

use carillon_protocol::{CallId, RefusalCode, Request, close};
use reqwest::StatusCode;
use rusqlite::Connection;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest as _},
};
use uuid::Uuid;

use crate::support::{Device, House, invite, new_op, with, write};

#[tokio::test]
async fn s18_a_device_that_sends_what_makes_no_sense_is_cut_off_whatever_links_it_opens() {
    let house = House::with(|config| config.limits.faults_per_minute = 3).await;
    let mut mallory = house.newcomer("mallory").await;
    let mut phone = house.another("mallory", "phone").await;

    mallory.say(r#"{"t":"wave"}"#).await;
    for _ in 0..2 {
        mallory.asks_for_what_is_unknown().await;
    }
    mallory.does(Request::RecentCalls { limit: 1 }).await;
    mallory.say(r#"{"t":"wave"}"#).await;
    assert_eq!(mallory.is_dismissed().await.0, close::TOO_MUCH);

    let mut mallory = mallory.relink().await;
    mallory.say(r#"{"t":"wave"}"#).await;
    assert_eq!(mallory.is_dismissed().await.0, close::TOO_MUCH, "at once, on another link");
    phone.does(Request::RecentCalls { limit: 1 }).await;
}

#[tokio::test]
async fn s18_a_device_whose_link_is_closed_for_what_it_sends_may_open_fewer() {
    let house = House::with(|config| {
        config.limits.faults_per_minute = 1;
        config.limits.links_per_minute = 10;
    })
    .await;
    let mut mallory = house.newcomer("mallory").await;

    for _ in 0..2 {
        mallory.say(r#"{"t":"wave"}"#).await;
    }
    assert_eq!(mallory.is_dismissed().await.0, close::TOO_MUCH);

    let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
    let token = format!("Bearer {}", mallory.signed_in.token);
    request.headers_mut().insert("authorization", token.parse().unwrap());
    let Err(Error::Http(refusal)) = connect_async(request).await else { panic!("let in") };
    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS, "that one has cost all ten");
    let mut phone = house.another("mallory", "phone").await;
    phone.does(Request::RecentCalls { limit: 1 }).await;
}

#[tokio::test]
async fn s18_ending_what_is_not_there_is_written_down_nowhere_and_ending_a_call_is_always_allowed() {
    let house = House::with(|config| config.limits.faults_per_minute = 5).await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    let mut carl = house.newcomer("carl").await;
    let call = ada.invites("ben").await;
    ben.rings().await;
    let answers = count_answers(&house);

    for call in [CallId::new(Uuid::now_v7()), call] {
        assert_eq!(carl.is_refused(Request::HangUp { call }).await, RefusalCode::UnknownCall);
        assert_eq!(carl.is_refused(Request::Decline { call }).await, RefusalCode::UnknownCall);
    }
    let lost = Request::MediaLost { call, was_connected: true };
    assert_eq!(carl.is_refused(lost).await, RefusalCode::UnknownCall);
    assert_eq!(count_answers(&house), answers, "nothing is kept of it");

    house.register("dora").await;
    let own = carl.invites("dora").await;
    carl.does(Request::HangUp { call: own }).await;
    carl.ask(Request::HangUp { call: own }).await;
    assert_eq!(carl.is_dismissed().await.0, close::TOO_MUCH, "it was over already");
    ada.does(Request::HangUp { call }).await;
}

#[tokio::test]
async fn s18_ending_a_call_that_is_over_is_answered_as_before_and_written_down_nowhere() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    house.register("ben").await;
    let call = ada.invites("ben").await;
    let op = new_op();
    let first = ada.ask_as(op, Request::HangUp { call }).await;
    let answers = count_answers(&house);

    let repeated = ada.ask_as(op, Request::HangUp { call }).await;
    let again = ada.ask(Request::HangUp { call }).await;

    assert_eq!((&repeated, &again), (&first, &first));
    assert_eq!(count_answers(&house), answers);
}

#[tokio::test]
async fn s18_callers_who_are_blocked_take_nothing_from_a_friend() {
    let house = House::with(|config| config.limits.invites_per_minute_of_one = 3).await;
    let mut victim = house.newcomer("victim").await;
    let mut callers = Vec::new();
    for number in 0..4 {
        let name = format!("mallory-{number}");
        callers.push(house.newcomer(&name).await);
        victim.does(Request::SetBlocked { user: name.parse().unwrap(), blocked: true }).await;
    }

    for mallory in &mut callers[..3] {
        let call = mallory.invites("victim").await;
        mallory.does(Request::HangUp { call }).await;
    }
    assert_eq!(callers[3].is_refused(invite("victim")).await, RefusalCode::RateLimited, "as if they were not blocked");

    let mut friend = house.newcomer("friend").await;
    for _ in 0..3 {
        let call = friend.invites("victim").await;
        friend.does(Request::HangUp { call }).await;
    }
    assert_eq!(friend.is_refused(invite("victim")).await, RefusalCode::RateLimited);
}

#[tokio::test]
async fn s18_the_messages_of_an_account_take_up_so_much_room_and_no_more() {
    let house = House::with(|config| {
        config.limits.message_megabytes_per_user = 1;
        config.limits.messages_at_once = 1000;
    })
    .await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    let (to_ben, page) = (with("ben"), "é".repeat(2048));

    let mut written = 0;
    while written < 1000 && is_taken(&mut ada, &page).await {
        written += 1;
    }

    assert_eq!(written, 241, "each with what it costs besides its 4 KiB, until a mebibyte is full");
    assert_eq!(ada.is_refused(write(&to_ben, "short")).await, RefusalCode::TooLarge);
    ben.writes(&with("ada"), "I have room").await;
    let call = ada.invites("ben").await;
    ada.does(Request::HangUp { call }).await;

    database(&house).execute("DELETE FROM messages WHERE pos <= 10", []).unwrap();

    ada.writes(&to_ben, "and again").await;
}

#[tokio::test]
async fn s18_signing_in_as_ever_new_devices_leaves_only_so_many_behind() {
    let house = House::open().await;
    let first = house.register("ada").await;
    database(&house)
        .execute_batch(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 150)
             INSERT INTO devices (id, app, user_name, name, token_hash, created_at_ms)
             SELECT 'old-' || n, app, user_name, name, NULL, n FROM devices, numbers WHERE token_hash IS NOT NULL",
        )
        .unwrap();

    house.sign_in("ada", "phone").await;

    let count = |whose: &str| -> i64 {
        let sql = format!("SELECT COUNT(*) FROM devices WHERE {whose}");
        database(&house).query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("token_hash IS NOT NULL"), 2);
    assert_eq!((count("token_hash IS NULL"), count("id = 'old-150'"), count("id = 'old-1'")), (100, 1, 0));
    Device::link(&house.url(), first).await;
}

async fn is_taken(device: &mut Device, text: &str) -> bool {
    matches!(device.ask(write(&with("ben"), text)).await, carillon_protocol::Answer::Ok(_))
}

fn count_answers(house: &House) -> i64 {
    database(house).query_row("SELECT COUNT(*) FROM answers", [], |row| row.get(0)).unwrap()
}

fn database(house: &House) -> Connection {
    Connection::open(house.folder.0.join("carillon.db")).unwrap()
}
