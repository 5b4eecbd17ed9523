//! The ring window: who calls, Decline, Accept. It never takes the focus, and is deaf to clicks for its first moment, so that
//! a click that was meant for what it covers answers nothing.

use std::rc::Rc;

use carillon_ipc::{RingAnswer, RingRequest, RingState, RingView, SelfView, Stream, testid};
use carillon_protocol::{CallId, CallKind};
use gloo_timers::callback::Timeout;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::replies::Replies;
use crate::{
    components::{
        Avatar, AvatarSize, Button, ButtonKind, Icon, IconButton, Live, Name, NoticeBar, Painting, use_painting,
    },
    context::{Language, use_texts, use_unfolded},
    hooks::{use_visible_again, use_window_key},
};

/// For how long clicks do nothing: 400 ms after the window came up, and what the system takes to show what is rendered.
const DEAF_MS: u32 = 450;

#[derive(Properties, PartialEq)]
pub(crate) struct RingWindowProps {
    pub(crate) view: Rc<RingView>,
    pub(crate) send: Callback<RingRequest>,
}

/// All of it.
#[component]
pub(crate) fn RingWindow(props: &RingWindowProps) -> Html {
    let texts = use_texts();
    let ring = props.view.ring.as_ref();
    let look = props.view.look.clone();
    let painting = use_painting(look.as_ref().and_then(|look| look.feed.clone()));
    html! {
        <main class="window">
            // Always there, because screen readers say what changes in it and not what it begins with.
            <p class="for-screen-readers" aria-live="assertive">{ ring.map(|ring| announcement(&texts, ring)) }</p>
            if let Some(ring) = ring {
                <ContextProvider<Painting> context={painting}>
                    <Ring key={ring.call.to_string()} ring={ring.clone()} {look} send={props.send.clone()} />
                </ContextProvider<Painting>>
            }
            <NoticeBar notice={None} on_dismiss={Callback::noop()} />
        </main>
    }
}

#[derive(Properties, PartialEq)]
struct RingProps {
    ring: RingState,
    look: Option<SelfView>,
    send: Callback<RingRequest>,
}

#[component]
fn Ring(props: &RingProps) -> Html {
    let texts = use_texts();
    let ring = &props.ring;
    let hears = use_hears(ring.call);
    let ask = |answer: fn(CallId) -> RingAnswer| {
        let (send, call, hears) = (props.send.clone(), ring.call, *hears);
        Callback::from(move |()| {
            if hears {
                send.emit(RingRequest::Answer(answer(call)));
            }
        })
    };
    let request = |request: RingRequest| {
        let (send, hears) = (props.send.clone(), *hears);
        Callback::from(move |()| {
            if hears {
                send.emit(request.clone());
            }
        })
    };
    let looks = props.look.is_some();
    let unfolded = use_unfolded();
    let writes = use_state_eq(|| unfolded);
    let set_writes = {
        let (writes, hears) = (writes.setter(), *hears);
        Callback::from(move |on| {
            if hears {
                writes.set(on);
            }
        })
    };
    let reply = {
        let (send, call, hears) = (props.send.clone(), ring.call, *hears);
        Callback::from(move |reply| {
            if hears {
                send.emit(RingRequest::Answer(RingAnswer::Message { call, reply }));
            }
        })
    };
    let set_camera = request(RingRequest::SetCamera { on: !ring.opens_camera });
    let look = request(RingRequest::Look { on: !looks });
    let accept = ask(|call| RingAnswer::Accept { call });
    let without_video = ask(|call| RingAnswer::AcceptWithoutVideo { call });
    let decline = ask(|call| RingAnswer::Decline { call });
    let silence = ask(|call| RingAnswer::Silence { call });
    let on_key = use_callback(silence.clone(), |event: KeyboardEvent, silence| {
        if event.key() == "Escape" {
            silence.emit(());
        }
    });
    use_window_key(on_key);
    let rings = ring.answered_on.is_none();
    let name = display_name(ring);
    html! {
        <div
            class={classes!("window", "ring", rings.then_some("is-ringing"), is_video(ring).then_some("is-video"), looks.then_some("is-looking"))}
            role="alertdialog"
            aria-labelledby="ring-name"
            aria-describedby="ring-kind"
            data-testid={testid::RING}
            data-armed={hears.to_string()}
        >
            <div class="ring-who">
                <span class="ring-avatar">
                    <Avatar user={ring.user.clone()} name={name.clone()} size={AvatarSize::Large} picture={ring.picture.clone()} />
                </span>
                <div class="ring-text">
                    <h1 id="ring-name" class="ring-name" data-testid={testid::RING_NAME}><Name {name} /></h1>
                    <p id="ring-kind" class="ring-kind" data-testid={testid::RING_KIND}>{ line(&texts, ring) }</p>
                </div>
                if rings {
                    <IconButton
                        icon={Icon::BellOff}
                        class="ring-silence tooltip-left"
                        label={texts.t("ring-silence")}
                        key_hint="Esc"
                        testid={testid::RING_SILENCE}
                        on_press={silence}
                    />
                }
            </div>
            if let Some(look) = &props.look {
                <Look look={look.clone()} />
            }
            if rings && *writes {
                <Replies on_reply={reply} on_back={set_writes.reform(|()| false)} />
            } else if rings {
                { answers(&texts, ring, looks, Answers { accept, without_video, decline, set_camera, look, write: set_writes.reform(|()| true) }) }
            }
        </div>
    }
}

