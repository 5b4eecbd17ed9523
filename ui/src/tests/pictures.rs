//! What the windows show and offer where there are pictures.

use carillon_ipc::{CallView, OwnPictures, PicturesView, Quality, TheirPictures, WindowBase, testid};

use super::stage::{html_of, html_unfolded, sample, text_of, unfolded};
use crate::samples;

fn call(pictures: PicturesView) -> CallView {
    samples::video_call_view(WindowBase::default(), pictures)
}

#[test]
fn cameras_fill_the_window_and_the_own_one_is_a_small_button_in_a_corner() {
    let html = sample("video");
    assert!(html.contains("data-large=\"them\""), "{html}");
    assert_eq!(streams(&html), ["0", "2"]);
    let small = opening_tag(&html, testid::CALL_SELF_VIEW);
    assert!(small.contains("role=\"button\"") && small.contains("tabindex=\"0\""), "{small}");
    assert!(small.contains("data-corner=\"bottom-right\""), "{small}");
    assert!(small.contains("aria-label=\"Enlarge your video\""), "{small}");
}

#[test]
fn a_screen_goes_before_a_camera() {
    let html = sample("video-their-screen");
    assert!(html.contains("data-large=\"screen\""), "{html}");
    assert_eq!(streams(&html), ["1", "2", "0"]);
}

#[test]
fn a_voice_call_has_nothing_to_draw_on() {
    for name in ["call", "call-muted", "video-none", "video-sharing-voice", "call-ended"] {
        let html = sample(name);
        assert!(streams(&html).is_empty(), "{name}: {html}");
        assert!(html.contains("avatar-huge"), "{name}");
        assert!(!html.contains("call-pictures"), "{name}");
    }
}

#[test]
fn whose_camera_is_off_is_an_avatar_that_says_so() {
    let html = sample("video-their-camera-off");
    assert_eq!(streams(&html), ["2"], "nothing of their camera is drawn");
    assert!(text_of(&html).contains("Camera off"), "{html}");
    assert!(!text_of(&sample("video-calling")).contains("Camera off"), "nobody has answered yet");
    assert!(html.contains("aria-label=\"Bob Li is muted\"") || html.contains("Bob Li\u{2069} is muted"), "{html}");
}

#[test]
fn nothing_of_pictures_is_left_once_the_call_is_over() {
    let ended = carillon_ipc::CallState::Ended { reason: carillon_protocol::HangupReason::Remote, talked_ms: 5_000 };
    let html = html_of(CallView { state: ended, ..call(samples::pictures_view()) });
    assert!(streams(&html).is_empty(), "{html}");
    assert!(!html.contains("data-testid=\"call-camera\"") && html.contains("data-testid=\"call-close\""), "{html}");
}

#[test]
fn the_controls_stand_in_the_order_that_people_know() {
    let html = sample("video");
    let ids = ["call-mute", "call-camera", "call-share", "call-more", "call-hangup"];
    let places: Vec<_> = ids.map(|id| html.find(&format!("data-testid=\"{id}\""))).into_iter().collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    for (id, key) in [("call-mute", "M"), ("call-camera", "V"), ("call-share", "S"), ("call-hangup", "H")] {
        let tag = opening_tag(&html, id);
        assert!(tag.contains(&format!("aria-keyshortcuts=\"{key}\"")), "{tag}");
    }
    assert!(opening_tag(&html, "call-camera").contains("aria-pressed=\"true\""));
    assert!(opening_tag(&sample("video-own-camera-off"), "call-camera").contains("aria-pressed=\"false\""));
}

#[test]
fn the_menu_of_cameras_marks_the_chosen_one() {
    let html = unfolded("video");
    let chosen = opening_tag(&html, &testid::device(Some("device-0")));
    assert!(html.contains("Integrated Camera"), "{html}");
    assert!(chosen.contains("role=\"menuitemradio\""), "{chosen}");
    assert!(text_of(&html).contains("Full screen"), "{html}");
    for id in [testid::CALL_FULL_SCREEN, testid::CALL_MINI, testid::CALL_SHOW_NUMBERS] {
        assert!(opening_tag(&html, id).contains("aria-checked=\"false\""), "{id}");
    }
    let full = html_unfolded(call(PicturesView { is_full_screen: true, ..samples::pictures_view() }).into());
    assert!(opening_tag(&full, testid::CALL_FULL_SCREEN).contains("aria-checked=\"true\""));
}

#[test]
fn a_shared_screen_is_said_and_can_be_stopped_in_every_layout() {
    for name in ["video-sharing", "video-sharing-voice", "video-mini-sharing"] {
        let html = sample(name);
        assert!(text_of(&html).contains("You're sharing your screen"), "{name}");
        assert!(html.contains("data-testid=\"call-stop-sharing\""), "{name}");
    }
    assert!(text_of(&sample("video-sharing")).contains("Screen 1"), "what is shared is said");
    assert!(!sample("video").contains("data-testid=\"call-sharing\""));
}

