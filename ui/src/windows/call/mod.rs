//! The call window: who, the state in words, and the controls.

mod controls;
mod group;
mod state;

use std::rc::Rc;

use carillon_ipc::{CallRequest, CallState, CallView, Levels, command, testid};
use carillon_protocol::UserId;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use self::{
    controls::{Controls, EndControls},
    group::{GroupCall, GroupControls, KeyLine},
    state::StateLine,
};
use super::ring_bar::RingBar;
use crate::{
    app::Shell,
    components::{Avatar, AvatarSize, EmptyState, Icon, IconView, Name, NoticeBar},
    context::{FailedRequest, use_texts},
    hooks::{is_typing, set_css_variable, use_window_key},
};

#[derive(Properties, PartialEq)]
pub(crate) struct CallWindowProps {
    pub(crate) view: Rc<CallView>,
    pub(crate) send: Callback<CallRequest>,
    /// Where the levels come from.
    #[prop_or_default]
    pub(crate) shell: Option<Shell>,
}

/// All of it.
#[component]
pub(crate) fn CallWindow(props: &CallWindowProps) -> Html {
    let CallWindowProps { view, send, shell } = props;
    let texts = use_texts();
    let page = use_node_ref();
    let on_key = use_callback((view.clone(), send.clone()), |event, (view, send)| on_key(&event, view, send));
    use_window_key(on_key);
    use_levels(shell.clone(), is_live(&view.state), page.clone());
    let notice = html! {
        <>
            <RingBar ring={view.ring.clone()} on_answer={send.reform(CallRequest::Ring)} />
            <NoticeBar notice={view.notice.clone()} on_dismiss={send.reform(|()| CallRequest::DismissNotice)} />
        </>
    };
    let shows = view.state != CallState::Idle && (view.with.is_some() || view.group.is_some());
    if !shows {
        return html! {
            <main class="window call" data-testid={testid::CALL} data-state="idle">
                { notice }
                <EmptyState
                    icon={Icon::Phone}
                    title={html! { { texts.t("call-state-idle") } }}
                    hint={texts.hint("call-state-idle", &[]).map(|hint| html! { { hint } })}
                />
            </main>
        };
    }
    html! {
        <main class="window call" ref={page} data-testid={testid::CALL} data-state={state::word(&view.state)}>
            { notice }
            if let Some(name) = &view.key_changed {
                <KeyLine name={name.clone()} send={send.clone()} />
            }
            if let Some(group) = &view.group {
                <GroupCall view={view.clone()} group={group.clone()} send={send.clone()} />
            } else if let Some((user, name)) = &view.with {
                <Pair view={view.clone()} user={user.clone()} name={shown(user, name)} />
            }
            if let CallState::Ended { reason, .. } = &view.state {
                <EndControls reason={reason.clone()} send={send.clone()} />
            } else if let Some(group) = &view.group {
                <GroupControls group={group.clone()} send={send.clone()} />
            } else {
                <Controls view={view.clone()} send={send.clone()} />
            }
        </main>
    }
}

/// A person without a display name is shown by their account's name.
fn shown(user: &UserId, name: &str) -> String {
    if name.trim().is_empty() { user.to_string() } else { name.to_owned() }
}

#[derive(Properties, PartialEq)]
struct PairProps {
    view: Rc<CallView>,
    user: UserId,
    name: AttrValue,
}

/// The stage of a call of two.
#[component]
fn Pair(props: &PairProps) -> Html {
    let texts = use_texts();
    let PairProps { view, user, name } = props;
    html! {
        <div class="call-stage">
            <Talker user={user.clone()} name={name.clone()} picture={view.picture.clone()} />
            <h1 class="call-name" data-testid={testid::CALL_NAME}><Name name={name.clone()} /></h1>
            <StateLine state={view.state.clone()} name={name.clone()} />
            <div class="call-marks" role="status">
                if view.muted && is_live(&view.state) {
                    <span class="chip chip-muted"><IconView icon={Icon::MicrophoneOff} />{ texts.t("call-muted") }</span>
                }
                if view.poor_network && is_live(&view.state) {
                    <span class="chip"><IconView icon={Icon::SignalWeak} />{ texts.t("call-poor-network") }</span>
                }
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct TalkerProps {
    user: UserId,
    name: AttrValue,
    picture: Option<AttrValue>,
}

/// The other one; the ring round the picture follows how loud they are, by a CSS variable of the page.
#[component]
fn Talker(props: &TalkerProps) -> Html {
    html! {
        <div class="talker">
            <span class="talker-ring" aria-hidden="true" />
            <Avatar user={props.user.clone()} name={props.name.clone()} size={AvatarSize::Huge} picture={props.picture.clone()} />
        </div>
    }
}

const fn is_live(state: &CallState) -> bool {
    !matches!(state, CallState::Idle | CallState::Ended { .. })
}

fn on_key(event: &KeyboardEvent, view: &CallView, send: &Callback<CallRequest>) {
    let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() || is_typing(event));
    if !plain || !is_live(&view.state) {
        return;
    }
    match event.key().to_lowercase().as_str() {
        "m" if view.group.is_none() => send.emit(CallRequest::SetMuted { muted: !view.muted }),
        "a" if view.group.as_ref().is_some_and(|group| group.can_add) => send.emit(CallRequest::AddPeople { on: true }),
        "h" => send.emit(CallRequest::HangUp),
        _ => {}
    }
}

/// Sets `--speaker` and `--microphone` on the page, without rendering anything again.
#[hook]
fn use_levels(shell: Option<Shell>, live: bool, page: NodeRef) {
    let tell = use_context::<FailedRequest>().unwrap_or_default().tell;
    use_effect_with((shell, live), move |(shell, live)| {
        let subscription = shell.as_ref().filter(|_| *live).map(|shell| {
            let page = page.clone();
            let mut shown = Levels::default();
            let on_levels = move |message| {
                let levels: Levels = serde_wasm_bindgen::from_value(message).unwrap_or_default();
                shown = show_levels(&page, shown, in_steps(levels));
            };
            let tell = tell.clone();
            let on_refusal = Box::new(move |notice| tell.emit(notice));
            shell.0.subscribe(command::CALL_LEVELS, "levels", Box::new(on_levels), on_refusal)
        });
        move || {
            drop(subscription);
            show_levels(&page, Levels { microphone: 1.0, speaker: 1.0 }, Levels::default());
        }
    });
}

/// Every change is painted, and more than this many heights of a ring look the same.
const LEVEL_STEPS: f32 = 8.0;

fn in_steps(levels: Levels) -> Levels {
    let step = |level: f32| (level.clamp(0.0, 1.0) * LEVEL_STEPS).round() / LEVEL_STEPS;
    Levels { microphone: step(levels.microphone), speaker: step(levels.speaker) }
}

/// Touches the page only where something has changed; gives what is on show now.
fn show_levels(page: &NodeRef, shown: Levels, levels: Levels) -> Levels {
    if shown.speaker != levels.speaker {
        set_css_variable(page, "--speaker", levels.speaker);
    }
    if shown.microphone != levels.microphone {
        set_css_variable(page, "--microphone", levels.microphone);
    }
    levels
}
