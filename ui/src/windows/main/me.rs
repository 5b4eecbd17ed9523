//! This user: their presence, the settings, and the end of the program.

use carillon_ipc::{GroupRequest, LinkView, MainRequest, MeView, OwnPresence, QuitAnswer, testid};
use yew::prelude::*;

use crate::{
    components::{Avatar, AvatarSize, Icon, IconButton, IconView, Menu, Name},
    context::{Language, use_texts},
    hooks::command_key,
};

#[derive(Properties, PartialEq)]
pub(super) struct MeProps {
    pub(super) me: Option<MeView>,
    pub(super) link: LinkView,
    pub(super) send: Callback<MainRequest>,
}

/// A presence that this user can choose.
#[derive(Clone, Copy)]
struct PresenceChoice {
    presence: OwnPresence,
    class: &'static str,
    /// Of its text.
    key: &'static str,
    testid: &'static str,
}

const CHOICES: [PresenceChoice; 3] = [
    PresenceChoice {
        presence: OwnPresence::Available,
        class: "presence-online",
        key: "presence-available",
        testid: testid::ME_AVAILABLE,
    },
    PresenceChoice {
        presence: OwnPresence::Away,
        class: "presence-away",
        key: "presence-away",
        testid: testid::ME_AWAY,
    },
    PresenceChoice {
        presence: OwnPresence::DoNotDisturb,
        class: "presence-silent",
        key: "presence-do-not-disturb",
        testid: testid::ME_DO_NOT_DISTURB,
    },
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
    let quit = props.send.reform(|_: MouseEvent| MainRequest::Quit(QuitAnswer::Ask));
    let settings = props.send.reform(|_: MouseEvent| MainRequest::OpenSettings);
    html! {
        <div class="me">
            <Menu {button} label={texts.t("me-menu")} testid={testid::ME} class="me-menu">
                for choice in CHOICES {
                    { presence_item(&texts, me.presence, choice, &props.send) }
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
                icon={Icon::Plus}
                label={texts.t("groups-new")}
                class="tooltip-below"
                testid={testid::NEW_GROUP}
                on_press={props.send.reform(|()| MainRequest::Group(GroupRequest::OpenNew))}
            />
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

/// One presence to choose.
fn presence_item(texts: &Language, now: OwnPresence, choice: PresenceChoice, send: &Callback<MainRequest>) -> Html {
    let PresenceChoice { presence, class, key, testid } = choice;
    html! {
        <button
            key={testid}
            type="button"
            class="menu-item"
            role="menuitemradio"
            aria-checked={(now == presence).to_string()}
            data-testid={testid}
            onclick={send.reform(move |_: MouseEvent| MainRequest::SetPresence { presence })}
        >
            <span class={classes!("presence", class)}><span class="presence-dot" aria-hidden="true" /></span>
            <span class="menu-text">
                { texts.t(key) }
                if presence == OwnPresence::DoNotDisturb {
                    <span class="menu-hint">{ texts.t("presence-do-not-disturb-hint") }</span>
                }
            </span>
            <span class="menu-check">
                if now == presence { <IconView icon={Icon::Check} /> }
            </span>
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct OwnPresenceProps {
    presence: OwnPresence,
    link: LinkView,
}

/// What others see: without a link it is *Offline*, whatever was chosen.
#[component]
fn OwnPresenceView(props: &OwnPresenceProps) -> Html {
    let texts = use_texts();
    let chosen = CHOICES.iter().find(|choice| choice.presence == props.presence && props.link == LinkView::Up);
    let offline = ("presence-offline", "presence-offline");
    let (class, key) = chosen.map_or(offline, |choice| (choice.class, choice.key));
    html! {
        <span class={classes!("presence", class)}>
            <span class="presence-dot" aria-hidden="true" />
            { texts.t(key) }
        </span>
    }
}
