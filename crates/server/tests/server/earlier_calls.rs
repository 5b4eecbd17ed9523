//! Calls of the server before everybody in a call had a leg, taken over by this one.
//!
//! The fixture was made by that server (schema 0016), before anything was changed: a story of this kind, with real links, had eleven
//! devices of ten users make calls that were declined, cancelled, missed, busy, hung up and blocked, and a group call that some left;
//! then four calls that went on: one of two that rang on two devices, with the caller's offer held, one of two in which both talked, a group
//! call with one in it, one who had declined and one who was rung, and one that only rang. `VACUUM INTO` beside the running server is what
//! a kill would have left behind, and `.dump` made text of it, without the tables that no call is about. Beside it stands what each device saw then:
//! its snapshot and its log. The fixture is never changed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use carillon_protocol::{
    CallId, Done, EndReason, Ended, LegState, MediaSignal, Request, Signal, SignedIn, SnapshotCall,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Device, Folder, House, Key, accept, choices};
use carillon_server::Server;

const DUMP: &str = include_str!("fixtures/calls-0016.sql");
const SEEN: &str = include_str!("fixtures/calls-0016.json");

/// What one device saw.
#[derive(Debug, Deserialize)]
struct Seen {
    signed_in: SignedIn,
    call: Value,
    missed_calls: u32,
    calls: Vec<Value>,
}

#[tokio::test]
async fn every_device_sees_the_calls_of_the_earlier_server_as_it_saw_them_there() {
    let (house, passed_ms) = house_of_the_fixture().await;

    for (index, before) in seen().into_iter().enumerate() {
        let mut device = link(&house, index).await;

        let snapshot = device.snapshot.clone().unwrap();
        assert_contains(&json!(snapshot.call), &before.call, passed_ms);
        assert_eq!(snapshot.missed_calls, before.missed_calls);
        let Done::Calls { calls } = device.does(Request::RecentCalls { limit: 50 }).await else { panic!("no calls") };
        assert_contains(&json!(calls), &Value::Array(before.calls), passed_ms);
    }
}

#[tokio::test]
async fn a_call_of_two_that_rang_is_answered_with_what_was_held_and_by_the_callers_key() {
    let (house, _) = house_of_the_fixture().await;
    let (mut ada, mut ben, mut phone) = (link(&house, 0).await, link(&house, 1).await, link(&house, 2).await);
    let Some(SnapshotCall::Ringing(ring)) = ben.snapshot.take().unwrap().call else { panic!("it does not ring") };
    assert_eq!(ring.from_device.clone().unwrap().key, Some(Key::of_seed(1).public()));

    assert!(matches!(ben.does(accept(ring.call)).await, Done::Joined { .. }));

    assert!(matches!(ada.hears().await, Signal::Accepted { call, .. } if call == ring.call));
    assert!(matches!(phone.hears().await, Signal::Handled(handled) if handled.call == ring.call));
    let held = [ben.hears().await, ben.hears().await];
    assert!(matches!(&held[0], Signal::Media { signal: MediaSignal::Description(_), .. }), "{held:?}");
    assert!(matches!(&held[1], Signal::Media { signal: MediaSignal::Candidate(_), .. }), "{held:?}");
    ends_for_both(&mut ada, &mut ben, ring.call).await;
}

#[tokio::test]
async fn a_device_that_rang_and_does_not_come_back_is_counted_no_more() {
    let (house, _) = house_of_the_fixture().await;
    let mut ivy = link(&house, 9).await;

    // Jan's device has had no link since the earlier server died.
    house.server.advance_clock(Duration::from_secs(31));

    assert!(matches!(ivy.hears().await, Signal::RingingOn { devices: 0, .. }));
}

#[tokio::test]
async fn a_call_of_two_that_was_talked_in_goes_on_and_ends_with_all_the_time_in_it() {
    let (house, _) = house_of_the_fixture().await;
    let (mut cleo, mut dan) = (link(&house, 3).await, link(&house, 4).await);
    let Some(SnapshotCall::Joined { call, with: Some(dans), .. }) = cleo.snapshot.take().unwrap().call else {
        panic!("not in it")
    };
    assert_eq!(dans.device.key, Some(Key::of_seed(2).public()));

    house.server.advance_clock(Duration::from_secs(20));

    ends_for_both(&mut cleo, &mut dan, call).await;
    for device in [&mut cleo, &mut dan] {
        let Signal::CallLogged(entry) = device.hears().await else { panic!("not in the log") };
        assert!(entry.answered && entry.duration_ms >= 20_000, "{entry:?}");
    }
}

