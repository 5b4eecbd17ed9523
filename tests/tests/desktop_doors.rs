//! Every control of the way in, by its effect.
#![cfg(target_os = "linux")]

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use anyhow::Result;
use carillon_ipc::testid;
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_with_an_invite_and_a_name_to_show() -> Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.elsewhere("bob").await?;
    let carol = stage.actor_without_login("carol").await?;

    carol.app.fill(testid::SIGN_IN_SERVER, stage.server.url()).await?;
    carol.app.click(testid::SIGN_IN_SWITCH).await?;
    carol.app.sees(testid::SIGN_IN_INVITE).await?;
    // The field that has appeared has the focus.
    carol.app.keys(&stage.server.invite()?).await?;
    for (field, text) in [
        (testid::SIGN_IN_USER, "carol"),
        (testid::SIGN_IN_DISPLAY_NAME, "Carol Wu"),
        (testid::SIGN_IN_PASSWORD, "a secret of hers"),
    ] {
        carol.app.fill(field, text).await?;
    }
    carol.app.click(testid::SIGN_IN_SUBMIT).await?;

    carol.app.says(testid::ME, "Carol Wu").await?;
    let known = || async { bob.search_users("carol").await.ok()?.into_iter().next() };
    assert_eq!(until("Carol", PATIENCE, known).await?.display_name, "Carol Wu");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_to_another_machine_is_gone_on_with_only_by_choice() -> Result<()> {
    let stage = Stage::set().await?;
    let carol = stage.actor_without_login("carol").await?;
    for (field, text) in [
        (testid::SIGN_IN_SERVER, "http://carillon.invalid"),
        (testid::SIGN_IN_USER, "carol"),
        (testid::SIGN_IN_PASSWORD, "a secret of hers"),
    ] {
        carol.app.fill(field, text).await?;
    }
    carol.app.click(testid::SIGN_IN_SUBMIT).await?;
    carol.app.says(testid::SIGN_IN_PROBLEM, "encrypt").await?;

    carol.app.click(testid::SIGN_IN_ALLOW_INSECURE).await?;
    carol.app.click(testid::SIGN_IN_SUBMIT).await?;

    carol.app.says(testid::SIGN_IN_PROBLEM, "does not answer").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_the_sign_in_is_kept_in_a_file_only_by_choice() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor_without_keychain("alice").await?;
    let kept = alice.app.folder().join("own/sign-in.json");
    alice.app.says(testid::SIGN_IN_PROBLEM, "keychain").await?;
    let password = &stage.person("alice")?.password;
    for (field, text) in [
        (testid::SIGN_IN_SERVER, stage.server.url()),
        (testid::SIGN_IN_USER, "alice"),
        (testid::SIGN_IN_PASSWORD, password),
    ] {
        alice.app.fill(field, text).await?;
    }
    assert!(!kept.exists());

    alice.app.click(testid::SIGN_IN_KEEP_IN_FILE).await?;
    alice.app.click(testid::SIGN_IN_SUBMIT).await?;
    alice.app.sees(testid::SEARCH).await?;

    let mode = fs::metadata(&kept)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    alice.keeps("login_in_file", json!(true)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_opened_in_another_place_is_taken_back() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;

    let _elsewhere = stage.elsewhere("alice").await?;
    alice.app.says(testid::LINK, "another window").await?;
    alice.app.click(testid::LINK_TAKE_BACK).await?;

    alice.app.misses(testid::LINK).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_link_and_an_invite_in_another_form_lead_in() -> Result<()> {
    let stage = Stage::set().await?;
    let carol = stage.actor_without_login("carol").await?;
    let invite = stage.server.invite()?.replace('-', "").to_uppercase();
    let address = stage.server.url().replace(':', "%3A").replace('/', "%2F");
    let mail = format!("Welcome! carillon://join?server={address}&invite={invite}");

    paste(&carol, testid::SIGN_IN_SERVER, &mail).await?;
    value_is(&carol, testid::SIGN_IN_INVITE, &invite).await?;
    value_is(&carol, testid::SIGN_IN_SERVER, stage.server.url()).await?;
    carol.app.fill(testid::SIGN_IN_USER, "carol").await?;
    carol.app.fill(testid::SIGN_IN_PASSWORD, "a secret of hers").await?;
    carol.app.click(testid::SIGN_IN_SUBMIT).await?;

    carol.app.says(testid::ME, "carol").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_https_is_said_to_be_one_and_is_one_click_away() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor_without_login("alice").await?;
    let person = stage.person("alice")?;
    alice.app.fill(testid::SIGN_IN_SERVER, stage.server.url().trim_start_matches("http://")).await?;
    alice.app.fill(testid::SIGN_IN_USER, "alice").await?;
    alice.app.fill(testid::SIGN_IN_PASSWORD, &person.password).await?;
    alice.app.click(testid::SIGN_IN_SUBMIT).await?;
    alice.app.says(testid::SIGN_IN_PROBLEM, "without encryption").await?;

    alice.app.click(testid::SIGN_IN_USE_HTTP).await?;
    value_is(&alice, testid::SIGN_IN_SERVER, stage.server.url()).await?;
    alice.app.click(testid::SIGN_IN_SUBMIT).await?;

    alice.app.sees(testid::SEARCH).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_calls_asks_first() -> Result<()> {
    let stage = Stage::set().await?;
    for (answer, calls) in
        [(testid::LINK_CALL_CANCEL, false), (testid::LINK_CALL_VOICE, true), (testid::LINK_CALL_VIDEO, true)]
    {
        let alice = stage.actor_with("alice", Pitch::High, &["--open-link", "carillon://call/bob"]).await?;
        alice.app.says(testid::LINK_CALL, "bob's name").await?;
        alice.app.click(answer).await?;
        alice.app.misses(testid::LINK_CALL).await?;
        if calls {
            alice.app.look_at(Window::Call).await?;
            alice.app.says(testid::CALL_NAME, "bob's name").await?;
            alice.app.click(testid::CALL_HANGUP).await?;
        }
    }
    Ok(())
}

/// All of a text at once, as it is pasted.
async fn paste(actor: &Actor, field: &str, text: &str) -> Result<()> {
    actor.app.sees(field).await?;
    let script = "
        const field = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, arguments[1]);
        field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }));";
    actor.app.run(script, vec![json!(field), json!(text)]).await.map(drop)
}

async fn value_is(actor: &Actor, field: &str, value: &str) -> Result<()> {
    let script = "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`)?.value";
    let look = || async { (actor.app.run(script, vec![json!(field)]).await.ok()? == json!(value)).then_some(()) };
    until(&format!("{value} in {field}"), PATIENCE, look).await
}
