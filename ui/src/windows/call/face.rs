//! What a tile shows of a person where there is no picture, and the signs in its corner.

use carillon_ipc::{Arg, LegView};
use carillon_protocol::{LegState, UserId};
use yew::prelude::*;

use crate::{
    components::{Avatar, AvatarSize, Icon, IconView},
    context::Language,
};

#[derive(Properties, PartialEq)]
pub(super) struct FaceProps {
    pub(super) user: UserId,
    pub(super) name: AttrValue,
    pub(super) picture: Option<AttrValue>,
    pub(super) size: AvatarSize,
    /// What stands under it.
    #[prop_or_default]
    pub(super) children: Html,
}

/// A person's avatar in a ring that follows their voice, over all of the tile. A live picture before it hides it.
#[component]
pub(super) fn Face(props: &FaceProps) -> Html {
    let FaceProps { user, name, picture, size, children } = props;
    html! {
        <span class="tile-face">
            <span class="talker">
                <span class="talker-ring" aria-hidden="true" />
                <Avatar user={user.clone()} name={name.clone()} size={*size} picture={picture.clone()} />
            </span>
            { children.clone() }
        </span>
    }
}

/// A sign in the tile's corner, with words for screen readers.
pub(super) fn mark(name: String, icon: Icon) -> Html {
    html! { <span class="tile-mark"><IconView {icon} {name} /></span> }
}

/// The text that says how far somebody's part in a group call has come.
const fn leg_key(state: LegState) -> &'static str {
    match state {
        LegState::Ringing => "leg-ringing",
        LegState::Accepted => "leg-accepted",
        LegState::Declined => "leg-declined",
        LegState::Busy => "leg-busy",
        LegState::Missed => "leg-missed",
        LegState::Left => "leg-left",
        LegState::Removed => "leg-removed",
    }
}

/// The text that says how somebody in a group call is: of one who is in it, whether they are reached.
pub(super) const fn standing_key(leg: &LegView) -> &'static str {
    if leg.is_reconnecting { "leg-reconnecting" } else { leg_key(leg.state) }
}

/// What is said of a hand that is up, with its place among all.
pub(super) fn hand_text(texts: &Language, leg: &LegView, name: &str, place: usize) -> String {
    let key = if leg.is_me { "call-hand-of-you" } else { "call-hand" };
    texts.with(key, &[("name", Arg::Text(name)), ("place", Arg::Number(place as u64))])
}

/// How that is drawn.
pub(super) const fn leg_class(state: LegState) -> &'static str {
    match state {
        LegState::Ringing => "leg-ringing",
        LegState::Accepted => "leg-accepted",
        LegState::Declined | LegState::Busy | LegState::Missed | LegState::Left | LegState::Removed => "leg-out",
    }
}
