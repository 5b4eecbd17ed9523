//! What rings, as a bar in a window that may have the focus: the ring window never has it, and a keyboard does not reach that.

use carillon_ipc::{Reply, RingAnswer, RingState, testid};
use carillon_protocol::CallId;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::ring::{accept_icon, accept_label, announcement, display_name, line, use_hears};
use crate::{
    components::{Avatar, AvatarSize, Button, ButtonKind, Icon, IconButton, IconView, Menu, Name, menu_item},
    context::{Language, use_texts},
    hooks::{command_shift_key, is_command_shift, use_window_focus, use_window_key},
};

#[derive(Properties, PartialEq)]
pub(crate) struct RingBarProps {
    pub(crate) ring: Option<RingState>,
    pub(crate) on_answer: Callback<RingAnswer>,
}

/// Nothing while nothing rings, or while the window has no focus: then the ring window is the one to look at. It lies over the page and
/// moves nothing of it.
#[component]
pub(crate) fn RingBar(props: &RingBarProps) -> Html {
    let texts = use_texts();
    let ring = props.ring.as_ref();
    let has_focus = use_window_focus();
    html! {
        <>
            // Always there, because screen readers say what changes in it and not what it begins with.
            <p class="for-screen-readers" aria-live="assertive">
                { ring.filter(|_| has_focus).map(|ring| announcement(&texts, ring)) }
            </p>
            if let Some(ring) = ring.filter(|_| has_focus) {
                <Bar key={ring.call.to_string()} ring={ring.clone()} on_answer={props.on_answer.clone()} />
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct BarProps {
    ring: RingState,
    on_answer: Callback<RingAnswer>,
}

#[component]
fn Bar(props: &BarProps) -> Html {
    let texts = use_texts();
    let BarProps { ring, on_answer } = props;
    let hears = use_hears(ring.call);
    let rings = ring.answered_on.is_none();
    let ask = |answer: fn(CallId) -> RingAnswer| {
        let (on_answer, call, hears) = (on_answer.clone(), ring.call, *hears);
        Callback::from(move |()| {
            if hears && rings {
                on_answer.emit(answer(call));
            }
        })
    };
    let accept = ask(|call| RingAnswer::Accept { call });
    let without_video = ask(|call| RingAnswer::AcceptWithoutVideo { call });
    let decline = ask(|call| RingAnswer::Decline { call });
    let silence = ask(|call| RingAnswer::Silence { call });
    let write = {
        let (on_answer, call, hears) = (on_answer.clone(), ring.call, *hears);
        Callback::from(move |reply| {
            if hears && rings {
                on_answer.emit(RingAnswer::Message { call, reply });
            }
        })
    };
    let mut keys = vec![("a", accept.clone()), ("d", decline.clone()), ("s", silence.clone())];
    keys.extend(ring.opens_camera.then(|| ("v", without_video.clone())));
    use_window_key(Callback::from(move |event: KeyboardEvent| {
        let pressed = event.key().to_lowercase();
        let meant = keys.iter().find(|(key, _)| is_command_shift(&event) && *key == pressed);
        if let Some((_, answer)) = meant {
            event.prevent_default();
            answer.emit(());
        }
    }));
    let name = display_name(ring);
    html! {
        <div
            class={classes!("ring-bar", rings.then_some("is-ringing"))}
            role="group"
            aria-label={announcement(&texts, ring)}
            data-testid={testid::RING_BAR}
            data-armed={hears.to_string()}
        >
            <span class="ring-avatar">
                <Avatar user={ring.user.clone()} name={name.clone()} size={AvatarSize::Small} picture={ring.picture.clone()} />
            </span>
            <div class="ring-text">
                <p class="ring-bar-name"><Name {name} /></p>
                <p class="ring-kind">{ line(&texts, ring) }</p>
            </div>
            if rings {
                { answers(&texts, ring, Answers { accept, without_video, decline, silence, write }) }
            }
        </div>
    }
}

/// What each of the answers does.
struct Answers {
    accept: Callback<()>,
    without_video: Callback<()>,
    decline: Callback<()>,
    silence: Callback<()>,
    write: Callback<Reply>,
}

fn answers(texts: &Language, ring: &RingState, on: Answers) -> Html {
    html! {
        <>
            <IconButton
                icon={Icon::BellOff}
                class="tooltip-left"
                label={texts.t("ring-silence")}
                key_hint={command_shift_key("S")}
                testid={testid::RING_BAR_SILENCE}
                on_press={on.silence}
            />
            <Menu
                class="ring-bar-replies"
                button={html! { <IconView icon={Icon::Send} /> }}
                label={texts.t("ring-message")}
                testid={testid::RING_BAR_MESSAGE}
            >
                { for Reply::ALL.into_iter().map(|reply| {
                    let key = reply.key();
                    menu_item(Icon::Send, texts.t(key), testid::bar_reply(reply), on.write.reform(move |()| reply))
                }) }
            </Menu>
            <Button
                kind={ButtonKind::Decline}
                icon={Icon::HangUp}
                text={texts.t("ring-decline")}
                key_hint={command_shift_key("D")}
                testid={testid::RING_BAR_DECLINE}
                on_press={on.decline}
            />
            if ring.opens_camera {
                <Button
                    icon={Icon::Phone}
                    text={texts.t("ring-accept-without-video")}
                    key_hint={command_shift_key("V")}
                    testid={testid::RING_BAR_ACCEPT_WITHOUT_VIDEO}
                    on_press={on.without_video}
                />
            }
            <Button
                kind={ButtonKind::Answer}
                icon={accept_icon(ring)}
                text={texts.t("ring-accept")}
                label={accept_label(texts, ring)}
                key_hint={command_shift_key("A")}
                testid={testid::RING_BAR_ACCEPT}
                on_press={on.accept}
            />
        </>
    }
}
