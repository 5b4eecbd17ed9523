//! The call window: who, the state in words, and the controls.

mod announce;
mod awake;
mod controls;
mod face;
mod group;
mod key_line;
mod keys;
mod levels;
mod mini;
mod more;
mod numbers;
mod scene;
mod screen_picker;
mod sharing;
mod stage;
mod state;
mod tile;

use std::rc::Rc;

use carillon_ipc::{CallRequest, CallState, CallView, PicturesView, testid};
use carillon_protocol::{UserId, shown_person};
use yew::prelude::*;

use self::{
    announce::Announced,
    awake::use_awake,
    controls::{Controls, EndControls},
    group::{GroupCall, small_tile, title},
    key_line::KeyLine,
    keys::on_key,
    levels::use_levels,
    mini::{Mini, small_tile_of_two},
    numbers::{Numbers, QualityChip},
    scene::has_pictures,
    screen_picker::ScreenPicker,
    sharing::Sharing,
    stage::PictureStage,
    state::{StateLine, who_ended},
};
use super::{ring_bar::RingBar, tried_bar::TriedBar};
use crate::{
    app::Shell,
    components::{
        Avatar, AvatarSize, EmptyState, Icon, IconView, Name, NoticeBar, Painting, QuitQuestion, use_painting,
    },
    context::use_texts,
    hooks::use_window_key,
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
    let pictures = live_pictures(view);
    let layout = Layout::of(view, pictures);
    use_awake(page.clone(), layout == Layout::Pictures && shows_pictures(view));
    let painting = use_painting(pictures.and_then(|pictures| pictures.feed.clone()));
    let notice = html! {
        <>
            <QuitQuestion asks={view.base.asks_to_quit} on_answer={send.reform(CallRequest::Quit)} />
            <TriedBar tried={view.tried.clone()} on_answer={send.reform(CallRequest::Tried)} />
            <RingBar ring={view.ring.clone()} on_answer={send.reform(CallRequest::Ring)} />
            <NoticeBar notice={view.notice.clone()} on_dismiss={send.reform(|()| CallRequest::DismissNotice)} />
        </>
    };
    if layout == Layout::Idle {
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
    let class = classes!("window", "call", layout.class());
    html! {
        <main {class} ref={page} data-testid={testid::CALL} data-state={state::word(&view.state)}>
            <ContextProvider<Painting> context={painting}>
                { notice }
                if let Some(name) = &view.key_changed {
                    <KeyLine name={name.clone()} send={send.clone()} />
                }
                if is_live(&view.state) {
                    <Announced view={view.clone()} />
                }
                { stage(layout, view, send) }
                if let Some(pictures) = pictures {
                    { over_the_stage(layout, pictures, send) }
                }
                if let CallState::Ended { reason, .. } = &view.state {
                    <EndControls reason={reason.clone()} send={send.clone()} />
                } else if layout != Layout::Mini {
                    <Controls view={view.clone()} send={send.clone()} />
                }
            </ContextProvider<Painting>>
        </main>
    }
}

/// What the window is made of at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// There is no call.
    Idle,
    /// Who it is, and the state in words.
    Voice,
    /// Pictures fill it, or the tiles of a group call.
    Pictures,
    /// The small window that stays on top.
    Mini,
}

impl Layout {
    fn of(view: &CallView, pictures: Option<&PicturesView>) -> Self {
        let is_shown = view.state != CallState::Idle && (view.with.is_some() || view.group.is_some());
        match pictures {
            _ if !is_shown => Self::Idle,
            Some(pictures) if pictures.is_mini => Self::Mini,
            Some(_) if view.group.is_some() => Self::Pictures,
            Some(pictures) if has_pictures(pictures) => Self::Pictures,
            Some(_) | None => Self::Voice,
        }
    }

    const fn class(self) -> Option<&'static str> {
        match self {
            Self::Idle | Self::Voice => None,
            Self::Pictures => Some("call-pictures"),
            Self::Mini => Some("call-mini"),
        }
    }
}

/// What is shown of pictures: nothing once the call is over.
fn live_pictures(view: &CallView) -> Option<&PicturesView> {
    view.pictures.as_ref().filter(|_| is_live(&view.state))
}

