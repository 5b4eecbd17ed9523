//! How much the database does for what users do most often: calls and messages.

use carillon_protocol::{Answer, CallId, Chat, Done, MessageBody, Request};
use serde_json::Map;

use crate::{
    store::counted,
    testing::{Linked, TestServer, invite},
};

#[tokio::test]
async fn a_call_of_two_takes_no_more_statements_than_it_needs() {
    let server = TestServer::open().await;
    let (ada, ben) = (server.account("ada").await, server.account("ben").await);
    let (laptop, phone, tablet) =
        (server.device(&ada, None).await, server.device(&ben, None).await, server.device(&ben, None).await);
    // The first call of two makes their conversation.
    call(&server, [&laptop, &phone, &tablet]).await;

    let counts = call(&server, [&laptop, &phone, &tablet]).await;

    assert_eq!(counts, [("invite", 24), ("ringing", 7), ("ringing", 7), ("accept", 14), ("hang up", 20)]);
}

#[tokio::test]
async fn a_message_takes_no_more_statements_than_it_needs() {
    let server = TestServer::open().await;
    let (ada, ben) = (server.account("ada").await, server.account("ben").await);
    let (laptop, _phone) = (server.device(&ada, None).await, server.device(&ben, None).await);
    let write = || Request::SendMessage {
        chat: Chat::User { user: ben.clone() },
        body: MessageBody::Text { text: "hello".into() },
        ext: Map::new(),
        reply_to: None,
    };
    statements(&server, &laptop, write()).await;

    assert_eq!(statements(&server, &laptop, write()).await.0, 11);
}

/// A whole call, and how many statements each of its requests took.
async fn call(server: &TestServer, [caller, phone, tablet]: [&Linked; 3]) -> [(&'static str, usize); 5] {
    let (invited, call) = statements(server, caller, invite(&phone.who.account.user)).await;
    let call = call.expect("it rings");
    let (on_phone, _) = statements(server, phone, Request::Ringing { call }).await;
    let (on_tablet, _) = statements(server, tablet, Request::Ringing { call }).await;
    let (accepted, _) =
        statements(server, phone, Request::Accept { call, access_token: None, uid: None, hides_address: false }).await;
    let (ended, _) = statements(server, caller, Request::HangUp { call }).await;
    [("invite", invited), ("ringing", on_phone), ("ringing", on_tablet), ("accept", accepted), ("hang up", ended)]
}

/// How many statements a request takes, and the call that it begins.
async fn statements(server: &TestServer, device: &Linked, request: Request) -> (usize, Option<CallId>) {
    server.state.lifecycle.tasks.settle().await;
    counted::take();
    let answer = server.ask(device, request).await;
    let ran = counted::take();
    match answer {
        Answer::Ok(Done::Calling { call, .. }) => (ran.len(), Some(call)),
        Answer::Ok(_) => (ran.len(), None),
        Answer::Refused(refusal) => panic!("refused: {refusal}"),
    }
}
