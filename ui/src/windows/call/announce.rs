//! What screen readers are told when people and pictures come and go.

use carillon_ipc::{CallView, GroupCallView, PicturesView};
use carillon_protocol::{LegState, UserId};
use yew::prelude::*;

use super::shown;
use crate::context::{Language, use_texts};

/// Something that somebody who sees the window would notice.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fact {
    /// The text that says that it has begun.
    began: &'static str,
    /// And that it has ended, where that is worth a word.
    ended: Option<&'static str>,
    /// Whom it is about, and what they are called: two may have one name.
    about: Option<Person>,
}

impl Fact {
    fn name(&self) -> &str {
        self.about.as_ref().map_or("", |(_, name)| name)
    }

    /// Whether both are about the same: a user may have another name by now.
    fn is(&self, other: &Self) -> bool {
        self.began == other.began && self.whom() == other.whom()
    }

    fn whom(&self) -> Option<&UserId> {
        self.about.as_ref().map(|(user, _)| user)
    }
}

/// All that is so.
fn facts(view: &CallView) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut note = |is_so: bool, began, ended, about: Option<&Person>| {
        if is_so {
            facts.push(Fact { began, ended, about: about.cloned() });
        }
    };
    if let Some(pictures) = &view.pictures {
        note(pictures.mine.camera, "say-camera-on", Some("say-camera-off"), None);
        note(pictures.sharing.is_some(), "say-sharing-began", Some("say-sharing-ended"), None);
    }
    match (&view.group, &view.pictures, &view.with) {
        (Some(group), ..) => of_group(group, &mut note),
        (None, Some(pictures), Some((user, name))) => of_two(pictures, &person(user, name), &mut note),
        (None, ..) => {}
    }
    facts
}

type Person = (UserId, String);
type Note<'a> = dyn FnMut(bool, &'static str, Option<&'static str>, Option<&Person>) + 'a;

fn person(user: &UserId, name: &str) -> Person {
    (user.clone(), shown(user, name))
}

fn of_two(pictures: &PicturesView, them: &Person, note: &mut Note<'_>) {
    let (theirs, them) = (pictures.theirs, Some(them));
    note(theirs.camera, "say-their-camera-on", Some("say-their-camera-off"), them);
    note(theirs.screen, "say-their-screen-began", Some("say-their-screen-ended"), them);
    note(theirs.is_muted, "say-they-muted", Some("say-they-unmuted"), them);
}

/// Cameras and mutes of many would be too much to listen to: their tiles have them.
fn of_group(group: &GroupCallView, note: &mut Note<'_>) {
    note(group.has_raised_hand(), "say-your-hand-raised", Some("say-your-hand-lowered"), None);
    for leg in group.legs.iter().filter(|leg| !leg.is_me) {
        let them = person(&leg.user, &leg.name);
        note(leg.is_in(), JOINED, Some("say-left"), Some(&them));
        note(leg.is_in() && leg.screen, "say-their-screen-began", Some("say-their-screen-ended"), Some(&them));
        note(leg.is_reconnecting, "say-reconnecting", Some("say-reconnected"), Some(&them));
        note(leg.hand.is_some(), "say-hand-raised", Some("say-hand-lowered"), Some(&them));
        note(leg.state == LegState::Declined, "say-declined", None, Some(&them));
        note(leg.state == LegState::Missed, "say-missed", None, Some(&them));
        note(group.pinned.as_ref() == Some(&leg.user), "say-pinned", None, Some(&them));
    }
    note(group.is_spotlight, "say-spotlight", Some("say-grid"), None);
}

/// Somebody is in the group call.
const JOINED: &str = "say-joined";

/// What is to be said of a change: texts, and whom they are about. Of a person who has left, that is all.
fn changes<'a>(before: &'a [Fact], now: &'a [Fact]) -> Vec<(&'static str, &'a str)> {
    let is_in = |facts: &[Fact], one: &Fact| facts.iter().any(|fact| fact.is(one));
    let has_left = |whom: Option<&UserId>| {
        before.iter().any(|fact| fact.began == JOINED && fact.whom() == whom && !is_in(now, fact))
    };
    let is_said = |fact: &&Fact| fact.began == JOINED || !has_left(fact.whom());
    let ended = before.iter().filter(|fact| !is_in(now, fact)).filter(is_said);
    let ended = ended.filter_map(|fact| Some((fact.ended?, fact.name())));
    let began = now.iter().filter(|fact| !is_in(before, fact));
    ended.chain(began.map(|fact| (fact.began, fact.name()))).collect()
}

#[derive(Properties, PartialEq)]
pub(super) struct AnnouncedProps {
    pub(super) view: std::rc::Rc<CallView>,
}

