//! The rows of the list: who, what happened last, when, and how much of it is unread.

use carillon_ipc::{
    Arg, GroupView, LastState, LastView, ListRequest, MainRequest, PageView, PeopleRequest, PersonView, RecentView,
    RowView, testid,
};
use carillon_protocol::{Chat, ContactState, GroupKind, Presence};
use yew::prelude::*;

use super::call_log as log;
use crate::{
    components::{
        Avatar, AvatarSize, Badge, Button, GroupAvatar, Icon, IconButton, IconView, Name, PresenceView, presence_word,
    },
    context::{Language, use_now, use_texts},
    format,
};

#[derive(Properties, PartialEq)]
pub(super) struct RowProps {
    pub(super) row: RowView,
    /// Its place in the whole list, for the keys.
    pub(super) index: u32,
    pub(super) selected: bool,
    pub(super) send: Callback<MainRequest>,
}

#[component]
pub(super) fn Row(props: &RowProps) -> Html {
    match &props.row {
        RowView::Requests { count, name } => html! {
            <RequestsRow
                count={*count}
                name={name.clone()}
                index={props.index}
                selected={props.selected}
                send={props.send.clone()}
            />
        },
        RowView::Person { person, last } => html! {
            <PersonRow
                person={person.clone()}
                last={last.clone()}
                index={props.index}
                selected={props.selected}
                send={props.send.clone()}
            />
        },
        RowView::Group { group, last } => html! {
            <GroupRow
                group={group.clone()}
                last={last.clone()}
                index={props.index}
                selected={props.selected}
                send={props.send.clone()}
            />
        },
        RowView::Call { call } => html! {
            <CallRow call={call.clone()} index={props.index} send={props.send.clone()} />
        },
    }
}

/// Whether the page shows what the row is about.
pub(super) fn is_on_show(row: &RowView, page: &PageView) -> bool {
    match (row, page) {
        (RowView::Requests { .. }, PageView::Requests { .. }) => true,
        (RowView::Person { person, .. }, PageView::Person { person: shown, .. }) => person.user == shown.user,
        (RowView::Group { group, .. }, PageView::Group { group: shown, .. }) => group.group == shown.group,
        (
            RowView::Requests { .. } | RowView::Person { .. } | RowView::Group { .. } | RowView::Call { .. },
            PageView::Nobody
            | PageView::Person { .. }
            | PageView::Group { .. }
            | PageView::Requests { .. }
            | PageView::NewGroup { .. },
        ) => false,
    }
}

/// Opens a conversation.
pub(super) fn select(chat: Chat) -> MainRequest {
    MainRequest::Select { chat: Some(chat) }
}

/// What a click on a row, or Enter in the search field, leads to.
pub(super) fn leads_to(row: &RowView) -> MainRequest {
    match row {
        RowView::Requests { .. } => MainRequest::List(ListRequest::OpenRequests),
        RowView::Person { person, .. } => select(Chat::User { user: person.user.clone() }),
        RowView::Group { group, .. } => select(Chat::Group { group: group.group.clone() }),
        RowView::Call { call } => select(call.chat()),
    }
}

#[derive(Properties, PartialEq)]
struct RequestsRowProps {
    count: u32,
    name: AttrValue,
    index: u32,
    selected: bool,
    send: Callback<MainRequest>,
}

