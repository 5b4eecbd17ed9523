//! Everybody's part in a group call, how loud each of them is here, and what a moderator does about them.

use carillon_ipc::{Arg, CallRequest, GroupCallView, LegView, MAX_VOLUME, testid};
use yew::prelude::*;

use super::{display_name, has_pictures, moderating::Moderating};
use crate::{
    components::{Avatar, AvatarSize, Button, Icon, IconButton, IconView, Name, Slider},
    context::{Language, use_texts},
    windows::call::face::{hand_text, leg_class, standing_key},
};

/// In percent.
const VOLUME_STEP: u8 = 10;

#[derive(Properties, PartialEq)]
pub(super) struct PeopleProps {
    pub(super) group: GroupCallView,
    pub(super) send: Callback<CallRequest>,
}

/// The list, beside the tiles or over them where there is little room.
#[component]
pub(super) fn People(props: &PeopleProps) -> Html {
    let texts = use_texts();
    let PeopleProps { group, send } = props;
    let has_pictures = has_pictures(group);
    html! {
        <aside class="people" aria-label={texts.t("call-people-title")}>
            <header class="people-head">
                <h2 class="people-title">{ texts.t("call-people-title") }</h2>
                <IconButton
                    icon={Icon::Close}
                    label={texts.t("call-people-hide")}
                    key_hint="Esc"
                    on_press={send.reform(|()| CallRequest::ShowPeople { on: false })}
                />
            </header>
            <ul class="people-list" aria-label={texts.t("call-legs")} data-testid={testid::CALL_LEGS}>
                { for group.legs.iter().map(|leg| row(&texts, leg, has_pictures, send)) }
            </ul>
            if group.can_add {
                <Button
                    class="people-add"
                    icon={Icon::PersonAdd}
                    text={texts.t("call-add")}
                    key_hint="A"
                    testid={testid::CALL_ADD}
                    on_press={send.reform(|()| CallRequest::AddPeople { on: true })}
                />
            }
        </aside>
    }
}

fn row(texts: &Language, leg: &LegView, has_pictures: bool, send: &Callback<CallRequest>) -> Html {
    let name = AttrValue::from(display_name(leg));
    html! {
        <li class={classes!("leg", leg_class(leg.state))} key={leg.user.as_str()} data-testid={testid::leg(&leg.user)}>
            <span class="leg-picture">
                <Avatar user={leg.user.clone()} name={name.clone()} size={AvatarSize::Small} picture={leg.picture.clone()} />
            </span>
            <span class="list-text">
                <Name class="leg-name" name={name.clone()} />
                <span class="leg-state" role="status">
                    if leg.is_me { { texts.t("group-you") }{ " · " } }
                    { texts.t(standing_key(leg)) }
                </span>
            </span>
            if leg.is_in() {
                { marks(texts, leg, &name, has_pictures) }
            }
            if leg.can_moderate {
                <Moderating leg={leg.clone()} name={name.clone()} send={send.clone()} />
            }
            if leg.is_in() && !leg.is_me {
                { volume(texts, leg, &name, send) }
            }
        </li>
    }
}

fn marks(texts: &Language, leg: &LegView, name: &str, has_pictures: bool) -> Html {
    let with = |key| texts.with(key, &[("name", Arg::Text(name))]);
    html! {
        <span class="leg-marks">
            if let Some(place) = leg.hand {
                <span class="leg-hand">
                    <IconView icon={Icon::Hand} name={hand_text(texts, leg, name, place)} />
                    <span aria-hidden="true">{ place }</span>
                </span>
            }
            if leg.is_muted {
                <IconView icon={Icon::MicrophoneOff} name={with("call-they-muted")} />
            }
            if leg.screen {
                <IconView icon={Icon::Screen} name={with("call-screen-of")} />
            }
            if has_pictures && !leg.camera {
                <IconView icon={Icon::CameraOff} name={with("call-they-no-camera")} />
            }
        </span>
    }
}

/// Nobody else hears of it.
fn volume(texts: &Language, leg: &LegView, name: &str, send: &Callback<CallRequest>) -> Html {
    let with = |key| texts.with(key, &[("name", Arg::Text(name))]);
    let is_silenced = leg.volume.is_silenced;
    let silence = {
        let user = leg.user.clone();
        send.reform(move |()| CallRequest::Silence { user: user.clone(), on: !is_silenced })
    };
    let set = {
        let user = leg.user.clone();
        send.reform(move |percent| CallRequest::SetVolume { user: user.clone(), percent })
    };
    html! {
        <span class="leg-volume">
            <IconButton
                class={classes!(is_silenced.then_some("control-off"))}
                icon={if is_silenced { Icon::SpeakerOff } else { Icon::Speaker }}
                label={with(if is_silenced { "call-unsilence" } else { "call-silence" })}
                pressed={is_silenced}
                testid={testid::silence(&leg.user)}
                on_press={silence}
            />
            <Slider
                label={with("call-volume")}
                value={leg.volume.percent}
                max={MAX_VOLUME}
                step={VOLUME_STEP}
                testid={testid::volume(&leg.user)}
                on_change={set}
            />
        </span>
    }
}
