//! A ring on all its surfaces.

use carillon_ipc::{MainRequest, NoticeCode, RingAnswer, SettingsRequest};
use carillon_kit::{CallEvent, HangupReason};
use carillon_protocol::HandledHow;

use super::{
    House,
    fakes::Done,
    house::{call_id, ring},
};
use crate::{
    backend::CallOrder,
    desktop::{BellSound, TrayAction, TrayState},
    ring::{RingAction, RingPress},
    store::Settings,
    window::WindowName,
};

#[tokio::test(start_paused = true)]
async fn a_ring_shows_on_every_surface_and_its_end_clears_them_all() {
    let mut house = House::signed_in().await;

    let call = house.bob_calls(1).await;
    house.handle.subscribed(WindowName::Ring).await;
    let ringing = house.sees("the ring window's view", |scene| scene.ring_view.ring.is_some()).await;
    assert!(ringing.open.contains(&WindowName::Ring));
    assert_eq!(ringing.sound.map(|sound| sound.bell), Some(BellSound::Ring));
    assert_eq!(ringing.tray.map(|tray| tray.state), Some(TrayState::Ringing { name: "Bob Li".into() }));
    assert_eq!(
        ringing.ring_view.ring.map(|ring| (ring.name, ring.also_on)),
        Some(("Bob Li".into(), vec!["phone".into()]))
    );

    house.ring_ends(call, HangupReason::RemoteCancelled);
    let silent = house.sees("silence", |scene| scene.ring.is_none() && !scene.open.contains(&WindowName::Ring)).await;
    assert_eq!(silent.sound, None);
    assert_eq!(silent.tray.map(|tray| tray.state), Some(TrayState::Idle));
}