#[test]
fn the_network_is_spoken_of_only_while_it_is_not_good_and_a_click_shows_the_numbers() {
    assert!(!sample("video").contains("data-testid=\"call-quality\""));
    let said = |quality| text_of(&html_of(call(PicturesView { quality, ..samples::pictures_view() })));
    assert!(said(Quality::Poor).contains("Poor connection"));
    assert!(said(Quality::Bad).contains("Very poor connection"));
    let numbers = sample("video-numbers");
    assert!(numbers.contains("<th scope=\"row\">Round trip</th><td>184 ms</td>"), "{numbers}");
    assert!(opening_tag(&sample("video-poor"), testid::CALL_QUALITY).starts_with("<button"));
}

#[test]
fn screens_and_windows_are_chosen_apart() {
    let html = sample("video-picker");
    let text = text_of(&html);
    assert!(text.contains("Screens Screen 1 Screen 2 Windows Quarterly report"), "{text}");
    assert!(html.contains("role=\"dialog\"") && html.contains("aria-modal=\"true\""), "{html}");
    let share = opening_tag(&html, &testid::screen("0"));
    assert!(share.contains("Share") && share.contains("Screen 1"), "{share}");
    assert!(text_of(&sample("video-picker-looking")).contains("Looking for screens and windows…"));
    assert!(text_of(&sample("video-picker-none")).contains("Nothing to share"));
}

#[test]
fn the_small_window_has_the_picture_and_three_buttons() {
    let html = sample("video-mini");
    assert_eq!(streams(&html), ["0"]);
    let toolbar = html.split("class=\"mini-controls\"").nth(1).expect("the controls");
    assert_eq!(toolbar.matches("<button").count(), 3, "{toolbar}");
    for id in [testid::CALL_MUTE, testid::CALL_MINI, testid::CALL_HANGUP] {
        assert!(toolbar.contains(&format!("data-testid=\"{id}\"")), "{id}");
    }
    let own = PicturesView { theirs: TheirPictures::default(), is_mini: true, ..samples::pictures_view() };
    assert!(streams(&html_of(call(own))).is_empty(), "oneself is nothing to look at there");
}

#[test]
fn a_video_call_can_be_answered_without_video_and_a_voice_call_has_one_answer() {
    let video = sample("ring-video");
    assert!(text_of(&video).contains("Video call"), "{video}");
    assert!(opening_tag(&video, testid::RING_ACCEPT).contains("aria-label=\"Accept with video\""));
    assert!(text_of(&video).contains("Accept without video"));
    let off = sample("ring-video-camera-off");
    assert!(!off.contains("ring-accept-without-video") && !off.contains("Accept with video"), "{off}");
    let bar = sample("video-ringing");
    assert!(bar.contains("data-testid=\"ring-bar-accept-without-video\""), "{bar}");
    for name in ["ring", "ring-group"] {
        assert!(!sample(name).contains("ring-accept-without-video"), "{name}");
    }
}

#[test]
fn a_ring_says_whether_the_camera_will_be_on_and_opens_it_only_by_a_click() {
    let ring = sample("ring-video");
    assert!(streams(&ring).is_empty() && text_of(&ring).contains("Camera on Preview"), "{ring}");
    assert!(opening_tag(&ring, testid::RING_CAMERA).contains("aria-pressed=\"true\""));
    assert!(opening_tag(&sample("ring-video-camera-off"), testid::RING_CAMERA).contains("aria-pressed=\"false\""));
    let looking = sample("ring-video-looking");
    assert_eq!(streams(&looking), ["2"]);
    assert!(text_of(&looking).contains("Close preview"), "{looking}");
}

#[test]
fn settings_open_the_camera_only_by_a_click() {
    let html = sample("settings");
    assert!(streams(&html).is_empty());
    assert!(text_of(&html).contains("Carillon uses the camera only for a preview"), "{html}");
    let looking = sample("settings-camera");
    assert_eq!(streams(&looking), ["2"]);
    assert!(opening_tag(&looking, testid::SETTINGS_TEST_CAMERA).contains("aria-label=\"Close the preview\""));
}

#[test]
fn what_changes_about_pictures_has_a_live_region() {
    let html = html_of(call(PicturesView { mine: OwnPictures::default(), ..samples::pictures_view() }));
    assert!(html.contains("<p aria-live=\"polite\" class=\"for-screen-readers\"></p>"), "{html}");
}

/// The streams that something is drawn of, in the order of the page.
fn streams(html: &str) -> Vec<&str> {
    html.split("data-stream=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The tag with this test id.
fn opening_tag<'a>(html: &'a str, id: &str) -> &'a str {
    let at = html.find(&format!("data-testid=\"{id}\"")).unwrap_or_else(|| panic!("{id} is on the page: {html}"));
    let begin = html[..at].rfind('<').expect("a tag begins");
    let end = html[at..].find('>').expect("a tag ends");
    &html[begin..at + end]
}
