//! What the operator does with the program: look after accounts, devices and calls, keep copies, drain, configure.
#![cfg(unix)]

use std::{os::unix::fs::PermissionsExt as _, path::Path, process::Stdio, time::Duration};

use carillon_protocol::{EndReason, Request, Signal, close};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    process::Command,
};

use crate::{
    processes::{Program, command},
    support::{Device, Folder, PASSWORD, accept, credentials, post, registration},
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

#[tokio::test]
async fn a_backup_of_a_running_server_is_a_whole_server() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let mut program = Program::start(&folder, &[]).await;
    let ada = program.newcomer("ada").await.signed_in;
    let file = folder.0.join("copy.db");
    let copy = file.to_str().unwrap();

    rows(&folder, &["backup", copy]).await;
    let again = admin_output(&folder, &["backup", copy], "").await;
    rows(&elsewhere, &["restore", copy]).await;

    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!again.0 && again.2.contains("exists"), "a backup replaces nothing: {again:?}");
    let restored = Program::start(&elsewhere, &[]).await;
    Device::link(&restored.url, ada).await;
}

#[tokio::test]
async fn a_restore_replaces_nothing_unasked_and_nothing_while_a_server_runs_and_takes_nothing_that_is_not_sound() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let ada = program.newcomer("ada").await.signed_in;
    let (copy, junk) = (folder.0.join("copy.db"), folder.0.join("junk.db"));
    let (copy, junk) = (copy.to_str().unwrap(), junk.to_str().unwrap());
    rows(&folder, &["backup", copy]).await;
    program.newcomer("ben").await;

    let running = admin_output(&folder, &["restore", copy, "--force"], "").await;
    assert!(!running.0 && running.2.contains("another server is running"), "{running:?}");
    program.signal("TERM").await;
    program.child.wait().await.unwrap();
    let unasked = admin_output(&folder, &["restore", copy], "").await;
    assert!(!unasked.0 && unasked.2.contains("--force"), "{unasked:?}");
    std::fs::write(junk, "not a database at all, but long enough to look like one. ".repeat(100)).unwrap();
    let unsound = admin_output(&folder, &["restore", junk, "--force"], "").await;
    assert!(!unsound.0, "{unsound:?}");
    let replaced = rows(&folder, &["restore", copy, "--force"]).await;

    assert!(Path::new(replaced[0]["replaced"].as_str().unwrap()).exists());
    let program = Program::start(&folder, &[]).await;
    Device::link(&program.url, ada).await;
    let users = rows(&folder, &["user", "list"]).await;
    assert_eq!(users.len(), 1, "ben came after the backup");
    drop(program);
}

