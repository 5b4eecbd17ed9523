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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_of_a_message_is_told_to_who_follows_its_conversation() -> Result<()> {
    let no_limits =
        [("CARILLON_LIMITS_SIGN_INS_PER_MINUTE", "1000"), ("CARILLON_LIMITS_SIGN_INS_PER_MINUTE_AND_ADDRESS", "1000")];
    let house = House::with_env(&[ALICE, BOB], &no_limits)?;
    let mut alice = house.ask(ALICE, "attic", &["messages", "--with", "bob", "--follow"])?;
    alice.until("following", SOON)?;

    done(&house, ALICE, &["message", "bob", "nine", "or", "ten?"])?;
    let asked = alice.until("message", SOON)?;
    let pos = asked["message"]["pos"].to_string();
    done(&house, BOB, &["message", "--typing", "alice"])?;
    assert_eq!(alice.until("typing", SOON)?["user"], "bob");
    done(&house, BOB, &["messages", "--with", "alice", "--mark-read"])?;
    assert_eq!(alice.until("receipts-changed", SOON)?["receipts"]["read_up_to"].to_string(), pos);
    done(&house, BOB, &["message", "--reply-to", &pos, "alice", "ten"])?;
    let answer = alice.until("message", SOON)?;
    assert_eq!(answer["message"]["reply_to"]["text"], "nine or ten?");

    done(&house, ALICE, &["message", "--edit", &pos, "bob", "eight or nine?"])?;
    let changed = alice.until("message-changed", SOON)?;
    assert_eq!(text(&changed)?, "eight or nine?");
    assert!(changed["message"]["edited_at_ms"].is_u64(), "{changed}");
    done(&house, ALICE, &["message", "--delete", &pos, "bob"])?;
    assert_eq!(alice.until("message-changed", SOON)?["message"]["body"]["type"], "deleted");
    let of_another = answer["message"]["pos"].to_string();
    assert!(done(&house, ALICE, &["message", "--delete", &of_another, "bob"]).is_err(), "it is Bob's");

    done(&house, ALICE, &["mute", "--with", "bob"])?;
    assert_eq!(alice.until("chat-muted", SOON)?["muted"], true);
    done(&house, BOB, &["receipts", "off"])?;
    let last = done(&house, ALICE, &["message", "bob", "one more"])?;
    let last = last["message"]["pos"].as_u64().context("a place")?;
    done(&house, BOB, &["messages", "--with", "alice", "--mark-read"])?;
    let receipts = loop {
        let told = alice.until("receipts-changed", SOON)?["receipts"].clone();
        if told["delivered_up_to"].as_u64() == Some(last) {
            break told;
        }
    };
    assert!(receipts["read_up_to"].as_u64() < Some(last), "{receipts}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_comes_out_as_it_went_in_and_only_for_who_it_was_for() -> Result<()> {
    let no_limits =
        [("CARILLON_LIMITS_SIGN_INS_PER_MINUTE", "1000"), ("CARILLON_LIMITS_SIGN_INS_PER_MINUTE_AND_ADDRESS", "1000")];
    let house = House::with_env(&[ALICE, BOB, Person::CAROL], &no_limits)?;
    let folder = tempfile::tempdir()?;
    let (given, taken) = (folder.path().join("bell.bin"), folder.path().join("saved.bin"));
    let content: Vec<u8> = (0..1_500_000_u32).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
    std::fs::write(&given, &content)?;
    let (given, to) = (given.display().to_string(), taken.display().to_string());

    let sent = done(&house, ALICE, &["message", "--file", &given, "bob"])?;
    assert_eq!(sent["message"]["body"]["file"]["name"], "bell.bin");
    let pos = sent["message"]["pos"].to_string();
    done(&house, BOB, &["save", "--with", "alice", &pos, &to])?;

    assert_eq!(std::fs::read(&taken)?, content);
    assert!(done(&house, BOB, &["save", "--with", "alice", &pos, &to]).is_err(), "nothing is overwritten");
    let elsewhere = folder.path().join("elsewhere").display().to_string();
    assert!(done(&house, Person::CAROL, &["save", "--with", "alice", &pos, &elsewhere]).is_err());
    done(&house, ALICE, &["message", "--delete", &pos, "bob"])?;
    assert!(done(&house, BOB, &["save", "--with", "alice", &pos, &elsewhere]).is_err(), "it is gone");
    assert!(!std::path::Path::new(&elsewhere).exists(), "nothing half is left");
    Ok(())
}

/// What it says first of what it has done, if it does it.
fn done(house: &House, person: Person, arguments: &[&str]) -> Result<Line> {
    let output = house.finish(person, arguments)?;
    anyhow::ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let lines: Vec<Line> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let is_done = |line: &&Line| ["sent", "done", "message", "saved"].iter().any(|event| line["event"] == *event);
    lines.iter().find(is_done).cloned().with_context(|| format!("{arguments:?} said {said}"))
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
