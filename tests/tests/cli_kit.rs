//! Calls through the kit, with the server in the same process: what the clock of a server or many devices are needed for, and the
//! figures that the kit is measured by.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use carillon_kit::{
    Avatar, CallEvent, CallKit, CallPhase, Connection, HangupReason, LinkState, Login, MediaOptions, Microphone,
    Register, RequestError, SignIn, Speaker, StartCall, StartCallError, StateChange, UserId, register, sign_in,
};
use carillon_media::measure::{Pitch, write_voice};
use carillon_protocol::RefusalCode;
use carillon_server::{Config, Running, Server};
use tempfile::TempDir;
use tokio::{sync::broadcast, time::timeout};

const SOON: Duration = Duration::from_secs(20);

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
async fn people_are_found_and_their_coming_is_told() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    let mut news = alice.connection().signals();
    let found = alice.connection().search_users("bo").await?;
    assert_eq!(found.iter().map(|person| person.user.as_str()).collect::<Vec<_>>(), ["bob"]);

    let _bob = house.device("bob", "attic").await?;

    let came = async {
        loop {
            if let carillon_kit::News::PresenceChanged { user, presence } = news.recv().await? {
                return anyhow::Ok((user, presence));
            }
        }
    };
    assert_eq!(timeout(SOON, came).await??, (user("bob"), carillon_kit::Presence::Online));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn muting_is_on_show_and_a_new_call_begins_unmuted() -> Result<()> {
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

/// A server, accounts, and devices of theirs that ring for every invite.
struct House {
    server: Running,
    folder: TempDir,
}

impl House {
    async fn with(users: &[&str]) -> Result<Self> {
        let folder = TempDir::new()?;
        let mut config = Config::local(folder.path().join("server"));
        config.invites = Some(u32::try_from(users.len())?);
        config.limits.sign_ins_per_minute = 1000;
        config.limits.requests_per_minute = 10_000;
        config.limits.media_signals_per_minute = 100_000;
        let server = Server::start(config).await?;
        for (name, invite) in users.iter().zip(server.invites.clone()) {
            let typed = Register {
                server: server.url(),
                allow_insecure: false,
                invite,
                user: (*name).to_owned(),
                display_name: String::new(),
                password: "correct horse".into(),
                device_name: "first".into(),
            };
            register(typed).await?;
        }
        write_voice(&folder.path().join("voice.wav"), Pitch::Low, Duration::from_secs(4))?;
        Ok(Self { server, folder })
    }

    async fn sign_in(&self, name: &str, device: &str) -> Result<Login> {
        let typed = SignIn {
            server: self.server.url(),
            allow_insecure: false,
            user: name.to_owned(),
            password: "correct horse".into(),
            device_name: device.to_owned(),
            device: None,
        };
        Ok(sign_in(typed).await?)
    }

    async fn device(&self, name: &str, device: &str) -> Result<CallKit> {
        let login = self.sign_in(name, device).await?;
        let app = login.signed_in.app.clone();
        let connection = Connection::open(login)?;
        let media = MediaOptions {
            microphone: Microphone::Wav(self.folder.path().join("voice.wav")),
            speaker: Speaker::Wav(self.folder.path().join(format!("{name}-{device}.wav"))),
            ..MediaOptions::default()
        };
        let kit = CallKit::init_with(&app, user(name), connection.clone(), media)?;
        let (mut events, ringing) = (kit.events(), kit.clone());
        tokio::spawn(async move {
            while let Ok(event) = events.recv().await {
                if matches!(event, CallEvent::Invited(_)) && ringing.answer_call(true, None).await.is_err() {
                    return;
                }
            }
        });
        timeout(SOON, connection.connected()).await??;
        Ok(kit)
    }
}

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}

async fn until<T>(
    events: &mut broadcast::Receiver<CallEvent>,
    what: &str,
    mut wanted: impl FnMut(CallEvent) -> Option<T>,
) -> Result<T> {
    let waiting = async {
        loop {
            if let Some(found) = wanted(events.recv().await?) {
                return anyhow::Ok(found);
            }
        }
    };
    timeout(SOON, waiting).await.with_context(|| format!("waited in vain: {what}"))?
}

async fn hangup(events: &mut broadcast::Receiver<CallEvent>) -> Result<HangupReason> {
    until(events, "the end", |event| match event {
        CallEvent::StateChanged(StateChange::Hangup { reason, .. }) => Some(reason),
        _ => None,
    })
    .await
}

async fn active(events: &mut broadcast::Receiver<CallEvent>) -> Result<()> {
    until(events, "media", |event| matches!(event, CallEvent::Active { .. }).then_some(())).await
}

async fn hearing(events: &mut broadcast::Receiver<CallEvent>) -> Result<()> {
    until(events, "sound", |event| matches!(event, CallEvent::Hearing { .. }).then_some(())).await
}

fn figures(times_ms: &mut [f64]) -> String {
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share).round() as usize];
    format!("p50 {:.0} ms, worst of {} {:.0} ms", at(0.5), times_ms.len(), at(1.0))
}