/// Whether there is anything to look at that controls would be in the way of.
fn shows_pictures(view: &CallView) -> bool {
    view.group.as_ref().is_none_or(group::has_pictures)
}

fn stage(layout: Layout, view: &Rc<CallView>, send: &Callback<CallRequest>) -> Html {
    let send = send.clone();
    match (layout, &view.group, &view.with) {
        (Layout::Pictures, Some(group), _) => html! { <GroupCall view={view.clone()} group={group.clone()} {send} /> },
        (Layout::Mini, Some(group), _) => {
            let large = small_tile(view, group);
            html! { <Mini view={view.clone()} name={group.name.clone()} {large} {send} /> }
        }
        (_, Some(_), _) => html! { <GroupLine view={view.clone()} /> },
        (_, None, Some((user, name))) => call_of_two(layout, view, (user, shown(user, name)), send),
        (_, None, None) => Html::default(),
    }
}

fn call_of_two(layout: Layout, view: &Rc<CallView>, with: (&UserId, String), send: Callback<CallRequest>) -> Html {
    let (view, user, name) = (view.clone(), with.0.clone(), with.1);
    match layout {
        Layout::Pictures => html! { <PictureStage {view} {user} {name} {send} /> },
        Layout::Mini => {
            let large = small_tile_of_two(&view, &user, &name);
            html! { <Mini {view} {name} {large} {send} /> }
        }
        Layout::Idle | Layout::Voice => html! { <Pair {view} {user} {name} {send} /> },
    }
}

/// What lies over the stage and moves nothing of it.
fn over_the_stage(layout: Layout, pictures: &PicturesView, send: &Callback<CallRequest>) -> Html {
    html! {
        <>
            if let Some(what) = pictures.sharing.clone().filter(|_| layout != Layout::Mini) {
                <Sharing {what} send={send.clone()} />
            }
            if let Some(numbers) = pictures.numbers.clone().filter(|_| layout != Layout::Mini) {
                <Numbers {numbers} send={send.clone()} />
            }
            if let Some(picker) = pictures.picker.clone() {
                <ScreenPicker {picker} send={send.clone()} />
            }
        </>
    }
}

/// A person without a display name is shown by their account's name.
fn shown(user: &UserId, name: &str) -> String {
    shown_person(name, user)
}

#[derive(Properties, PartialEq)]
struct GroupLineProps {
    view: Rc<CallView>,
}

/// What is said of a group call while there is nobody to show: before it, and after it.
#[component]
fn GroupLine(props: &GroupLineProps) -> Html {
    let texts = use_texts();
    let name = props.view.group.as_ref().map(|group| title(&texts, group)).unwrap_or_default();
    html! {
        <div class="call-stage">
            <h1 class="call-name" data-testid={testid::CALL_NAME}><Name name={name.clone()} /></h1>
            <StateLine state={props.view.state.clone()} name={who_ended(&props.view).unwrap_or(name)} group=true />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PairProps {
    view: Rc<CallView>,
    user: UserId,
    name: AttrValue,
    send: Callback<CallRequest>,
}

/// The stage of a call of two without pictures.
#[component]
fn Pair(props: &PairProps) -> Html {
    let texts = use_texts();
    let PairProps { view, user, name, send } = props;
    let pictures = live_pictures(view);
    html! {
        <div class="call-stage">
            <Talker user={user.clone()} name={name.clone()} picture={view.picture.clone()} />
            <h1 class="call-name" data-testid={testid::CALL_NAME}><Name name={name.clone()} /></h1>
            <StateLine state={view.state.clone()} name={name.clone()} />
            <div class="call-marks" role="status">
                if view.muted && is_live(&view.state) {
                    <span class="chip chip-muted"><IconView icon={Icon::MicrophoneOff} />{ texts.t("call-muted") }</span>
                }
                if pictures.is_some_and(|pictures| pictures.theirs.is_muted) {
                    <span class="chip">
                        <IconView icon={Icon::MicrophoneOff} />
                        { texts.with("call-they-muted", &[("name", name.as_str().into())]) }
                    </span>
                }
                if let Some(pictures) = pictures {
                    <QualityChip quality={pictures.quality} send={send.clone()} />
                } else if view.poor_network && is_live(&view.state) {
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
