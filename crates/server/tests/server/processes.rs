//! The program itself: how it starts, stops, dies, and what it leaves behind.
#![cfg(unix)]

use std::process::Stdio;

use carillon_protocol::{Answer, ClientFrame, Done, PendingRequest, Request, Signal, SnapshotCall, close};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::support::{
    Device, Folder, PASSWORD, accept, credentials, invite, new_op, post, registration, text_of, with, write,
};

#[tokio::test]
async fn a_server_starts_with_nothing_but_a_folder_and_stops_when_told() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let mut ada = program.newcomer("ada").await;

    program.signal("TERM").await;

    assert_eq!(ada.is_dismissed().await.0, close::SERVER_STOPS);
    assert_eq!(program.child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn the_database_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let program = Program::start(&folder, &[]).await;

    let modes = std::fs::read_dir(&folder.0).unwrap().map(Result::unwrap).filter_map(|file| {
        let name = file.file_name().into_string().unwrap();
        name.starts_with("carillon.db").then(|| (name, file.metadata().unwrap().permissions().mode() & 0o777))
    });

    let modes: Vec<_> = modes.collect();
    assert!(modes.len() > 1, "the write-ahead log too: {modes:?}");
    assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
    drop(program);
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_does_not_start() {
    let folder = Folder::new();
    let _first = Program::start(&folder, &[]).await;

    let second = command(&folder).output().await.unwrap();

    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another server is running"));
}

#[tokio::test]
async fn more_invites_can_be_made_while_the_server_runs() {
    let folder = Folder::new();
    let program = Program::start(&folder, &[]).await;

    let output = command(&folder).args(["invite", "2"]).output().await.unwrap();

    let said = String::from_utf8(output.stdout).unwrap();
    let codes: Vec<String> = said.lines().map(|line| text(&serde_json::from_str(line).unwrap(), "code")).collect();
    assert_eq!(codes.len(), 2);
    for (code, user) in codes.iter().zip(["ada", "ben"]) {
        let (status, body) = post(&program.url, "register", registration(code, user)).await;
        assert!(status.is_success(), "{body}");
    }
}

#[tokio::test]
async fn an_accept_that_was_committed_before_a_kill_is_told_after_it() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[("CARILLON_FAILPOINT", "after-commit")]).await;
    let (mut alice, mut bob) = (program.newcomer("alice").await, program.newcomer("bob").await);
    let call = alice.invites("bob").await;
    assert_eq!(bob.rings().await.call, call);
    let op = new_op();
    bob.send(&carillon_protocol::ClientFrame::Request(PendingRequest { op_id: op, body: accept(call) })).await;
    assert!(!program.child.wait().await.unwrap().success(), "it died in the middle");

    let program = Program::start(&folder, &[]).await;

    let mut alice = Device::link_with(&program.url, alice.signed_in, Some((alice.session, alice.seq))).await;
    assert!(matches!(alice.hears().await, Signal::Accepted { call: accepted, .. } if accepted == call));
    let mut bob = Device::link_with(&program.url, bob.signed_in, Some((bob.session, bob.seq))).await;
    let again = bob.ask_as(op, accept(call)).await;
    assert!(matches!(again, carillon_protocol::Answer::Ok(Done::Joined { ring, .. }) if ring.call == call));
    bob.does(Request::HangUp { call }).await;
    assert!(matches!(alice.hears().await, Signal::Ended(ended) if ended.call == call));
}

#[tokio::test]
async fn a_message_that_was_committed_before_a_kill_is_told_after_it_and_only_once() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[("CARILLON_FAILPOINT", "after-message:2")]).await;
    let (mut alice, mut bob) = (program.newcomer("alice").await, program.newcomer("bob").await);
    alice.writes(&with("bob"), "one").await;
    assert_eq!(bob.reads_text().await, "one");
    let op = new_op();
    alice.send(&ClientFrame::Request(PendingRequest { op_id: op, body: write(&with("bob"), "two") })).await;
    assert!(!program.child.wait().await.unwrap().success(), "it died in the middle");

    let program = Program::start(&folder, &[]).await;

    let mut bob = Device::link_with(&program.url, bob.signed_in, Some((bob.session, bob.seq))).await;
    assert_eq!(bob.reads_text().await, "two");
    let mut alice = Device::link_with(&program.url, alice.signed_in, Some((alice.session, alice.seq))).await;
    let again = alice.ask_as(op, write(&with("bob"), "two")).await;
    assert!(matches!(again, Answer::Ok(Done::Sent { message }) if text_of(&message) == "two"));
    bob.has_read_everything().await;
}

