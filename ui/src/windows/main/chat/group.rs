//! A group or a chat room: call some of it, write to it, see who is in it.

use std::rc::Rc;

use carillon_ipc::{
    Arg, ChatView, GroupRequest, GroupView, LinkView, MainRequest, MainView, MemberView, PersonView, testid,
};
use carillon_protocol::{CallKind, GroupKind, MAX_LEGS, Presence, UserId};
use yew::prelude::*;

use super::{composer::Drafts, details::Details, mute_item, talk::Talk};
use crate::{
    components::{
        AvatarSize, Button, ButtonKind, EmptyState, GroupAvatar, Icon, IconButton, IconView, Menu, Name, Picker, nobody,
    },
    context::{Language, use_texts, use_unfolded},
};

/// As many legs as a group call has, without the caller's own.
const MAX_CALLED: usize = MAX_LEGS - 1;

#[derive(Properties, PartialEq)]
pub(in crate::windows::main) struct GroupPageProps {
    pub(in crate::windows::main) group: GroupView,
    pub(in crate::windows::main) members: Vec<MemberView>,
    pub(in crate::windows::main) chat: ChatView,
    pub(in crate::windows::main) view: Rc<MainView>,
    pub(in crate::windows::main) drafts: Drafts,
    pub(in crate::windows::main) send: Callback<MainRequest>,
}

/// Rendered anew for each group, by its key.
#[component]
pub(in crate::windows::main) fn GroupPage(props: &GroupPageProps) -> Html {
    let texts = use_texts();
    let GroupPageProps { group, members, chat, view, drafts, send } = props;
    let unfolded = use_unfolded();
    let details = use_state(|| unfolded);
    let calling = use_state(|| None);
    let set_calling = |kind: Option<CallKind>| {
        let calling = calling.clone();
        Callback::from(move |()| calling.set(kind))
    };
    let set = |state: &UseStateHandle<bool>, to: bool| {
        let state = state.clone();
        Callback::from(move |()| state.set(to))
    };
    if group.role.is_none() {
        return outside(&texts, group, send);
    }
    let name = group.name.as_str();
    let empty = html! {
        <EmptyState
            icon={Icon::People}
            title={html! { { texts.with("chat-empty-group", &[("name", name.into())]) } }}
            hint={texts.hint("chat-empty-group", &[]).map(|hint| html! { { hint } })}
        />
    };
    let call = {
        let (calling, send, group) = (calling.clone(), send.clone(), group.group.clone());
        Callback::from(move |users: Vec<UserId>| {
            let kind = calling.unwrap_or(CallKind::Voice);
            calling.set(None);
            send.emit(MainRequest::Group(GroupRequest::Call { group: group.clone(), users, kind }));
        })
    };
    html! {
        <article class="chat" data-testid={testid::GROUP}>
            <header class="chat-header">
                { title(&texts, group) }
                    <Button
                        kind={ButtonKind::Primary}
                        icon={Icon::Phone}
                        text={texts.t("group-call")}
                        label={texts.with("group-call-label", &[("name", name.into())])}
                        testid={testid::GROUP_CALL}
                        on_press={set_calling(Some(CallKind::Voice))}
                    />
                    <Button
                        icon={Icon::Camera}
                        text={texts.t("group-video")}
                        label={texts.with("group-video-label", &[("name", name.into())])}
                        testid={testid::GROUP_VIDEO_CALL}
                        on_press={set_calling(Some(CallKind::Video))}
                    />
                <Menu
                    class="chat-menu"
                    button={html! { <IconView icon={Icon::More} /> }}
                    label={texts.with("person-menu", &[("name", name.into())])}
                    testid={testid::CHAT_MENU}
                >
                    { mute_item(&texts, chat, send) }
                </Menu>
                <IconButton
                    class="tooltip-below"
                    icon={Icon::People}
                    label={texts.t("group-details")}
                    pressed={*details}
                    testid={testid::GROUP_DETAILS}
                    on_press={set(&details, !*details)}
                />
            </header>
            <div class="chat-body">
                <div class="chat-main">
                    <Talk
                        chat={chat.clone()}
                        group={true}
                        name={group.name.clone()}
                        unread={group.unread}
                        linked={view.link == LinkView::Up}
                        {empty}
                        drafts={drafts.clone()}
                        send={send.clone()}
                    />
                </div>
                if *details {
                    <Details
                        group={group.clone()}
                        members={members.clone()}
                        people={view.people.clone()}
                        send={send.clone()}
                        on_close={set(&details, false)}
                    />
                }
            </div>
            if let Some(kind) = *calling {
                <Picker
                    title={texts.t("group-call-whom")}
                    people={others(members)}
                    chosen={reachable(members)}
                    max={MAX_CALLED}
                    done="group-call-start"
                    icon={if kind == CallKind::Video { Icon::Camera } else { Icon::Phone }}
                    none={nobody(texts.t("group-call-none"), texts.hint("group-call-none", &[]))}
                    on_done={call}
                    on_cancel={set_calling(None)}
                />
            }
        </article>
    }
}

fn title(texts: &Language, group: &GroupView) -> Html {
    let members = texts.with("group-members", &[("count", Arg::from(group.members))]);
    html! {
        <>
            <GroupAvatar
                group={group.group.clone()}
                kind={group.kind}
                size={AvatarSize::Medium}
                picture={group.picture.clone()}
            />
            <div class="chat-who">
                <h1 class="chat-name"><Name name={group.name.clone()} /></h1>
                <span class="presence">
                    if group.kind == GroupKind::Room { { texts.t("room") }{ " · " } }
                    { members }
                </span>
            </div>
        </>
    }
}

/// A room that this user is not in, or a group that they are asked into.
fn outside(texts: &Language, group: &GroupView, send: &Callback<MainRequest>) -> Html {
    let join = {
        let group = group.group.clone();
        send.reform(move |()| MainRequest::Group(GroupRequest::Join { group: group.clone() }))
    };
    let decline = {
        let group = group.group.clone();
        send.reform(move |()| MainRequest::Group(GroupRequest::Leave { group: group.clone() }))
    };
    let name = group.name.as_str().into();
    let (key, args) = match &group.invited_by {
        Some(inviter) => ("group-invited-title", vec![("name", inviter.as_str().into()), ("group", name)]),
        None => ("room-join-title", vec![("name", name)]),
    };
    html! {
        <article class="chat" data-testid={testid::GROUP}>
            <header class="chat-header">
                { title(texts, group) }
                <Button
                    kind={ButtonKind::Primary}
                    icon={Icon::Plus}
                    text={texts.t("room-join")}
                    testid={testid::ROOM_JOIN}
                    on_press={join}
                />
                if group.invited_by.is_some() {
                    <Button text={texts.t("group-decline")} testid={testid::GROUP_DECLINE} on_press={decline} />
                }
            </header>
            <EmptyState
                icon={Icon::Hash}
                title={html! { { texts.with(key, &args) } }}
                hint={texts.hint(key, &[]).map(|hint| html! { { hint } })}
            />
        </article>
    }
}

fn others(members: &[MemberView]) -> Vec<PersonView> {
    members.iter().filter(|member| !member.is_me).map(|member| member.person.clone()).collect()
}

/// Who is ticked at first: all of a small group, and of a large one those who are online.
fn reachable(members: &[MemberView]) -> Vec<UserId> {
    let others = others(members);
    let small = others.len() <= MAX_CALLED;
    let is_there = |person: &PersonView| small || matches!(person.presence, Presence::Online | Presence::Away);
    others.into_iter().filter(is_there).map(|person| person.user).take(MAX_CALLED).collect()
}
