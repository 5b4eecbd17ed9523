//! What screen readers are told when pictures come and go.

use carillon_ipc::PicturesView;
use yew::prelude::*;

use crate::context::{Language, use_texts};

/// What somebody who sees the window would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    own_camera: bool,
    sharing: bool,
    their_camera: bool,
    their_screen: bool,
    they_are_muted: bool,
}

impl Seen {
    const fn of(pictures: &PicturesView) -> Self {
        Self {
            own_camera: pictures.mine.camera,
            sharing: pictures.sharing.is_some(),
            their_camera: pictures.theirs.camera,
            their_screen: pictures.theirs.screen,
            they_are_muted: pictures.theirs.is_muted,
        }
    }

    /// What is to be said of a change: the text's key when it began, and when it ended.
    fn changes_since(self, before: Self) -> Vec<&'static str> {
        let all = [
            (before.own_camera, self.own_camera, "say-camera-on", "say-camera-off"),
            (before.sharing, self.sharing, "say-sharing-began", "say-sharing-ended"),
            (before.their_camera, self.their_camera, "say-their-camera-on", "say-their-camera-off"),
            (before.their_screen, self.their_screen, "say-their-screen-began", "say-their-screen-ended"),
            (before.they_are_muted, self.they_are_muted, "say-they-muted", "say-they-unmuted"),
        ];
        let changed = all.into_iter().filter(|(before, now, ..)| before != now);
        changed.map(|(_, now, began, ended)| if now { began } else { ended }).collect()
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct AnnouncedProps {
    pub(super) pictures: PicturesView,
    pub(super) name: AttrValue,
}

/// Says what has changed, once. What is so when the window appears is read where it stands.
#[component]
pub(super) fn Announced(props: &AnnouncedProps) -> Html {
    let texts = use_texts();
    let said = use_state_eq(String::new);
    let before = use_mut_ref(|| None);
    use_effect_with(Seen::of(&props.pictures), {
        let (said, texts, name) = (said.setter(), texts.clone(), props.name.clone());
        move |now| {
            let before: Option<Seen> = before.borrow_mut().replace(*now);
            if let Some(before) = before {
                said.set(in_words(&texts, &now.changes_since(before), &name));
            }
        }
    });
    html! { <p class="for-screen-readers" aria-live="polite">{ (*said).clone() }</p> }
}

fn in_words(texts: &Language, keys: &[&str], name: &str) -> String {
    let said: Vec<_> = keys.iter().map(|key| texts.with(key, &[("name", name.into())])).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use carillon_ipc::{OwnPictures, TheirPictures};

    use super::*;

    #[test]
    fn what_begins_and_what_ends_is_said_once() {
        let nothing = PicturesView::default();
        let all = PicturesView {
            sharing: Some("Screen 1".into()),
            theirs: TheirPictures { camera: true, screen: true, is_muted: true },
            mine: OwnPictures { camera: true, screen: true },
            ..PicturesView::default()
        };
        let (nothing, all) = (Seen::of(&nothing), Seen::of(&all));

        let began =
            ["say-camera-on", "say-sharing-began", "say-their-camera-on", "say-their-screen-began", "say-they-muted"];
        assert_eq!(all.changes_since(nothing), began);
        let ended = [
            "say-camera-off",
            "say-sharing-ended",
            "say-their-camera-off",
            "say-their-screen-ended",
            "say-they-unmuted",
        ];
        assert_eq!(nothing.changes_since(all), ended);
        assert!(all.changes_since(all).is_empty());
    }
}
