//! Names, presence, and how many wait.

use carillon_ipc::{Arg, PersonView};
use carillon_protocol::{ContactState, Presence, shown_name};
use yew::prelude::*;

use super::{Avatar, AvatarSize};
use crate::context::{Language, use_texts};

#[derive(Properties, PartialEq)]
pub(crate) struct NameProps {
    pub(crate) name: AttrValue,
    #[prop_or_default]
    pub(crate) class: Classes,
}

/// A name that a user chose: it may be long, run right to left, or try to look like something else.
#[component]
pub(crate) fn Name(props: &NameProps) -> Html {
    let name = shown_name(&props.name);
    html! { <bdi class={classes!("name", props.class.clone())} data-tip-cut="">{ name }</bdi> }
}

#[derive(Properties, PartialEq)]
pub(crate) struct PersonLineProps {
    pub(crate) person: PersonView,
    /// What stands below the name; `None`: the presence.
    #[prop_or_default]
    pub(crate) detail: Option<Html>,
}

/// A person in a list: picture, name, and a line below it.
#[component]
pub(crate) fn PersonLine(props: &PersonLineProps) -> Html {
    let person = &props.person;
    html! {
        <>
            <Avatar
                user={person.user.clone()}
                name={person.name.clone()}
                size={AvatarSize::Small}
                picture={person.picture.clone()}
            />
            <span class="list-text">
                <Name name={person.name.clone()} />
                if let Some(detail) = &props.detail {
                    { detail.clone() }
                } else {
                    <PresenceView person={person.clone()} />
                }
            </span>
        </>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct PresenceProps {
    pub(crate) person: PersonView,
}

/// Whether a person can be reached: a dot and a word. For a person who is no contact it says whether one asked the other, or their account.
#[component]
pub(crate) fn PresenceView(props: &PresenceProps) -> Html {
    let texts = use_texts();
    let person = &props.person;
    if person.blocked {
        return plain(texts.t("contact-blocked"));
    }
    if person.presence == Presence::Hidden {
        return plain(between(&texts, person));
    }
    let (class, key) = presence_word(person.presence);
    html! {
        <span class={classes!("presence", class)}>
            <span class="presence-dot" aria-hidden="true" />
            { texts.t(key) }
        </span>
    }
}

/// How a presence is drawn, and the key of its word.
pub(crate) const fn presence_word(presence: Presence) -> (&'static str, &'static str) {
    match presence {
        Presence::Online => ("presence-online", "presence-online"),
        Presence::InCall => ("presence-in-call", "presence-in-call"),
        Presence::DoNotDisturb => ("presence-silent", "presence-do-not-disturb"),
        Presence::Away => ("presence-away", "presence-away"),
        Presence::Offline | Presence::Hidden => ("presence-offline", "presence-offline"),
    }
}

fn plain(text: String) -> Html {
    html! { <span class="presence"><span class="presence-text">{ text }</span></span> }
}

fn between(texts: &Language, person: &PersonView) -> String {
    match person.contact {
        ContactState::Requested => texts.t("contact-requested"),
        ContactState::Asked => texts.t("contact-asked"),
        ContactState::None | ContactState::Contact => person.user.to_string(),
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct BadgeProps {
    pub(crate) count: u32,
    /// The text that says it in words.
    pub(crate) key_of_text: &'static str,
    #[prop_or_default]
    pub(crate) class: Classes,
}

/// How many; nothing at all for none.
#[component]
pub(crate) fn Badge(props: &BadgeProps) -> Html {
    let texts = use_texts();
    if props.count == 0 {
        return Html::default();
    }
    let shown = if props.count > 99 { "99+".to_owned() } else { props.count.to_string() };
    html! {
        <span class={classes!("badge", props.class.clone())}>
            <span aria-hidden="true">{ shown }</span>
            <span class="for-screen-readers">{ texts.with(props.key_of_text, &[("count", Arg::from(props.count))]) }</span>
        </span>
    }
}
