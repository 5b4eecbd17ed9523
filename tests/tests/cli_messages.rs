//! Messages on the command line: the real server and the real program.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::{Chat, Connection, SignIn, sign_in};
use carillon_tests::kit::user;
use carillon_tests::programs::{House, Line, Person};

const SOON: Duration = Duration::from_secs(30);
const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;

/// Many times what the kit and a pipe keep for a reader.
const MANY: usize = 2_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_messages_follow_that_stands_still_gets_every_message_afterwards_once_and_in_order() -> Result<()> {
    let no_limits = [("CARILLON_LIMITS_MESSAGES_PER_SECOND", "10000"), ("CARILLON_LIMITS_MESSAGES_AT_ONCE", "10000")];
    let house = House::with_env(&[ALICE, BOB], &no_limits)?;
    let many = MANY.to_string();
    let follow = ["messages", "--with", "alice", "--follow", "--count", &many];
    let mut reader = house.ask_unread(BOB, "attic", &follow)?;
    reader.until("following", SOON)?;

    write_many(house.url()).await?;
    let texts = (0..MANY).map(|_| text(&reader.until("message", SOON)?)).collect::<Result<Vec<_>>>()?;

    let written: Vec<_> = (0..MANY).map(written).collect();
    let first_wrong = texts.iter().zip(&written).position(|(told, written)| told != written);
    assert_eq!(first_wrong, None, "{:?}", first_wrong.map(|at| &texts[at]));
    assert_eq!(reader.end(SOON)?.1, 0);
    Ok(())
}

/// By Alice to Bob; over when the server has taken all of them.
async fn write_many(url: &str) -> Result<()> {
    let typed = SignIn {
        server: url.to_owned(),
        allow_insecure: false,
        user: ALICE.user.to_owned(),
        password: Person::PASSWORD.to_owned(),
        device_name: "desk".to_owned(),
        device: None,
        device_secret: None,
    };
    let alice = Connection::open(sign_in(typed).await?)?;
    tokio::time::timeout(SOON, alice.connected()).await??;
    for number in 0..MANY {
        alice.send_text(Chat::User { user: user(BOB.user) }, &written(number)).await?;
    }
    alice.close().await;
    Ok(())
}

fn written(number: usize) -> String {
    format!("{number:04} {}", "all work and no play ".repeat(5))
}

fn text(line: &Line) -> Result<String> {
    Ok(line["message"]["body"]["text"].as_str().with_context(|| format!("a text in {line}"))?.to_owned())
}
