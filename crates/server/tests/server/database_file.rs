//! A database that is empty, damaged, locked, or holds what nobody can have written.

use std::{path::PathBuf, time::Duration};

use carillon_protocol::{Done, Ended, Signal};
use reqwest::StatusCode;
use rusqlite::Connection;

use crate::support::{Device, Folder, House, choices, invite, with, write};
use carillon_server::Server;

#[tokio::test]
async fn an_empty_file_is_an_error_with_words_and_no_new_server() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(database(&folder), "").unwrap();

    let refused = Server::start(choices(&folder)).await.unwrap_err().to_string();

    assert!(refused.contains("is empty") && refused.contains("admin restore"), "{refused}");
    assert_eq!(std::fs::metadata(database(&folder)).unwrap().len(), 0, "it was left alone");
}

#[tokio::test]
async fn a_log_without_its_database_is_an_error_with_words_and_no_new_server() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("carillon.db-wal"), "what is left of everything").unwrap();

    let refused = Server::start(choices(&folder)).await.unwrap_err().to_string();

    assert!(refused.contains("carillon.db is missing"), "{refused}");
    assert!(!database(&folder).exists());
}

#[tokio::test]
async fn a_page_of_zeros_is_found_at_the_start() {
    let House { server, folder } = House::open().await;
    server.shutdown().await;
    let mut bytes = std::fs::read(database(&folder)).unwrap();
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page..page + 4096].fill(0);
    std::fs::write(database(&folder), bytes).unwrap();

    let refused = Server::start(choices(&folder)).await.unwrap_err().to_string();

    assert!(refused.contains("is damaged") && refused.contains("admin restore"), "{refused}");
}

#[tokio::test]
async fn a_live_call_that_cannot_be_read_is_ended_at_the_start() {
    let house = House::open().await;
    let (mut alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    let House { server, folder } = house;
    server.shutdown().await;
    spoil(&folder);

    let house = House { server: Server::start(choices(&folder)).await.unwrap(), folder };

    let mut alice = Device::link_with(&house.url(), alice.signed_in, Some((alice.session, alice.seq))).await;
    assert!(matches!(alice.hears().await, Signal::Ended(Ended { call: ended, .. }) if ended == call));
    let bob = Device::link(&house.url(), bob.signed_in).await;
    assert_eq!(bob.snapshot.unwrap().call, None);
    assert!(matches!(alice.does(invite("bob")).await, Done::Calling { .. }));
}

#[tokio::test]
async fn a_live_call_that_cannot_be_read_any_more_is_ended_when_it_is_due() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    spoil(&house.folder);

    house.server.advance_clock(Duration::from_secs(31));

    assert!(matches!(alice.hears().await, Signal::Ended(Ended { call: ended, .. }) if ended == call));
    assert!(matches!(bob.hears().await, Signal::Ended(Ended { call: ended, .. }) if ended == call));
}

#[tokio::test]
async fn who_calls_while_their_call_cannot_be_read_is_not_kept_from_it() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    alice.invites("bob").await;
    bob.rings().await;
    spoil(&house.folder);

    let again = alice.does(invite("bob")).await;

    assert!(matches!(again, Done::Calling { .. }), "{again:?}");
}

#[tokio::test]
async fn a_database_that_fails_is_told_at_readyz() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    assert_eq!(status(&house, "readyz").await, StatusCode::OK);

    other_process(&house.folder).execute_batch("DROP TABLE message_places").unwrap();
    ada.is_refused(write(&with("ada"), "lost")).await;
    house.register("ben").await;
    ada.is_refused(write(&with("ben"), "lost")).await;

    house.server.advance_clock(Duration::from_secs(2));
    let mut ready = status(&house, "readyz").await;
    while ready == StatusCode::OK {
        tokio::task::yield_now().await;
        ready = status(&house, "readyz").await;
    }
    assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(&house, "livez").await, StatusCode::OK);
}

#[tokio::test]
async fn another_process_that_has_the_database_for_itself_stops_no_answer_that_needs_no_write() {
    let house = House::open().await;
    let (mut ada, _ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    let other = other_process(&house.folder);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let op = crate::support::new_op();
    ada.send(&carillon_protocol::ClientFrame::Request(carillon_protocol::PendingRequest {
        op_id: op,
        body: write(&with("ben"), "patience"),
    }))
    .await;
    let alive = status(&house, "livez").await;
    let searched = status(&house, "version").await;
    other.execute_batch("ROLLBACK").unwrap();

    assert_eq!((alive, searched), (StatusCode::OK, StatusCode::OK));
    assert!(matches!(ada.answer_to(op).await, carillon_protocol::Answer::Ok(Done::Sent { .. })));
}

fn database(folder: &Folder) -> PathBuf {
    folder.0.join("carillon.db")
}

fn other_process(folder: &Folder) -> Connection {
    Connection::open(database(folder)).unwrap()
}

/// Writes what no server writes into the live call.
fn spoil(folder: &Folder) {
    let changed =
        other_process(folder).execute("UPDATE calls SET held = 'nonsense' WHERE state <> 'ended'", []).unwrap();
    assert_eq!(changed, 1);
}

async fn status(house: &House, page: &str) -> StatusCode {
    reqwest::get(format!("{}/{page}", house.url())).await.unwrap().status()
}
