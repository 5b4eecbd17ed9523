//! The page with the people who would like to be contacts.

use carillon_ipc::{MainRequest, PeopleRequest, PersonView, testid};
use carillon_protocol::Chat;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, EmptyState, Icon, PersonLine},
    context::{Language, use_texts},
};

#[derive(Properties, PartialEq)]
pub(super) struct RequestsPageProps {
    pub(super) people: Vec<PersonView>,
    pub(super) send: Callback<MainRequest>,
}

#[component]
pub(super) fn RequestsPage(props: &RequestsPageProps) -> Html {
    let texts = use_texts();
    if props.people.is_empty() {
        return html! {
            <EmptyState icon={Icon::PersonAdd} title={html! { { texts.t("requests-none") } }} />
        };
    }
    html! {
        <article class="requests">
            <h1>{ texts.t("requests") }</h1>
            <ul data-testid={testid::REQUESTS}>
                { for props.people.iter().map(|person| request(&texts, person, &props.send)) }
            </ul>
        </article>
    }
}

fn request(texts: &Language, person: &PersonView, send: &Callback<MainRequest>) -> Html {
    let name = [("name", person.name.as_str().into())];
    let ask = |request: PeopleRequest| send.reform(move |()| MainRequest::People(request.clone()));
    let chat = Chat::User { user: person.user.clone() };
    let open = send.reform(move |_: MouseEvent| MainRequest::Select { chat: Some(chat.clone()) });
    html! {
        <li class="request" key={person.user.as_str()}>
            <button type="button" class="list-row" data-testid={testid::request(&person.user)} onclick={open}>
                <PersonLine person={person.clone()} />
            </button>
            <span class="request-answers">
                <Button
                    text={texts.t("request-ignore")}
                    label={texts.with("request-ignore-label", &name)}
                    testid={testid::ignore(&person.user)}
                    on_press={ask(PeopleRequest::Remove { user: person.user.clone() })}
                />
                <Button
                    kind={ButtonKind::Primary}
                    text={texts.t("request-accept")}
                    label={texts.with("request-accept-label", &name)}
                    testid={testid::accept(&person.user)}
                    on_press={ask(PeopleRequest::Add { user: person.user.clone() })}
                />
            </span>
        </li>
    }
}
