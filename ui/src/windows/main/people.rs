//! People on the left: requests that wait for an answer, contacts, and people whom a search has found.

use std::rc::Rc;

use carillon_ipc::{MainRequest, MainView, PageView, PeopleRequest, PersonView, testid};
use carillon_protocol::{Chat, ContactState, UserId};
use yew::prelude::*;

use crate::{
    components::{Badge, Button, ButtonKind, Icon, PersonLine, nobody},
    context::{Language, use_texts},
};

#[derive(Properties, PartialEq)]
pub(super) struct PeopleProps {
    pub(super) view: Rc<MainView>,
    pub(super) send: Callback<MainRequest>,
}

#[component]
pub(super) fn People(props: &PeopleProps) -> Html {
    let texts = use_texts();
    let view = &props.view;
    let searching = !view.query.is_empty();
    let found_title = if searching { "people-found" } else { "people-everybody" };
    html! {
        <>
            if !view.requests.is_empty() {
                <section class="list" aria-labelledby="requests-title">
                    <h2 class="list-title" id="requests-title">{ texts.t("requests") }</h2>
                    <ul data-testid={testid::REQUESTS}>
                        { for view.requests.iter().map(|person| request_row(&texts, person, &props.send)) }
                    </ul>
                </section>
            }
            if !view.people.is_empty() {
                <section class="list" aria-labelledby="people-title">
                    <h2 class="list-title" id="people-title">{ texts.t("people") }</h2>
                    <ul data-testid={testid::PEOPLE}>{ rows(&view.people, props) }</ul>
                </section>
            }
            if !view.found.is_empty() {
                <section class="list" aria-labelledby="found-title">
                    <h2 class="list-title" id="found-title">{ texts.t(found_title) }</h2>
                    <ul data-testid={testid::FOUND}>{ rows(&view.found, props) }</ul>
                </section>
            }
            if view.people.is_empty() && view.found.is_empty() {
                { nobody_there(&texts, view) }
            }
        </>
    }
}

fn nobody_there(texts: &Language, view: &MainView) -> Html {
    let something = !(view.groups.is_empty() && view.rooms.is_empty() && view.requests.is_empty());
    let note = if view.loading {
        html! { <p class="list-note" role="status">{ texts.t("people-loading") }</p> }
    } else if view.query.is_empty() {
        nobody(texts.t("people-empty"), texts.hint("people-empty", &[]))
    } else if something {
        return Html::default();
    } else {
        let query = view.query.as_str();
        nobody(texts.with("people-no-match", &[("query", query.into())]), texts.hint("people-no-match", &[]))
    };
    html! {
        <section class="list" aria-labelledby="people-title">
            <h2 class="list-title" id="people-title">{ texts.t("people") }</h2>
            { note }
        </section>
    }
}

fn rows(people: &[PersonView], props: &PeopleProps) -> Html {
    let selected = selected(&props.view);
    let row = |person: &PersonView| {
        let (key, selected) = (person.user.as_str().to_owned(), selected == Some(&person.user));
        html! { <PersonRow {key} person={person.clone()} {selected} send={props.send.clone()} /> }
    };
    people.iter().map(row).collect()
}

fn selected(view: &MainView) -> Option<&UserId> {
    if let PageView::Person { person, .. } = &view.page { Some(&person.user) } else { None }
}

/// Opens the conversation with a person.
fn select(send: &Callback<MainRequest>, user: &UserId) -> Callback<MouseEvent> {
    let chat = Chat::User { user: user.clone() };
    send.reform(move |_: MouseEvent| MainRequest::Select { chat: Some(chat.clone()) })
}

#[derive(Properties, PartialEq)]
struct PersonRowProps {
    person: PersonView,
    selected: bool,
    send: Callback<MainRequest>,
}

#[component]
fn PersonRow(props: &PersonRowProps) -> Html {
    let texts = use_texts();
    let PersonRowProps { person, send, .. } = props;
    let add = PeopleRequest::Add { user: person.user.clone() };
    let can_add = person.contact == ContactState::None && !person.blocked;
    html! {
        <li class="list-item">
            <button
                type="button"
                class={classes!("list-row", (person.unread > 0).then_some("is-unread"))}
                aria-current={props.selected.then_some("true")}
                data-testid={testid::person(&person.user)}
                onclick={select(send, &person.user)}
            >
                <PersonLine person={person.clone()} />
                <Badge count={person.unread} key_of_text="unread-count" />
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
        </li>
    }
}

/// A person who would like to be a contact.
fn request_row(texts: &Language, person: &PersonView, send: &Callback<MainRequest>) -> Html {
    let name = [("name", person.name.as_str().into())];
    let ask = |request: PeopleRequest| send.reform(move |()| MainRequest::People(request.clone()));
    html! {
        <li class="request" key={person.user.as_str()}>
            <button type="button" class="list-row" data-testid={testid::person(&person.user)} onclick={select(send, &person.user)}>
                <PersonLine person={person.clone()} />
            </button>
            <span class="request-answers">
                <Button
                    class="button-small"
                    text={texts.t("request-ignore")}
                    label={texts.with("request-ignore-label", &name)}
                    testid={testid::ignore(&person.user)}
                    on_press={ask(PeopleRequest::Remove { user: person.user.clone() })}
                />
                <Button
                    kind={ButtonKind::Primary}
                    class="button-small"
                    text={texts.t("request-accept")}
                    label={texts.with("request-accept-label", &name)}
                    testid={testid::accept(&person.user)}
                    on_press={ask(PeopleRequest::Add { user: person.user.clone() })}
                />
            </span>
        </li>
    }
}