#[component]
fn RequestsRow(props: &RequestsRowProps) -> Html {
    let texts = use_texts();
    let args = [("name", Arg::Text(&props.name)), ("others", Arg::from(props.count.saturating_sub(1)))];
    let onclick = props.send.reform(|_: MouseEvent| MainRequest::List(ListRequest::OpenRequests));
    html! {
        <button
            type="button"
            class="list-row is-unread"
            aria-current={props.selected.then_some("true")}
            data-index={props.index.to_string()}
            data-testid={testid::OPEN_REQUESTS}
            {onclick}
        >
            <span class="row-sign"><IconView icon={Icon::PersonAdd} /></span>
            <span class="list-text">
                <span class="name">{ texts.t("requests") }</span>
                <span class="row-last">{ texts.with("requests-from", &args) }</span>
            </span>
            <Badge count={props.count} key_of_text="requests-count" />
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct PersonRowProps {
    person: PersonView,
    last: Option<LastView>,
    index: u32,
    selected: bool,
    send: Callback<MainRequest>,
}

#[component]
fn PersonRow(props: &PersonRowProps) -> Html {
    let texts = use_texts();
    let PersonRowProps { person, last, send, .. } = props;
    let add = PeopleRequest::Add { user: person.user.clone() };
    let can_add = person.contact == ContactState::None && !person.blocked;
    let chat = Chat::User { user: person.user.clone() };
    html! {
        <>
            <button
                type="button"
                class={classes!("list-row", (person.unread > 0).then_some("is-unread"))}
                aria-current={props.selected.then_some("true")}
                data-index={props.index.to_string()}
                data-testid={testid::person(&person.user)}
                onclick={send.reform(move |_: MouseEvent| select(chat.clone()))}
            >
                <span class="row-picture">
                    <Avatar
                        user={person.user.clone()}
                        name={person.name.clone()}
                        size={AvatarSize::Small}
                        picture={person.picture.clone()}
                    />
                    { dot(&texts, person) }
                </span>
                <span class="list-text">
                    <Name name={person.name.clone()} />
                    if let Some(last) = last {
                        <LastLine last={last.clone()} />
                    } else {
                        <PresenceView person={person.clone()} />
                    }
                </span>
                <Aside at_ms={last.as_ref().map(LastView::at_ms)} unread={person.unread} />
            </button>
            if can_add {
                <Button
                    class="button-small list-add"
                    icon={Icon::PersonAdd}
                    text={texts.t("contact-add")}
                    label={texts.with("contact-add-label", &[("name", person.name.as_str().into())])}
                    testid={testid::add(&person.user)}
                    on_press={send.reform(move |()| MainRequest::People(add.clone()))}
                />
            }
        </>
    }
}

/// Whether a person can be reached: a dot, and a word for who points at it or listens.
fn dot(texts: &Language, person: &PersonView) -> Html {
    if person.blocked || person.presence == Presence::Hidden {
        return Html::default();
    }
    let (class, key) = presence_word(person.presence);
    let word = texts.t(key);
    html! {
        <span class={classes!("presence", "row-presence", class)} data-tip={word.clone()}>
            <span class="presence-dot" aria-hidden="true" />
            <span class="for-screen-readers">{ word }</span>
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct GroupRowProps {
    group: GroupView,
    last: Option<LastView>,
    index: u32,
    selected: bool,
    send: Callback<MainRequest>,
}

#[component]
fn GroupRow(props: &GroupRowProps) -> Html {
    let texts = use_texts();
    let GroupRowProps { group, last, .. } = props;
    let chat = Chat::Group { group: group.group.clone() };
    let is_in = group.role.is_some();
    html! {
        <button
            type="button"
            class={classes!("list-row", (group.unread > 0 || group.invited_by.is_some()).then_some("is-unread"))}
            aria-current={props.selected.then_some("true")}
            data-index={props.index.to_string()}
            data-testid={testid::group(&group.group)}
            onclick={props.send.reform(move |_: MouseEvent| select(chat.clone()))}
        >
            <GroupAvatar
                group={group.group.clone()}
                kind={group.kind}
                size={AvatarSize::Small}
                picture={group.picture.clone()}
            />
            <span class="list-text">
                <Name name={group.name.clone()} />
                if let Some(last) = last.clone().filter(|_| is_in) {
                    <LastLine {last} />
                } else {
                    <span class="row-last">
                        if group.invited_by.is_some() { { texts.t("group-invited") }{ " · " } }
                        if group.kind == GroupKind::Room { { texts.t("room") }{ " · " } }
                        { texts.with("group-members", &[("count", Arg::from(group.members))]) }
                    </span>
                }
            </span>
            <Aside at_ms={last.as_ref().map(LastView::at_ms)} unread={group.unread} />
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct AsideProps {
    at_ms: Option<u64>,
    unread: u32,
}

/// When it was, and how much is unread.
#[component]
fn Aside(props: &AsideProps) -> Html {
    let texts = use_texts();
    let now = use_now();
    html! {
        <span class="row-aside">
            if let Some(at_ms) = props.at_ms.filter(|at_ms| *at_ms > 0) {
                <span class="list-aside">{ format::ago(&texts, at_ms, now) }</span>
            }
            <Badge count={props.unread} key_of_text="unread-count" />
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct LastLineProps {
    last: LastView,
}

/// What happened last, in one line.
#[component]
fn LastLine(props: &LastLineProps) -> Html {
    let texts = use_texts();
    match &props.last {
        LastView::Message { own, by, text, state, .. } => {
            let key = match state {
                LastState::Failed => "row-failed",
                LastState::Waiting => "row-waiting",
                LastState::Sent if *own => "row-own",
                LastState::Sent if by.is_some() => "row-by",
                LastState::Sent => "row-text",
            };
            let args = [("name", Arg::Text(by.as_deref().unwrap_or_default())), ("text", Arg::Text(text))];
            let class = classes!("row-last", (*state == LastState::Failed).then_some("row-failed"));
            html! { <bdi {class}>{ texts.with(key, &args) }</bdi> }
        }
        LastView::Call { call } => html! {
            <span class={classes!("row-last", call.missed.then_some("is-missed"))}>
                <IconView icon={log::icon(call)} />
                <span class="row-call">{ texts.t(log::key(call)) }</span>
            </span>
        },
    }
}

#[derive(Properties, PartialEq)]
struct CallRowProps {
    call: RecentView,
    index: u32,
    send: Callback<MainRequest>,
}

/// A call, with a button that calls back.
#[component]
fn CallRow(props: &CallRowProps) -> Html {
    let texts = use_texts();
    let now = use_now();
    let CallRowProps { call, send, .. } = props;
    let group = call.group.as_ref().map(|group| group.name.clone()).filter(|name| !name.is_empty());
    let name = group.unwrap_or_else(|| call.with.name.clone());
    let chat = call.chat();
    let again = (call.group.is_none() && !call.with.blocked).then(|| {
        let (user, kind) = (call.with.user.clone(), call.kind);
        send.reform(move |()| MainRequest::Call { user: user.clone(), kind })
    });
    html! {
        <>
            <button
                type="button"
                class={classes!("list-row", "recent-row", call.missed.then_some("is-missed"))}
                data-index={props.index.to_string()}
                onclick={send.reform(move |_: MouseEvent| select(chat.clone()))}
            >
                <span class="row-sign">
                    <IconView icon={log::icon(call)} name={texts.t(log::direction_key(call))} />
                </span>
                <span class="list-text">
                    <Name name={name.clone()} />
                    <span class="row-last">
                        { texts.t(log::key(call)) }
                        if call.duration_ms > 0 { { " · " }{ format::duration(&texts, call.duration_ms) } }
                    </span>
                </span>
                <span class="list-aside">{ format::ago(&texts, call.at_ms, now) }</span>
            </button>
            if let Some(on_press) = again {
                <IconButton
                    class="list-call tooltip-left"
                    icon={if call.kind == carillon_protocol::CallKind::Video { Icon::Camera } else { Icon::Phone }}
                    label={texts.with("call-back-label", &[("name", name.as_str().into())])}
                    testid={testid::call_back(&call.with.user)}
                    {on_press}
                />
            }
        </>
    }
}
