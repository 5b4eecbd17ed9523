//! Who is in a group, and what can be done about it.

use carillon_ipc::{GroupRequest, GroupView, MainRequest, MemberView, NoticeCode, PersonView, testid};
use carillon_protocol::{Chat, GroupKind, GroupRole, UserId, shown_name};
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use crate::{
    components::{
        AskOnce, Avatar, AvatarSize, Button, ButtonKind, Icon, IconButton, IconView, Menu, Name, Picker, PictureButton,
        menu_item, nobody,
    },
    context::{Language, Trouble, use_texts},
};

/// As many members as a group has.
const MAX_MEMBERS: usize = carillon_protocol::MAX_MEMBERS;
/// The most characters of a group's name.
const MAX_NAME: &str = "64";

#[derive(Properties, PartialEq)]
pub(super) struct DetailsProps {
    pub(super) group: GroupView,
    pub(super) members: Vec<MemberView>,
    /// Contacts, who can be added.
    pub(super) people: Vec<PersonView>,
    pub(super) send: Callback<MainRequest>,
    pub(super) on_close: Callback<()>,
}

#[component]
pub(super) fn Details(props: &DetailsProps) -> Html {
    let texts = use_texts();
    let DetailsProps { group, members, people, send, on_close } = props;
    let adding = use_state(|| false);
    let removing = use_state(|| None::<UserId>);
    let ask = |request: GroupRequest| send.reform(move |()| MainRequest::Group(request.clone()));
    let set_adding = |to: bool| {
        let adding = adding.clone();
        Callback::from(move |()| adding.set(to))
    };
    let add = {
        let (adding, send, group) = (adding.clone(), send.clone(), group.group.clone());
        Callback::from(move |users: Vec<UserId>| {
            adding.set(false);
            send.emit(MainRequest::Group(GroupRequest::AddMembers { group: group.clone(), users }));
        })
    };
    let name = group.name.as_str();
    let room = group.kind == GroupKind::Room;
    html! {
        <aside class="details" aria-label={texts.t("group-details")}>
            <header class="details-header">
                <h2>{ texts.t("group-details") }</h2>
                <IconButton
                    class="tooltip-below"
                    icon={Icon::Close}
                    label={texts.t("group-details-close")}
                    on_press={on_close.clone()}
                />
            </header>
            if group.can_manage() {
                <GroupName key={name} group={group.clone()} send={send.clone()} />
                <GroupPicture group={group.clone()} send={send.clone()} />
                <Button class="details-add" icon={Icon::PersonAdd} text={texts.t("group-add")} testid={testid::GROUP_ADD} on_press={set_adding(true)} />
            }
            <ul class="members" data-testid={testid::MEMBERS}>
                for member in members.iter() {
                    <MemberRow
                        key={member.person.user.as_str()}
                        member={member.clone()}
                        group={group.clone()}
                        removing={*removing == Some(member.person.user.clone())}
                        on_removing={let removing = removing.clone(); Callback::from(move |user| removing.set(user))}
                        send={send.clone()}
                    />
                }
            </ul>
            <AskOnce
                icon={Icon::SignOut}
                text={texts.t(if room { "group-leave-room" } else { "group-leave" })}
                ask={texts.with("group-leave-ask", &[("name", name.into())])}
                confirm={texts.t("group-leave-confirm")}
                cancel={texts.t("group-leave-cancel")}
                testid={testid::GROUP_LEAVE}
                confirm_testid={testid::GROUP_LEAVE_CONFIRM}
                on_confirm={ask(GroupRequest::Leave { group: group.group.clone() })}
            />
            if *adding {
                <Picker
                    title={texts.t("group-add-whom")}
                    people={outside(people, members)}
                    max={MAX_MEMBERS.saturating_sub(members.len())}
                    done="group-add-start"
                    icon={Icon::PersonAdd}
                    none={nobody(texts.t("group-add-none"), texts.hint("group-add-none", &[]))}
                    on_done={add}
                    on_cancel={set_adding(false)}
                />
            }
        </aside>
    }
}

/// Contacts who are not in it.
fn outside(people: &[PersonView], members: &[MemberView]) -> Vec<PersonView> {
    let is_in = |person: &&PersonView| members.iter().any(|member| member.person.user == person.user);
    people.iter().filter(|person| person.is_contact() && !is_in(person)).cloned().collect()
}

#[derive(Properties, PartialEq)]
struct GroupPartProps {
    group: GroupView,
    send: Callback<MainRequest>,
}

/// Its name as a field. What was typed counts when it is sent off, and Escape takes it back.
#[component]
fn GroupName(props: &GroupPartProps) -> Html {
    let texts = use_texts();
    let was = shown_name(&props.group.name);
    let typed = use_state(|| was.clone());
    let changed = typed.trim() != was && !typed.trim().is_empty();
    let save = {
        let (typed, send, group) = (typed.clone(), props.send.clone(), props.group.group.clone());
        Callback::from(move |()| {
            let name = typed.trim().to_owned();
            send.emit(MainRequest::Group(GroupRequest::Rename { group: group.clone(), name }));
        })
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let onkeydown = {
        let (typed, was, save) = (typed.clone(), was.clone(), save.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if changed && !event.is_composing() => save.emit(()),
            "Escape" => typed.set(was.clone()),
            _ => {}
        })
    };
    html! {
        <div class="field details-name">
            <label for="group-name">{ texts.t("group-name") }</label>
            <span class="field-box">
                <input
                    id="group-name"
                    type="text"
                    dir="auto"
                    maxlength={MAX_NAME}
                    autocomplete="off"
                    value={(*typed).clone()}
                    data-testid={testid::GROUP_NAME}
                    {oninput}
                    {onkeydown}
                />
                if changed {
                    <Button kind={ButtonKind::Link} text={texts.t("group-name-save")} on_press={save} />
                }
            </span>
            if changed {
                <p class="field-hint">{ texts.t("group-rename-hint") }</p>
            }
        </div>
    }
}

