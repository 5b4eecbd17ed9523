//! Calls through the kit, with the server in the same process: what the clock of a server or many devices are needed for, and the
//! figures that the kit is measured by.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use carillon_kit::{
    Avatar, CallEvent, CallKit, CallPhase, CallStats, CandidateKind, Codec, CommandError, Connection, HangupReason,
    LinkState, News, Presence, RequestError, Secret, StartCall, StartCallError, UserId,
};
use carillon_protocol::RefusalCode;
use carillon_tests::kit::{Events, House, SOON, active, hangup, until, user};
use tokio::{sync::broadcast, time::timeout};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calling_somebody_offline_rings_out_and_is_a_missed_call_for_them() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    let mut heard = alice.events();

    alice.start_call(StartCall::voice(user("bob"))).await?;
    house.server.advance_clock(Duration::from_secs(31));

    assert_eq!(hangup(&mut heard).await?, HangupReason::NoAnswer);
    let bob = house.device("bob", "attic").await?;
    let calls = bob.connection().recent_calls(10).await?;
    assert_eq!(calls.len(), 1);
    assert!(calls[0].is_missed() && calls[0].with == user("alice"));
    assert_eq!(*bob.ring().borrow(), None, "what is over does not ring");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_for_nobody_who_does_not_exist() -> Result<()> {
    let house = House::with(&["alice"]).await?;
    let alice = house.device("alice", "desk").await?;

    for (whom, code) in [("nobody", RefusalCode::UnknownUser), ("alice", RefusalCode::SelfCall)] {
        let started = alice.start_call(StartCall::voice(user(whom))).await;
        assert!(matches!(&started, Err(StartCallError::Refused(refusal)) if refusal.code == code), "{started:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_in_a_call_starts_no_other() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    alice.start_call(StartCall::voice(user("bob"))).await?;

    let second = alice.start_call(StartCall::voice(user("bob"))).await;

    assert_eq!(second, Err(StartCallError::InAnotherCall));
    assert!(alice.call().borrow().is_live(), "the first call goes on");
    alice.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_calls_become_one_and_nothing_rings() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let (mut at_alice, mut at_bob) = (alice.events(), bob.events());

    let (by_alice, by_bob) =
        tokio::join!(alice.start_call(StartCall::voice(user("bob"))), bob.start_call(StartCall::voice(user("alice"))));

    // Whether the two really crossed depends on the moment; a ring that came first makes the other's call one too many.
    if let (Ok(one), Ok(other)) = (&by_alice, &by_bob) {
        assert_eq!(one, other, "they are in the same call");
        active(&mut at_alice).await?;
        active(&mut at_bob).await?;
        assert_eq!((alice.ring().borrow().clone(), bob.ring().borrow().clone()), (None, None));
    } else {
        assert!(by_alice.is_ok() || by_bob.is_ok(), "{by_alice:?} {by_bob:?}");
    }
    alice.close().await;
    bob.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_signed_out_says_so_and_stays_down() -> Result<()> {
    let house = House::with(&["alice"]).await?;
    let login = house.sign_in("alice", "desk").await?;
    carillon_kit::sign_out(&login).await?;

    let connection = Connection::open(login)?;

    assert_eq!(timeout(SOON, connection.connected()).await?, Err(RequestError::Closed));
    assert_eq!(*connection.link().borrow(), LinkState::SignedOut);
    assert_eq!(connection.search_users("").await, Err(RequestError::Closed));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_are_found_and_their_coming_is_told() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    bob.connection().add_contact(&user("alice")).await?;
    alice.connection().add_contact(&user("bob")).await?;
    let mut news = alice.connection().signals();
    let found = alice.connection().search_users("bo").await?;
    assert_eq!(found.iter().map(|person| person.user.as_str()).collect::<Vec<_>>(), ["bob"]);

    bob.connection().close().await;
    assert_eq!(next_presence(&mut news).await?, (user("bob"), Presence::Offline));
    let _bob = house.device("bob", "cellar").await?;
    assert_eq!(next_presence(&mut news).await?, (user("bob"), Presence::Online));
    Ok(())
}

async fn next_presence(news: &mut broadcast::Receiver<News>) -> Result<(UserId, Presence)> {
    let told = async {
        loop {
            if let News::PresenceChanged { user, presence } = news.recv().await? {
                return anyhow::Ok((user, presence));
            }
        }
    };
    timeout(SOON, told).await?
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn muting_is_on_show_and_the_end_of_the_call_unmutes() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    let (mut call, mut heard) = (alice.call(), alice.events());
    alice.start_call(StartCall::voice(user("bob"))).await?;

    alice.set_muted(true);
    timeout(SOON, call.wait_for(|call| call.muted)).await??;
    alice.hang_up().await?;

    assert_eq!(hangup(&mut heard).await?, HangupReason::Cancelled);
    timeout(SOON, call.wait_for(|call| !call.muted)).await??;
    alice.dismiss().await?;
    timeout(SOON, call.wait_for(|call| call.phase == CallPhase::Idle)).await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_of_the_apps_own_is_shown_for_one_call() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let picture = Avatar::new(b"\x89PNG\r\n\x1a\n and so on".as_slice())?;
    let (mut at_alice, mut at_bob, mut heard) = (alice.call(), bob.call(), alice.events());

    alice.set_contact_avatar(Some(picture.clone()));
    bob.set_contact_avatar(Some(picture.clone()));
    alice.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, at_bob.wait_for(|call| call.phase == CallPhase::RingingHere)).await??;
    assert_eq!(
        (at_alice.borrow().avatar.clone(), at_bob.borrow().avatar.clone()),
        (Some(picture.clone()), Some(picture))
    );
    alice.hang_up().await?;
    hangup(&mut heard).await?;

    timeout(SOON, at_bob.wait_for(|call| !call.is_live())).await??;
    alice.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, at_alice.wait_for(|call| matches!(call.phase, CallPhase::RingingThere { .. }))).await??;
    timeout(SOON, at_bob.wait_for(|call| call.phase == CallPhase::RingingHere)).await??;
    assert_eq!((at_alice.borrow().avatar.clone(), at_bob.borrow().avatar.clone()), (None, None));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_no_call_can_follow_says_so() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);

    assert_eq!(alice.answer_call(true, None).await, Err(CommandError::NothingRings));
    assert_eq!(alice.accept().await, Err(CommandError::NothingRings));
    assert_eq!(alice.decline().await, Err(CommandError::NothingRings));
    assert_eq!(alice.hang_up().await, Err(CommandError::NotInACall));
    assert_eq!(alice.request_add_person().await, Err(CommandError::NotInACall));
    assert_eq!(alice.renew_token(Secret::new("own")).await, Err(CommandError::NotInACall));
    assert_eq!(alice.dismiss().await, Ok(()), "there is nothing to put away");

    let mut heard = alice.events();
    alice.start_call(StartCall::voice(user("bob"))).await?;
    assert_eq!(alice.request_add_person().await, Err(CommandError::NotAGroupCall));
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    assert_eq!(bob.hang_up().await, Err(CommandError::NotInACall), "a ring is declined");
    assert_eq!(bob.decline().await, Ok(()));
    assert_eq!(hangup(&mut heard).await?, HangupReason::RemoteDeclined);

    alice.close().await;
    assert_eq!(alice.hang_up().await, Err(CommandError::Closed));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_kit_was_closed_in_a_call_takes_another_that_calls() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (first, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let (connection, mut at_bob) = (first.connection().clone(), bob.events());
    first.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;

    first.close().await;
    let app = connection.login().signed_in.app;
    let second = CallKit::init_with(&app, user("alice"), connection.clone(), house.sounds("second"))?;

    assert_eq!(hangup(&mut at_bob).await?, HangupReason::RemoteCancelled, "the first call is over");
    let mut at_second = second.events();
    second.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    bob.accept().await?;
    active(&mut at_second).await?;
    hearing(&mut at_second).await?;
    second.hang_up().await?;
    assert_eq!(hangup(&mut at_second).await?, HangupReason::Normal);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_says_how_its_media_are_doing_while_they_flow_and_not_after() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let (mut stats, mut heard) = (alice.stats(), alice.events());
    assert_eq!(*stats.borrow(), None, "there is no call");
    alice.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    assert_eq!(*stats.borrow(), None, "it only rings");

    bob.accept().await?;

    let is_measured = |stats: &Option<CallStats>| {
        stats.as_ref().is_some_and(|stats| stats.round_trip.is_some() && stats.received.packets > 0)
    };
    let measured = timeout(SOON, stats.wait_for(is_measured)).await??.clone().context("they flow")?;
    let round_trip = measured.round_trip.context("it is measured")?;
    assert!(!round_trip.is_zero() && round_trip < Duration::from_secs(1), "{round_trip:?}");
    let path = measured.path.context("there is one")?;
    // A check from the other end may come before its candidate does.
    assert_eq!(path.local, CandidateKind::Host);
    assert!(matches!(path.remote, CandidateKind::Host | CandidateKind::Prflx), "{path:?}");
    for stream in [measured.sent, measured.received] {
        assert!(stream.codec == Codec::Opus && stream.packets > 0 && stream.bytes > stream.packets, "{stream:?}");
        assert!((0.0..=1.0).contains(&stream.level) && stream.loss < 0.5, "{stream:?}");
        assert!(stream.jitter < Duration::from_secs(1), "{stream:?}");
    }
    let later = timeout(SOON, stats.wait_for(|stats| stats.as_ref() != Some(&measured))).await??.clone();
    assert!(later.is_some_and(|later| later.sent.packets > measured.sent.packets), "it goes on");

    alice.hang_up().await?;
    hangup(&mut heard).await?;
    timeout(SOON, stats.wait_for(Option::is_none)).await??;
    Ok(())
}

/// Prints how fast the others fall silent, and how soon somebody is heard. How good the figures are is for the bench to judge: a
/// machine that builds meanwhile says little.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_devices_fall_silent_and_sound_comes_soon_after_an_accept() -> Result<()> {
    const CALLS: usize = 10;
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    let bobs = [
        house.device("bob", "phone").await?,
        house.device("bob", "tablet").await?,
        house.device("bob", "laptop").await?,
    ];
    let (mut silent_ms, mut sound_ms) = (Vec::new(), Vec::new());
    for round in 0..CALLS {
        let mut heard = alice.events();
        alice.start_call(StartCall::voice(user("bob"))).await?;
        for bob in &bobs {
            timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
        }
        let answering = &bobs[round % bobs.len()];
        let mut at_bob = answering.events();
        let accepted_at = Instant::now();
        answering.accept().await?;
        for bob in &bobs {
            timeout(SOON, bob.ring().wait_for(Option::is_none)).await??;
        }
        silent_ms.push(accepted_at.elapsed().as_secs_f64() * 1000.0);
        hearing(&mut at_bob).await?;
        sound_ms.push(accepted_at.elapsed().as_secs_f64() * 1000.0);
        hearing(&mut heard).await?;
        alice.hang_up().await?;
        assert_eq!(hangup(&mut heard).await?, HangupReason::Normal);
        assert_eq!(hangup(&mut at_bob).await?, HangupReason::Remote);
        for bob in &bobs {
            timeout(SOON, bob.call().wait_for(|call| !call.is_live())).await??;
        }
    }
    println!("ring stop on the others: {}", figures(&mut silent_ms));
    println!("accept to first packet of sound: {}", figures(&mut sound_ms));
    assert_eq!((silent_ms.len(), sound_ms.len()), (CALLS, CALLS));
    Ok(())
}

async fn hearing(events: &mut Events) -> Result<()> {
    until(events, "sound", |event| matches!(event, CallEvent::Hearing { .. }).then_some(())).await
}

fn figures(times_ms: &mut [f64]) -> String {
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share).round() as usize];
    format!("p50 {:.0} ms, worst of {} {:.0} ms", at(0.5), times_ms.len(), at(1.0))
}
