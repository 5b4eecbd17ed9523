//! The link against a server that loses, doubles and talks nonsense.

mod common;

use carillon_kit::{Connection, LinkState, News, Presence, RequestError};
use carillon_protocol::{Answer, ClientFrame, Done, Request, ServerFrame, Signal, Snapshot, close};
use tokio::{io::AsyncWriteExt as _, task::JoinHandle, time::timeout};

use common::{FakeServer, SOON, greeting, heard, session, user};

#[tokio::test]
async fn a_link_that_breaks_goes_on_where_it_left_off_and_nothing_is_heard_twice() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut news = connection.signals();
    let mut first = server.link().await;
    assert_eq!(first.hear().await, hello(None));
    first.say(reset(0)).await;
    first.say(came(1, "bob")).await;
    assert_eq!(heard(&mut news, 2).await, [News::Refresh, online("bob")]);
    drop(first);

    let mut second = server.link().await;
    assert_eq!(second.hear().await, hello(Some(1)));
    second.say(ServerFrame::Resumed { session: session(), greeting: greeting() }).await;
    second.say(came(1, "bob")).await;
    second.say(came(2, "carol")).await;

    assert_eq!(heard(&mut news, 1).await, [online("carol")]);
}

#[tokio::test]
async fn signals_that_are_missing_begin_a_new_session() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut news = connection.signals();
    let mut first = server.link().await;
    first.hear().await;
    first.say(reset(0)).await;
    first.say(came(1, "bob")).await;
    first.say(came(3, "carol")).await;

    let mut second = server.link().await;
    assert_eq!(second.hear().await, hello(None));
    second.say(reset(3)).await;

    assert_eq!(heard(&mut news, 3).await, [News::Refresh, online("bob"), News::Refresh]);
}

#[tokio::test]
async fn a_request_without_an_answer_is_asked_again_over_the_next_link_under_the_same_id() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let asking = tokio::spawn(async move { connection.search_users("bo").await });
    let mut first = server.link().await;
    first.hear().await;
    first.say(reset(0)).await;
    let (op_id, body) = first.hear_request().await;
    assert_eq!(body, Request::SearchUsers { query: "bo".into() });
    drop(first);

    let mut second = server.link().await;
    second.hear().await;
    second.say(ServerFrame::Resumed { session: session(), greeting: greeting() }).await;
    let (again, _) = second.hear_request().await;
    assert_eq!(again, op_id);
    let result = Answer::Ok(Done::People { people: vec![] });
    second.say(ServerFrame::Answer { op_id, result }).await;

    assert_eq!(asking.await.expect("it did not panic"), Ok(vec![]));
}

#[tokio::test]
async fn who_is_away_stays_so_in_a_new_session() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut link = server.link().await;
    link.hear().await;
    link.say(reset(0)).await;
    let saying = tokio::spawn(async move { connection.set_away(true).await.map(|()| connection) });
    let (op_id, _) = link.hear_request().await;
    link.say(ServerFrame::Answer { op_id, result: Answer::Ok(Done::Done) }).await;
    let _connection = saying.await.expect("it did not panic").expect("it is up");

    link.say(reset(0)).await;

    assert_eq!(link.hear_request().await.1, Request::SetAway { away: true });
}

#[tokio::test]
async fn what_is_heard_is_acknowledged() {
    let server = FakeServer::start().await;
    let _connection = Connection::open(server.login()).expect("a good address");
    let mut link = server.link().await;
    link.hear().await;
    link.say(reset(7)).await;
    for seq in 8..=10 {
        link.say(came(seq, "bob")).await;
    }
    assert_eq!(link.hear().await, ClientFrame::Ack { seq: 10 });
}

#[tokio::test]
async fn nonsense_and_signals_of_later_versions_are_ignored() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut news = connection.signals();
    let mut link = server.link().await;
    link.hear().await;
    link.say(reset(0)).await;

    link.say_text("{ this is no frame").await;
    link.say_text(r#"{"t":"signal","seq":1,"body":{"type":"teleported","to":"mars"}}"#).await;
    link.say(came(2, "bob")).await;

    assert_eq!(heard(&mut news, 2).await, [News::Refresh, online("bob")]);
}

#[tokio::test]
async fn a_frame_over_256_kib_ends_the_link_and_not_the_connection() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut first = server.link().await;
    first.hear().await;
    first.say(reset(0)).await;
    first.say_text(&"x".repeat(257 * 1024)).await;

    let mut second = server.link().await;
    assert_eq!(second.hear().await, hello(Some(0)));
    second.say(ServerFrame::Resumed { session: session(), greeting: greeting() }).await;

    let mut link = connection.link();
    timeout(SOON, link.wait_for(|state| *state == LinkState::Up)).await.expect("in time").expect("it is open");
}

#[tokio::test]
async fn a_server_that_refuses_the_token_signs_the_connection_out() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut tcp = server.accept().await;
    tcp.write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await.expect("it listens");

    let mut link = connection.link();
    timeout(SOON, link.wait_for(|state| *state == LinkState::SignedOut)).await.expect("in time").expect("it tells");
}

#[tokio::test]
async fn a_device_that_is_signed_out_does_not_come_back() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let states = states_of(&connection);
    let mut link = server.link().await;
    link.hear().await;
    link.say(reset(0)).await;

    link.close(close::SIGNED_OUT).await;

    assert_eq!(until_the_end(states).await, [LinkState::Up, LinkState::SignedOut]);
    assert_eq!(connection.search_users("").await, Err(RequestError::Closed));
    server.is_left_alone().await;
}

#[tokio::test]
async fn a_device_that_is_open_in_another_place_leaves_the_link_to_that_one() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let states = states_of(&connection);
    let mut link = server.link().await;
    link.hear().await;
    link.say(reset(0)).await;

    link.close(close::REPLACED).await;

    assert_eq!(until_the_end(states).await, [LinkState::Up, LinkState::Replaced]);
    assert_eq!(connection.connected().await, Err(RequestError::Closed));
    server.is_left_alone().await;
}

#[tokio::test]
async fn a_server_that_stops_is_come_back_to() {
    let server = FakeServer::start().await;
    let _connection = Connection::open(server.login()).expect("a good address");
    let mut first = server.link().await;
    first.hear().await;
    first.say(reset(0)).await;

    first.close(close::SERVER_STOPS).await;

    let mut second = server.link().await;
    assert_eq!(second.hear().await, hello(Some(0)));
}

/// Every state from now on, until the link ends for good.
fn states_of(connection: &Connection) -> JoinHandle<Vec<LinkState>> {
    let mut link = connection.link();
    link.mark_unchanged();
    tokio::spawn(async move {
        let mut states = Vec::new();
        while link.changed().await.is_ok() {
            states.push(*link.borrow_and_update());
        }
        states
    })
}

async fn until_the_end(states: JoinHandle<Vec<LinkState>>) -> Vec<LinkState> {
    timeout(SOON, states).await.expect("in time").expect("it did not panic")
}

fn reset(seq: u64) -> ServerFrame {
    ServerFrame::Reset { session: session(), greeting: greeting(), snapshot: Snapshot { seq, ..Snapshot::default() } }
}

fn hello(last_seq: Option<u64>) -> ClientFrame {
    ClientFrame::Hello { resume: last_seq.map(|seq| (session(), seq)), proof: None }
}

fn came(seq: u64, who: &str) -> ServerFrame {
    let body = Signal::PresenceChanged { user: user(who), presence: Presence::Online };
    ServerFrame::Signal { seq, body }
}

fn online(who: &str) -> News {
    News::PresenceChanged { user: user(who), presence: Presence::Online }
}
