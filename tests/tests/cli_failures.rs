//! What goes wrong around a call, with the real programs: crashes, and answers that say what is wrong.
#![cfg(target_os = "linux")]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    process::Output,
    time::{Duration, Instant},
};

use anyhow::Result;
use carillon_media::measure::heard;
use carillon_tests::programs::{Device, House, Person};

const SOON: Duration = Duration::from_secs(30);
const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;

#[test]
fn a_program_killed_in_a_call_ends_it_for_the_other_within_35_seconds() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob"])?;
    alice.until("active", SOON)?;
    bob.until("active", SOON)?;

    alice.crash()?;
    let crashed_at = Instant::now();
    let (said, code) = bob.end(Duration::from_secs(40))?;

    assert!(crashed_at.elapsed() < Duration::from_secs(35), "{:?}", crashed_at.elapsed());
    assert_eq!(code, 17);
    let last = said.iter().rfind(|line| line["type"] == "hangup").expect("the call ended");
    assert_eq!(last["reason"], "connection-lost");
    assert!(bob.said("reconnecting"), "a path that is gone is told before the call ends");
    Ok(())
}

#[test]
fn who_hangs_up_while_the_server_is_gone_ends_the_call_for_the_other_as_well() -> Result<()> {
    hangs_up_once(|server| server.crash())
}

#[test]
fn who_hangs_up_while_the_server_stands_still_ends_the_call_for_the_other_as_well() -> Result<()> {
    hangs_up_once(|server| server.freeze())
}

#[test]
fn a_server_killed_between_commit_and_delivery_loses_nothing() -> Result<()> {
    let mut house = House::with_env(&[ALICE, BOB], &[("CARILLON_FAILPOINT", "after-commit")])?;
    let mut phone = house.listen(BOB, "phone", &["--once"])?;
    let mut laptop = house.listen(BOB, "laptop", &["--accept-after", "1s", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "--for", "5s"])?;
    phone.until("ring-started", SOON)?;

    house.server().gone()?; // it died with the accept committed, and told no device
    house.restart_server()?;

    let (said, code) = phone.end(SOON)?;
    assert_eq!(code, 14, "{said:?}");
    assert_eq!(said.iter().filter(|line| line["event"] == "ring-stopped").count(), 1);
    assert_eq!((alice.end(SOON)?.1, laptop.end(SOON)?.1), (0, 0));
    heard(&house.recording(ALICE, "desk")?, BOB.pitch, ALICE.pitch)?;
    heard(&house.recording(BOB, "laptop")?, ALICE.pitch, BOB.pitch)?;
    Ok(())
}

#[test]
fn a_server_that_is_down_says_so_by_its_exit_code() -> Result<()> {
    let mut house = House::with(&[ALICE])?;
    house.server().crash()?;
    assert_ends(&house.finish(ALICE, &["call", "bob"])?, 3, "does not answer");
    Ok(())
}

#[test]
fn a_server_of_another_kind_is_told_from_one_of_ours() -> Result<()> {
    let house = House::with(&[ALICE])?;
    let url = some_web_server()?;
    assert_ends(&house.finish(ALICE, &["--server", &url, "listen"])?, 4, "not a Carillon server");
    Ok(())
}

#[test]
fn a_wrong_password_is_a_clear_end() -> Result<()> {
    let house = House::with(&[ALICE])?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), "wrong horse\n")?;
    let path = file.path().to_string_lossy().into_owned();
    assert_ends(&house.finish(ALICE, &["--password-file", &path, "listen"])?, 5, "password is wrong");
    Ok(())
}

#[test]
fn an_unknown_invite_is_refused() -> Result<()> {
    let house = House::with(&[ALICE])?;
    assert_ends(&house.finish(BOB, &["register", "--invite", "aaaa-bbbb-cccc-dddd"])?, 6, "invite");
    Ok(())
}

#[test]
fn plain_http_to_another_machine_needs_a_word() -> Result<()> {
    let house = House::with(&[ALICE])?;
    let ended = house.finish(ALICE, &["--server", "http://192.0.2.1", "listen"])?;
    assert_ends(&ended, 2, "--allow-insecure");
    Ok(())
}

#[test]
fn a_bad_sound_file_is_told_before_anything_rings() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let no_sound = tempfile::NamedTempFile::new()?;
    std::fs::write(no_sound.path(), "this is no sound")?;
    let path = no_sound.path().to_string_lossy().into_owned();
    assert_ends(&house.finish(ALICE, &["call", "bob", "--fake-mic", &path])?, 2, &path);
    assert_ends(&house.finish(ALICE, &["call", "bob", "--fake-mic", "/nowhere.wav"])?, 2, "/nowhere.wav");
    assert_ends(&house.finish(ALICE, &["call", "bob", "--fake-speaker", "/nowhere/out.wav"])?, 2, "/nowhere/out.wav");
    Ok(())
}

#[test]
fn a_name_that_no_account_can_have_is_wrong_usage() -> Result<()> {
    let house = House::with(&[ALICE])?;
    assert_ends(&house.finish(ALICE, &["--user", "no spaces", "listen"])?, 2, "name");
    Ok(())
}

/// Alice hangs up after something has happened to the server, and Bob's call ends by what she says over the media path.
fn hangs_up_once(happens: impl FnOnce(&mut Device) -> Result<()>) -> Result<()> {
    let mut house = House::with(&[ALICE, BOB])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob"])?;
    alice.until("active", SOON)?;
    bob.until("active", SOON)?;

    happens(house.server())?;
    alice.interrupt()?;
    let hung_up_at = Instant::now();
    let hangup = bob.until("onStateChange/hangup", SOON)?;

    assert!(hung_up_at.elapsed() < Duration::from_secs(8), "{:?}", hung_up_at.elapsed());
    assert_eq!(hangup["reason"], "remote");
    assert!(!bob.said("reconnecting"), "nobody comes back who has said goodbye");
    alice.until("onStateChange/hangup", SOON)?;
    Ok(())
}

fn assert_ends(ended: &Output, code: i32, text: &str) {
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{told}");
    assert!(told.contains(text), "{told:?} does not say {text:?}");
}

/// Answers everything with a page.
#[expect(clippy::disallowed_methods, reason = "its panic shows in the test that waits for what it reads")]
fn some_web_server() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
        }
    });
    Ok(url)
}