#[tokio::test(start_paused = true)]
async fn answered_elsewhere_stops_all_surfaces_and_is_said_for_two_seconds() {
    let mut house = House::signed_in().await;
    let call = house.bob_calls(1).await;
    house.handle.subscribed(WindowName::Ring).await;

    house.ring_ends(call, HangupReason::HandledElsewhere { how: HandledHow::Accepted, device: "phone".into() });

    let answered = |scene: &super::fakes::Scene| {
        scene.ring_view.ring.as_ref().is_some_and(|ring| ring.answered_on.as_deref() == Some("phone"))
    };
    let said = house.sees("which device answered", answered).await;
    assert_eq!((said.ring, said.sound), (None, None));
    let begin = tokio::time::Instant::now();
    house.sees("the ring window gone", |scene| !scene.open.contains(&WindowName::Ring)).await;
    assert_eq!(begin.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn declined_elsewhere_the_ring_leaves_without_ceremony() {
    let mut house = House::signed_in().await;
    let call = house.bob_calls(1).await;

    house.ring_ends(call, HangupReason::HandledElsewhere { how: HandledHow::Declined, device: "phone".into() });

    let begin = tokio::time::Instant::now();
    house.sees("the ring window gone", |scene| !scene.open.contains(&WindowName::Ring)).await;
    assert!(begin.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn accepting_silences_every_surface_at_once_and_twice_is_once() {
    let mut house = House::signed_in().await;
    let call = house.bob_calls(1).await;
    let accept = RingAnswer::Accept { call: call.to_string() };

    assert_eq!(house.ring_window(accept.clone()).await, Ok(()));
    assert_eq!(house.ring_window(accept).await, Ok(()));
    house.handle.pressed(RingPress { call, action: RingAction::Accept }).await;

    house.sees("silence before the kit has said anything", |scene| scene.ring.is_none() && scene.sound.is_none()).await;
    assert_eq!(house.times(&Done::Order(CallOrder::Accept)).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_late_click_cannot_answer_another_call() {
    let mut house = House::signed_in().await;
    let first = house.bob_calls(1).await;
    house.ring_ends(first, HangupReason::RemoteCancelled);
    house.sees("silence", |scene| scene.ring.is_none()).await;
    house.bob_calls(2).await;

    let late = house.ring_window(RingAnswer::Accept { call: first.to_string() }).await;
    house.handle.pressed(RingPress { call: first, action: RingAction::Accept }).await;

    assert_eq!(late.map_err(|notice| notice.code), Err(NoticeCode::NotAllowed));
    assert_eq!(house.times(&Done::Order(CallOrder::Accept)).await, 0);
    assert!(house.now().ring.is_some(), "the second call rings on");
}

#[tokio::test(start_paused = true)]
async fn the_notification_and_the_tray_answer_as_the_window_does() {
    let mut house = House::signed_in().await;

    let call = house.bob_calls(1).await;
    house.handle.pressed(RingPress { call, action: RingAction::Accept }).await;
    house.kit_did(Done::Order(CallOrder::Accept)).await;

    let second = house.bob_calls(2).await;
    assert_ne!(call, second);
    house.handle.tray(TrayAction::Decline).await;
    house.kit_did(Done::Order(CallOrder::Decline)).await;
    house.sees("silence", |scene| scene.ring.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn silencing_keeps_this_device_quiet_and_declines_nothing() {
    let mut house = House::signed_in().await;
    let call = house.bob_calls(1).await;

    house.ring_window(RingAnswer::Silence { call: call.to_string() }).await.expect("it rings");

    house.kit_did(Done::Order(CallOrder::Ring(false))).await;
    assert_eq!(house.times(&Done::Order(CallOrder::Decline)).await, 0);
    assert_eq!(house.now().ring, None);
}

#[tokio::test(start_paused = true)]
async fn closing_the_ring_window_by_its_frame_silences_this_device() {
    let mut house = House::signed_in().await;
    house.bob_calls(1).await;

    house.handle.close_requested(WindowName::Ring).await;

    house.kit_did(Done::Order(CallOrder::Ring(false))).await;
    house.sees("the window gone", |scene| !scene.open.contains(&WindowName::Ring)).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_that_should_not_ring_says_so_when_it_is_invited() {
    let mut house = House::signed_in_with(Settings { ring_here: false, ..Settings::default() }).await;
    house.kit.events.send(CallEvent::Invited(ring(1))).expect("the controller listens");
    house.kit_did(Done::Order(CallOrder::Ring(false))).await;

    let mut other = House::signed_in().await;
    other.kit.events.send(CallEvent::Invited(ring(1))).expect("the controller listens");
    other.kit_did(Done::Order(CallOrder::Ring(true))).await;
}

#[tokio::test(start_paused = true)]
async fn a_ring_without_sound_or_notification_still_has_its_window() {
    let quiet = Settings { ring_sound: false, notifications: false, ..Settings::default() };
    let mut house = House::signed_in_with(quiet).await;

    house.bob_calls(1).await;

    let scene = house.now();
    assert_eq!(scene.sound, None);
    assert_eq!(scene.ring.map(|ring| ring.notification), Some(false));
    assert!(scene.open.contains(&WindowName::Ring));
}

#[tokio::test(start_paused = true)]
async fn s25_a_callers_name_can_do_nothing_but_be_read() {
    let mut house = House::signed_in().await;
    let mut spoof = ring(1);
    spoof.from_name = "Bob\u{202e}\nSystem <b>update</b>".into();

    house.kit.ring.send_replace(Some(spoof));

    let scene = house.sees("the ring", |scene| scene.ring.is_some()).await;
    assert_eq!(scene.ring.map(|ring| (ring.call, ring.name)), Some((call_id(1), "Bob System <b>update</b>".into())));
}

#[tokio::test(start_paused = true)]
async fn a_ring_is_also_in_the_windows_that_have_the_focus_and_is_answered_from_each() {
    let mut house = House::signed_in().await;
    house.handle.subscribed(WindowName::Settings).await;
    let call = house.bob_calls(1).await;
    let scene =
        house.sees("the ring in both", |scene| scene.main.ring.is_some() && scene.settings.ring.is_some()).await;
    assert_eq!((scene.main.ring.as_ref(), scene.call.ring), (scene.settings.ring.as_ref(), None));

    let silence = RingAnswer::Silence { call: call.to_string() };
    house.settings(SettingsRequest::Ring(silence)).await.expect("it rings");
    house.kit_did(Done::Order(CallOrder::Ring(false))).await;
    house.sees("silence", |scene| scene.main.ring.is_none() && scene.settings.ring.is_none()).await;
    let late = house.main(MainRequest::Ring(RingAnswer::Accept { call: call_id(9).to_string() })).await;
    assert_eq!(late.map_err(|notice| notice.code), Err(NoticeCode::NotAllowed));
}

#[tokio::test(start_paused = true)]
async fn keys_are_taken_from_other_programs_only_by_choice_and_only_while_it_rings() {
    let mut house = House::signed_in().await;
    let unwanted = house.bob_calls(1).await;
    assert!(!house.now().ring_shortcuts, "nobody has asked for them");
    house.ring_ends(unwanted, HangupReason::RemoteCancelled);

    house.settings(SettingsRequest::SetRingShortcuts { on: true }).await.expect("always possible");
    house.settle().await;
    assert!(!house.now().ring_shortcuts, "nothing rings");
    house.bob_calls(2).await;
    house.sees("the keys", |scene| scene.ring_shortcuts).await;
    house.handle.shortcut(true).await;

    house.kit_did(Done::Order(CallOrder::Accept)).await;
    house.sees("no keys", |scene| !scene.ring_shortcuts).await;
}
