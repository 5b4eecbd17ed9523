//! What the operator does with accounts, devices and calls, and what is told about it.
#![cfg(unix)]

use std::{os::unix::fs::PermissionsExt as _, process::Stdio, time::Duration};

use carillon_protocol::{CallKind, CallScope, Done, EndReason, GroupId, GroupKind, Invitation, Request, Signal, close};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    process::Command,
};

use crate::{
    processes::{Program, command},
    support::{Folder, PASSWORD, accept, befriend_in, credentials, invite_to, post, registration},
};

#[tokio::test]
async fn an_operator_lists_shows_closes_and_opens_accounts() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let mut ada = program.newcomer("ada").await;
    program.newcomer("ben").await;

    let users = rows(&folder, &["user", "list"]).await;
    assert_eq!(users.iter().map(|row| &row["user"]).collect::<Vec<_>>(), ["ada", "ben"]);
    let shown = rows(&folder, &["user", "show", "ada"]).await;
    assert!(shown.iter().any(|row| row["field"] == "devices_linked" && row["value"] == 1), "{shown:?}");

    rows(&folder, &["user", "disable", "ada"]).await;
    assert_eq!(ada.is_dismissed().await.0, close::SIGNED_OUT);
    let refused = post(&program.url, "sign-in", credentials("ada", PASSWORD, "laptop")).await;
    assert_eq!((refused.0, &refused.1["code"]), (StatusCode::FORBIDDEN, &json!("wrong_credentials")));
    let wrong = post(&program.url, "sign-in", credentials("ada", "not the password", "laptop")).await;
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED, "a stranger does not hear that it is closed");

    rows(&folder, &["user", "enable", "ada"]).await;
    assert_eq!(post(&program.url, "sign-in", credentials("ada", PASSWORD, "laptop")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_password_that_the_operator_sets_ends_all_sign_ins() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let mut ada = program.newcomer("ada").await;

    admin_with(&folder, &["user", "set-password", "ada"], "another long password\n").await;

    assert_eq!(ada.is_dismissed().await.0, close::SIGNED_OUT);
    let sign_in = async |password: &str| post(&program.url, "sign-in", credentials("ada", password, "laptop")).await.0;
    assert_eq!(sign_in(PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in("another long password").await, StatusCode::OK);
}

#[tokio::test]
async fn s18_a_session_from_before_a_password_change_cannot_be_resumed() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let ada = program.newcomer("ada").await;

    admin_with(&folder, &["user", "set-password", "ada"], "another long password\n").await;

    let client = reqwest::Client::new().get(format!("{}/v1/link", program.url)).bearer_auth(&ada.signed_in.token);
    let client = client.header("connection", "upgrade").header("upgrade", "websocket");
    let client = client.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(client.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_deleted_account_is_gone_and_its_name_is_never_given_again() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let (mut ada, mut ben) = (program.newcomer("ada").await, program.newcomer("ben").await);
    let call = ada.invites("ben").await;
    ben.rings().await;
    ben.does(accept(call)).await;

    rows(&folder, &["user", "delete", "ada"]).await;

    assert_eq!(ada.is_dismissed().await.0, close::SIGNED_OUT);
    assert!(matches!(ben.hears().await, Signal::Ended(ended) if ended.reason == EndReason::ConnectionLost));
    assert_eq!(rows(&folder, &["user", "list"]).await.len(), 1);
    let invite = rows(&folder, &["invite"]).await[0]["code"].as_str().unwrap().to_owned();
    let (status, answer) = post(&program.url, "register", registration(&invite, "ada")).await;
    assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("name_taken")));
}

#[tokio::test]
async fn an_account_that_the_operator_makes_can_sign_in() {
    let folder = Folder::new();
    let program = Program::start_with(&folder, &["--registration", "closed"], &[]).await;

    admin_with(&folder, &["user", "add", "ada", "--display-name", "Ada Lovelace"], PASSWORD).await;

    let (status, answer) = post(&program.url, "sign-in", credentials("ada", PASSWORD, "laptop")).await;
    assert_eq!((status, &answer["account"]["display_name"]), (StatusCode::OK, &json!("Ada Lovelace")));
    let weak = admin_output(&folder, &["user", "add", "ben"], "short").await;
    assert!(!weak.0 && weak.2.contains("at least 8 characters"), "{weak:?}");
}

