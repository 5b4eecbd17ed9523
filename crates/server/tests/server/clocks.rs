//! The wall clock jumps, and nothing rings too long, ends too early or is deleted for it.

use std::time::Duration;

use carillon_protocol::{Answer, Done, EndReason, Ended, MAX_RING_MS, Signal, SnapshotCall};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Device, House, choices, invite, new_op, post, text_of, with, write};
use carillon_server::Server;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[tokio::test]
async fn a_ring_ends_in_its_time_although_the_wall_clock_was_put_back_by_an_hour() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    let bobs = house.register("bob").await;
    let call = alice.invites("bob").await;

    house.server.set_wall_clock(-HOUR_MS);
    let bob = Device::link(&house.url(), bobs).await;
    house.server.advance_clock(Duration::from_secs(31));

    let Some(SnapshotCall::Ringing(ring)) = bob.snapshot.unwrap().call else { panic!("it does not ring") };
    assert!(ring.ring_left_ms <= 30_000, "{}", ring.ring_left_ms);
    assert_eq!(alice.hears().await, Signal::Ended(Ended { call, reason: EndReason::NoAnswer, by: None }));
}

#[tokio::test]
async fn a_ring_goes_on_although_the_wall_clock_was_put_forward_by_twenty_minutes() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;

    house.server.set_wall_clock(HOUR_MS / 3);
    house.server.advance_clock(Duration::from_secs(5));

    let joined = bob.does(crate::support::accept(call)).await;
    assert!(matches!(joined, Done::Joined { .. }), "{joined:?}");
}

#[tokio::test]
async fn a_hundred_days_that_only_the_wall_clock_has_seen_end_no_sign_in_and_delete_nothing() {
    let house = House::open().await;
    let (mut ada, ben) = (house.newcomer("ada").await, house.register("ben").await);
    let op = new_op();
    ada.ask_as(op, write(&with("ben"), "once")).await;
    let audited = rows(&house, "audit");

    house.server.set_wall_clock(100 * DAY_MS);
    house.server.advance_clock(Duration::from_secs(35));
    house.server.prune().await;
    house.server.set_wall_clock(0);

    assert_eq!(rows(&house, "audit"), audited);
    let again = ada.ask_as(op, write(&with("ben"), "once")).await;
    assert!(matches!(again, Answer::Ok(Done::Sent { message }) if text_of(&message) == "once"));
    assert_eq!(rows(&house, "messages"), 1, "the repetition was recognised");
    let (status, _) = post(&house.url(), "refresh", json!({ "refresh_token": ben.refresh_token })).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn days_that_have_passed_still_delete_what_is_old() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    house.register("ben").await;
    ada.writes(&with("ben"), "a note").await;
    assert!(rows(&house, "answers") > 0);

    house.server.advance_clock(Duration::from_secs(8 * 24 * 60 * 60));
    house.server.prune().await;

    assert_eq!(rows(&house, "answers"), 0);
}

#[tokio::test]
async fn a_ring_of_a_process_whose_wall_clock_was_ahead_ends_within_the_longest_ring() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    house.register("bob").await;
    let call = alice.invites("bob").await;
    let House { server, folder } = house;
    server.shutdown().await;
    let ahead = "UPDATE legs SET ring_until_ms = ring_until_ms + 3600000; \
                 UPDATE calls SET ring_until_ms = ring_until_ms + 3600000, due_at_ms = due_at_ms + 3600000;";
    rusqlite::Connection::open(folder.0.join("carillon.db")).unwrap().execute_batch(ahead).unwrap();

    let house = House { server: Server::start(choices(&folder)).await.unwrap(), folder };

    let mut alice = Device::link(&house.url(), alice.signed_in).await;
    let Some(SnapshotCall::Inviting { ring_left_ms, .. }) = alice.snapshot.take().unwrap().call else {
        panic!("it does not ring")
    };
    assert!(ring_left_ms <= MAX_RING_MS, "{ring_left_ms}");
    house.server.advance_clock(Duration::from_millis(MAX_RING_MS));
    assert_eq!(alice.hears().await, Signal::Ended(Ended { call, reason: EndReason::NoAnswer, by: None }));
    assert!(matches!(alice.does(invite("bob")).await, Done::Calling { .. }));
}

fn rows(house: &House, table: &str) -> i64 {
    let conn = rusqlite::Connection::open(house.folder.0.join("carillon.db")).unwrap();
    conn.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}
