//! The program while it runs: draining, what it is told by files and signals, and what it says.
#![cfg(unix)]

use carillon_protocol::{Answer, Request, close};
use image::ImageFormat;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::{
    avatars::picture,
    operating::admin_with,
    processes::{Program, command},
    support::{Folder, PASSWORD, accept, credentials, invite, post, registration},
};

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
    assert!(matches!(ada.ask(invite("ben")).await, Answer::Refused(_)));
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
async fn what_stops_the_start_is_said_once_and_in_one_line() {
    let folder = Folder::new();
    let failed = command(&folder).args(["--config", "/nowhere/carillon.toml"]).output().await.unwrap();

    let errors = String::from_utf8(failed.stderr).unwrap();
    let because = "/nowhere/carillon.toml cannot be read: No such file or directory (os error 2)";
    assert_eq!((failed.status.code(), errors), (Some(1), format!("carillon-server: {because}\n")));
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

#[tokio::test]
async fn a_task_that_dies_ends_the_server_with_words() {
    let folder = Folder::new();
    let mut program = Program::start_with(&folder, &[], &[("CARILLON_FAILPOINT", "sweep")]).await;

    let ended = program.child.wait().await.unwrap();

    assert_eq!(ended.code(), Some(1));
    let log = log_of(&mut program).await;
    assert!(log.ends_with("carillon-server: the server's sweeper died: as the failpoint has it\n"), "{log}");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_picture_that_takes_for_ever() {
    let folder = Folder::new();
    let mut program = Program::start_with(&folder, &[], &[("CARILLON_FAILPOINT", "picture")]).await;
    let ada = program.newcomer("ada").await;
    let request = reqwest::Client::new().put(format!("{}/v1/avatar", program.url)).bearer_auth(&ada.signed_in.token);
    tokio::spawn(request.body(picture(1, ImageFormat::Png)).send());
    until_said(&mut program, "a picture takes for ever").await;

    program.signal("TERM").await;

    assert_eq!(program.child.wait().await.unwrap().code(), Some(0));
}

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