/// Whatever moment it is killed in: what was answered is there, what was not is there once after it was repeated, all in order.
#[tokio::test]
async fn a_server_that_is_killed_again_and_again_loses_and_doubles_no_message() {
    const KILLS: usize = 4;
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let (mut alice, bob) = (program.newcomer("alice").await, program.newcomer("bob").await);
    let mut expected = Vec::new();

    for kill in 0..KILLS {
        for number in 0..10 {
            let text = format!("{kill}.{number}");
            alice.writes(&with("bob"), &text).await;
            expected.push(text);
        }
        let (op, text) = (new_op(), format!("{kill} into the kill"));
        alice.send(&ClientFrame::Request(PendingRequest { op_id: op, body: write(&with("bob"), &text) })).await;
        program.signal("KILL").await;
        program.child.wait().await.unwrap();
        program = Program::start(&folder, &[]).await;
        alice = Device::link_with(&program.url, alice.signed_in, Some((alice.session, alice.seq))).await;
        alice.ask_as(op, write(&with("bob"), &text)).await;
        expected.push(text);
    }

    let mut bob = Device::link(&program.url, bob.signed_in).await;
    let Done::Messages { messages, more } = bob.does(Request::MessagesAfter { after: 0, limit: 50 }).await else {
        panic!("no messages")
    };
    assert_eq!(messages.iter().map(text_of).collect::<Vec<_>>(), expected);
    assert!(!more && messages.is_sorted_by_key(|message| message.pos));
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let mut alice = program.newcomer("alice").await;
    program.newcomer("bob").await;
    let call = alice.invites("bob").await;
    program.signal("KILL").await;
    program.child.wait().await.unwrap();

    let program = Program::start(&folder, &[]).await;

    let alice = Device::link(&program.url, alice.signed_in).await;
    assert!(matches!(
        alice.snapshot.unwrap().call,
        Some(SnapshotCall::Inviting { call: known, ring_left_ms, .. }) if known == call && ring_left_ms <= 30_000
    ));
}

/// S26: nothing that lets anybody in is in the logs or, in plain, in the data folder; nor who calls whom in the logs.
#[tokio::test]
async fn s26_secrets_and_names_are_not_in_the_logs_and_no_secret_is_in_the_folder() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[("CARILLON_LOG", "info")]).await;
    let invite_code = program.invites[0].clone();
    let (mut alice, mut bob) = (program.newcomer("alice-canary").await, program.newcomer("bob-canary").await);
    post(&program.url, "sign-in", credentials("alice-canary", "a wrong password", "laptop")).await;
    let call = alice.invites("bob-canary").await;
    bob.rings().await;
    bob.does(accept(call)).await;
    bob.say("not json, says alice-canary").await;
    bob.is_dismissed().await;
    alice.is_refused(invite("bob-canary")).await;
    program.signal("TERM").await;
    program.child.wait().await.unwrap();

    let mut log = String::new();
    program.child.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
    let secrets = [PASSWORD, "a wrong password", &invite_code, &alice.signed_in.token, &bob.signed_in.token];
    for word in secrets.iter().copied().chain(["alice-canary", "bob-canary"]) {
        assert!(!log.contains(word), "{word:?} is in the log:\n{log}");
    }
    for file in std::fs::read_dir(&folder.0).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret:?} is in {}", path.display());
        }
    }
}

pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) metrics: Option<String>,
    pub(crate) invites: Vec<String>,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Program {
    pub(crate) async fn start(folder: &Folder, environment: &[(&str, &str)]) -> Self {
        Self::start_with(folder, &[], environment).await
    }

    pub(crate) async fn start_with(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = command(folder);
        command.args(["--listen", "127.0.0.1:0", "--invites", "2"]).args(arguments).envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut url, mut metrics, mut invites) = (None, None, Vec::new());
        while invites.len() < 2 {
            let line = output.next_line().await.unwrap().expect("the server said too little");
            let event: Value = serde_json::from_str(&line).unwrap();
            match event["event"].as_str().unwrap() {
                "listening" => url = Some(text(&event, "url")),
                "metrics" => metrics = Some(text(&event, "url")),
                "invite" => invites.push(text(&event, "code")),
                _ => {}
            }
        }
        invites.reverse();
        Self { child, url: url.unwrap(), metrics, invites, _output: output }
    }

    pub(crate) async fn newcomer(&mut self, user: &str) -> Device {
        let invite = self.invites.pop().unwrap();
        let (status, body) = post(&self.url, "register", registration(&invite, user)).await;
        assert!(status.is_success(), "{body}");
        Device::link(&self.url, serde_json::from_value(body).unwrap()).await
    }

    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().await.unwrap().success());
    }
}

pub(crate) fn command(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_carillon-server"));
    command.arg("--json").arg("--data-dir").arg(&folder.0).env("CARILLON_RTC_TOKENS", "optional");
    command
}

fn text(event: &Value, field: &str) -> String {
    event[field].as_str().unwrap().to_owned()
}
