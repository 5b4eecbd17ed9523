//! A conversation of two: call, write, and what lies between the two.

use carillon_ipc::{ChatView, MainRequest, PeopleRequest, PersonView, testid};
use carillon_protocol::{CallKind, ContactState, Presence};
use yew::prelude::*;

use super::{composer::Drafts, mute_item, talk::Talk};
use crate::{
    components::{
        Avatar, AvatarSize, Button, ButtonKind, EmptyState, Icon, IconView, Menu, Name, PresenceView, menu_item,
    },
    context::{Language, use_texts},
};

#[derive(Properties, PartialEq)]
pub(in crate::windows::main) struct PersonPageProps {
    pub(in crate::windows::main) person: PersonView,
    pub(in crate::windows::main) chat: ChatView,
    pub(in crate::windows::main) linked: bool,
    pub(in crate::windows::main) drafts: Drafts,
    pub(in crate::windows::main) send: Callback<MainRequest>,
}

#[component]
pub(in crate::windows::main) fn PersonPage(props: &PersonPageProps) -> Html {
    let texts = use_texts();
    let PersonPageProps { person, chat, linked, drafts, send } = props;
    let name = person.name.as_str();
    let empty = html! {
        <EmptyState
            icon={Icon::Phone}
            title={html! { { texts.t("chat-empty-person") } }}
            hint={texts.hint("chat-empty-person", &[("name", name.into())]).map(|hint| html! { { hint } })}
        />
    };
    html! {
        <article class="chat" data-testid={testid::PERSON}>
            <header class="chat-header">
                <Avatar
                    user={person.user.clone()}
                    name={person.name.clone()}
                    size={AvatarSize::Medium}
                    picture={person.picture.clone()}
                />
                <div class="chat-who">
                    <h1 class="chat-name"><Name name={person.name.clone()} /></h1>
                    <PresenceView person={person.clone()} />
                </div>
                <CallButtons person={person.clone()} send={send.clone()} />
                <PersonMenu person={person.clone()} chat={chat.clone()} send={send.clone()} />
            </header>
            { note(&texts, person, chat, send) }
            <Talk
                chat={chat.clone()}
                group={false}
                name={person.name.clone()}
                unread={person.unread}
                linked={*linked}
                {empty}
                closed={person.blocked.then(|| closed(&texts, name))}
                drafts={drafts.clone()}
                send={send.clone()}
            />
        </article>
    }
}

/// Nothing is written to somebody whom one has blocked.
fn closed(texts: &Language, name: &str) -> Html {
    html! { <p class="chat-closed">{ texts.with("composer-blocked", &[("name", name.into())]) }</p> }
}

#[derive(Properties, PartialEq)]
struct CallButtonsProps {
    person: PersonView,
    send: Callback<MainRequest>,
}

