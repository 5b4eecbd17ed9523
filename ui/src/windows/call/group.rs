//! A group call: every user's part, and bringing people in.

use std::rc::Rc;

use carillon_ipc::{Arg, CallRequest, CallState, CallView, GroupCallView, LegView, testid};
use carillon_protocol::{LegState, MAX_LEGS};
use yew::prelude::*;

use super::{controls::mute_button, state::StateLine};
use crate::{
    components::{Avatar, AvatarSize, Button, ButtonKind, Icon, IconButton, IconView, Name, Picker, nobody},
    context::{Language, use_texts},
};

#[derive(Properties, PartialEq)]
pub(super) struct GroupCallProps {
    pub(super) view: Rc<CallView>,
    pub(super) group: GroupCallView,
    pub(super) send: Callback<CallRequest>,
}

/// The stage of a group call.
#[component]
pub(super) fn GroupCall(props: &GroupCallProps) -> Html {
    let texts = use_texts();
    let GroupCallProps { view, group, send } = props;
    let title = if group.name.trim().is_empty() { texts.t("call-group-title") } else { group.name.clone() };
    let over = matches!(view.state, CallState::Ended { .. });
    html! {
        <div class="call-stage call-stage-group">
            <h1 class="call-name" data-testid={testid::CALL_NAME}><Name name={title.clone()} /></h1>
            <StateLine state={view.state.clone()} name={title} group=true />
            if !over {
                <p class="call-joined" role="status">{ joined(&texts, &group.legs) }</p>
            }
            <ul class="legs" aria-label={texts.t("call-legs")} data-testid={testid::CALL_LEGS}>
                { for group.legs.iter().map(|leg| tile(&texts, leg)) }
            </ul>
            if !over {
                <p class="call-honest"><IconView icon={Icon::CameraOff} /><span>{ texts.t("call-group-media") }</span></p>
            }
            if let Some(people) = &group.adding {
                <Picker
                    title={texts.t("call-add-whom")}
                    people={people.clone()}
                    max={MAX_LEGS.saturating_sub(group.legs.len())}
                    done="call-add-start"
                    icon={Icon::Phone}
                    none={nobody(texts.t("call-add-none"), texts.hint("call-add-none", &[]))}
                    on_done={send.reform(|users| CallRequest::Invite { users })}
                    on_cancel={send.reform(|()| CallRequest::AddPeople { on: false })}
                />
            }
        </div>
    }
}

/// How many are in it beside this user.
fn joined(texts: &Language, legs: &[LegView]) -> String {
    let others = legs.iter().filter(|leg| !leg.is_me && leg.state == LegState::Accepted).count();
    texts.with("leg-count", &[("count", Arg::Number(others as u64))])
}

fn tile(texts: &Language, leg: &LegView) -> Html {
    let (class, key) = match leg.state {
        LegState::Ringing => ("leg-ringing", "leg-ringing"),
        LegState::Accepted => ("leg-accepted", "leg-accepted"),
        LegState::Declined => ("leg-out", "leg-declined"),
        LegState::Busy => ("leg-out", "leg-busy"),
        LegState::Missed => ("leg-out", "leg-missed"),
        LegState::Left => ("leg-out", "leg-left"),
        LegState::Removed => ("leg-out", "leg-removed"),
    };
    let state = texts.t(key);
    let name = if leg.name.trim().is_empty() { leg.user.to_string() } else { leg.name.clone() };
    html! {
        <li class={classes!("leg", class)} key={leg.user.as_str()} data-testid={testid::leg(&leg.user)}>
            <span class="leg-picture">
                <Avatar user={leg.user.clone()} name={name.clone()} size={AvatarSize::Big} picture={leg.picture.clone()} />
            </span>
            <Name class="leg-name" name={name} />
            <span class="leg-state" role="status">
                if leg.is_me { { texts.t("group-you") }{ " · " } }
                { state }
            </span>
        </li>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct GroupControlsProps {
    pub(super) view: Rc<CallView>,
    pub(super) group: GroupCallView,
    pub(super) send: Callback<CallRequest>,
}

#[component]
pub(super) fn GroupControls(props: &GroupControlsProps) -> Html {
    let texts = use_texts();
    let GroupControlsProps { view, group, send } = props;
    html! {
        <div class="controls" role="toolbar" aria-label={texts.t("call-controls")}>
            { mute_button(&texts, view, send) }
            if group.can_add {
                <IconButton
                    class="control"
                    icon={Icon::PersonAdd}
                    label={texts.t("call-add")}
                    key_hint="A"
                    testid={testid::CALL_ADD}
                    on_press={send.reform(|()| CallRequest::AddPeople { on: true })}
                />
            }
            <IconButton
                class="control control-leave"
                icon={Icon::HangUp}
                label={texts.t("call-leave")}
                key_hint="H"
                testid={testid::CALL_HANGUP}
                on_press={send.reform(|()| CallRequest::HangUp)}
            />
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct KeyLineProps {
    pub(super) name: AttrValue,
    pub(super) send: Callback<CallRequest>,
}

/// The other device has shown another key than before: what that means, and what to do.
#[component]
pub(super) fn KeyLine(props: &KeyLineProps) -> Html {
    let texts = use_texts();
    let name = [("name", Arg::Text(&props.name))];
    html! {
        <div class="chat-note chat-note-key" role="status" data-testid={testid::KEY_CHANGED}>
            <IconView icon={Icon::Shield} />
            <div class="chat-note-text">
                <p class="notice-title">{ texts.with("key-changed", &name) }</p>
                <p>{ texts.hint("key-changed", &name) }</p>
            </div>
            <Button
                kind={ButtonKind::Plain}
                class="button-small"
                text={texts.t("key-seen")}
                testid={testid::KEY_SEEN}
                on_press={props.send.reform(|()| CallRequest::KeySeen)}
            />
        </div>
    }
}
