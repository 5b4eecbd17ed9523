//! Names and presence.

use carillon_ipc::tidy;
use carillon_protocol::Presence;
use yew::prelude::*;

use crate::context::use_texts;

#[derive(Properties, PartialEq)]
pub(crate) struct NameProps {
    pub(crate) name: AttrValue,
    #[prop_or_default]
    pub(crate) class: Classes,
}

/// A name that somebody chose: it may be long, run right to left, or try to look like something else.
#[component]
pub(crate) fn Name(props: &NameProps) -> Html {
    let name = tidy(&props.name).into_owned();
    html! { <bdi class={classes!("name", props.class.clone())} title={name.clone()}>{ name }</bdi> }
}

#[derive(Properties, PartialEq)]
pub(crate) struct PresenceProps {
    pub(crate) presence: Presence,
}

/// Whether somebody can be reached: a dot and a word.
#[component]
pub(crate) fn PresenceView(props: &PresenceProps) -> Html {
    let texts = use_texts();
    let (class, key) = match props.presence {
        Presence::Online => ("presence-online", "presence-online"),
        Presence::InCall => ("presence-in-call", "presence-in-call"),
        Presence::Offline => ("presence-offline", "presence-offline"),
    };
    html! {
        <span class={classes!("presence", class)}>
            <span class="presence-dot" aria-hidden="true" />
            { texts.t(key) }
        </span>
    }
}