/// Call, with pictures or without. During another call the window asks whether to end that one.
#[component]
fn CallButtons(props: &CallButtonsProps) -> Html {
    let texts = use_texts();
    let CallButtonsProps { person, send } = props;
    let name = [("name", person.name.as_str().into())];
    let call = |kind| {
        let user = person.user.clone();
        send.reform(move |()| MainRequest::Call { user: user.clone(), kind })
    };
    html! {
        <>
            <Button
                icon={Icon::Camera}
                text={texts.t("person-video")}
                label={texts.with("person-video-label", &name)}
                disabled={person.blocked}
                testid={testid::CALL_VIDEO}
                on_press={call(CallKind::Video)}
            />
            <Button
                kind={ButtonKind::Primary}
                icon={Icon::Phone}
                text={texts.t("person-call")}
                label={texts.with("person-call-label", &name)}
                disabled={person.blocked}
                testid={testid::CALL_VOICE}
                on_press={call(CallKind::Voice)}
            />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct PersonMenuProps {
    person: PersonView,
    chat: ChatView,
    send: Callback<MainRequest>,
}

#[component]
fn PersonMenu(props: &PersonMenuProps) -> Html {
    let texts = use_texts();
    let PersonMenuProps { person, chat, send } = props;
    let ask = |request: PeopleRequest| send.reform(move |()| MainRequest::People(request.clone()));
    let user = || person.user.clone();
    let contact = match person.contact {
        _ if person.blocked => Html::default(),
        ContactState::None => menu_item(
            Icon::PersonAdd,
            texts.t("person-add"),
            testid::PERSON_ADD,
            ask(PeopleRequest::Add { user: user() }),
        ),
        ContactState::Asked => {
            menu_item(Icon::PersonAdd, texts.t("person-accept"), None, ask(PeopleRequest::Add { user: user() }))
        }
        ContactState::Requested => {
            menu_item(Icon::Close, texts.t("person-take-back"), None, ask(PeopleRequest::Remove { user: user() }))
        }
        ContactState::Contact => menu_item(
            Icon::Close,
            texts.t("person-remove"),
            testid::PERSON_REMOVE,
            ask(PeopleRequest::Remove { user: user() }),
        ),
    };
    let (block, block_id) =
        if person.blocked { ("person-unblock", None) } else { ("person-block", Some(testid::PERSON_BLOCK)) };
    let blocked = !person.blocked;
    html! {
        <Menu
            class="chat-menu"
            button={html! { <IconView icon={Icon::More} /> }}
            label={texts.with("person-menu", &[("name", person.name.as_str().into())])}
            testid={testid::CHAT_MENU}
        >
            { mute_item(&texts, chat, send) }
            { contact }
            { menu_item(Icon::Block, texts.t(block), block_id, ask(PeopleRequest::Block { user: user(), blocked })) }
        </Menu>
    }
}

/// The one thing that is worth a line between the two, with what can be done about it.
fn note(texts: &Language, person: &PersonView, chat: &ChatView, send: &Callback<MainRequest>) -> Html {
    let user = || person.user.clone();
    let name = [("name", person.name.as_str().into())];
    let button = |kind, key: &str, testid: Option<&'static str>, request: PeopleRequest| {
        let on_press = send.reform(move |()| MainRequest::People(request.clone()));
        html! { <Button {kind} class="button-small" text={texts.t(key)} testid={testid.map(AttrValue::from)} {on_press} /> }
    };
    use ButtonKind::{Link, Plain, Primary};
    if chat.key_changed {
        return html! {
            <div class="chat-note chat-note-key" role="status" data-testid={testid::KEY_CHANGED}>
                <IconView icon={Icon::Shield} />
                <div class="chat-note-text">
                    <p class="notice-title">{ texts.with("key-changed", &name) }</p>
                    <p>{ texts.hint("key-changed", &name) }</p>
                </div>
                { button(Plain, "key-seen", Some(testid::KEY_SEEN), PeopleRequest::KeySeen { user: user() }) }
            </div>
        };
    }
    let (key, buttons) = match (person.contact, person.presence) {
        _ if person.blocked => {
            let unblock = PeopleRequest::Block { user: user(), blocked: false };
            ("person-blocked", button(Plain, "person-unblock", Some(testid::PERSON_UNBLOCK), unblock))
        }
        (ContactState::Asked, _) => {
            let ignore = button(Link, "request-ignore", None, PeopleRequest::Remove { user: user() });
            let accept = button(Primary, "request-accept", None, PeopleRequest::Add { user: user() });
            ("person-asked", html! { <>{ ignore }{ accept }</> })
        }
        (ContactState::Requested, _) => ("person-requested", Html::default()),
        (ContactState::None, _) => (
            "person-stranger",
            button(Plain, "person-add", Some(testid::PERSON_ADD), PeopleRequest::Add { user: user() }),
        ),
        (_, Presence::Offline) => ("person-offline-hint", Html::default()),
        (_, Presence::DoNotDisturb) => ("person-silent-hint", Html::default()),
        _ => return Html::default(),
    };
    html! {
        <div class="chat-note">
            <p class="chat-note-text">{ texts.with(key, &name) }</p>
            <span class="chat-note-buttons">{ buttons }</span>
        </div>
    }
}
