//! A group call over both kinds of devices: two desktop windows and three command lines, on one real server.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "every device's log is a result of the story")]

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_ipc::testid;
use carillon_protocol::UserId;
use carillon_tests::{
    desktop::{Desk, Display, Window},
    programs::{House, Line, Person, make_team},
};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(30);
/// A ring, and what a busy machine adds.
const RING_IS_OVER: Duration = Duration::from_secs(60);

const CAROL_DECLINED: &str = "carol: Declined";
const ERIN_IS_IN: &str = "erin: In the call";
const DORA_DID_NOT_ANSWER: &str = "dora: No answer";

/// Writes down in a call window, from before there is a call, how everybody's part in the call changes, as the window shows it.
const WRITE_DOWN: &str = "
    const known = {}, log = window.story = [];
    const look = () => {
        const call = document.querySelector('[data-testid=\"call\"]');
        const note = (who, what) => { if (what && known[who] !== what) { known[who] = what; log.push(`${who}: ${what}`); } };
        for (const tile of document.querySelectorAll('li.leg')) {
            note(tile.dataset.testid.replace('leg-', ''), tile.querySelector('.leg-state')?.textContent);
        }
        note('the call', call?.dataset.state);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();";

#[tokio::test(flavor = "multi_thread")]
async fn one_declines_one_accepts_one_times_out_and_one_is_added_over_windows_and_command_lines() -> Result<()> {
    let house = House::with(&[Person::ALICE, Person::BOB, Person::CAROL, Person::DORA, Person::ERIN])?;
    let team =
        carillon_protocol::GroupId::new(make_team(&house, &[Person::BOB, Person::CAROL, Person::DORA, Person::ERIN])?)?;
    let display = Display::start(1600, 1000)?;
    let alice = open(&house, &display, Person::ALICE).await?;
    let bob = open(&house, &display, Person::BOB).await?;
    let mut carol = house.listen(Person::CAROL, "boat", &["--decline-after", "2s", "--once"])?;
    let mut dora = house.listen(Person::DORA, "den", &["--once"])?;

    bob.notifications.lock_screen(true).await?;
    alice.call_group(&team, testid::GROUP_CALL, &["bob", "carol", "dora"], &["erin"]).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.says(testid::CALL_NAME, "Team").await?;
    alice.app.click(testid::CALL_PEOPLE).await?;
    alice.app.says(testid::CALL_LEGS, "bob").await?;
    for invitee in ["bob", "dora"] {
        alice.shows(invitee, "Ringing…").await?;
    }
    bob.notifications.answer_ring("accept", SOON).await?;
    bob.app.look_at(Window::Call).await?;
    bob.app.click(testid::CALL_PEOPLE).await?;
    alice.shows("bob", "In the call").await?;
    alice.shows("carol", "Declined").await?;
    let (said_by_carol, carol_ended) = carol.end(SOON)?;

    let mut erin = house.listen(Person::ERIN, "attic", &["--accept-after", "200ms", "--once"])?;
    alice.app.click(testid::CALL_ADD).await?;
    alice.choose(&["erin"], &[]).await?;
    alice.shows("erin", "In the call").await?;
    bob.shows("erin", "In the call").await?;
    let (said_by_dora, dora_ended) = dora.end(RING_IS_OVER)?;
    for desk in [&alice, &bob] {
        desk.shows("dora", "No answer").await?;
    }

    alice.app.click(testid::CALL_HANGUP).await?;
    bob.shows("alice", "Left").await?;
    let seen_by_alice = log(&alice).await?;
    let seen_by_bob = log(&bob).await?;
    bob.app.click(testid::CALL_HANGUP).await?;
    bob.app.attribute_is(testid::CALL, "data-state", "ended").await?;
    erin.interrupt()?; // alone in it, she would wait for others
    let (said_by_erin, _) = erin.end(SOON)?;

    let lines = [("carol's boat", &said_by_carol), ("dora's den", &said_by_dora), ("erin's attic", &said_by_erin)];
    for (device, said) in lines {
        println!("{device}: {:#?}", said.iter().map(in_short).collect::<Vec<_>>());
    }
    println!("alice's window: {seen_by_alice:#?}\nbob's window: {seen_by_bob:#?}");
    assert_in_order(&seen_by_alice, &["alice: you · In the call", "bob: Ringing…", "bob: In the call"]);
    // That Carol and Erin rang, their own logs say: the window may well draw the ring and its answer in one go.
    assert_in_order(&seen_by_alice, &["dora: Ringing…", CAROL_DECLINED, ERIN_IS_IN, DORA_DID_NOT_ANSWER]);
    assert_in_order(
        &seen_by_bob,
        &["alice: In the call", CAROL_DECLINED, ERIN_IS_IN, DORA_DID_NOT_ANSWER, "alice: Left"],
    );
    let short = |said: &[Line]| said.iter().map(in_short).collect::<Vec<_>>();
    assert_eq!((carol_ended, dora_ended), (11, 10));
    assert_in_order(&short(&said_by_carol), &["onInvite", "ring-started", "ring-stopped", "onStateChange"]);
    assert_in_order(&short(&said_by_dora), &["onInvite", "ring-started", "ring-stopped", "onStateChange"]);
    assert_in_order(
        &short(&said_by_erin),
        &["onInvite", "active", "leg-changed dora missed", "leg-changed alice left"],
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_is_raised_and_a_moderator_lowers_it_mutes_and_takes_out_in_the_window() -> Result<()> {
    let house = House::with(&[Person::ALICE, Person::BOB, Person::CAROL])?;
    let team = carillon_protocol::GroupId::new(make_team(&house, &[Person::BOB, Person::CAROL])?)?;
    let display = Display::start(1600, 1000)?;
    let alice = open(&house, &display, Person::ALICE).await?;
    let mut bob = house.listen(Person::BOB, "attic", &["--accept-after", "0s", "--once", "--hand-after", "1s"])?;
    let mut carol = house.listen(Person::CAROL, "boat", &["--accept-after", "0s", "--once"])?;
    let (bobs, carols) = (UserId::new("bob")?, UserId::new("carol")?);
    alice.call_group(&team, testid::GROUP_CALL, &["bob", "carol"], &[]).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.click(testid::CALL_PEOPLE).await?;
    alice.shows("carol", "In the call").await?;

    alice.app.click(testid::CALL_HAND).await?;
    alice.app.attribute_is(testid::CALL_HAND, "aria-pressed", "true").await?;
    carol.until("hand-raised", SOON)?;
    alice.app.click(testid::CALL_HAND).await?;
    alice.app.attribute_is(testid::CALL_HAND, "aria-pressed", "false").await?;

    bob.until("hand-raised", SOON)?;
    alice.app.click(&testid::leg_menu(&bobs)).await?;
    alice.app.click(&testid::lower_hand(&bobs)).await?;
    bob.until("hand-lowered", SOON)?;
    alice.app.click(&testid::leg_menu(&bobs)).await?;
    alice.app.click(&testid::mute(&bobs)).await?;
    assert_eq!(bob.until("muted-by", SOON)?["by"], "alice");

    alice.app.click(&testid::leg_menu(&carols)).await?;
    alice.app.click(&testid::remove(&carols)).await?;
    alice.app.click(testid::CALL_REMOVE_CONFIRM).await?;
    alice.shows("carol", "Removed").await?;
    let (said, code) = carol.end(SOON)?;
    assert_eq!(code, 20, "{said:?}");

    bob.freeze()?;
    alice.shows("bob", "Reconnecting…").await?;
    bob.thaw()?;
    alice.shows("bob", "In the call").await?;
    alice.app.click(testid::CALL_HANGUP).await?;
    bob.interrupt()?;
    Ok(())
}

/// Somebody's desktop app, whose call window writes down what it shows.
async fn open(house: &House, display: &Display, person: Person) -> Result<Desk> {
    let desk = Desk::open(house, display, person, &[]).await?;
    desk.app.look_behind(Window::Call).await?;
    desk.app.run(WRITE_DOWN, vec![]).await?;
    desk.app.look_at(Window::Main).await?;
    Ok(desk)
}

async fn log(desk: &Desk) -> Result<Vec<String>> {
    let log = desk.app.run("return window.story", vec![]).await?;
    let lines = log.as_array().context("a log was kept")?.iter().map(|line| line.as_str().map(str::to_owned));
    lines.collect::<Option<_>>().context("lines of text")
}

/// A line's event, and of a changed leg whose and how.
fn in_short(line: &Line) -> String {
    let part = |value: &Value| value.as_str().map(|text| format!(" {text}")).unwrap_or_default();
    let event = line["event"].as_str().unwrap_or_default();
    format!("{event}{}{}", part(&line["leg"]["user"]), part(&line["leg"]["state"]))
}

/// Whether all of them are there, one after the other, whatever is between them.
#[track_caller]
fn assert_in_order(all: &[String], wanted: &[&str]) {
    let mut rest = all.iter();
    for one in wanted {
        assert!(rest.any(|it| it == one), "no {one:?} in its place: {all:#?}");
    }
}