#[tokio::test]
async fn a_group_call_goes_on_with_everybody_who_was_in_it_or_rung() {
    let (house, _) = house_of_the_fixture().await;
    let (mut finn, mut hal) = (link(&house, 6).await, link(&house, 8).await);
    let Some(SnapshotCall::Ringing(ring)) = hal.snapshot.take().unwrap().call else { panic!("it does not ring") };

    let Done::Joined { legs, .. } = hal.does(accept(ring.call)).await else { panic!("not joined") };

    let states: Vec<_> = legs.iter().map(|leg| (leg.user.as_str(), leg.state)).collect();
    use LegState::{Accepted, Declined};
    assert_eq!(states, [("eve", Accepted), ("finn", Accepted), ("gus", Declined), ("hal", Accepted)]);
    assert!(matches!(finn.hears().await, Signal::LegChanged { leg, .. } if leg.user.as_str() == "hal"));
}

async fn ends_for_both(one: &mut Device, other: &mut Device, call: CallId) {
    one.does(Request::HangUp { call }).await;
    let by = Some(one.user());
    let ended = Signal::Ended(Ended { call, reason: EndReason::HungUp, by });
    assert_eq!((one.hears().await, other.hears().await), (ended.clone(), ended));
}

fn seen() -> Vec<Seen> {
    serde_json::from_str(SEEN).unwrap()
}

async fn link(house: &House, index: usize) -> Device {
    let signed_in = seen().swap_remove(index).signed_in;
    let key = match signed_in.account.user.as_str() {
        "ada" => Some(Key::of_seed(1)),
        "dan" => Some(Key::of_seed(2)),
        _ => None,
    };
    Device::link_by(&house.url(), signed_in, None, key.as_ref()).await
}

/// This server on that database, as if it had been written right now; and how long ago it was.
async fn house_of_the_fixture() -> (House, u64) {
    let folder = Folder::new();
    let conn = rusqlite::Connection::open(folder.0.join("carillon.db")).unwrap();
    conn.execute_batch(DUMP).unwrap();
    let written_ms: i64 = conn.query_row("SELECT MAX(created_at_ms) FROM calls", [], |row| row.get(0)).unwrap();
    let now_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let passed_ms = now_ms - u64::try_from(written_ms).unwrap();
    for (table, column) in times(&conn) {
        let moved = format!("UPDATE {table} SET {column} = {column} + {passed_ms}");
        conn.execute(&moved, []).unwrap();
    }
    conn.close().unwrap();
    (House { server: Server::start(choices(&folder)).await.unwrap(), folder }, passed_ms)
}

/// The columns with a time in them.
fn times(conn: &rusqlite::Connection) -> Vec<(String, String)> {
    let all = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND (c.name LIKE '%_at_ms' OR c.name LIKE '%_until_ms' OR c.name = 'at_ms')";
    let mut statement = conn.prepare(all).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Everything that was said is said still; what has a time has a later one, and what is left of a ring becomes less.
#[track_caller]
fn assert_contains(now: &Value, before: &Value, passed_ms: u64) {
    match (now, before) {
        (Value::Object(now), Value::Object(before)) => {
            for (key, value) in before {
                match key.as_str() {
                    "ring_left_ms" => assert!(now[key].as_u64() > Some(0), "{key} in {now:?}"),
                    "at_ms" => assert_eq!(now[key].as_u64(), value.as_u64().map(|at| at + passed_ms)),
                    _ => assert_contains(now.get(key).unwrap_or(&Value::Null), value, passed_ms),
                }
            }
        }
        (Value::Array(now), Value::Array(before)) => {
            assert_eq!(now.len(), before.len(), "{now:?} and {before:?}");
            now.iter().zip(before).for_each(|(now, before)| assert_contains(now, before, passed_ms));
        }
        _ => assert_eq!(now, before),
    }
}