/// Says what has changed, once. What is so when the window appears is read where it stands.
#[component]
pub(super) fn Announced(props: &AnnouncedProps) -> Html {
    let texts = use_texts();
    let said = use_state_eq(String::new);
    let before = use_mut_ref(|| None);
    use_effect_with(facts(&props.view), {
        let (said, texts) = (said.setter(), texts.clone());
        move |now| {
            let before: Option<Vec<Fact>> = before.borrow_mut().replace(now.clone());
            if let Some(before) = before {
                said.set(in_words(&texts, &changes(&before, now)));
            }
        }
    });
    html! { <p class="for-screen-readers" aria-live="polite">{ (*said).clone() }</p> }
}

fn in_words(texts: &Language, said: &[(&str, &str)]) -> String {
    let said: Vec<_> = said.iter().map(|(key, name)| texts.with(key, &[("name", (*name).into())])).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use carillon_ipc::{CallState, OwnPictures, TheirPictures, WindowBase};

    use super::*;
    use crate::samples;

    #[test]
    fn what_begins_and_what_ends_is_said_once() {
        let all = PicturesView {
            sharing: Some("Screen 1".into()),
            theirs: TheirPictures { camera: true, screen: true, is_muted: true },
            mine: OwnPictures { camera: true, screen: true },
            ..PicturesView::default()
        };
        let of = |pictures| facts(&samples::video_call_view(WindowBase::default(), pictures));
        let (nothing, all) = (of(PicturesView::default()), of(all));

        let began =
            ["say-camera-on", "say-sharing-began", "say-their-camera-on", "say-their-screen-began", "say-they-muted"];
        assert_eq!(keys(&changes(&nothing, &all)), began);
        let ended = [
            "say-camera-off",
            "say-sharing-ended",
            "say-their-camera-off",
            "say-their-screen-ended",
            "say-they-unmuted",
        ];
        assert_eq!(keys(&changes(&all, &nothing)), ended);
        assert!(changes(&all, &all).is_empty());
    }

    #[test]
    fn who_joins_declines_and_leaves_a_group_call_is_said_with_their_name() {
        let talking = CallState::Active { for_ms: 1 };
        let of = |states: [LegState; 2]| {
            let legs = states.iter().zip(0..).map(|(state, index)| samples::leg(index, *state)).collect();
            facts(&samples::group_call_view(WindowBase::default(), talking.clone(), "Design", legs))
        };
        let before = of([LegState::Ringing, LegState::Accepted]);
        let after = of([LegState::Accepted, LegState::Left]);

        assert_eq!(changes(&before, &after), [("say-left", "Carol Okonkwo"), ("say-joined", "Bob Li")]);
        let declined = of([LegState::Declined, LegState::Accepted]);
        assert_eq!(changes(&before, &declined), [("say-declined", "Bob Li")]);
    }

    #[test]
    fn hands_and_who_is_reconnecting_are_said_and_of_whoever_has_left_only_that() {
        use LegState::{Accepted, Left};
        let of = |state, is_lost: bool| {
            let hand = is_lost.then_some(1);
            let leg = carillon_ipc::LegView { is_reconnecting: is_lost, hand, ..samples::leg(0, state) };
            facts(&samples::group_call_view(
                WindowBase::default(),
                CallState::Active { for_ms: 1 },
                "Design",
                vec![leg],
            ))
        };
        let (there, lost, gone) = (of(Accepted, false), of(Accepted, true), of(Left, false));

        assert_eq!(keys(&changes(&there, &lost)), ["say-reconnecting", "say-hand-raised"]);
        assert_eq!(keys(&changes(&lost, &there)), ["say-reconnected", "say-hand-lowered"]);
        assert_eq!(keys(&changes(&lost, &gone)), ["say-left"]);
    }

    #[test]
    fn two_of_one_name_are_two() {
        let of = |states: [LegState; 2]| {
            let legs = states
                .iter()
                .zip(0..)
                .map(|(state, index)| carillon_ipc::LegView { name: "Alex".into(), ..samples::leg(index, *state) });
            facts(&samples::group_call_view(
                WindowBase::default(),
                CallState::Active { for_ms: 1 },
                "Design",
                legs.collect(),
            ))
        };
        let (one, both) = (of([LegState::Accepted, LegState::Ringing]), of([LegState::Accepted, LegState::Accepted]));

        assert_eq!(changes(&one, &both), [("say-joined", "Alex")]);
        assert_eq!(changes(&both, &of([LegState::Accepted, LegState::Left])), [("say-left", "Alex")]);
    }

    fn keys(said: &[(&'static str, &str)]) -> Vec<&'static str> {
        said.iter().map(|(key, _)| *key).collect()
    }
}