#[tokio::test]
async fn a_revoked_device_loses_its_link_and_its_call_within_a_second() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let (mut ada, mut ben) = (program.newcomer("ada").await, program.newcomer("ben").await);
    let call = ada.invites("ben").await;
    ben.rings().await;
    ben.does(accept(call)).await;
    ada.hears().await;
    let devices = rows(&folder, &["user", "devices", "ben"]).await;

    rows(&folder, &["device", "revoke", devices[0]["device"].as_str().unwrap()]).await;

    let second = Duration::from_secs(1);
    assert_eq!(tokio::time::timeout(second, ben.is_dismissed()).await.unwrap().0, close::SIGNED_OUT);
    let ended = tokio::time::timeout(second, ada.hears()).await.unwrap();
    assert!(matches!(ended, Signal::Ended(ended) if ended.reason == EndReason::ConnectionLost));
    assert_eq!(rows(&folder, &["device", "list", "--user", "ben"]).await[0]["state"], "signed out");
}

#[tokio::test]
async fn an_operator_sees_calls_and_ends_them() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let (mut ada, mut ben) = (program.newcomer("ada").await, program.newcomer("ben").await);
    let call = ada.invites("ben").await;
    ben.rings().await;

    let calls = rows(&folder, &["call", "list"]).await;
    assert_eq!((&calls[0]["state"], &calls[0]["callees"]), (&json!("ringing"), &json!("ben (ringing)")));
    rows(&folder, &["call", "end", &call.to_string()]).await;

    assert!(matches!(ben.hears().await, Signal::Ended(ended) if ended.call == call));
    assert_eq!(rows(&folder, &["call", "list"]).await, Vec::<Value>::new());
    let again = admin_output(&folder, &["call", "end", &call.to_string()], "").await;
    assert!(!again.0 && again.2.contains("there is no call"), "{again:?}");
}

#[tokio::test]
async fn an_operator_sees_groups_and_says_who_is_in_them() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let (mut ada, mut ben) = (program.newcomer("ada").await, program.newcomer("ben").await);
    befriend_in(&folder, &["ada", "ben"]);
    program.invites.push(rows(&folder, &["invite"]).await[0]["code"].as_str().unwrap().to_owned());
    let mut cleo = program.newcomer("cleo").await;
    let create = Request::CreateGroup { kind: GroupKind::Group, name: "Team".into(), members: vec![ben.user()] };
    let Done::Group { group, .. } = ada.does(create).await else { panic!("no group") };
    ben.hears().await;

    let groups = rows(&folder, &["group", "list"]).await;
    let id = groups[0]["group"].as_str().unwrap();
    assert_eq!((id, &groups[0]["members"], &groups[0]["owner"]), (group.group.as_str(), &json!(2), &json!("ada")));
    rows(&folder, &["group", "add", id, "cleo"]).await;
    assert!(matches!(cleo.hears().await, Signal::GroupChanged(info) if info.members == 3));
    let owner = admin_output(&folder, &["group", "remove", id, "ada"], "").await;
    assert!(!owner.0 && owner.2.contains("lower rank"), "{owner:?}");
    rows(&folder, &["group", "set-role", id, "ben", "owner"]).await;
    rows(&folder, &["group", "remove", id, "ada"]).await;
    let left = Signal::GroupLeft { group: group.group.clone() };
    ada.hears_until(&left).await;

    let members = rows(&folder, &["group", "members", id]).await;
    assert_eq!(members.iter().map(|row| &row["user"]).collect::<Vec<_>>(), ["ben", "cleo"]);
    rows(&folder, &["group", "delete", id]).await;
    ben.hears_until(&left).await;
    cleo.hears_until(&left).await;
    assert_eq!(rows(&folder, &["group", "list"]).await, Vec::<Value>::new());
    let gone = admin_output(&folder, &["group", "members", id], "").await;
    assert!(!gone.0 && gone.2.contains("there is no group"), "{gone:?}");
    let acts = rows(&folder, &["audit", "--limit", "4"]).await;
    let acts: Vec<_> = acts.iter().rev().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["add_to_group", "set_group_role", "remove_from_group", "delete_group"]);
}

#[tokio::test]
async fn a_member_whom_the_operator_takes_out_of_a_group_is_out_of_its_call() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let (mut ada, mut ben) = (program.newcomer("ada").await, program.newcomer("ben").await);
    befriend_in(&folder, &["ada", "ben"]);
    let create = Request::CreateGroup { kind: GroupKind::Group, name: "Team".into(), members: vec![ben.user()] };
    let Done::Group { group, .. } = ada.does(create).await else { panic!("no group") };
    ben.hears().await;
    ada.does(group_invite(&group.group, "ben")).await;
    ben.rings().await;

    rows(&folder, &["group", "remove", group.group.as_str(), "ben"]).await;

    let removed = |signal: &Signal| matches!(signal, Signal::Ended(ended) if ended.reason == EndReason::Removed);
    ben.hears_one(removed).await;
}

