//! This user: presence, picture, password, devices.

use carillon_ipc::testid;

use super::stage::{sample, text_of, unfolded};
use crate::samples::device_id;

#[test]
fn presence_is_chosen_in_ones_own_menu() {
    let html = unfolded("main-do-not-disturb");
    for id in [testid::ME_AVAILABLE, testid::ME_AWAY, testid::ME_DO_NOT_DISTURB] {
        assert!(html.contains(&format!("data-testid=\"{id}\"")), "{id}");
    }
    let chosen = html.split("<button").find(|button| button.contains(testid::ME_DO_NOT_DISTURB)).expect("the entry");
    assert!(chosen.contains("aria-checked=\"true\""), "{chosen}");
    assert!(text_of(&html).contains("No calls ring on any of your devices"));
}

#[test]
fn without_a_link_nobody_is_available() {
    assert!(text_of(&sample("main")).contains("Ada Lovelace Available"));
    assert!(text_of(&sample("main-offline")).contains("Ada Lovelace Offline"));
}

#[test]
fn this_device_comes_first_and_only_the_others_can_be_signed_out_from_afar() {
    let html = sample("settings");
    let at = |number| {
        html.find(&format!("data-testid=\"{}\"", testid::own_device(device_id(number)))).expect("it is listed")
    };
    assert!(at(1) < at(2) && at(2) < at(3));
    let revoke = |number| html.contains(&format!("data-testid=\"{}\"", testid::own_device_revoke(device_id(number))));
    assert!(!revoke(1) && revoke(2) && revoke(3));
    let text = text_of(&html);
    assert!(text.contains("ada-laptop This device") && text.contains("Phone Connected"), "{text}");
    assert!(text.contains("Last seen Wednesday, 18:05"), "{text}");
}

#[test]
fn signing_a_device_out_asks_once() {
    let text = text_of(&unfolded("settings"));
    assert!(text.contains("Sign out Phone? Its calls end immediately. Cancel Sign out"), "{text}");
}

#[test]
fn what_is_wrong_with_a_picture_stands_beside_it() {
    let html = sample("settings-no-picture");
    assert!(text_of(&html).contains("This picture is too large Choose a file of up to 20 MB"), "{}", text_of(&html));
    assert!(html.contains("accept=\"image/png,image/jpeg,image/webp\""));
}

#[test]
fn a_new_password_needs_the_old_one_and_shows_neither() {
    let html = unfolded("settings");
    for id in [testid::SETTINGS_PASSWORD_OLD, testid::SETTINGS_PASSWORD_NEW] {
        let field = html.split("<input").find(|input| input.contains(&format!("id=\"{id}\""))).expect("the field");
        assert!(field.contains("type=\"password\""), "{field}");
    }
    assert!(text_of(&html).contains("This signs out your other devices."));
}

#[test]
fn what_was_saved_is_said() {
    assert!(text_of(&sample("settings-name-saved")).contains("Saved"));
    assert!(!text_of(&sample("settings")).contains("Saved"));
}
