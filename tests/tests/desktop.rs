//! The desktop app from end to end: real processes, real windows, a real server; only the user is made up.
#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use carillon_ipc::testid;
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, FakeTray, Stage, TALK, Window, built, until};
use serde_json::{Value, json};

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_clicked_in_one_window_and_accepted_in_a_notification_is_heard_on_both_sides() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);

    bob.notifications.lock_screen(true).await?;
    alice.call("bob").await?;
    let ring = bob.notifications.ring(PATIENCE).await?;
    assert_eq!(ring.actions, ["default", "Open", "accept", "Accept", "decline", "Decline"]);
    assert_eq!((ring.summary.as_str(), ring.body.as_str(), ring.expires), ("alice's name", "Voice call", 0));
    assert_eq!(ring.hints["urgency"], "2");
    alice.app.look_at(Window::Call).await?;
    alice.app.attribute_is(testid::CALL, "data-state", "ringing").await?;
    bob.app.look_at(Window::Ring).await?;
    bob.app.says(testid::RING_NAME, "alice's name").await?;
    stage.ring_window_is_where_it_belongs(&alice).await?;
    stage.keep_pictures(&bob, "ring").await?;

    bob.notifications.press(ring.id, "accept").await?;
    let pressed_at = Instant::now();
    let withdrawn_at = bob.notifications.withdrawn(ring.id, PATIENCE).await?;
    bob.app.gone(Window::Ring).await?;
    for actor in [&alice, &bob] {
        actor.app.look_at(Window::Call).await?;
        actor.app.attribute_is(testid::CALL, "data-state", "active").await?;
    }
    tokio::time::sleep(TALK).await; // they talk
    stage.keep_pictures(&alice, "call").await?;

    alice.app.click(testid::CALL_HANGUP).await?;
    bob.app.attribute_is(testid::CALL, "data-state", "ended").await?;
    alice.app.gone(Window::Call).await?;
    for actor in [&alice, &bob] {
        actor.app.look_at(Window::Main).await?;
        actor.app.click(testid::FILTER_CALLS).await?;
        actor.app.sees(testid::RECENT).await?;
    }
    alice.hears(Pitch::Low)?;
    bob.hears(Pitch::High)?;
    assert!(
        withdrawn_at.saturating_duration_since(pressed_at) < Duration::from_secs(2),
        "the ring fell silent at once"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_ends_on_every_surface_when_the_caller_gives_up_and_its_notice_leads_to_the_caller() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);

    bob.notifications.lock_screen(true).await?;
    alice.call("bob").await?;
    let ring = bob.notifications.ring(PATIENCE).await?;
    bob.app.look_at(Window::Ring).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.click(testid::CALL_HANGUP).await?;

    bob.notifications.withdrawn(ring.id, PATIENCE).await?;
    bob.app.gone(Window::Ring).await?;
    let told = || async { bob.notifications.all().into_iter().find(|shown| shown.summary.starts_with("Missed call")) };
    let missed = until("the missed call's notification", PATIENCE, told).await?;
    assert!(missed.summary.contains("alice's name") && missed.actions.contains(&"default".to_owned()), "{missed:?}");
    bob.notifications.press(missed.id, "default").await?;
    bob.app.look_at(Window::Main).await?;
    bob.app.says(testid::PERSON, "alice's name").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tray_that_comes_late_shows_the_ring_and_answers_it() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    let tray = FakeTray::on_bus(&bob.bus).await?;
    tray.says("Carillon", PATIENCE).await?;
    let idle = tray.icon().await?;
    let menu = ["Open Carillon", "Do Not Disturb", "Settings", "Quit Carillon"];
    until("the menu", PATIENCE, || async { (tray.menu().await.ok()? == menu).then_some(()) }).await?;

    alice.call("bob").await?;
    tray.says("alice's name is calling", PATIENCE).await?;
    assert_ne!(tray.icon().await?, idle);
    tray.choose("Decline", PATIENCE).await?;

    tray.says("Carillon", PATIENCE).await?;
    assert_eq!(tray.icon().await?, idle);
    alice.app.look_at(Window::Call).await?;
    alice.app.attribute_is(testid::CALL, "data-state", "ended").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_killed_in_a_call_ends_it_for_the_other_within_35_seconds() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    bob.notifications.lock_screen(true).await?;
    alice.call("bob").await?;
    let ring = bob.notifications.ring(PATIENCE).await?;
    bob.notifications.press(ring.id, "accept").await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.attribute_is(testid::CALL, "data-state", "active").await?;

    bob.kill()?;

    let killed_at = Instant::now();
    let patience = Duration::from_secs(45);
    let ended = || async { alice.app.attribute_is(testid::CALL, "data-state", "ended").await.ok() };
    until("the end", patience, ended).await?;
    assert!(killed_at.elapsed() < Duration::from_secs(35), "it took {:?}", killed_at.elapsed());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn s24_a_window_can_ask_only_what_is_its_own_and_runs_no_foreign_code() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    alice.app.click(testid::OPEN_SETTINGS).await?;
    alice.app.look_at(Window::Settings).await?;
    alice.app.sees(testid::SETTINGS).await?;

    for (command, request) in [
        ("main_request", json!({ "type": "quit", "what": "quit" })),
        ("ring_request", json!({ "type": "ready" })),
        ("call_request", json!({ "type": "hang_up" })),
    ] {
        let refused = alice.invoke(command, json!({ "req": request })).await?;
        assert!(refused.contains("not allowed"), "{command}: {refused}");
    }
    assert_eq!(alice.invoke("settings_request", json!({ "req": { "type": "ready" } })).await?, "done");

    let inline = "const s = document.createElement('script'); s.textContent = 'window.foreign = 1'; \
                  document.head.append(s); return window.foreign ?? 'refused'";
    assert_eq!(alice.app.run(inline, vec![]).await?, json!("refused"));
    let evaluated = "try { return (0, eval)('1 + 1') } catch { return 'refused' }";
    assert_eq!(alice.app.run(evaluated, vec![]).await?, json!("refused"));
    let remote =
        "const done = arguments[0]; fetch('http://127.0.0.1:9/').then(() => done('sent'), e => done(String(e)))";
    assert_ne!(alice.app.run_async(remote, vec![]).await?, json!("sent"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn s26_the_sign_in_is_in_its_private_file_and_nowhere_else() -> Result<()> {
    let stage = Stage::set().await?;
    let person = stage.person("alice")?;
    let alice = stage.actor_without_login("alice").await?;

    alice.app.fill(testid::SIGN_IN_SERVER, stage.server.url()).await?;
    alice.app.fill(testid::SIGN_IN_USER, "alice").await?;
    alice.app.fill(testid::SIGN_IN_PASSWORD, "not her password").await?;
    alice.app.click(testid::SIGN_IN_SUBMIT).await?;
    alice.app.says(testid::SIGN_IN_PROBLEM, "wrong").await?;
    alice.app.fill(testid::SIGN_IN_PASSWORD, &person.password).await?;
    alice.app.click(testid::SIGN_IN_SUBMIT).await?;
    alice.app.sees(testid::SEARCH).await?;

    let file = alice.app.folder().join("own/sign-in.json");
    until("the sign-in's file", PATIENCE, || async { file.exists().then_some(()) }).await?;
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    let kept: Value = serde_json::from_slice(&fs::read(&file)?)?;
    let token = kept["signed_in"]["token"].as_str().context("the file has the token")?.to_owned();
    let stored = alice
        .app
        .run("return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])", vec![])
        .await?;
    for secret in [token.as_str(), person.password.as_str()] {
        assert!(!stored.to_string().contains(secret), "a secret is in the page's storage");
        assert_eq!(files_with(alice.app.folder(), secret)?, if secret == token { vec![file.clone()] } else { vec![] });
        assert!(!arguments_of_all_programs().contains(secret), "a secret is an argument, which everybody can read");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_mended_in_a_form_does_not_call_the_typing_back() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor_without_login("alice").await?;

    alice.app.fill(testid::SIGN_IN_SERVER, "no address at all").await?;
    alice.app.click(testid::SIGN_IN_SUBMIT).await?;
    alice.app.says(testid::SIGN_IN_PROBLEM, "address isn't valid").await?;
    alice.app.fill(testid::SIGN_IN_SERVER, stage.server.url()).await?;
    alice.app.fill(testid::SIGN_IN_USER, "alice").await?;

    let typed = format!(
        "return ['{}', '{}'].map((id) => document.getElementById(id).value)",
        testid::SIGN_IN_SERVER,
        testid::SIGN_IN_USER
    );
    assert_eq!(alice.app.run(&typed, vec![]).await?, json!([stage.server.url(), "alice"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_of_a_profile_raises_the_first_and_ends() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.actor("bob", Pitch::Low).await?;
    bob.app.look_at(Window::Main).await?;
    let focused = |title: &'static str| {
        let display = &stage.display;
        until("the raised window", PATIENCE, move || async move { (display.focused() == title).then_some(()) })
    };

    start_again(&stage, &alice, &[]).await?;

    focused("Carillon").await?;
    alice.app.look_at(Window::Main).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desktop_opens_links_and_settings_in_the_app_that_runs_and_an_installer_ends_it() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.actor("bob", Pitch::Low).await?;

    start_again(&stage, &alice, &["--open-link", "carillon://call/bob"]).await?;
    start_again(&stage, &alice, &["--settings"]).await?;
    alice.app.look_at(Window::Settings).await?;
    bob.app.look_at(Window::Main).await?;
    bob.app.misses(testid::RING_BAR).await?;

    let hers = alice.app.folder().join("own").display().to_string();
    ensure!(arguments_of_all_programs().contains(&hers), "she runs it");
    start_again(&stage, &alice, &["--quit"]).await?;
    until("its end", PATIENCE, || async { (!arguments_of_all_programs().contains(&hers)).then_some(()) }).await
}

/// As desktops and installers start a program that runs already.
async fn start_again(stage: &Stage, actor: &Actor, args: &[&str]) -> Result<()> {
    let mut second = std::process::Command::new(built("carillon-desktop")?);
    second.args(["--profile", "alice", "--secrets", "file"]).args(args).envs(stage.environment(actor));
    let status = tokio::task::spawn_blocking(move || second.status()).await??;
    ensure!(status.success(), "the second start says {status}");
    Ok(())
}

fn arguments_of_all_programs() -> String {
    let programs = fs::read_dir("/proc").into_iter().flatten().flatten();
    let arguments = programs.filter_map(|program| fs::read(program.path().join("cmdline")).ok());
    arguments.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

/// Which files below a folder have this text in them.
fn files_with(folder: &std::path::Path, text: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text)?);
        } else if fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes())) {
            found.push(path);
        }
    }
    Ok(found)
}
