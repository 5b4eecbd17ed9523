//! A ring on all its surfaces.

use carillon_ipc::{MainRequest, NoticeCode, PageView, Reply, RingAnswer, SettingsRequest};
use carillon_kit::{
    CallEvent, CommandError, DeviceEntry, FirstPictures, HandledHow, HangupReason,
    media::bell::{Bell, Ringtone},
};

use super::{
    TestApp,
    fakes::{Done, Scene, lock},
    test_app::{call_id, device_id, ring},
};
use crate::{
    desktop::{TrayAction, TrayState},
    ring::RingPress,
    store::Settings,
    window::WindowName,
};

#[tokio::test(start_paused = true)]
async fn a_ring_shows_on_every_surface_and_its_end_clears_them_all() {
    let mut app = TestApp::signed_in().await;

    let call = app.bob_calls(1).await;
    app.handle.subscribed(WindowName::Ring).await;
    let ringing = app.sees("the ring window's view", |scene| scene.ring_view.ring.is_some()).await;
    assert!(ringing.open.contains(&WindowName::Ring));
    assert_eq!(ringing.sound.map(|sound| sound.bell), Some(Bell::Ring(Ringtone::Carillon)));
    assert_eq!(ringing.tray.map(|tray| tray.state), Some(TrayState::Ringing { name: "Bob Li".into() }));
    assert_eq!(
        ringing.ring_view.ring.map(|ring| (ring.name, ring.also_on)),
        Some(("Bob Li".into(), vec!["phone".into()]))
    );

    app.ring_ends(call, HangupReason::RemoteCancelled);
    let silent = app.sees("silence", |scene| scene.ring.is_none() && !scene.open.contains(&WindowName::Ring)).await;
    assert_eq!(silent.sound, None);
    assert_eq!(silent.tray.map(|tray| tray.state), Some(TrayState::Idle));
}

