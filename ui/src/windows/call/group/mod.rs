//! A group call: everybody in tiles, all the same or one large, and the list of who is in it.

mod layout;
mod measure;
mod moderating;
mod order;
mod pages;
mod people;
mod tile;

use std::rc::Rc;

use carillon_ipc::{Arg, CallRequest, CallView, GroupCallView, LegView, testid};
use yew::prelude::*;

use self::{
    layout::{Grid, Paging, grid, strip},
    measure::use_room,
    order::{Scene, Shown, foremost, scene},
    pages::Pages,
    people::People,
    tile::GroupTile,
};
use super::{
    numbers::QualityChip,
    state::{StateLine, who_ended},
};
use crate::{
    components::{AvatarSize, Icon, Name, Picker, nobody},
    context::{Language, use_texts},
    hooks::use_css_variable,
};

/// From such heights of its tile on, in CSS pixels, an avatar is large and very large.
const BIG_FROM: f64 = 150.0;
const HUGE_FROM: f64 = 280.0;

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
    let name = title(&texts, group);
    let quality = view.pictures.as_ref().map(|pictures| pictures.quality).unwrap_or_default();
    html! {
        <div class={classes!("pictures", "group", group.shows_people.then_some("group-with-people"))}>
            <Tiles view={view.clone()} group={group.clone()} send={send.clone()} />
            <header class="pictures-head">
                <h1 class="pictures-name" data-testid={testid::CALL_NAME}><Name name={name.clone()} /></h1>
                <StateLine state={view.state.clone()} name={who_ended(view).unwrap_or(name)} group=true />
                <p class="group-count" role="status">{ joined(&texts, &group.legs) }</p>
            </header>
            <div class="pictures-marks"><QualityChip {quality} send={send.clone()} /></div>
            if group.shows_people {
                <People group={group.clone()} send={send.clone()} />
            }
            if let Some(people) = &group.adding {
                <Picker
                    title={texts.t("call-add-whom")}
                    people={people.clone()}
                    max={group.room()}
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

/// The tiles of the page that is looked at.
#[component]
fn Tiles(props: &GroupCallProps) -> Html {
    let texts = use_texts();
    let GroupCallProps { view, group, send } = props;
    let node = use_node_ref();
    let room = use_room(node.clone());
    let wanted = use_state_eq(|| 0);
    let Scene { large, others } = scene(group);
    let shape = if large.is_some() { strip(room) } else { grid(others.len(), room) };
    let paging = Paging::new(*wanted, others.len(), shape.per_page);
    use_css_variable(node.clone(), "--tile-width", shape.tile_width as f32);
    let on_page = {
        let wanted = wanted.setter();
        Callback::from(move |page| wanted.set(page))
    };
    let tile = |shown: &Shown, is_large: bool| {
        let size = if is_large { AvatarSize::Huge } else { avatar_size(shape) };
        group_tile(view, group, shown.clone(), is_large, size, Some(send.clone()))
    };
    // One list with keys, so that a tile that becomes large is moved and no new one is made.
    let tiles = large.iter().map(|shown| tile(shown, true)).chain(paging.of(&others).map(|shown| tile(shown, false)));
    html! {
        <>
            <div
                class={classes!("tiles", large.is_some().then_some("tiles-spotlight"))}
                role="group"
                aria-label={texts.t("call-tiles")}
                ref={node}
                data-testid={testid::CALL_TILES}
                data-layout={if large.is_some() { "spotlight" } else { "grid" }}
                data-large={large.as_ref().map(Shown::key)}
            >
                { for tiles }
            </div>
            <Pages {paging} {on_page} />
        </>
    }
}

fn group_tile(
    view: &CallView,
    group: &GroupCallView,
    shown: Shown,
    is_large: bool,
    size: AvatarSize,
    send: Option<Callback<CallRequest>>,
) -> Html {
    let camera = view.pictures.as_ref().map(|pictures| &pictures.camera);
    let (key, is_pinned) = (shown.key(), group.pinned.as_ref() == Some(&shown.leg.user));
    html! {
        <GroupTile
            {key}
            {is_pinned}
            has_pictures={has_pictures(group)}
            is_mirrored={camera.is_some_and(|camera| camera.is_mirrored)}
            {send}
            {shown}
            {is_large}
            {size}
        />
    }
}

/// What the small window shows of a group call.
pub(super) fn small_tile(view: &CallView, group: &GroupCallView) -> Html {
    let shown = foremost(group);
    shown.map(|shown| group_tile(view, group, shown, true, AvatarSize::Big, None)).unwrap_or_default()
}

/// Whether there is any picture to look at.
pub(super) fn has_pictures(group: &GroupCallView) -> bool {
    group.legs.iter().any(|leg| leg.is_in() && (leg.camera || leg.screen && !leg.is_me))
}

/// What the call is called.
pub(super) fn title(texts: &Language, group: &GroupCallView) -> String {
    if group.name.trim().is_empty() { texts.t("call-group-title") } else { group.name.clone() }
}

/// A person without a display name is shown by their account's name.
fn display_name(leg: &LegView) -> String {
    super::shown(&leg.user, &leg.name)
}

/// How many are in it, this user too.
fn joined(texts: &Language, legs: &[LegView]) -> String {
    let count = legs.iter().filter(|leg| leg.is_in()).count();
    texts.with("leg-count", &[("count", Arg::Number(count as u64))])
}

fn avatar_size(shape: Grid) -> AvatarSize {
    match shape.tile_height() {
        height if height >= HUGE_FROM => AvatarSize::Huge,
        height if height >= BIG_FROM => AvatarSize::Big,
        _ => AvatarSize::Medium,
    }
}