#[component]
fn GroupPicture(props: &GroupPartProps) -> Html {
    let texts = use_texts();
    let trouble = use_context::<Trouble>().unwrap_or_default();
    let group = props.group.group.clone();
    let key = if props.group.picture.is_some() { "settings-picture-change" } else { "settings-picture-choose" };
    let set = props
        .send
        .reform(move |picture| MainRequest::Group(GroupRequest::SetPicture { group: group.clone(), picture }));
    html! {
        <div class="details-picture">
            <span class="row-title">{ texts.t("group-picture") }</span>
            <span class="row-controls">
                <PictureButton
                    text={texts.t(key)}
                    label={texts.t("group-picture")}
                    on_picture={set}
                    on_problem={trouble.tell.reform(|code: NoticeCode| crate::context::plain(code))}
                />
            </span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct MemberRowProps {
    member: MemberView,
    group: GroupView,
    removing: bool,
    on_removing: Callback<Option<UserId>>,
    send: Callback<MainRequest>,
}

#[component]
fn MemberRow(props: &MemberRowProps) -> Html {
    let texts = use_texts();
    let MemberRowProps { member, group, removing, on_removing, send } = props;
    let person = &member.person;
    let remove = GroupRequest::RemoveMember { group: group.group.clone(), user: person.user.clone() };
    html! {
        <li class="member" data-testid={testid::member(&person.user)}>
            <Avatar
                user={person.user.clone()}
                name={person.name.clone()}
                size={AvatarSize::Small}
                picture={person.picture.clone()}
            />
            <span class="list-text">
                <Name name={person.name.clone()} />
                <span class="member-role">
                    if member.is_me { { texts.t("group-you") }{ " · " } }
                    { texts.t(role_key(member.role)) }
                </span>
            </span>
            if !member.is_me && !*removing {
                <MemberMenu member={member.clone()} group={group.clone()} on_removing={on_removing.clone()} send={send.clone()} />
            }
            if *removing {
                <AskOnce
                    text=""
                    ask={texts.with("member-remove-ask", &[("name", person.name.as_str().into())])}
                    confirm={texts.t("member-remove-confirm")}
                    cancel={texts.t("member-remove-cancel")}
                    asking=true
                    on_confirm={send.reform(move |()| MainRequest::Group(remove.clone()))}
                    on_cancel={on_removing.reform(|()| None)}
                />
            }
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct MemberMenuProps {
    member: MemberView,
    group: GroupView,
    on_removing: Callback<Option<UserId>>,
    send: Callback<MainRequest>,
}

#[component]
fn MemberMenu(props: &MemberMenuProps) -> Html {
    let texts = use_texts();
    let MemberMenuProps { member, group, on_removing, send } = props;
    let user = member.person.user.clone();
    let message = {
        let user = user.clone();
        send.reform(move |()| MainRequest::Select { chat: Some(Chat::User { user: user.clone() }) })
    };
    let removing = {
        let user = user.clone();
        on_removing.reform(move |()| Some(user.clone()))
    };
    html! {
        <Menu
            class="member-menu"
            button={html! { <IconView icon={Icon::More} /> }}
            label={texts.with("member-menu", &[("name", member.person.name.as_str().into())])}
            testid={testid::member_menu(&user)}
        >
            { menu_item(Icon::Send, texts.t("member-message"), None, message) }
            if group.role == Some(GroupRole::Owner) {
                { roles(&texts, member, group, send) }
            }
            if group.can_manage() && member.role != GroupRole::Owner {
                { menu_item(Icon::Close, texts.t("member-remove"), None, removing) }
            }
        </Menu>
    }
}

/// What the owner can make of somebody.
fn roles(texts: &Language, member: &MemberView, group: &GroupView, send: &Callback<MainRequest>) -> Html {
    let make = |role| {
        let request = GroupRequest::SetRole { group: group.group.clone(), user: member.person.user.clone(), role };
        send.reform(move |()| MainRequest::Group(request.clone()))
    };
    html! {
        <>
            if member.role == GroupRole::Admin {
                { menu_item(Icon::Person, texts.t("member-make-member"), None, make(GroupRole::Member)) }
            } else {
                { menu_item(Icon::Shield, texts.t("member-make-admin"), None, make(GroupRole::Admin)) }
            }
            { menu_item(Icon::Check, texts.t("member-make-owner"), None, make(GroupRole::Owner)) }
        </>
    }
}

const fn role_key(role: GroupRole) -> &'static str {
    match role {
        GroupRole::Owner => "role-owner",
        GroupRole::Admin => "role-admin",
        GroupRole::Member => "role-member",
    }
}
