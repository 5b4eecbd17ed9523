//! A person's picture, or their initials on a hue of their own.

use carillon_protocol::{GroupId, GroupKind, UserId};
use yew::prelude::*;

use super::{Icon, IconView};
use crate::format;

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AvatarSize {
    /// In a list.
    Small,
    /// In a heading.
    Medium,
    /// In a ring.
    Large,
    /// Among others in a call.
    Big,
    /// In a call.
    Huge,
}

impl AvatarSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => "avatar-small",
            Self::Medium => "avatar-medium",
            Self::Large => "avatar-large",
            Self::Big => "avatar-big",
            Self::Huge => "avatar-huge",
        }
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct AvatarProps {
    pub(crate) user: UserId,
    pub(crate) name: AttrValue,
    pub(crate) size: AvatarSize,
    /// Where the picture is.
    #[prop_or_default]
    pub(crate) picture: Option<AttrValue>,
}

/// Decoration: the name stands beside it.
#[component]
pub(crate) fn Avatar(props: &AvatarProps) -> Html {
    let fallback = Fallback { of: props.user.as_str(), name: &props.name, icon: Icon::Person };
    use_picture(fallback, props.picture.clone(), classes!("avatar", props.size.class()))
}

#[derive(Properties, PartialEq)]
pub(crate) struct GroupAvatarProps {
    pub(crate) group: GroupId,
    pub(crate) kind: GroupKind,
    pub(crate) size: AvatarSize,
    /// Where the picture is.
    #[prop_or_default]
    pub(crate) picture: Option<AttrValue>,
}

/// A group is told from a person by its shape. Decoration, too.
#[component]
pub(crate) fn GroupAvatar(props: &GroupAvatarProps) -> Html {
    let icon = if props.kind == GroupKind::Room { Icon::Hash } else { Icon::People };
    let fallback = Fallback { of: props.group.as_str(), name: "", icon };
    use_picture(fallback, props.picture.clone(), classes!("avatar", "avatar-group", props.size.class()))
}

/// What stands where there is no picture.
struct Fallback<'a> {
    /// Chooses the hue.
    of: &'a str,
    name: &'a str,
    icon: Icon,
}

#[hook]
fn use_picture(fallback: Fallback<'_>, picture: Option<AttrValue>, class: Classes) -> Html {
    let broken = use_state_eq(|| None);
    let picture = picture.filter(|picture| *broken != Some(picture.clone()));
    let hue = format!("hue-{}", format::hue(fallback.of));
    let initials = format::initials(fallback.name);
    html! {
        <span class={classes!(class, hue)} aria-hidden="true">
            if let Some(picture) = picture {
                <img src={picture.clone()} alt="" onerror={move |_| broken.set(Some(picture.clone()))} />
            } else if initials.is_empty() {
                <IconView icon={fallback.icon} />
            } else {
                { initials }
            }
        </span>
    }
}
