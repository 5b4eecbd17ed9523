//! Who is in a group, and what can be done about it.

use carillon_ipc::{GroupRequest, GroupView, MainRequest, MemberView, NoticeCode, PersonView, testid};
use carillon_protocol::{Chat, GroupKind, GroupRole, MAX_MEMBERS, MAX_NAME_CHARS, UserId};
use yew::prelude::*;

use crate::{
    components::{
        AskOnce, Button, ButtonKind, Icon, IconButton, IconView, Menu, PersonLine, Picker, PictureButton, menu_item,
        nobody, use_name_edit,
    },
    context::{FailedRequest, Language, use_texts, use_unfolded},
};

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
    let room = group.kind == GroupKind::Room;
    let leave = GroupRequest::Leave { group: group.group.clone() };
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
                <GroupName key={group.name.as_str()} group={group.clone()} send={send.clone()} />
                <GroupPicture group={group.clone()} send={send.clone()} />
                <AddMembers group={group.clone()} members={members.clone()} people={people.clone()} send={send.clone()} />
            }
            <MemberList group={group.clone()} members={members.clone()} send={send.clone()} />
            <AskOnce
                icon={Icon::SignOut}
                text={texts.t(if room { "group-leave-room" } else { "group-leave" })}
                ask={texts.with("group-leave-ask", &[("name", group.name.as_str().into())])}
                confirm={texts.t("group-leave-confirm")}
                cancel={texts.t("group-leave-cancel")}
                testid={testid::GROUP_LEAVE}
                confirm_testid={testid::GROUP_LEAVE_CONFIRM}
                on_confirm={send.reform(move |()| MainRequest::Group(leave.clone()))}
            />
        </aside>
    }
}

#[derive(Properties, PartialEq)]
struct AddMembersProps {
    group: GroupView,
    members: Vec<MemberView>,
    people: Vec<PersonView>,
    send: Callback<MainRequest>,
}

/// The button that adds people, and the dialog that it opens.
#[component]
fn AddMembers(props: &AddMembersProps) -> Html {
    let texts = use_texts();
    let AddMembersProps { group, members, people, send } = props;
    let adding = use_state(|| false);
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
    html! {
        <>
            <Button class="details-add" icon={Icon::PersonAdd} text={texts.t("group-add")} testid={testid::GROUP_ADD} on_press={set_adding(true)} />
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
        </>
    }
}

#[derive(Properties, PartialEq)]
struct MemberListProps {
    group: GroupView,
    members: Vec<MemberView>,
    send: Callback<MainRequest>,
}

