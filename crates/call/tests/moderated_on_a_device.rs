//! Hands and moderators of a group call, on one device.

mod common;

use carillon_call::device::{Command, End, Event, Link, Phase, Rejection};
use carillon_protocol::{
    Answer, Done, EndReason, Ended, Leg, LegState, Moderation, MutedBy, RefusalCode, Request, Ring, Signal,
    SnapshotCall,
};
use common::{CALL, GROUP_VOICE, Story, refused, ring, user};

#[test]
fn a_hand_is_raised_and_lowered_by_the_server_which_says_so_to_all() {
    for raised in [true, false] {
        let mut story = active();
        story.forget().order(Command::SetHand { raised });

        assert_eq!(story.requests(), [&Request::SetHand { call: CALL, raised }]);
        assert!(story.events().is_empty(), "its leg will say it");
    }
}

#[test]
fn what_is_done_about_others_is_told_when_the_server_has_done_it_or_refused_it() {
    let (whom, what) = (user("bob"), Moderation::Remove);
    let asks = |request: &Request| matches!(request, Request::Moderate { .. });
    for refusal in [None, Some(RefusalCode::NotAllowed)] {
        let mut story = active();
        story.forget().order(Command::Moderate { user: whom.clone(), what });
        assert_eq!(story.requests(), [&Request::Moderate { call: CALL, user: whom.clone(), what }]);
        assert!(story.events().is_empty());

        story.answer(asks, refusal.map_or(Answer::Ok(Done::Done), refused));

        match (refusal, &story.events()[..]) {
            (None, [Event::Moderated { call: CALL, user, what: Moderation::Remove }]) => assert_eq!(*user, whom),
            (Some(code), [Event::NotModerated { refusal, .. }]) => assert_eq!(refusal.code, code),
            (_, told) => panic!("{told:?}"),
        }
    }
}

#[test]
fn both_make_sense_in_a_group_call_with_a_link_only() {
    let commands = [Command::SetHand { raised: true }, Command::Moderate { user: user("bob"), what: Moderation::Mute }];
    for command in commands {
        let mut offline = active();
        offline.link(Link::Down);
        for (mut story, why) in [
            (Story::new(), Rejection::NotInACall),
            (common::active_as_caller(), Rejection::NotInACall),
            (offline, Rejection::Offline),
        ] {
            story.forget().order(command.clone());

            assert_eq!(story.events(), [&Event::Rejected { command: command.clone(), why }]);
            assert!(story.requests().is_empty());
        }
    }
}

#[test]
fn a_mute_is_told_once_however_often_it_is_heard_and_the_next_one_too() {
    let mut story = active();

    story.forget().signal(muted("alice", 5, 5)).signal(muted("alice", 5, 5)).signal(muted("alice", 5, 7));
    assert_eq!(mutes(&story), 1, "what else changes of the leg mutes nobody again");

    story.forget().signal(muted("alice", 9, 9));
    assert_eq!(mutes(&story), 1, "the user may have unmuted meanwhile");

    story.forget().signal(muted("bob", 10, 10));
    assert_eq!(mutes(&story), 0, "it is about another");
}

#[test]
fn a_mute_that_was_missed_is_heard_from_the_snapshot_and_not_again_from_the_next() {
    let mut story = active();
    let found = || {
        let legs = vec![muted_leg("alice", 5, 6), Leg::new(user("bob"), "bob", LegState::Accepted)];
        Link::Reset(Some(SnapshotCall::Joined {
            call: CALL,
            with: None,
            legs,
            path: carillon_protocol::CallPath::Server,
        }))
    };

    story.link(Link::Down).forget().link(found());
    assert_eq!(mutes(&story), 1);

    story.link(Link::Down).forget().link(found());
    assert_eq!(mutes(&story), 0);
}

#[test]
fn whoever_is_taken_out_hears_by_whom() {
    let mut story = active();

    story.signal(Signal::Ended(Ended { call: CALL, reason: EndReason::Removed, by: Some(user("bob")) }));

    assert_eq!(story.device.phase(), &Phase::Ended(End::RemovedBy { user: user("bob") }));
}

fn mutes(story: &Story) -> usize {
    let by_bob = |event: &&&Event| **event == &Event::Muted { call: CALL, by: user("bob") };
    story.events().iter().filter(by_bob).count()
}

/// Bob has muted somebody at the version `at`, and their leg is of another one.
fn muted(whom: &str, at: u64, version: u64) -> Signal {
    Signal::LegChanged { call: CALL, leg: muted_leg(whom, at, version) }
}

fn muted_leg(whom: &str, at: u64, version: u64) -> Leg {
    let muted = Some(MutedBy { user: user("bob"), version: at });
    Leg { muted, version, ..Leg::new(user(whom), whom, LegState::Accepted) }
}

/// Bob has called Alice, whose device this is.
fn active() -> Story {
    let mut story = Story::new();
    let ring = || Ring { scope: GROUP_VOICE, ..ring(CALL) };
    story.signal(Signal::Ring(ring())).order(Command::AnswerCall { ring: true }).order(common::ACCEPT);
    let legs = ["bob", "alice"].map(|name| Leg::new(user(name), name, LegState::Accepted)).to_vec();
    story.accept_answered(Answer::Ok(Done::Joined { ring: ring(), legs }));
    story
}
