//! What screen readers are told when people and pictures come and go.

use carillon_ipc::{CallView, GroupCallView, PicturesView};
use carillon_protocol::LegState;
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
    /// Whom it is about.
    name: String,
}

/// All that is so.
fn facts(view: &CallView) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut note = |is_so: bool, began, ended, name: &str| {
        if is_so {
            facts.push(Fact { began, ended, name: name.to_owned() });
        }
    };
    if let Some(pictures) = &view.pictures {
        note(pictures.mine.camera, "say-camera-on", Some("say-camera-off"), "");
        note(pictures.sharing.is_some(), "say-sharing-began", Some("say-sharing-ended"), "");
    }
    match (&view.group, &view.pictures, &view.with) {
        (Some(group), ..) => of_group(group, &mut note),
        (None, Some(pictures), Some((user, name))) => of_two(pictures, &shown(user, name), &mut note),
        (None, ..) => {}
    }
    facts
}

type Note<'a> = dyn FnMut(bool, &'static str, Option<&'static str>, &str) + 'a;

fn of_two(pictures: &PicturesView, name: &str, note: &mut Note<'_>) {
    let theirs = pictures.theirs;
    note(theirs.camera, "say-their-camera-on", Some("say-their-camera-off"), name);
    note(theirs.screen, "say-their-screen-began", Some("say-their-screen-ended"), name);
    note(theirs.is_muted, "say-they-muted", Some("say-they-unmuted"), name);
}

/// Cameras and mutes of many would be too much to listen to: their tiles have them.
fn of_group(group: &GroupCallView, note: &mut Note<'_>) {
    for leg in group.legs.iter().filter(|leg| !leg.is_me) {
        let name = shown(&leg.user, &leg.name);
        note(leg.is_in(), "say-joined", Some("say-left"), &name);
        note(leg.is_in() && leg.screen, "say-their-screen-began", Some("say-their-screen-ended"), &name);
        note(leg.state == LegState::Declined, "say-declined", None, &name);
        note(leg.state == LegState::Missed, "say-missed", None, &name);
        note(group.pinned.as_ref() == Some(&leg.user), "say-pinned", None, &name);
    }
    note(group.is_spotlight, "say-spotlight", Some("say-grid"), "");
}

/// What is to be said of a change: texts, and whom they are about.
fn changes<'a>(before: &'a [Fact], now: &'a [Fact]) -> Vec<(&'static str, &'a str)> {
    let ended = before.iter().filter(|fact| !now.contains(fact));
    let ended = ended.filter_map(|fact| Some((fact.ended?, fact.name.as_str())));
    let began = now.iter().filter(|fact| !before.contains(fact));
    ended.chain(began.map(|fact| (fact.began, fact.name.as_str()))).collect()
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

    fn keys(said: &[(&'static str, &str)]) -> Vec<&'static str> {
        said.iter().map(|(key, _)| *key).collect()
    }
}
