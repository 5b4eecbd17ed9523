//! Oneself: what one is for others, settings, the way out.

use carillon_ipc::{LinkView, MainRequest, MeView, OwnPresence, testid};
use yew::prelude::*;

use crate::{
    components::{Avatar, AvatarSize, Icon, IconButton, IconView, Menu, Name},
    context::use_texts,
    hooks::command_key,
};

#[derive(Properties, PartialEq)]
pub(super) struct MeProps {
    pub(super) me: Option<MeView>,
    pub(super) link: LinkView,
    pub(super) send: Callback<MainRequest>,
}

const CHOICES: [(OwnPresence, &str, &str, &str); 3] = [
    (OwnPresence::Available, "presence-online", "presence-available", testid::ME_AVAILABLE),
    (OwnPresence::Away, "presence-away", "presence-away", testid::ME_AWAY),
    (OwnPresence::DoNotDisturb, "presence-silent", "presence-do-not-disturb", testid::ME_DO_NOT_DISTURB),
];

#[component]
pub(super) fn Me(props: &MeProps) -> Html {
    let texts = use_texts();
    let Some(me) = &props.me else { return Html::default() };
    let button = html! {
        <>
            <Avatar user={me.user.clone()} name={me.name.clone()} size={AvatarSize::Small} picture={me.picture.clone()} />
            <span class="list-text">
                <Name class="me-name" name={me.name.clone()} />
                <OwnPresenceView presence={me.presence} link={props.link} />
            </span>
            <IconView icon={Icon::ChevronDown} />
        </>
    };
    let quit = props.send.reform(|_: MouseEvent| MainRequest::Quit);
    let settings = props.send.reform(|_: MouseEvent| MainRequest::OpenSettings);
    html! {
        <div class="me">
            <Menu {button} label={texts.t("me-menu")} testid={testid::ME} class="me-menu">
                for (presence, class, key, testid) in CHOICES {
                    <button
                        key={testid}
                        type="button"
                        class="menu-item"
                        role="menuitemradio"
                        aria-checked={(me.presence == presence).to_string()}
                        data-testid={testid}
                        onclick={props.send.reform(move |_: MouseEvent| MainRequest::SetPresence { presence })}
                    >
                        <span class={classes!("presence", class)}><span class="presence-dot" aria-hidden="true" /></span>
                        <span class="menu-text">
                            { texts.t(key) }
                            if presence == OwnPresence::DoNotDisturb {
                                <span class="menu-hint">{ texts.t("presence-do-not-disturb-hint") }</span>
                            }
                        </span>
                        <span class="menu-check">
                            if me.presence == presence { <IconView icon={Icon::Check} /> }
                        </span>
                    </button>
                }
                <hr class="menu-line" />
                <button type="button" class="menu-item" role="menuitem" onclick={settings}>
                    <IconView icon={Icon::Settings} />
                    <span class="menu-text">{ texts.t("menu-settings") }</span>
                    <kbd>{ command_key(",") }</kbd>
                </button>
                <button type="button" class="menu-item" role="menuitem" data-testid={testid::QUIT} onclick={quit}>
                    <IconView icon={Icon::Power} />
                    <span class="menu-text">{ texts.t("menu-quit") }</span>
                    <kbd>{ command_key("Q") }</kbd>
                </button>
            </Menu>
            <IconButton
                icon={Icon::Settings}
                label={texts.t("menu-settings")}
                class="tooltip-below"
                testid={testid::OPEN_SETTINGS}
                on_press={props.send.reform(|()| MainRequest::OpenSettings)}
            />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct OwnPresenceProps {
    presence: OwnPresence,
    link: LinkView,
}

/// What others see: without a link nobody is anything but offline.
#[component]
fn OwnPresenceView(props: &OwnPresenceProps) -> Html {
    let texts = use_texts();
    let chosen = CHOICES.iter().find(|(presence, ..)| *presence == props.presence);
    let (class, key) = match chosen {
        Some((_, class, key, _)) if props.link == LinkView::Up => (*class, *key),
        _ => ("presence-offline", "presence-offline"),
    };
    html! {
        <span class={classes!("presence", class)}>
            <span class="presence-dot" aria-hidden="true" />
            { texts.t(key) }
        </span>
    }
}
