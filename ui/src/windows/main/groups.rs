//! Groups and chat rooms on the left.

use std::rc::Rc;

use carillon_ipc::{Arg, GroupRequest, GroupView, MainRequest, MainView, PageView, testid};
use carillon_protocol::{Chat, GroupKind};
use yew::prelude::*;

use crate::{
    components::{AvatarSize, Badge, GroupAvatar, Icon, IconButton, Name, nobody},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct GroupsProps {
    pub(super) view: Rc<MainView>,
    pub(super) send: Callback<MainRequest>,
}

#[component]
pub(super) fn Groups(props: &GroupsProps) -> Html {
    let texts = use_texts();
    let view = &props.view;
    let searching = !view.query.is_empty();
    if searching && view.groups.is_empty() && view.rooms.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <section class="list" aria-labelledby="groups-title">
                <header class="list-header">
                    <h2 class="list-title" id="groups-title">{ texts.t("groups") }</h2>
                    <IconButton
                        class="list-action tooltip-left"
                        icon={Icon::Plus}
                        label={texts.t("groups-new")}
                        testid={testid::NEW_GROUP}
                        on_press={props.send.reform(|()| MainRequest::Group(GroupRequest::OpenNew))}
                    />
                </header>
                if !view.groups.is_empty() {
                    <ul data-testid={testid::GROUPS}>{ rows(&view.groups, props) }</ul>
                } else if !searching {
                    { nobody(texts.t("groups-empty"), texts.hint("groups-empty", &[])) }
                }
            </section>
            if !view.rooms.is_empty() {
                <section class="list" aria-labelledby="rooms-title">
                    <h2 class="list-title" id="rooms-title">{ texts.t("rooms-found") }</h2>
                    <ul data-testid={testid::ROOMS}>{ rows(&view.rooms, props) }</ul>
                </section>
            }
        </>
    }
}

fn rows(groups: &[GroupView], props: &GroupsProps) -> Html {
    let selected = if let PageView::Group { group, .. } = &props.view.page { Some(&group.group) } else { None };
    let row = |group: &GroupView| {
        let (key, selected) = (group.group.as_str().to_owned(), selected == Some(&group.group));
        html! { <GroupRow {key} group={group.clone()} {selected} send={props.send.clone()} /> }
    };
    groups.iter().map(row).collect()
}

#[derive(Properties, PartialEq)]
struct GroupRowProps {
    group: GroupView,
    selected: bool,
    send: Callback<MainRequest>,
}

#[component]
fn GroupRow(props: &GroupRowProps) -> Html {
    let texts = use_texts();
    let group = &props.group;
    let chat = Chat::Group { group: group.group.clone() };
    let onclick = props.send.reform(move |_: MouseEvent| MainRequest::Select { chat: Some(chat.clone()) });
    html! {
        <li>
            <button
                type="button"
                class={classes!("list-row", (group.unread > 0).then_some("is-unread"))}
                aria-current={props.selected.then_some("true")}
                data-testid={testid::group(&group.group)}
                {onclick}
            >
                <GroupAvatar
                    group={group.group.clone()}
                    kind={group.kind}
                    size={AvatarSize::Small}
                    picture={group.picture.clone()}
                />
                <span class="list-text">
                    <Name name={group.name.clone()} />
                    <span class="presence">
                        if group.invited_by.is_some() { { texts.t("group-invited") }{ " · " } }
                        if group.kind == GroupKind::Room { { texts.t("room") }{ " · " } }
                        { texts.with("group-members", &[("count", Arg::from(group.members))]) }
                    </span>
                </span>
                <Badge count={group.unread} key_of_text="unread-count" />
            </button>
        </li>
    }
}