/// The members, and the question about one of them if there is one.
#[component]
fn MemberList(props: &MemberListProps) -> Html {
    let MemberListProps { group, members, send } = props;
    let asked = use_state(|| None::<(UserId, Question)>);
    html! {
        <ul class="members" data-testid={testid::MEMBERS}>
            for member in members.iter() {
                <MemberRow
                    key={member.person.user.as_str()}
                    member={member.clone()}
                    group={group.clone()}
                    asked={asked.as_ref().filter(|about| about.0 == member.person.user).map(|about| about.1)}
                    on_ask={let asked = asked.clone(); Callback::from(move |about| asked.set(about))}
                    send={send.clone()}
                />
            }
        </ul>
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

/// Its name as a field.
#[component]
fn GroupName(props: &GroupPartProps) -> Html {
    let texts = use_texts();
    let group = props.group.group.clone();
    let rename = props.send.reform(move |name| MainRequest::Group(GroupRequest::Rename { group: group.clone(), name }));
    let edit = use_name_edit(&props.group.name, false, &rename, None);
    html! {
        <div class="field details-name">
            <label for="group-name">{ texts.t("group-name") }</label>
            <span class="field-box">
                <input
                    id="group-name"
                    type="text"
                    dir="auto"
                    maxlength={MAX_NAME_CHARS.to_string()}
                    autocomplete="off"
                    value={edit.typed}
                    data-testid={testid::GROUP_NAME}
                    oninput={edit.oninput}
                    onkeydown={edit.onkeydown}
                />
                if edit.can_save {
                    <Button kind={ButtonKind::Link} text={texts.t("group-name-save")} on_press={edit.save} />
                }
            </span>
            if edit.can_save {
                <p class="field-hint">{ texts.t("group-rename-hint") }</p>
            }
        </div>
    }
}

#[component]
fn GroupPicture(props: &GroupPartProps) -> Html {
    let texts = use_texts();
    let failed = use_context::<FailedRequest>().unwrap_or_default();
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
                    on_problem={failed.tell.reform(|code: NoticeCode| crate::context::plain(code))}
                />
            </span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct MemberRowProps {
    member: MemberView,
    group: GroupView,
    asked: Option<Question>,
    on_ask: Callback<Option<(UserId, Question)>>,
    send: Callback<MainRequest>,
}

/// What is asked once before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Remove,
    MakeOwner,
}

#[component]
fn MemberRow(props: &MemberRowProps) -> Html {
    let texts = use_texts();
    let MemberRowProps { member, group, asked, on_ask, send } = props;
    let unfolded = use_unfolded();
    let person = &member.person;
    let is_asked = |question: &Question| *asked == Some(*question) || (unfolded && may_ask(*question, member, group));
    let questions = [Question::Remove, Question::MakeOwner].into_iter().filter(is_asked);
    let role = html! {
        <span class="member-role">
            if member.is_me { { texts.t("group-you") }{ " · " } }
            { texts.t(if member.invited { "member-invited" } else { role_key(member.role) }) }
        </span>
    };
    html! {
        <li class="member" data-testid={testid::member(&person.user)}>
            <PersonLine person={person.clone()} detail={Some(role)} />
            if !member.is_me && asked.is_none() {
                <MemberMenu member={member.clone()} group={group.clone()} on_ask={on_ask.clone()} send={send.clone()} />
            }
            { for questions.map(|question| ask_once(&texts, question, props)) }
        </li>
    }
}

/// The question about a member; what it is about is sent by its answer only.
fn ask_once(texts: &Language, question: Question, props: &MemberRowProps) -> Html {
    let MemberRowProps { member, group, on_ask, send, .. } = props;
    let (group_id, user) = (group.group.clone(), member.person.user.clone());
    let (ask, confirm, cancel, request) = match question {
        Question::Remove => (
            "member-remove-ask",
            "member-remove-confirm",
            "member-remove-cancel",
            GroupRequest::RemoveMember { group: group_id, user },
        ),
        Question::MakeOwner => (
            "member-make-owner-ask",
            "member-make-owner-confirm",
            "member-make-owner-cancel",
            GroupRequest::SetRole { group: group_id, user, role: GroupRole::Owner },
        ),
    };
    let confirmed = {
        let (on_ask, send) = (on_ask.clone(), send.clone());
        Callback::from(move |()| {
            on_ask.emit(None);
            send.emit(MainRequest::Group(request.clone()));
        })
    };
    html! {
        <AskOnce
            text=""
            ask={texts.with(ask, &[("name", member.person.name.as_str().into()), ("group", group.name.as_str().into())])}
            confirm={texts.t(confirm)}
            cancel={texts.t(cancel)}
            asking=true
            on_confirm={confirmed}
            on_cancel={on_ask.reform(|()| None)}
        />
    }
}

/// Whether this user can do that to a member.
fn may_ask(question: Question, member: &MemberView, group: &GroupView) -> bool {
    let may = match question {
        Question::Remove => group.can_manage() && member.role != GroupRole::Owner,
        Question::MakeOwner => group.role == Some(GroupRole::Owner) && !member.invited,
    };
    may && !member.is_me
}

#[derive(Properties, PartialEq)]
struct MemberMenuProps {
    member: MemberView,
    group: GroupView,
    on_ask: Callback<Option<(UserId, Question)>>,
    send: Callback<MainRequest>,
}

#[component]
fn MemberMenu(props: &MemberMenuProps) -> Html {
    let texts = use_texts();
    let MemberMenuProps { member, group, on_ask, send } = props;
    let user = member.person.user.clone();
    let message = {
        let user = user.clone();
        send.reform(move |()| MainRequest::Select { chat: Some(Chat::User { user: user.clone() }) })
    };
    let asking = |question: Question| {
        let user = user.clone();
        on_ask.reform(move |()| Some((user.clone(), question)))
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
            if may_ask(Question::MakeOwner, member, group) {
                { menu_item(Icon::Check, texts.t("member-make-owner"), None, asking(Question::MakeOwner)) }
            }
            if may_ask(Question::Remove, member, group) {
                { menu_item(Icon::Close, texts.t("member-remove"), None, asking(Question::Remove)) }
            }
        </Menu>
    }
}

/// The roles that the owner can give a member.
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