fn group_invite(group: &GroupId, whom: &str) -> Request {
    let Request::Invite(invitation) = invite_to(whom, "team-call") else { panic!("not an invite") };
    Request::Invite(Invitation {
        scope: CallScope::Group { kind: CallKind::Voice, group: group.clone(), place: GroupKind::Group, name: None },
        ..invitation
    })
}

#[tokio::test]
async fn the_audit_log_tells_who_came_who_failed_and_what_was_changed_and_nothing_that_was_said() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let mut ada = program.newcomer("ada").await;
    post(&program.url, "sign-in", credentials("ada", "not the password", "laptop")).await;
    post(&program.url, "sign-in", credentials("nobody", "not the password", "laptop")).await;
    post(&program.url, "register", registration("2222-2222", "ben")).await;
    post(&program.url, "sign-in", credentials("ada", PASSWORD, "phone")).await;
    ada.does(Request::SearchUsers { query: "what-was-said".into() }).await;
    rows(&folder, &["user", "disable", "ada"]).await;

    let entries = rows(&folder, &["audit"]).await;

    let told: Vec<_> = entries.iter().rev().map(|entry| (&entry["act"], &entry["outcome"], &entry["user"])).collect();
    let entry = |act: &str, outcome: &str, user: Value| (json!(act), json!(outcome), user);
    let expected = [
        entry("register", "done", json!("ada")),
        entry("sign_in", "wrong_credentials", json!("ada")),
        entry("sign_in", "wrong_credentials", Value::Null),
        entry("register", "bad_invite", Value::Null),
        entry("sign_in", "done", json!("ada")),
        entry("disable_user", "done", json!("ada")),
    ];
    assert_eq!(told, expected.iter().map(|(act, outcome, user)| (act, outcome, user)).collect::<Vec<_>>());
    assert!(entries.iter().filter(|entry| entry["act"] != "disable_user").all(|entry| entry["address"] == "127.0.0.1"));
    assert!(!format!("{entries:?}").contains("what-was-said"));
    assert_eq!(rows(&folder, &["audit", "--user", "ada", "--limit", "2"]).await.len(), 2);
}

#[tokio::test]
async fn people_read_tables_and_programs_read_lines() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    program.newcomer("ada").await;

    let mut command = Command::new(env!("CARGO_BIN_EXE_carillon-server"));
    command.arg("--data-dir").arg(&folder.0).args(["admin", "user", "list"]);
    let said = String::from_utf8(command.output().await.unwrap().stdout).unwrap();

    assert!(
        said.starts_with("USER  DISPLAY NAME  STATE  DEVICES  CREATED\nada   ada           open   1        20"),
        "{said}"
    );
}

#[tokio::test]
async fn s12_the_admin_socket_is_for_the_servers_own_user_and_says_no_to_nonsense() {
    let folder = Folder::new();
    let program = Program::start(&folder, &[]).await;
    let path = folder.0.join("admin.sock");

    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for nonsense in ["", "nonsense\n", "{\"noun\":\"secrets\"}\n", &format!("{}\n", "[".repeat(70_000))] {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(nonsense.as_bytes()).await.unwrap();
        stream.shutdown().await.ok();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).await.ok();
        assert!(answer.is_empty() || answer.starts_with("{\"refused\":"), "{answer}");
    }
    program.signal("TERM").await;
    let mut program = program;
    program.child.wait().await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn whoever_asks_a_server_that_does_not_run_is_told_so() {
    let folder = Folder::new();
    let (well, _, errors) = admin_output(&folder, &["user", "list"], "").await;
    assert!(!well && errors.contains("no server is running on"), "{errors}");
}

/// What an order came to, as programs read it.
pub(crate) async fn rows(folder: &Folder, words: &[&str]) -> Vec<Value> {
    let (well, said, errors) = admin_output(folder, words, "").await;
    assert!(well, "{words:?}: {errors}");
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) async fn admin_with(folder: &Folder, words: &[&str], typed: &str) {
    let (well, _, errors) = admin_output(folder, words, typed).await;
    assert!(well, "{words:?}: {errors}");
}

pub(crate) async fn admin_output(folder: &Folder, words: &[&str], typed: &str) -> (bool, String, String) {
    let mut command = command(folder);
    command.arg("admin").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).await.ok();
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}
