//! The stage of a call of two with pictures: they fill the window, and what is said about the call lies over them.

use std::rc::Rc;

use carillon_ipc::{CallRequest, CallView, testid};
use carillon_protocol::UserId;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{
    numbers::QualityChip,
    scene::{Corner, Scene, Tile, scene},
    state::StateLine,
    tile::TileView,
};
use crate::{
    components::Name,
    hooks::{is_typing, use_window_key},
};

#[derive(Properties, PartialEq)]
pub(super) struct StageProps {
    pub(super) view: Rc<CallView>,
    pub(super) user: UserId,
    pub(super) name: AttrValue,
    pub(super) send: Callback<CallRequest>,
}

#[component]
pub(super) fn PictureStage(props: &StageProps) -> Html {
    let StageProps { view, user, name, send } = props;
    let pictures = view.pictures.clone().unwrap_or_default();
    let front = use_state_eq(|| None);
    let corner = use_state_eq(Corner::default);
    let Scene { large, small } = scene(&pictures, *front);
    let swap_with = |tile: Tile| {
        let front = front.clone();
        Callback::from(move |()| front.set(Some(tile)))
    };
    use_swap_key(small.first().copied().map(&swap_with));
    let on_corner = {
        let corner = corner.clone();
        Callback::from(move |to| corner.set(to))
    };
    let tile = |tile: Tile, at: Option<usize>| {
        html! {
            <TileView
                key={tile.word()}
                {tile}
                small={at}
                corner={*corner}
                view={view.clone()}
                user={user.clone()}
                name={name.clone()}
                on_swap={swap_with(tile)}
                on_corner={on_corner.clone()}
            />
        }
    };
    // One list with keys, so that a swap moves the tiles and makes no new ones.
    let tiles =
        std::iter::once(tile(large, None)).chain(small.iter().enumerate().map(|(at, small)| tile(*small, Some(at))));
    html! {
        <div class="pictures" data-large={large.word()}>
            { for tiles }
            <header class="pictures-head">
                <h1 class="pictures-name" data-testid={testid::CALL_NAME}><Name name={name.clone()} /></h1>
                <StateLine state={view.state.clone()} name={name.clone()} />
            </header>
            <div class="pictures-marks">
                <QualityChip quality={pictures.quality} send={send.clone()} />
            </div>
        </div>
    }
}

/// *P* swaps the pictures.
#[hook]
fn use_swap_key(swap: Option<Callback<()>>) {
    let on_key = use_callback(swap, |event: KeyboardEvent, swap| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() || is_typing(&event));
        if let Some(swap) = swap.as_ref().filter(|_| plain && event.key().eq_ignore_ascii_case("p")) {
            swap.emit(());
        }
    });
    use_window_key(on_key);
}
