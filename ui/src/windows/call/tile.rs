//! One picture of the call, large or small. A small one is swapped by a click and moved by a drag.

use std::rc::Rc;

use carillon_ipc::{CallState, CallView, Stream, testid};
use carillon_protocol::UserId;
use web_sys::{Element, KeyboardEvent, PointerEvent};
use yew::prelude::*;

use super::{
    face::{Face, mark},
    scene::{Corner, Tile},
};
use crate::{
    components::{AvatarSize, Icon, IconView, Live, Name},
    context::{Language, use_texts},
    hooks::set_css_variable,
};

/// A pointer that has moved less than this has clicked.
const CLICK_PX: i32 = 6;

#[derive(Properties, PartialEq)]
pub(super) struct TileProps {
    pub(super) tile: Tile,
    /// How many small tiles are between it and its corner; `None`: it is the large one.
    pub(super) small: Option<usize>,
    pub(super) corner: Corner,
    pub(super) view: Rc<CallView>,
    pub(super) user: UserId,
    pub(super) name: AttrValue,
    pub(super) on_swap: Callback<()>,
    pub(super) on_corner: Callback<Corner>,
}

#[component]
pub(super) fn TileView(props: &TileProps) -> Html {
    let texts = use_texts();
    let node = use_node_ref();
    let handlers = use_handlers(props, &node);
    let content = content(&texts, props);
    let class = classes!("tile", format!("tile-{}", props.tile.word()));
    match props.small {
        None => html! {
            <div class={classes!(class, "tile-large")} ref={node}>{ content }</div>
        },
        Some(at) => html! {
            <div
                class={classes!(class, "tile-small", format!("tile-at-{at}"), props.corner.word())}
                ref={node}
                role="button"
                tabindex="0"
                aria-label={swap_label(&texts, props)}
                aria-keyshortcuts="P"
                data-testid={testid::CALL_SELF_VIEW}
                data-corner={props.corner.word()}
                onpointerdown={handlers.down}
                onpointermove={handlers.moved}
                onpointerup={handlers.up}
                onpointercancel={handlers.cancelled}
                onkeydown={handlers.key}
            >
                { content }
            </div>
        },
    }
}

fn swap_label(texts: &Language, props: &TileProps) -> String {
    let key = match props.tile {
        Tile::Me => "call-swap-me",
        Tile::Them => "call-swap-them",
        Tile::TheirScreen => "call-swap-screen",
    };
    texts.with(key, &[("name", props.name.as_str().into())])
}

fn content(texts: &Language, props: &TileProps) -> Html {
    let pictures = props.view.pictures.clone().unwrap_or_default();
    match props.tile {
        Tile::Me => html! {
            <>
                <Live
                    stream={Stream::OwnCamera}
                    testid={testid::CALL_OWN_CAMERA}
                    mirrored={pictures.camera.is_mirrored}
                />
                <span class="tile-face"><IconView icon={Icon::Camera} /></span>
                if props.view.muted {
                    { mark(texts.t("call-muted"), Icon::MicrophoneOff) }
                }
            </>
        },
        Tile::TheirScreen => html! {
            <>
                <Live stream={Stream::TheirScreen} testid={testid::CALL_THEIR_SCREEN} />
                <span class="tile-face"><IconView icon={Icon::Screen} /></span>
            </>
        },
        Tile::Them => them(texts, props, pictures.theirs.camera, pictures.theirs.is_muted),
    }
}

fn them(texts: &Language, props: &TileProps, has_camera: bool, is_muted: bool) -> Html {
    let name = [("name", props.name.as_str().into())];
    let size = if props.small.is_some() { AvatarSize::Large } else { AvatarSize::Huge };
    html! {
        <>
            if has_camera {
                <Live stream={Stream::TheirCamera} testid={testid::CALL_THEIR_CAMERA} />
            }
            <Face user={props.user.clone()} name={props.name.clone()} {size} picture={props.view.picture.clone()}>
                if !has_camera && is_talking(&props.view.state) {
                    <span class="tile-note"><IconView icon={Icon::CameraOff} />{ texts.t("call-camera-off") }</span>
                }
            </Face>
            if props.small.is_some() {
                <span class="tile-name"><Name name={props.name.clone()} /></span>
            }
            if is_muted {
                { mark(texts.with("call-they-muted", &name), Icon::MicrophoneOff) }
            }
        </>
    }
}

/// Whoever has not answered has no camera to be off.
const fn is_talking(state: &CallState) -> bool {
    matches!(state, CallState::Active { .. } | CallState::Reconnecting { .. })
}

struct Handlers {
    down: Callback<PointerEvent>,
    moved: Callback<PointerEvent>,
    up: Callback<PointerEvent>,
    cancelled: Callback<PointerEvent>,
    key: Callback<KeyboardEvent>,
}

#[hook]
fn use_handlers(props: &TileProps, node: &NodeRef) -> Handlers {
    let began = use_mut_ref(|| None::<(i32, i32)>);
    let down = {
        let (began, node) = (began.clone(), node.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() == 0 {
                *began.borrow_mut() = Some((event.client_x(), event.client_y()));
                // The pointer may leave the tile faster than the tile follows; without capture the drag just ends earlier.
                let _ = node.cast::<Element>().map(|element| element.set_pointer_capture(event.pointer_id()));
            }
        })
    };
    let moved = {
        let (began, node) = (began.clone(), node.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some(from) = *began.borrow() {
                let (x, y) = way(from, &event);
                drag(&node, x, y);
            }
        })
    };
    let up = {
        let (began, node) = (began.clone(), node.clone());
        let (on_swap, on_corner) = (props.on_swap.clone(), props.on_corner.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(from) = began.borrow_mut().take() else { return };
            drag(&node, 0, 0);
            let (x, y) = way(from, &event);
            if x.abs().max(y.abs()) < CLICK_PX {
                on_swap.emit(());
            } else if let Some(corner) = corner_of(&event) {
                on_corner.emit(corner);
            }
        })
    };
    let cancelled = {
        let node = node.clone();
        Callback::from(move |_: PointerEvent| {
            began.borrow_mut().take();
            drag(&node, 0, 0);
        })
    };
    Handlers { down, moved, up, cancelled, key: on_key(props) }
}

fn on_key(props: &TileProps) -> Callback<KeyboardEvent> {
    let (on_swap, on_corner, corner) = (props.on_swap.clone(), props.on_corner.clone(), props.corner);
    Callback::from(move |event: KeyboardEvent| {
        let key = event.key();
        if key == "Enter" || key == " " {
            event.prevent_default();
            on_swap.emit(());
        } else if let Some(corner) = corner.toward(&key) {
            event.prevent_default();
            on_corner.emit(corner);
        }
    })
}

fn way((x, y): (i32, i32), event: &PointerEvent) -> (i32, i32) {
    (event.client_x() - x, event.client_y() - y)
}

/// The tile follows the pointer by two CSS variables.
fn drag(node: &NodeRef, x: i32, y: i32) {
    set_css_variable(node, "--drag-x", x as f32);
    set_css_variable(node, "--drag-y", y as f32);
}

/// The corner of the window that the pointer is nearest to.
fn corner_of(event: &PointerEvent) -> Option<Corner> {
    let window = web_sys::window()?;
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok()?.as_f64().filter(|size| *size > 0.0);
    let (width, height) = (size(window.inner_width())?, size(window.inner_height())?);
    Some(Corner::nearest(f64::from(event.client_x()) / width, f64::from(event.client_y()) / height))
}
