//! The small window that stays on top while the call window is left: the picture, mute, hang up, and the way back.

use std::rc::Rc;

use carillon_ipc::{CallRequest, CallView, testid};
use carillon_protocol::UserId;
use yew::prelude::*;

use super::{
    controls::{leave, mute_button},
    scene::{Corner, Tile, scene},
    state::StateLine,
    tile::TileView,
};
use crate::{
    components::{Button, Icon, IconButton, Name},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct MiniProps {
    pub(super) view: Rc<CallView>,
    /// Of the other one; of the group, or empty where a group call has none.
    pub(super) name: AttrValue,
    /// What fills it.
    pub(super) large: Html,
    pub(super) send: Callback<CallRequest>,
}

#[component]
pub(super) fn Mini(props: &MiniProps) -> Html {
    let texts = use_texts();
    let MiniProps { view, large, send, .. } = props;
    let pictures = view.pictures.clone().unwrap_or_default();
    let is_group = view.group.is_some();
    let name = if props.name.trim().is_empty() { texts.t("call-group-title").into() } else { props.name.clone() };
    html! {
        <div class="mini">
            { large.clone() }
            <header class="mini-head">
                <h1 class="mini-name" data-testid={testid::CALL_NAME}><Name name={name.clone()} /></h1>
                <StateLine state={view.state.clone()} {name} group={is_group} />
            </header>
            if pictures.sharing.is_some() {
                <p class="mini-sharing" data-testid={testid::CALL_SHARING}>
                    <span class="mini-sharing-text">{ texts.t("call-sharing") }</span>
                    <Button
                        class="sharing-stop"
                        text={texts.t("call-stop")}
                        label={texts.t("call-stop-sharing")}
                        testid={testid::CALL_STOP_SHARING}
                        on_press={send.reform(|()| CallRequest::StopSharing)}
                    />
                </p>
            }
            <div class="mini-controls" role="toolbar" aria-label={texts.t("call-controls")}>
                { mute_button(&texts, view, send) }
                <IconButton
                    class="control"
                    icon={Icon::Window}
                    label={texts.t("call-back")}
                    pressed={true}
                    testid={testid::CALL_MINI}
                    on_press={send.reform(|()| CallRequest::SetMini { on: false })}
                />
                { leave(&texts, view, send) }
            </div>
        </div>
    }
}

/// What the small window shows of a call of two: never oneself.
pub(super) fn small_tile_of_two(view: &Rc<CallView>, user: &UserId, name: &str) -> Html {
    let pictures = view.pictures.clone().unwrap_or_default();
    let large = Some(scene(&pictures, None).large).filter(|tile| *tile != Tile::Me).unwrap_or(Tile::Them);
    html! {
        <TileView
            key={large.word()}
            tile={large}
            small={None::<usize>}
            corner={Corner::default()}
            view={view.clone()}
            user={user.clone()}
            name={name.to_owned()}
            on_swap={Callback::noop()}
            on_corner={Callback::noop()}
        />
    }
}
