//! Every row of the API that the kit's users know from elsewhere, each by its name: `init`, `startCall`, `answerCall`,
//! `setUserIdMap`; `onAddPerson`, `onInvite`, `onStateChange`; `contactAvatar`, `groupAvatar`.

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::{
    AppId, Avatar, CallEvent, CallKind, CallKit, CallPhase, CallType, Chat, GroupId, GroupKind, InitError, LegState,
    Message, MessageBody, MicrophoneState, News, StartCall, StateChange, Uid,
};
use carillon_tests::kit::{Events, House, SOON, active, hangup, until, user};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn init_takes_calls_for_the_connections_app_once_and_under_any_uid() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    let bob = house.quiet_device("bob", "attic", Uid::Number(42)).await?;
    let other = AppId::new("another")?;

    let foreign = CallKit::init(&other, user("bob"), bob.connection().clone()).err();
    let twice = CallKit::init(&bob.connection().login().signed_in.app, user("bob"), bob.connection().clone()).err();
    assert_eq!(foreign, Some(InitError::OtherApp(bob.connection().login().signed_in.app)));
    assert_eq!(twice, Some(InitError::AlreadyInitialised));

    let mut at_bob = bob.events();
    alice.start_call(StartCall::voice(user("bob"))).await?;
    let ring = invited(&mut at_bob).await?;
    assert_eq!((bob.uid(), ring.from), (&Uid::Number(42), user("alice")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn start_call_for_two_rings_everywhere_and_leaves_a_text_in_the_conversation() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    let (phone, laptop) = (house.device("bob", "phone").await?, house.device("bob", "laptop").await?);
    let options = StartCall { message: "Lunch?".into(), ..StartCall::voice(user("bob")) };
    let channel = options.channel.clone();

    let call = alice.start_call(options).await?;

    for device in [&phone, &laptop] {
        let ring = timeout(SOON, device.ring().wait_for(Option::is_some)).await??.clone().context("it rings")?;
        assert_eq!((ring.call, ring.channel, ring.message.as_str()), (call, channel.clone(), "Lunch?"));
    }
    let (texts, _) = phone.connection().history(&Chat::User { user: user("alice") }, None, 10).await?;
    let text = texts.first().context("a text")?;
    assert_eq!((text.body.clone(), text.call), (MessageBody::Text { text: "Lunch?".into() }, Some(call)));
    assert_eq!(text.ext["channelName"], channel.as_str());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn start_call_in_a_group_leaves_a_text_in_it_and_a_command_with_each_who_is_invited() -> Result<()> {
    let house = House::with(&["alice", "bob", "carol", "dave"]).await?;
    let alice = house.device("alice", "desk").await?;
    let (bob, carol, dave) =
        (house.device("bob", "d").await?, house.device("carol", "d").await?, house.device("dave", "d").await?);
    let team = team(&alice, &[&bob, &carol, &dave]).await?;
    let mut told = [&bob, &carol, &dave].map(|device| device.connection().signals());
    let to = vec![user("bob"), user("carol")];
    let start = StartCall::group(CallKind::Video, GroupKind::Group, team.clone(), to);

    let call = alice.start_call(StartCall { message: "Join us".into(), ..start }).await?;

    let is_command = |message: &Message| matches!(&message.body, MessageBody::Command { action } if action == "invite");
    for news in &mut told[..2] {
        let command = message(news, is_command).await?;
        assert_eq!((command.chat, command.call), (Chat::User { user: user("alice") }, Some(call)));
    }
    let in_team = Chat::Group { group: team };
    let text = message(&mut told[2], |message| message.chat == in_team && message.call == Some(call)).await?;
    assert_eq!(text.body, MessageBody::Text { text: "Join us".into() });
    for device in [&bob, &carol] {
        let ring = timeout(SOON, device.ring().wait_for(Option::is_some)).await??.clone().context("it rings")?;
        assert_eq!((ring.scope.call_type(), ring.scope.name()), (CallType::GroupVideo, Some("Team")));
    }
    assert_eq!(*dave.ring().borrow(), None, "nobody asked Dave");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answer_call_lets_this_device_ring_or_keeps_it_silent_and_accepts_nothing() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.device("alice", "desk").await?;
    let loud = house.quiet_device("bob", "loud", user("bob").into()).await?;
    let silent = house.quiet_device("bob", "silent", user("bob").into()).await?;
    let (mut at_loud, mut at_silent, mut at_alice) = (loud.events(), silent.events(), alice.events());
    alice.start_call(StartCall::voice(user("bob"))).await?;
    invited(&mut at_loud).await?;
    invited(&mut at_silent).await?;
    assert_eq!(*loud.ring().borrow(), None, "nothing rings before the app wants it");

    silent.answer_call(false, None).await?;
    loud.answer_call(true, None).await?;

    let devices = until(&mut at_alice, "a ring there", |event| {
        if let CallEvent::RingingThere { devices, .. } = event
            && devices > 0
        {
            Some(devices)
        } else {
            None
        }
    });
    assert_eq!(devices.await?, 1);
    assert!(loud.ring().borrow().is_some() && silent.ring().borrow().is_none());
    assert!(matches!(alice.call().borrow().phase, CallPhase::RingingThere { .. }), "nobody has accepted");
    loud.accept().await?;
    active(&mut at_alice).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn set_user_id_map_names_users_and_number_uids_wherever_they_are_shown() -> Result<()> {
    let house = House::with(&["alice", "bob", "carol"]).await?;
    let alice = house.device("alice", "desk").await?;
    let bob = house.quiet_device("bob", "attic", Uid::Number(42)).await?;
    let carol = house.device("carol", "desk").await?;
    let mut at_bob = bob.events();
    carol.set_user_id_map([(Uid::User(user("alice")), "The boss".to_owned())]);
    alice.set_user_id_map([(Uid::Number(42), "Answer".to_owned()), (user("carol").into(), "Songbird".to_owned())]);

    alice.start_call(StartCall::several(CallKind::Voice, vec![user("bob"), user("carol")])).await?;
    let ring = timeout(SOON, carol.ring().wait_for(Option::is_some)).await??.clone().context("it rings")?;
    assert_eq!(ring.from_name, "The boss");
    invited(&mut at_bob).await?;
    bob.answer_call(true, None).await?;
    bob.accept().await?;

    let is_there = |legs: &[carillon_kit::Leg]| {
        let name = |who: &str| legs.iter().find(|leg| leg.user == user(who)).map(|leg| leg.name.clone());
        name("bob").as_deref() == Some("Answer") && name("carol").as_deref() == Some("Songbird")
    };
    timeout(SOON, alice.call().wait_for(|call| is_there(call.legs()))).await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn set_user_id_map_by_number_names_the_other_end_of_a_call_of_two() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let alice = house.quiet_device("alice", "desk", Uid::Number(41)).await?;
    let bob = house.quiet_device("bob", "attic", Uid::Number(42)).await?;
    let (mut at_alice, mut at_bob) = (alice.events(), bob.events());
    bob.set_user_id_map([(Uid::Number(41), "The boss".to_owned())]);
    alice.set_user_id_map([(Uid::Number(42), "Answer".to_owned())]);

    alice.start_call(StartCall::voice(user("bob"))).await?;
    assert_eq!(invited(&mut at_bob).await?.from_name, "The boss");
    bob.answer_call(true, None).await?;
    bob.accept().await?;

    let accepted = until(&mut at_alice, "onStateChange: accept", |event| {
        if let CallEvent::StateChanged(StateChange::Accept { call, .. }) = event { Some(call.with_name) } else { None }
    });
    assert_eq!(accepted.await?, "Answer");
    let with = |kit: &CallKit| kit.call().borrow().call.as_ref().map(|call| call.with_name.clone());
    assert_eq!((with(&alice).as_deref(), with(&bob).as_deref()), (Some("Answer"), Some("The boss")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_add_person_asks_whom_and_start_call_on_the_same_channel_brings_them() -> Result<()> {
    let house = House::with(&["alice", "bob", "carol"]).await?;
    let (alice, bob, carol) =
        (house.device("alice", "d").await?, house.device("bob", "d").await?, house.device("carol", "d").await?);
    let team = team(&alice, &[&bob, &carol]).await?;
    let (mut at_alice, mut at_carol) = (alice.events(), carol.events());
    let start = StartCall::group(CallKind::Voice, GroupKind::Group, team.clone(), vec![user("bob")]);
    let first = alice.start_call(start.clone()).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    bob.accept().await?;
    leg(&mut at_alice, "bob", LegState::Accepted).await?;

    alice.request_add_person().await?;
    let (call, mut joined) = until(&mut at_alice, "onAddPerson", |event| {
        if let CallEvent::AddPerson { call, joined } = event { Some((call, joined)) } else { None }
    })
    .await?;
    joined.sort();
    assert_eq!((call.id, joined), (Some(first), vec![user("alice"), user("bob")]));
    let added = alice.start_call(StartCall { to: vec![user("carol")], ..start }).await?;

    assert_eq!(added, first, "the same call");
    assert_eq!(invited(&mut at_carol).await?.scope.group(), Some(&team));
    carol.accept().await?;
    leg(&mut at_alice, "carol", LegState::Accepted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_invite_comes_to_whoever_is_online_and_in_no_call() -> Result<()> {
    let house = House::with(&["alice", "bob", "carol"]).await?;
    let (alice, bob, carol) =
        (house.device("alice", "d").await?, house.device("bob", "d").await?, house.device("carol", "d").await?);
    let (mut at_alice, mut at_bob, mut at_carol) = (alice.events(), bob.events(), carol.events());
    let options = StartCall { message: "hello".into(), ..StartCall::video(user("bob")) };
    let call = alice.start_call(options.clone()).await?;

    let ring = invited(&mut at_bob).await?;

    assert_eq!((ring.call, ring.from, ring.scope.call_type()), (call, user("alice"), CallType::Video));
    assert_eq!((ring.message.as_str(), ring.channel), ("hello", options.channel));
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    bob.accept().await?;
    active(&mut at_alice).await?;
    carol.start_call(StartCall::voice(user("bob"))).await?;
    assert_eq!(hangup(&mut at_carol).await?, carillon_kit::HangupReason::Busy);
    let again = std::iter::from_fn(|| at_bob.try_recv().ok()).any(|event| matches!(event, CallEvent::Invited(_)));
    assert!(!again, "somebody who talks hears of no other call");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_state_change_of_two_is_accept_published_and_at_the_end_user_left_before_hangup() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "d").await?, house.device("bob", "d").await?);
    let mut at_alice = alice.events();
    alice.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    bob.accept().await?;
    timeout(SOON, bob.call().wait_for(|call| matches!(call.phase, CallPhase::Active { .. }))).await??;
    timeout(SOON, alice.call().wait_for(|call| matches!(call.phase, CallPhase::Active { .. }))).await??;
    timeout(SOON, alice.call().wait_for(|call| call.published.microphone == MicrophoneState::On)).await??;

    bob.hang_up().await?;

    let changes = changes_until_hangup(&mut at_alice).await?;
    assert_eq!(changes, ["accept bob", "user-published bob", "user-unpublished bob", "user-left bob", "hangup"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_state_change_in_a_group_tells_who_refuses_comes_and_leaves_and_only_ones_own_hangup() -> Result<()> {
    let house = House::with(&["alice", "bob", "carol", "dave"]).await?;
    let alice = house.device("alice", "d").await?;
    let (bob, carol, dave) =
        (house.device("bob", "d").await?, house.device("carol", "d").await?, house.device("dave", "d").await?);
    let team = team(&alice, &[&bob, &carol, &dave]).await?;
    let mut at_alice = alice.events();
    let to = ["bob", "carol", "dave"].map(user).to_vec();
    alice.start_call(StartCall::group(CallKind::Voice, GroupKind::Group, team, to)).await?;
    for device in [&bob, &carol, &dave] {
        timeout(SOON, device.ring().wait_for(Option::is_some)).await??;
    }

    bob.accept().await?;
    let mut legs = alice.call();
    timeout(SOON, legs.wait_for(|call| is(call.legs(), "bob", LegState::Accepted))).await??;
    carol.decline().await?;
    timeout(SOON, legs.wait_for(|call| is(call.legs(), "carol", LegState::Declined))).await??;
    house.server.advance_clock(Duration::from_secs(31));
    timeout(SOON, legs.wait_for(|call| is(call.legs(), "dave", LegState::Missed))).await??;
    bob.hang_up().await?;
    timeout(SOON, legs.wait_for(|call| is(call.legs(), "bob", LegState::Left))).await??;
    assert!(alice.call().borrow().is_live(), "the others' coming and going ends nothing");
    alice.hang_up().await?;

    let mut told = changes_until_hangup(&mut at_alice).await?;
    told.retain(|change| !change.contains("published")); // how soon his microphone is open says nothing of who comes and goes
    assert_eq!(told, ["accept bob", "refuse carol", "user-left bob", "hangup"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contact_avatar_is_the_profiles_picture_or_the_apps_own_for_one_call() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "d").await?, house.device("bob", "d").await?);
    alice.connection().set_avatar(Some(png())).await?;
    let own = Avatar::new(png())?;

    alice.start_call(StartCall::voice(user("bob"))).await?;

    let ring = timeout(SOON, bob.ring().wait_for(Option::is_some)).await??.clone().context("it rings")?;
    bob.set_contact_avatar(Some(own.clone()));
    timeout(SOON, bob.call().wait_for(|call| call.avatar == Some(own.clone()))).await??;
    let picture = bob.connection().avatar(&ring.from_avatar.context("the profile has one")?).await?;
    assert!(Avatar::new(picture.to_vec()).is_ok(), "a picture");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn group_avatar_is_the_groups_picture_or_the_apps_own_for_one_call() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "d").await?, house.device("bob", "d").await?);
    let team = team(&alice, &[&bob]).await?;
    alice.connection().set_group_avatar(&team, png()).await?;
    let own = Avatar::new(png())?;

    alice.start_call(StartCall::group(CallKind::Voice, GroupKind::Group, team.clone(), vec![user("bob")])).await?;

    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    bob.set_group_avatar(Some(own.clone()));
    timeout(SOON, bob.call().wait_for(|call| call.avatar == Some(own.clone()))).await??;
    let (group, _) = bob.connection().group(&team).await?;
    let picture = bob.connection().avatar(&group.avatar.context("the group has one")?).await?;
    assert!(Avatar::new(picture.to_vec()).is_ok(), "a picture");
    Ok(())
}

/// A group that all of these agree to be in: they are no contacts of its owner.
async fn team(owner: &CallKit, others: &[&CallKit]) -> Result<GroupId> {
    let account = |kit: &&CallKit| kit.connection().login().signed_in.account.user;
    let members = others.iter().map(account).collect();
    let (group, _) = owner.connection().create_group(GroupKind::Group, "Team", members).await?;
    for kit in others {
        kit.connection().join_room(&group.group).await?;
    }
    Ok(group.group)
}

async fn invited(events: &mut Events) -> Result<carillon_kit::Ring> {
    until(events, "onInvite", |event| if let CallEvent::Invited(ring) = event { Some(ring) } else { None }).await
}

async fn leg(events: &mut Events, who: &str, state: LegState) -> Result<()> {
    let is_it = |event| {
        let CallEvent::LegChanged { leg, .. } = event else { return None };
        (leg.user == user(who) && leg.state == state).then_some(())
    };
    until(events, &format!("{who} is {state:?}"), is_it).await
}

fn is(legs: &[carillon_kit::Leg], who: &str, state: LegState) -> bool {
    legs.iter().any(|leg| leg.user == user(who) && leg.state == state)
}

async fn message(
    news: &mut tokio::sync::broadcast::Receiver<News>,
    wanted: impl Fn(&Message) -> bool,
) -> Result<Message> {
    let waiting = async {
        loop {
            if let News::Message(message) = news.recv().await?
                && wanted(&message)
            {
                return anyhow::Ok(message);
            }
        }
    };
    timeout(SOON, waiting).await.context("waited in vain for a message")?
}

async fn changes_until_hangup(events: &mut Events) -> Result<Vec<String>> {
    let mut changes = Vec::new();
    until(events, "the end", |event| {
        let CallEvent::StateChanged(change) = event else { return None };
        let (text, is_end) = match change {
            StateChange::Hangup { .. } => ("hangup".to_owned(), true),
            StateChange::Accept { user, .. } => (format!("accept {user}"), false),
            StateChange::Refuse { user, .. } => (format!("refuse {user}"), false),
            StateChange::UserPublished { user, .. } => (format!("user-published {user}"), false),
            StateChange::UserUnpublished { user, .. } => (format!("user-unpublished {user}"), false),
            StateChange::UserLeft { user } => (format!("user-left {user}"), false),
        };
        changes.push(text);
        is_end.then_some(())
    })
    .await?;
    Ok(changes)
}

/// The smallest there is: one grey point.
fn png() -> Vec<u8> {
    const HEX: &str = "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a4944415478da63680000\
                       00820081da45083b0000000049454e44ae426082";
    let digits: String = HEX.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal")).collect()
}