/// What each of the answers does.
struct Answers {
    accept: Callback<()>,
    without_video: Callback<()>,
    decline: Callback<()>,
    set_camera: Callback<()>,
    look: Callback<()>,
    write: Callback<()>,
}

#[derive(Properties, PartialEq)]
struct LookProps {
    look: SelfView,
}

/// What this device's camera sees, which nobody else does.
#[component]
fn Look(props: &LookProps) -> Html {
    let texts = use_texts();
    html! {
        <div class="camera-preview ring-look">
            <Live stream={Stream::OwnCamera} testid={testid::RING_OWN_CAMERA} mirrored={props.look.is_mirrored} />
            <p class="tile-face" role="status">{ texts.t("settings-camera-opening") }</p>
        </div>
    }
}

fn answers(texts: &Language, ring: &RingState, looks: bool, on: Answers) -> Html {
    html! {
        <div class="ring-answers">
            <Button
                kind={ButtonKind::Decline}
                icon={Icon::HangUp}
                text={texts.t("ring-decline")}
                testid={testid::RING_DECLINE}
                on_press={on.decline}
            />
            <Button
                kind={ButtonKind::Answer}
                icon={accept_icon(ring)}
                text={texts.t("ring-accept")}
                label={accept_label(texts, ring)}
                testid={testid::RING_ACCEPT}
                on_press={on.accept}
            />
            <div class="ring-camera">
                if is_video(ring) {
                    { camera(texts, ring.opens_camera, looks, on.set_camera, on.look, on.without_video) }
                }
                <Button
                    kind={ButtonKind::Link}
                    class="ring-write"
                    text={texts.t(if is_video(ring) { "ring-message-short" } else { "ring-message" })}
                    label={Some(AttrValue::from(texts.t("ring-message")))}
                    testid={testid::RING_MESSAGE}
                    on_press={on.write}
                />
            </div>
        </div>
    }
}

/// Whether the camera will be on, a look at what it sees, and the way around both.
fn camera(
    texts: &Language,
    on: bool,
    looks: bool,
    set_camera: Callback<()>,
    look: Callback<()>,
    without_video: Callback<()>,
) -> Html {
    html! {
        <>
            <Button
                kind={ButtonKind::Link}
                icon={if on { Icon::Camera } else { Icon::CameraOff }}
                text={texts.t(if on { "ring-camera-on" } else { "ring-camera-off" })}
                pressed={on}
                testid={testid::RING_CAMERA}
                on_press={set_camera}
            />
            <Button
                kind={ButtonKind::Link}
                text={texts.t(if looks { "ring-look-end" } else { "ring-look" })}
                testid={testid::RING_LOOK}
                on_press={look}
            />
            if on {
                <Button
                    kind={ButtonKind::Link}
                    class="ring-without"
                    text={texts.t("ring-accept-without-video")}
                    testid={testid::RING_ACCEPT_WITHOUT_VIDEO}
                    on_press={without_video}
                />
            }
        </>
    }
}

/// Whether the call has pictures.
fn is_video(ring: &RingState) -> bool {
    ring.kind == CallKind::Video
}

pub(super) fn accept_icon(ring: &RingState) -> Icon {
    if ring.opens_camera { Icon::Camera } else { Icon::Phone }
}

/// What the green button does is said whole where it turns the camera on.
pub(super) fn accept_label(texts: &Language, ring: &RingState) -> Option<AttrValue> {
    ring.opens_camera.then(|| texts.t("ring-accept-video").into())
}

/// Whether clicks count yet. The moment begins anew when the window becomes visible again.
#[hook]
pub(super) fn use_hears(call: CallId) -> UseStateHandle<bool> {
    let hears = use_state_eq(|| false);
    let shown = use_visible_again();
    use_effect_with((call, shown), {
        let hears = hears.clone();
        move |_| {
            hears.set(false);
            let timeout = Timeout::new(DEAF_MS, move || hears.set(true));
            move || drop(timeout)
        }
    });
    hears
}

pub(super) fn display_name(ring: &RingState) -> String {
    if ring.name.trim().is_empty() { ring.user.to_string() } else { ring.name.clone() }
}

fn kind(texts: &Language, ring: &RingState) -> String {
    let video = is_video(ring);
    match ring.group.as_deref() {
        Some("") => return texts.t(if video { "ring-group-video" } else { "ring-group" }),
        Some(group) => {
            let key = if video { "ring-group-video-named" } else { "ring-group-named" };
            return texts.with(key, &[("group", group.into())]);
        }
        None => {}
    }
    texts.t(match ring.kind {
        CallKind::Voice => "ring-voice",
        CallKind::Video => "ring-video",
    })
}

pub(super) fn announcement(texts: &Language, ring: &RingState) -> String {
    if let Some(device) = &ring.answered_on {
        return texts.answered_on(device);
    }
    let (name, kind) = (display_name(ring), kind(texts, ring));
    texts.with("ring-announce", &[("name", name.as_str().into()), ("kind", kind.as_str().into())])
}

pub(super) fn line(texts: &Language, ring: &RingState) -> Html {
    if let Some(device) = &ring.answered_on {
        return html! { { texts.answered_on(device) } };
    }
    let also_on = ring.also_on.join(&texts.t("list-separator"));
    html! {
        <>
            { kind(texts, ring) }
            if !also_on.is_empty() {
                <span class="ring-also">{ " · " }{ texts.with("ring-also-on", &[("devices", also_on.as_str().into())]) }</span>
            }
        </>
    }
}
