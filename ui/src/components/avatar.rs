//! A person's picture, or their initials on a hue of their own.

use carillon_protocol::UserId;
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
    /// In a call.
    Huge,
}

impl AvatarSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => "avatar-small",
            Self::Medium => "avatar-medium",
            Self::Large => "avatar-large",
            Self::Huge => "avatar-huge",
        }
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct AvatarProps {
    pub(crate) user: UserId,
    pub(crate) name: AttrValue,
    pub(crate) size: AvatarSize,
    /// A `data:` URL.
    #[prop_or_default]
    pub(crate) picture: Option<AttrValue>,
}

/// Decoration: whoever shows it says the name as well.
#[component]
pub(crate) fn Avatar(props: &AvatarProps) -> Html {
    let hue = format!("hue-{}", format::hue(props.user.as_str()));
    let initials = format::initials(&props.name);
    let broken = use_state_eq(|| None);
    let picture = props.picture.clone().filter(|picture| *broken != Some(picture.clone()));
    html! {
        <span class={classes!("avatar", props.size.class(), hue)} aria-hidden="true">
            if let Some(picture) = picture {
                <img src={picture.clone()} alt="" onerror={move |_| broken.set(Some(picture.clone()))} />
            } else if initials.is_empty() {
                <IconView icon={Icon::Person} />
            } else {
                { initials }
            }
        </span>
    }
}
