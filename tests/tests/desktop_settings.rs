//! Every control of the settings window, by its effect.
#![cfg(target_os = "linux")]

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use carillon_ipc::testid;
use carillon_kit::{Connection, SignIn, SignInError, UserId, sign_in};
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
        (testid::SETTINGS_PREVIEWS, "previews", true),
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
async fn quiet_begins_for_an_hour_until_tomorrow_and_at_hours_of_the_day() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let phone = another_device(&stage, "alice").await?;
    let is_quiet = |wanted: bool| {
        let phone = &phone;
        until("the server to know", PATIENCE, move || async move {
            (phone.account().do_not_disturb == wanted).then_some(())
        })
    };
    alice.open_settings().await?;

    alice.app.click(testid::SETTINGS_QUIET_HOUR).await?;
    is_quiet(true).await?;
    alice.app.says(testid::SETTINGS, "On until").await?;
    alice.app.click(testid::SETTINGS_DO_NOT_DISTURB).await?;
    is_quiet(false).await?;
    alice.app.click(testid::SETTINGS_QUIET_TOMORROW).await?;
    is_quiet(true).await?;
    alice.app.says(testid::SETTINGS, "tomorrow").await?;

    alice.app.click(testid::SETTINGS_QUIET_HOURS).await?;
    alice.app.choose(testid::SETTINGS_QUIET_FROM, "1380").await?;
    alice.app.choose(testid::SETTINGS_QUIET_UNTIL, "360").await?;
    alice.keeps("quiet_hours", json!({ "on": true, "from": 1380, "until": 360 })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ringtone_its_volume_and_the_size_of_everything_are_chosen() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    alice.open_settings().await?;

    alice.app.choose(testid::SETTINGS_RINGTONE, "ringtone-tower").await?;
    alice.keeps("ringtone", json!("tower")).await?;
    let lower = "
        const slider = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
        slider.value = 40;
        slider.dispatchEvent(new Event('change', { bubbles: true }));";
    alice.app.run(lower, vec![json!(testid::SETTINGS_RING_VOLUME)]).await?;
    alice.keeps("ring_volume", json!(40)).await?;

    let width = || async { alice.app.run("return window.innerWidth", vec![]).await.ok()?.as_f64() };
    let before = width().await.context("the page has a width")?;
    alice.app.click(testid::SETTINGS_ZOOM_IN).await?;
    alice.app.says(testid::SETTINGS_ZOOM, "110 %").await?;
    alice.app.keys("\u{e009}+").await?;
    alice.app.says(testid::SETTINGS_ZOOM, "125 %").await?;
    until("a larger page", PATIENCE, || async { (width().await? < before).then_some(()) }).await?;
    alice.app.click(testid::SETTINGS_ZOOM_OUT).await?;
    alice.app.says(testid::SETTINGS_ZOOM, "110 %").await?;
    alice.app.keys("\u{e009}0").await?;
    alice.keeps("zoom", json!(100)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sections_are_found_and_escape_loses_nothing_that_was_typed() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    alice.open_settings().await?;
    let shows = |section: &'static str, wanted: bool| {
        let alice = &alice;
        let script = "return !document.getElementById(arguments[0]).hidden";
        until(section, PATIENCE, move || async move {
            (alice.app.run(script, vec![json!(section)]).await.ok()? == json!(wanted)).then_some(())
        })
    };

    alice.app.click(&testid::settings_section("section-about")).await?;
    alice.app.fill(testid::SETTINGS_SEARCH, "echo").await?;
    shows("section-sound", true).await?;
    shows("section-you", false).await?;
    alice.app.keys("\u{e00c}").await?;
    shows("section-you", true).await?;
    alice.app.sees(testid::SETTINGS_DIAGNOSTICS).await?;
    alice.app.click(testid::SETTINGS_DIAGNOSTICS).await?;
    alice.app.says(testid::SETTINGS_DIAGNOSTICS, "Copied").await?;

    alice.app.click(testid::SETTINGS_PASSWORD).await?;
    alice.app.fill(testid::SETTINGS_PASSWORD_OLD, "half a pass").await?;
    alice.app.keys("\u{e00c}").await?;
    alice.app.click(testid::SETTINGS_DISCARD_CANCEL).await?;
    alice.app.misses(testid::SETTINGS_DISCARD).await?;
    let typed = alice.app.run(
        "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`).value",
        vec![json!(testid::SETTINGS_PASSWORD_OLD)],
    );
    ensure!(typed.await? == json!("half a pass"), "nothing is lost");
    alice.app.click(testid::SETTINGS_PASSWORD_OLD).await?;
    alice.app.keys("\u{e00c}").await?;
    alice.app.click(testid::SETTINGS_DISCARD).await?;
    alice.app.gone(Window::Settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_on_one_page_and_blocked_people_in_one_list() -> Result<()> {
    let stage = Stage::set().await?;
    let bob = UserId::new("bob")?;
    another_device(&stage, "alice").await?.set_blocked(&bob, true).await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    alice.open_settings().await?;

    alice.app.keys("?").await?;
    alice.app.says(testid::KEYS_PAGE, "Hang up").await?;
    alice.app.click(testid::KEYS_CLOSE).await?;
    alice.app.misses(testid::KEYS_PAGE).await?;

    alice.app.says(testid::SETTINGS_BLOCKED, "bob's name").await?;
    alice.app.click(&testid::unblock(&bob)).await?;
    alice.app.misses(&testid::unblock(&bob)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_with_its_password() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let person = stage.person("alice")?;
    alice.open_settings().await?;

    alice.app.click(testid::SETTINGS_DELETE).await?;
    alice.app.fill(testid::SETTINGS_DELETE_PASSWORD, "not hers").await?;
    alice.app.click(testid::SETTINGS_DELETE_CONFIRM).await?;
    alice.app.says(testid::SETTINGS_YOU_PROBLEM, "password").await?;
    alice.app.fill(testid::SETTINGS_DELETE_PASSWORD, &person.password).await?;
    alice.app.click(testid::SETTINGS_DELETE_CONFIRM).await?;

    alice.app.look_at(Window::Main).await?;
    alice.app.sees(testid::SIGN_IN).await?;
    assert_eq!(enter(&stage, person, &person.password).await.err(), Some(SignInError::WrongCredentials));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_changes_about_oneself_is_so_for_others() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let seen_by_bob = || async { bob.search_users("alice").await.ok()?.into_iter().next() };
    let picture = stage.picture()?;
    alice.open_settings().await?;

    alice.app.fill(testid::SETTINGS_DISPLAY_NAME, &"A".repeat(70)).await?;
    alice.app.says(testid::NAME_FULL, "64 characters").await?;
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
    let script = "
        const button = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
        if (button.getAttribute('aria-expanded') !== 'true') button.click();
        const options = [...button.parentElement.querySelectorAll('[role=option]')];
        return options.find((option) => option.textContent.includes(arguments[1]))?.dataset.value";
    let look =
        || async { Some(actor.app.run(script, vec![json!(choice), json!(text)]).await.ok()?.as_str()?.to_owned()) };
    let value = until(&format!("{text} in {choice}"), PATIENCE, look).await?;
    actor.app.click(choice).await?; // it folds up again
    Ok(value)
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