#[tokio::test(start_paused = true)]
async fn answered_elsewhere_stops_all_surfaces_and_is_said_for_two_seconds() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls(1).await;
    app.handle.subscribed(WindowName::Ring).await;

    app.ring_ends(call, HangupReason::HandledElsewhere { how: HandledHow::Accepted, device: "phone".into() });

    let answered = |scene: &super::fakes::Scene| {
        scene.ring_view.ring.as_ref().is_some_and(|ring| ring.answered_on.as_deref() == Some("phone"))
    };
    let said = app.sees("which device answered", answered).await;
    assert_eq!((said.ring, said.sound), (None, None));
    let begin = tokio::time::Instant::now();
    app.sees("the ring window gone", |scene| !scene.open.contains(&WindowName::Ring)).await;
    assert_eq!(begin.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn declined_elsewhere_the_ring_leaves_without_ceremony() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls(1).await;

    app.ring_ends(call, HangupReason::HandledElsewhere { how: HandledHow::Declined, device: "phone".into() });

    let begin = tokio::time::Instant::now();
    app.sees("the ring window gone", |scene| !scene.open.contains(&WindowName::Ring)).await;
    assert!(begin.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn accepting_silences_every_surface_at_once_and_twice_is_once() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls(1).await;
    let accept = RingAnswer::Accept { call };

    assert_eq!(app.ring_window(accept).await, Ok(()));
    assert_eq!(app.ring_window(accept).await, Ok(()));
    app.handle.pressed(RingPress::Answer(RingAnswer::Accept { call })).await;

    app.sees("silence before the kit has said anything", |scene| scene.ring.is_none() && scene.sound.is_none()).await;
    assert_eq!(app.accepts().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_ring_that_the_kit_did_not_answer_is_back_on_every_surface_and_can_be_answered() {
    for answer in
        [|call| RingAnswer::Accept { call }, |call| RingAnswer::Decline { call }, |call| RingAnswer::Silence { call }]
    {
        let mut app = TestApp::signed_in().await;
        let call = app.bob_calls(1).await;
        *lock(&app.kit.order) = Err(CommandError::Closed);

        app.ring_window(answer(call)).await.expect("it rings");
        app.settle().await;

        let scene = app.sees("the ring", |scene| scene.ring.as_ref().is_some_and(|ring| ring.call == call)).await;
        assert!(scene.open.contains(&WindowName::Ring) && scene.sound.is_some());
        *lock(&app.kit.order) = Ok(());
        app.ring_window(RingAnswer::Accept { call }).await.expect("it rings again");
        app.kit_did(Done::Accept(FirstPictures::WITHOUT_CAMERA)).await;
        app.sees("silence", |scene| scene.ring.is_none() && scene.sound.is_none()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_click_cannot_answer_another_call() {
    let mut app = TestApp::signed_in().await;
    let first = app.bob_calls(1).await;
    app.ring_ends(first, HangupReason::RemoteCancelled);
    app.sees("silence", |scene| scene.ring.is_none()).await;
    app.bob_calls(2).await;

    let late = app.ring_window(RingAnswer::Accept { call: first }).await;
    app.handle.pressed(RingPress::Answer(RingAnswer::Accept { call: first })).await;

    assert_eq!(late.map_err(|notice| notice.code), Err(NoticeCode::NotAllowed));
    assert_eq!(app.accepts().await, 0);
    assert!(app.now().ring.is_some(), "the second call rings on");
}

#[tokio::test(start_paused = true)]
async fn the_notification_and_the_tray_answer_as_the_window_does() {
    let mut app = TestApp::signed_in().await;

    let call = app.bob_calls(1).await;
    app.handle.pressed(RingPress::Answer(RingAnswer::Accept { call })).await;
    app.kit_did(Done::Accept(FirstPictures::WITHOUT_CAMERA)).await;

    let second = app.bob_calls(2).await;
    assert_ne!(call, second);
    app.handle.tray(TrayAction::Decline).await;
    app.kit_did(Done::Decline).await;
    app.sees("silence", |scene| scene.ring.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_whose_app_was_quit_is_not_said_to_ring() {
    let phone = |linked| DeviceEntry {
        device: device_id(8),
        name: "phone".into(),
        key: None,
        ring_here: true,
        linked,
        is_this: false,
        created_at_ms: 0,
        seen_at_ms: 0,
    };
    for (linked, said) in [(true, vec!["phone".to_owned()]), (false, vec![])] {
        let mut app = TestApp::signed_in().await;
        lock(&app.kit.devices).push(phone(linked));
        app.bob_calls(1).await;
        app.handle.subscribed(WindowName::Ring).await;

        let also_on = |scene: &Scene| scene.ring_view.ring.as_ref().map(|ring| ring.also_on.clone());
        app.sees("who else rings", |scene| also_on(scene) == Some(said.clone())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_notification_rings_only_where_no_window_can_be_seen() {
    let mut app = TestApp::signed_in().await;
    let notified = |scene: &Scene| scene.ring.as_ref().map(|ring| ring.notification);
    let call = app.bob_calls(1).await;
    assert_eq!(notified(&app.now()), Some(false), "the ring window says it");

    app.handle.screen_locked(true).await;
    app.sees("the notification", |scene| notified(scene) == Some(true)).await;
    app.handle.screen_locked(false).await;
    app.sees("the window alone", |scene| notified(scene) == Some(false)).await;
    app.handle.ring_unseen().await;
    app.sees("the notification", |scene| notified(scene) == Some(true)).await;

    app.ring_ends(call, HangupReason::RemoteCancelled);
    app.sees("silence", |scene| scene.ring.is_none()).await;
    app.bob_calls(2).await;
    assert_eq!(notified(&app.now()), Some(false), "the next one may be seen");
}

#[tokio::test(start_paused = true)]
async fn what_is_written_instead_is_sent_once_the_call_is_declined() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls(1).await;
    let answer = RingAnswer::Message { call, reply: Reply::CallBack };

    app.ring_window(answer).await.expect("it rings");
    app.ring_window(answer).await.expect("a second click is no mistake");

    app.kit_did(Done::Decline).await;
    app.sees("silence", |scene| scene.ring.is_none()).await;
    assert_eq!(app.sent_texts().await, ["I'll call you back."]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_for_a_ring_that_could_not_be_declined() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls(1).await;
    *lock(&app.kit.order) = Err(CommandError::Closed);

    app.ring_window(RingAnswer::Message { call, reply: Reply::CannotTalk }).await.expect("it rings");

    assert_eq!(app.sent_texts().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn ones_own_words_are_written_in_the_callers_conversation() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls(1).await;

    app.ring_window(RingAnswer::Message { call, reply: Reply::Own }).await.expect("it rings");

    app.kit_did(Done::Decline).await;
    let bob = |scene: &Scene| matches!(&scene.main.page, PageView::Person { person, .. } if person.name == "Bob Li");
    let scene = app.sees("Bob", bob).await;
    assert!(scene.open.contains(&WindowName::Main));
    assert_eq!(app.sent_texts().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn silencing_keeps_this_device_quiet_and_declines_nothing() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls(1).await;

    app.ring_window(RingAnswer::Silence { call }).await.expect("it rings");

    app.kit_did(Done::AnswerCall(false)).await;
    assert_eq!(app.times(&Done::Decline).await, 0);
    assert_eq!(app.now().ring, None);
}

#[tokio::test(start_paused = true)]
async fn closing_the_ring_window_by_its_frame_silences_this_device() {
    let mut app = TestApp::signed_in().await;
    app.bob_calls(1).await;

    app.handle.close_requested(WindowName::Ring).await;

    app.kit_did(Done::AnswerCall(false)).await;
    app.sees("the window gone", |scene| !scene.open.contains(&WindowName::Ring)).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_that_should_not_ring_says_so_when_it_is_invited() {
    let mut app = TestApp::signed_in_with(Settings { ring_here: false, ..Settings::default() }).await;
    app.kit.events.send(CallEvent::Invited(ring(1))).expect("the controller listens");
    app.kit_did(Done::AnswerCall(false)).await;

    let mut other = TestApp::signed_in().await;
    other.kit.events.send(CallEvent::Invited(ring(1))).expect("the controller listens");
    other.kit_did(Done::AnswerCall(true)).await;
}

#[tokio::test(start_paused = true)]
async fn a_ring_without_sound_or_notification_still_has_its_window() {
    let quiet = Settings { ring_sound: false, notifications: false, ..Settings::default() };
    let mut app = TestApp::signed_in_with(quiet).await;

    app.handle.screen_locked(true).await;
    app.bob_calls(1).await;

    let scene = app.now();
    assert_eq!(scene.sound, None);
    assert_eq!(scene.ring.map(|ring| ring.notification), Some(false));
    assert!(scene.open.contains(&WindowName::Ring));
}

#[tokio::test(start_paused = true)]
async fn s25_a_callers_name_can_do_nothing_but_be_read() {
    let mut app = TestApp::signed_in().await;
    let mut spoof = ring(1);
    spoof.from_name = "Bob\u{202e}\nSystem <b>update</b>".into();

    app.kit.ring.send_replace(Some(spoof));

    let scene = app.sees("the ring", |scene| scene.ring.is_some()).await;
    assert_eq!(scene.ring.map(|ring| (ring.call, ring.name)), Some((call_id(1), "Bob System <b>update</b>".into())));
}

#[tokio::test(start_paused = true)]
async fn a_ring_is_also_in_the_windows_that_have_the_focus_and_is_answered_from_each() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    let call = app.bob_calls(1).await;
    let scene = app.sees("the ring in both", |scene| scene.main.ring.is_some() && scene.settings.ring.is_some()).await;
    assert_eq!((scene.main.ring.as_ref(), scene.call.ring), (scene.settings.ring.as_ref(), None));

    let silence = RingAnswer::Silence { call };
    app.settings(SettingsRequest::Ring(silence)).await.expect("it rings");
    app.kit_did(Done::AnswerCall(false)).await;
    app.sees("silence", |scene| scene.main.ring.is_none() && scene.settings.ring.is_none()).await;
    let late = app.main(MainRequest::Ring(RingAnswer::Accept { call: call_id(9) })).await;
    assert_eq!(late.map_err(|notice| notice.code), Err(NoticeCode::NotAllowed));
}

#[tokio::test(start_paused = true)]
async fn keys_are_taken_from_other_programs_only_by_choice_and_only_while_it_rings() {
    let mut app = TestApp::signed_in().await;
    let unwanted = app.bob_calls(1).await;
    assert!(!app.now().ring_shortcuts, "nobody has asked for them");
    app.ring_ends(unwanted, HangupReason::RemoteCancelled);

    app.settings(SettingsRequest::SetRingShortcuts { on: true }).await.expect("always possible");
    app.settle().await;
    assert!(!app.now().ring_shortcuts, "nothing rings");
    app.bob_calls(2).await;
    app.sees("the keys", |scene| scene.ring_shortcuts).await;
    app.handle.shortcut(true).await;

    app.kit_did(Done::Accept(FirstPictures::WITHOUT_CAMERA)).await;
    app.sees("no keys", |scene| !scene.ring_shortcuts).await;
}
