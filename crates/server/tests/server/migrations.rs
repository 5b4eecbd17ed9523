//! Databases of earlier servers, opened by this one.

use std::collections::BTreeSet;

use carillon_protocol::{CallEntry, Done, EndReason, Request, SignedIn};
use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::json;

use crate::support::{Device, Folder, House, PASSWORD, ask_as, choices, credentials, post, with, write};
use carillon_server::Server;

/// Written by the server of the first release, and never changed.
const SCHEMA_0001: &str = include_str!("fixtures/schema-0001.sql");
const ADAS_TOKEN: &str = "1RPYgMtOOiyJM4aWw0nsELPYRSLU_2oiD1fGv9lyS5Y";
const ADAS_DEVICE: &str = "94e9e1d9-ccc8-432d-b560-66b12dd41913";

#[tokio::test]
async fn a_database_of_the_first_schema_keeps_its_accounts_devices_and_calls() {
    let house = house_of(SCHEMA_0001).await;
    let old = ask_as((Method::POST, &format!("{}/v1/sign-out", house.url())), ADAS_TOKEN, None).await;
    assert_eq!(old.0, StatusCode::UNAUTHORIZED, "tokens from before they expired are void");
    let mut body = credentials("ada", PASSWORD, "laptop");
    body["device"] = json!(ADAS_DEVICE);
    let (status, adas) = post(&house.url(), "sign-in", body).await;
    assert_eq!(status, StatusCode::OK, "{adas}");
    let adas: SignedIn = serde_json::from_value(adas).unwrap();
    assert_eq!((adas.account.display_name.as_str(), adas.device.to_string().as_str()), ("Ada Lovelace", ADAS_DEVICE));

    let mut ada = Device::link(&house.url(), adas).await;
    let mut calls = recent(&mut ada).await;
    while calls.len() < 4 {
        calls = recent(&mut ada).await;
    }

    let reasons: Vec<EndReason> = calls.iter().map(|call| call.reason).collect();
    let expected = [EndReason::NoAnswer, EndReason::Cancelled, EndReason::Declined, EndReason::HungUp];
    assert_eq!(reasons, expected, "the one that rang when the server died is over too");
    assert!(calls.iter().all(|call| call.with.as_str() == "ben"));
    let (status, answer) = post(&house.url(), "sign-in", credentials("ben", PASSWORD, "desk")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_database_of_the_first_schema_gets_every_later_step_once() {
    let house = house_of(SCHEMA_0001).await.reopen().await;

    let connection = open(&house.folder);
    let mut steps = connection.prepare("SELECT version FROM _sqlx_migrations ORDER BY version").unwrap();
    let steps: Vec<i64> = steps.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();

    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap();
    let number = |name: String| name.split('_').next().unwrap().parse::<i64>().unwrap();
    let known: BTreeSet<i64> = files.map(|file| number(file.unwrap().file_name().into_string().unwrap())).collect();
    assert_eq!(steps, known.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn messages_from_before_their_room_was_counted_are_counted_and_take_none_when_they_are_gone() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    house.register("ben").await;
    for text in ["one", "ünf", ""] {
        ada.ask(write(&with("ben"), text)).await;
    }
    let House { server, folder } = house;
    server.shutdown().await;
    let room = |folder: &Folder| -> i64 {
        open(folder).query_row("SELECT bytes FROM message_room WHERE user_name = 'ada'", [], |row| row.get(0)).unwrap()
    };
    let counted = room(&folder);
    let earlier = "DROP TRIGGER message_takes_room; DROP TRIGGER message_gives_room; DROP TABLE message_room;
                   DELETE FROM _sqlx_migrations WHERE description = 'message room'";
    open(&folder).execute_batch(earlier).unwrap();

    let server = Server::start(choices(&folder)).await.unwrap();

    assert_eq!(counted, i64::try_from("one".len() + "ünf".len() + 2 * ("{}".len() + 256)).unwrap());
    assert_eq!(room(&folder), counted);
    open(&folder).execute("DELETE FROM messages", []).unwrap();
    assert_eq!(room(&folder), 0);
    server.shutdown().await;
}

#[tokio::test]
async fn a_database_of_a_later_server_is_left_alone() {
    let folder = Folder::new();
    let house = House { server: Server::start(choices(&folder)).await.unwrap(), folder };
    let House { server, folder } = house;
    server.shutdown().await;
    let connection = open(&folder);
    let later = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 1)";
    connection.execute_batch(later).unwrap();
    connection.close().unwrap();

    let refused = Server::start(choices(&folder)).await.unwrap_err().to_string();

    assert!(refused.contains("9999"), "{refused}");
}

async fn recent(device: &mut Device) -> Vec<CallEntry> {
    match device.does(Request::RecentCalls { limit: 50 }).await {
        Done::Calls { calls } => calls,
        other => panic!("no calls: {other:?}"),
    }
}

async fn house_of(dump: &'static str) -> House {
    let folder = Folder::new();
    let connection = open(&folder);
    connection.execute_batch(dump).unwrap();
    connection.close().unwrap();
    let mut config = choices(&folder);
    config.limits.requests_per_minute = 10_000;
    House { server: Server::start(config).await.unwrap(), folder }
}

fn open(folder: &Folder) -> Connection {
    Connection::open(folder.0.join("carillon.db")).unwrap()
}