#[tokio::test]
async fn a_doctor_finds_a_healthy_server_healthy_and_says_what_is_wrong_with_another() {
    let folder = Folder::new();
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o700)).unwrap();
    let program = Program::start(&folder, &[]).await;

    let (well, said, errors) = admin_output(&folder, &["doctor"], "").await;
    assert!(well, "{said}{errors}");
    for check in ["data folder", "database", "clock", "server", "port", "stun", "open files", "tls"] {
        assert!(said.contains(&format!("{{\"check\":\"{check}\"")), "{check}: {said}");
    }

    std::fs::set_permissions(folder.0.join("carillon.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let missing = ["--set", "tls.mode=files", "--set", "tls.certificate=/nowhere.pem", "--set", "tls.key=/nowhere.pem"];
    let (well, said, _) = admin_output(&folder, &[&missing[..], &["doctor"]].concat(), "").await;
    assert!(!well);
    assert!(said.contains("its mode is 644") && said.contains("/nowhere.pem"), "{said}");
    drop(program);
}

#[tokio::test]
async fn a_server_that_drains_lets_a_call_go_on_and_takes_no_new_one() {
    let folder = Folder::new();
    let mut program = Program::start_with(&folder, &["--drain", "10min"], &[]).await;
    let (mut ada, mut ben) = (program.newcomer("ada").await, program.newcomer("ben").await);
    let call = ada.invites("ben").await;
    ben.rings().await;
    ben.does(accept(call)).await;
    ada.hears().await;

    program.signal("TERM").await;
    until_not_ready(&program.url).await;
    assert!(matches!(ada.ask(crate::support::invite("ben")).await, carillon_protocol::Answer::Refused(_)));
    ada.does(Request::HangUp { call }).await;

    assert_eq!(ada.is_dismissed().await.0, close::SERVER_STOPS);
    assert_eq!(program.child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_the_draining_at_once() {
    let folder = Folder::new();
    let mut program = Program::start_with(&folder, &["--drain", "10min"], &[]).await;
    let (mut ada, mut ben) = (program.newcomer("ada").await, program.newcomer("ben").await);
    let call = ada.invites("ben").await;
    ben.rings().await;
    ben.does(accept(call)).await;
    program.signal("TERM").await;
    until_not_ready(&program.url).await;

    program.signal("TERM").await;

    assert_eq!(ben.is_dismissed().await.0, close::SERVER_STOPS);
    assert_eq!(program.child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_file_is_read_a_variable_wins_over_it_and_what_is_wrong_in_it_stops_the_start() {
    let folder = Folder::new();
    let file = folder.0.join("choices.toml");
    std::fs::write(&file, "registration = \"open\"\nlog_format = \"json\"\nlog = \"warn\"\n").unwrap();
    let choices = ["--config", file.to_str().unwrap()];
    let mut program = Program::start_with(&folder, &choices, &[("CARILLON_LOG", "info")]).await;
    let (status, _) = post(&program.url, "register", registration("", "ada")).await;
    assert_eq!(status, StatusCode::OK);
    program.signal("TERM").await;
    program.child.wait().await.unwrap();
    let log = log_of(&mut program).await;
    let entry = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(entry.into_iter().any(|entry| entry["target"] == "audit" && entry["fields"]["act"] == "register"), "{log}");

    std::fs::write(&file, "registration = \"open\"\nlisten = 4747\n").unwrap();
    let failed = command(&folder).args(choices).output().await.unwrap();
    let errors = String::from_utf8(failed.stderr).unwrap();
    assert!(!failed.status.success() && errors.contains("choices.toml, line 2: `listen = 4747`"), "{errors}");
}

#[tokio::test]
async fn new_tls_files_are_used_after_a_hang_up_signal_or_when_they_are_seen() {
    let folder = Folder::new();
    let [first, second] = [(), ()].map(|()| rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap());
    let (certificate, key) = (folder.0.join("certificate.pem"), folder.0.join("key.pem"));
    let write = |pair: &rcgen::CertifiedKey<rcgen::KeyPair>| {
        std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
        std::fs::write(&certificate, pair.cert.pem()).unwrap();
    };
    write(&first);
    let tls = ["--tls-certificate", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let seldom = [&tls[..], &["--set", "patience.tls_files=1h"]].concat();
    let mut program = Program::start_with(&folder, &seldom, &[]).await;
    assert!(program.url.starts_with("https://"));

    program.signal("HUP").await;
    until_said(&mut program, "the TLS certificate was read again").await;
    program.signal("TERM").await;
    program.child.wait().await.unwrap();
    let often = [&tls[..], &["--set", "patience.tls_files=20ms"]].concat();
    let mut program = Program::start_with(&folder, &often, &[]).await;
    write(&second);

    until_said(&mut program, "the TLS certificate was read again").await;
}

/// S12: nothing that lets anybody in is in a log, however much is logged, or in the metrics.
#[tokio::test]
async fn s12_no_secret_is_in_any_log_or_metric() {
    let folder = Folder::new();
    let metrics = ["--metrics-listen", "127.0.0.1:0"];
    let mut program = Program::start_with(&folder, &metrics, &[("CARILLON_LOG", "trace")]).await;
    let drained = tokio::spawn(read_to_end(program.child.stderr.take().unwrap()));
    let invite_code = program.invites[0].clone();
    let (mut ada, mut ben) = (program.newcomer("ada-canary").await, program.newcomer("ben-canary").await);
    post(&program.url, "sign-in", credentials("ada-canary", "a wrong password", "laptop")).await;
    admin_with(&folder, &["user", "set-password", "ben-canary"], "a password by the operator\n").await;
    ben.is_dismissed().await;
    ada.invites("ben-canary").await;
    let page = reqwest::get(program.metrics.clone().unwrap()).await.unwrap().text().await.unwrap();
    program.signal("TERM").await;
    program.child.wait().await.unwrap();

    let log = drained.await.unwrap();
    let secrets = [PASSWORD, "a wrong password", "a password by the operator", &invite_code];
    for secret in secrets.iter().copied().chain([ada.signed_in.token.as_str(), ben.signed_in.token.as_str()]) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret:?} is in the log");
        assert!(!page.contains(secret), "{secret:?} is in the metrics");
    }
    assert!(!page.contains("canary"), "no names in metrics");
    assert!(page.contains("carillon_links_opened_total"));
}

async fn until_not_ready(url: &str) {
    let url = format!("{url}/readyz");
    while reqwest::get(&url).await.unwrap().status() == StatusCode::OK {
        tokio::task::yield_now().await;
    }
}

async fn until_said(program: &mut Program, words: &str) {
    let mut lines = BufReader::new(program.child.stderr.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().expect("it ended").contains(words) {}
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
}

async fn log_of(program: &mut Program) -> String {
    read_to_end(program.child.stderr.take().unwrap()).await
}

async fn read_to_end(mut stderr: tokio::process::ChildStderr) -> String {
    let mut bytes = Vec::new();
    stderr.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What an order came to, as programs read it.
async fn rows(folder: &Folder, words: &[&str]) -> Vec<Value> {
    let (well, said, errors) = admin_output(folder, words, "").await;
    assert!(well, "{words:?}: {errors}");
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn admin_with(folder: &Folder, words: &[&str], typed: &str) {
    let (well, _, errors) = admin_output(folder, words, typed).await;
    assert!(well, "{words:?}: {errors}");
}

async fn admin_output(folder: &Folder, words: &[&str], typed: &str) -> (bool, String, String) {
    let mut command = command(folder);
    command.arg("admin").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).await.ok();
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}
