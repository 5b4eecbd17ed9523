//! Every control of the settings window, by its effect.
#![cfg(target_os = "linux")]

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use carillon_ipc::testid;
use carillon_kit::{Connection, SignIn, SignInError, sign_in};
use carillon_media::measure::{Pitch, write_voice};
use carillon_tests::desktop::{Actor, Person, SoundServer, Stage, Window, until};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn language_and_theme_change_in_every_window_at_once_and_are_kept() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    alice.open_settings().await?;
    alice.app.page_is("lang", "en").await?;

    alice.app.choose(testid::SETTINGS_LANGUAGE, "zh-CN").await?;
    press(&alice, &format!("{}-dark", testid::SETTINGS_THEME)).await?;

    alice.app.says(testid::SETTINGS, "语言").await?;
    for window in [Window::Settings, Window::Main] {
        alice.app.look_at(window).await?;
        alice.app.page_is("lang", "zh-CN").await?;
        alice.app.page_is("data-theme", "dark").await?;
    }
    alice.keeps("locale", json!("zh-CN")).await?;
    alice.keeps("theme", json!("dark")).await?;
    alice.app.look_at(Window::Settings).await?;
    alice.app.choose(testid::SETTINGS_LANGUAGE, "system").await?;
    alice.app.page_is("lang", "en").await?;
    alice.app.says(testid::SETTINGS_VERSION, env!("CARGO_PKG_VERSION")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_the_app_does_not_understand_is_told_in_the_window_that_sent_it() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    alice.open_settings().await?;

    let refused = alice.invoke("settings_request", json!({ "req": { "type": "set_locale", "locale": "xx" } })).await?;
    ensure!(refused.contains("xx"), "the app says what it did not understand: {refused}");
    // The window sends something else than it means, as a version of another time would.
    let twist = "const core = window.__TAURI__.core; const real = core.invoke; \
                 window.__TAURI__.core = { ...core, invoke: (command, body) => real(command, { req: { type: 'unheard of' } }) }";
    alice.app.run(twist, vec![]).await?;
    alice.app.click(testid::SETTINGS_RING_SOUND).await?;

    alice.app.says(testid::NOTICE, "Something went wrong").await?;
    alice.app.says(testid::NOTICE_DETAIL, "unheard of").await?;
    alice.app.click(testid::NOTICE_DISMISS).await?;
    alice.app.misses(testid::NOTICE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_switch_is_kept_and_shows_what_is_so() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    alice.open_settings().await?;

    for (control, setting, was) in [
        (testid::SETTINGS_RING_HERE, "ring_here", true),
        (testid::SETTINGS_RING_SOUND, "ring_sound", true),
        (testid::SETTINGS_NOTIFICATIONS, "notifications", true),
        (testid::SETTINGS_RING_SHORTCUTS, "ring_shortcuts", false),
        (testid::SETTINGS_CAMERA_IN_VIDEO_CALLS, "camera_in_video_calls", true),
        (testid::SETTINGS_HIDE_ADDRESS, "hide_address", false),
        (testid::SETTINGS_AUTOSTART, "autostart", false),
    ] {
        alice.app.is_on(control, was).await?;
        alice.app.click(control).await?;
        alice.app.is_on(control, !was).await?;
        alice.keeps(setting, json!(!was)).await?;
    }
    for control in [testid::SETTINGS_ECHO, testid::SETTINGS_NOISE, testid::SETTINGS_GAIN] {
        alice.app.click(control).await?;
        alice.app.is_on(control, false).await?;
    }
    let none = json!({ "echo_cancellation": false, "noise_suppression": false, "gain_control": false });
    alice.keeps("processing", none).await?;

    alice.app.click(testid::SETTINGS_DO_NOT_DISTURB).await?;
    alice.app.is_on(testid::SETTINGS_DO_NOT_DISTURB, true).await?;
    let alices_phone = another_device(&stage, "alice").await?;
    until("the server to know", PATIENCE, || async { alices_phone.account().do_not_disturb.then_some(()) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_when_one_logs_in_is_offered_once_and_can_be_taken_back() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let entry = alice.app.folder().join("config/autostart/org.carillon.desktop.profile_alice.desktop");

    alice.app.click(testid::AUTOSTART_ACCEPT).await?;
    alice.app.misses(testid::AUTOSTART_ACCEPT).await?;
    let text = fs::read_to_string(&entry)?;
    ensure!(text.contains(r#""--hidden" "--profile" "alice""#), "{text}");

    alice.open_settings().await?;
    alice.app.is_on(testid::SETTINGS_AUTOSTART, true).await?;
    alice.app.click(testid::SETTINGS_AUTOSTART).await?;
    alice.app.is_on(testid::SETTINGS_AUTOSTART, false).await?;
    ensure!(!entry.exists(), "the entry is still there");

    let bob = stage.actor("bob", Pitch::Low).await?;
    bob.app.click(testid::AUTOSTART_DECLINE).await?;
    bob.app.misses(testid::AUTOSTART_DECLINE).await?;
    bob.keeps("autostart", json!(false)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_changes_about_oneself_is_so_for_others() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let seen_by_bob = || async { bob.search_users("alice").await.ok()?.into_iter().next() };
    let picture = stage.picture()?;
    alice.open_settings().await?;

    alice.app.fill(testid::SETTINGS_DISPLAY_NAME, "Alice the Great\u{e007}").await?;
    until("the name", PATIENCE, || async { (seen_by_bob().await?.display_name == "Alice the Great").then_some(()) })
        .await?;
    alice.app.attach(testid::SETTINGS_PICTURE, &picture).await?;
    press_text(&alice, "Use this picture").await?;
    until("the picture", PATIENCE, || async { seen_by_bob().await?.avatar }).await?;
    alice.app.click(testid::SETTINGS_PICTURE_REMOVE).await?;
    until("no picture", PATIENCE, || async { seen_by_bob().await?.avatar.is_none().then_some(()) }).await?;

    alice.app.click(testid::SETTINGS_PASSWORD).await?;
    alice.app.fill(testid::SETTINGS_PASSWORD_OLD, "not hers").await?;
    alice.app.fill(testid::SETTINGS_PASSWORD_NEW, "a new secret of hers").await?;
    alice.app.click(testid::SETTINGS_PASSWORD_SAVE).await?;
    alice.app.says(testid::SETTINGS_YOU_PROBLEM, "password").await?;
    let person = stage.person("alice")?;
    alice.app.fill(testid::SETTINGS_PASSWORD_OLD, &person.password).await?;
    alice.app.click(testid::SETTINGS_PASSWORD_SAVE).await?;
    alice.app.sees(testid::SETTINGS_PASSWORD).await?;
    assert_eq!(enter(&stage, person, &person.password).await.err(), Some(SignInError::WrongCredentials));
    enter(&stage, person, "a new secret of hers").await.context("the new password is hers").map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_named_silenced_and_signed_out_from_afar_and_this_one_here() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let phone = another_device(&stage, "alice").await?;
    let id = phone.device();
    alice.open_settings().await?;
    alice.app.says(testid::SETTINGS_DEVICES, "phone").await?;
    let listed = || async { phone.devices().await.ok()?.into_iter().find(|entry| entry.device == id) };

    alice.app.click(&testid::own_device_name(id)).await?;
    alice.app.run(RENAME, vec![json!(testid::own_device(id)), json!("Pocket phone")]).await?;
    press_text(&alice, "Save").await?;
    until("the name", PATIENCE, || async { (listed().await?.name == "Pocket phone").then_some(()) }).await?;
    alice.app.click(&testid::own_device_rings(id)).await?;
    until("silence there", PATIENCE, || async { (!listed().await?.ring_here).then_some(()) }).await?;
    alice.app.click(&testid::own_device_revoke(id)).await?;
    press_text(&alice, "Sign out").await?;
    alice.app.misses(&testid::own_device(id)).await?;
    ensure!(phone.devices().await.is_err(), "it is signed out");

    alice.app.click(testid::SETTINGS_SIGN_OUT).await?;
    alice.app.click(testid::SETTINGS_SIGN_OUT_CONFIRM).await?;
    alice.app.look_at(Window::Main).await?;
    alice.app.sees(testid::SIGN_IN).await?;
    ensure!(!alice.app.folder().join("own/sign-in.json").exists(), "nothing of the sign-in is kept");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_devices_are_chosen_and_heard() -> Result<()> {
    let stage = Stage::set().await?;
    let sound = SoundServer::start(&stage.folder().join("sound"), &["desk", "head", "mouth"]).await?;
    sound.add_microphone("mouth_mic", "mouth")?;
    let alice = stage.actor_with_sound("alice", &sound).await?;
    let (head, desk) = (sound.listen("head")?, sound.listen("desk")?);
    alice.open_settings().await?;

    for (choice, setting, device) in [
        (testid::SETTINGS_SPEAKER, "speaker", "head"),
        (testid::SETTINGS_RING_OUTPUT, "ring_output", "desk"),
        (testid::SETTINGS_MICROPHONE, "microphone", "mouth_mic"),
    ] {
        let id = option_with(&alice, choice, device).await?;
        alice.app.choose(choice, &id).await?;
        alice.keeps(setting, json!(id)).await?;
    }
    let began = Instant::now();
    alice.app.click(testid::SETTINGS_TEST_SPEAKER).await?;
    until("a bell on the headphones", PATIENCE, || async { is_loud(&head.since(began)).then_some(()) }).await?;
    alice.app.click(testid::SETTINGS_TEST_RING).await?;
    until("a bell on the desk", PATIENCE, || async { is_loud(&desk.since(began)).then_some(()) }).await?;

    let voice = stage.folder().join("voice.wav");
    write_voice(&voice, Pitch::High, Duration::from_secs(60))?;
    let _speaking = sound.speak("mouth", &voice)?;
    alice.app.click(testid::SETTINGS_TEST_MICROPHONE).await?;
    let level = "return Number(document.querySelector(`[data-testid=\"${arguments[0]}\"]`)?.getAttribute('aria-valuenow') ?? 0)";
    let look = || async {
        let now = alice.app.run(level, vec![json!(testid::SETTINGS_LEVEL)]).await.ok()?;
        (now.as_f64()? > 10.0).then_some(())
    };
    until("the level of the voice", PATIENCE, look).await
}

const RENAME: &str = "
    const field = document.querySelector(`[data-testid=\"${arguments[0]}\"] input.input`);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, arguments[1]);
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));";

/// Presses what a click with the pointer would find under its label.
async fn press(actor: &Actor, testid: &str) -> Result<()> {
    actor.app.sees(testid).await?;
    let script = "document.querySelector(`[data-testid=\"${arguments[0]}\"]`).click()";
    actor.app.run(script, vec![json!(testid)]).await.map(drop)
}

/// Presses the button with this text, once it is there.
async fn press_text(actor: &Actor, text: &str) -> Result<()> {
    let script = "const found = [...document.querySelectorAll('button')].findLast((button) => button.textContent.trim() === arguments[0]); \
                  found?.click(); return !!found";
    let look = || async { (actor.app.run(script, vec![json!(text)]).await.ok()? == json!(true)).then_some(()) };
    until(&format!("the button {text:?}"), PATIENCE, look).await
}

/// The value of the option whose text has this in it.
async fn option_with(actor: &Actor, choice: &str, text: &str) -> Result<String> {
    let script = "const found = [...document.querySelectorAll(`[data-testid=\"${arguments[0]}\"] option`)].find((option) => option.textContent.includes(arguments[1])); return found?.value";
    let look =
        || async { Some(actor.app.run(script, vec![json!(choice), json!(text)]).await.ok()?.as_str()?.to_owned()) };
    until(&format!("{text} in {choice}"), PATIENCE, look).await
}

fn is_loud(sound: &[f32]) -> bool {
    sound.iter().any(|sample| sample.abs() > 0.01)
}

async fn enter(stage: &Stage, person: &Person, password: &str) -> Result<carillon_kit::Login, SignInError> {
    sign_in(SignIn {
        server: stage.server.url().to_owned(),
        allow_insecure: false,
        user: person.user.clone(),
        password: password.to_owned(),
        device_name: "phone".into(),
        device: None,
        device_secret: None,
    })
    .await
}

/// One more device of somebody who has an app.
async fn another_device(stage: &Stage, user: &str) -> Result<Connection> {
    let person = stage.person(user)?;
    let connection = Connection::open(enter(stage, person, &person.password).await?)?;
    connection.connected().await?;
    Ok(connection)
}
