//! Who: oneself, search, people, recent calls.

use std::rc::Rc;

use carillon_ipc::{MainRequest, MainView, PersonView, testid};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::recent::RecentList;
use crate::{
    components::{Avatar, AvatarSize, EmptyState, Icon, IconButton, IconView, Menu, Name, PresenceView},
    context::use_texts,
    hooks::command_key,
};

#[derive(Properties, PartialEq)]
pub(super) struct SidebarProps {
    pub(super) view: Rc<MainView>,
    pub(super) send: Callback<MainRequest>,
    /// The search field, so that keys can jump to it.
    pub(super) search: NodeRef,
}

#[component]
pub(super) fn Sidebar(props: &SidebarProps) -> Html {
    let SidebarProps { view, send, search } = props;
    let lists = use_node_ref();
    let onkeydown = {
        let lists = lists.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowDown" => step(&event, &lists, 1),
            "ArrowUp" => step(&event, &lists, -1),
            _ => {}
        })
    };
    html! {
        <nav class="sidebar" {onkeydown}>
            <Me me={view.me.clone()} send={send.clone()} />
            <Search query={view.query.clone()} first={view.people.first().map(|person| person.user.clone())} send={send.clone()} node={search.clone()} />
            <div class="sidebar-lists" ref={lists}>
                <People view={view.clone()} send={send.clone()} />
                if view.query.is_empty() {
                    <RecentList view={view.clone()} send={send.clone()} />
                }
            </div>
        </nav>
    }
}

/// Moves the focus through the rows of both lists, and into them from the search field.
fn step(event: &KeyboardEvent, lists: &NodeRef, by: isize) {
    let Some(Ok(rows)) = lists.cast::<Element>().map(|lists| lists.query_selector_all(".list-row")) else { return };
    let rows: Vec<HtmlElement> =
        (0..rows.length()).filter_map(|i| rows.get(i)?.dyn_into::<HtmlElement>().ok()).collect();
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let at = rows.iter().position(|row| Some(row) == target.as_ref());
    let next = match (at, by) {
        (Some(at), by) => at.checked_add_signed(by),
        (None, 1) => Some(0),
        (None, _) => None,
    };
    if let Some(row) = next.and_then(|next| rows.get(next)) {
        // A row that is on the page takes the focus.
        let _ = row.focus();
        event.prevent_default();
    }
}

#[derive(Properties, PartialEq)]
struct MeProps {
    me: Option<PersonView>,
    send: Callback<MainRequest>,
}

#[component]
fn Me(props: &MeProps) -> Html {
    let texts = use_texts();
    let Some(me) = &props.me else { return Html::default() };
    let button = html! {
        <>
            <Avatar user={me.user.clone()} name={me.name.clone()} size={AvatarSize::Small} />
            <Name class="me-name" name={me.name.clone()} />
            <IconView icon={Icon::ChevronDown} />
        </>
    };
    let quit = props.send.reform(|_: MouseEvent| MainRequest::Quit);
    let settings = props.send.reform(|_: MouseEvent| MainRequest::OpenSettings);
    html! {
        <div class="me">
            <Menu {button} label={texts.t("me-menu")} testid={testid::ME} class="me-menu">
                <button type="button" class="menu-item" role="menuitem" onclick={settings}>
                    <IconView icon={Icon::Settings} />
                    <span class="menu-text">{ texts.t("menu-settings") }</span>
                    <kbd>{ command_key(",") }</kbd>
                </button>
                <button type="button" class="menu-item" role="menuitem" data-testid={testid::QUIT} onclick={quit}>
                    <IconView icon={Icon::Power} />
                    <span class="menu-text">{ texts.t("menu-quit") }</span>
                    <kbd>{ command_key("Q") }</kbd>
                </button>
            </Menu>
            <IconButton
                icon={Icon::Settings}
                label={texts.t("menu-settings")}
                class="tooltip-below"
                testid={testid::OPEN_SETTINGS}
                on_press={props.send.reform(|()| MainRequest::OpenSettings)}
            />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct SearchProps {
    query: AttrValue,
    /// Who Enter goes to.
    first: Option<carillon_protocol::UserId>,
    send: Callback<MainRequest>,
    node: NodeRef,
}

#[component]
fn Search(props: &SearchProps) -> Html {
    let texts = use_texts();
    // What is typed is ahead of the view, which would put the cursor back.
    let typed = use_state(|| props.query.to_string());
    let search = {
        let (typed, send) = (typed.clone(), props.send.clone());
        Callback::from(move |query: String| {
            typed.set(query.clone());
            send.emit(MainRequest::Search { query });
        })
    };
    let oninput = search.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let onkeydown = {
        let (search, send, first) = (search.clone(), props.send.clone(), props.first.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" => search.emit(String::new()),
            "Enter" if first.is_some() => send.emit(MainRequest::Select { user: first.clone() }),
            _ => {}
        })
    };
    html! {
        <div class="search">
            <IconView icon={Icon::Search} />
            <input
                ref={props.node.clone()}
                type="text"
                role="searchbox"
                class="search-field"
                placeholder={texts.t("search")}
                aria-label={texts.t("search")}
                aria-keyshortcuts="/ Control+K Meta+K"
                autocomplete="off"
                spellcheck="false"
                value={(*typed).clone()}
                data-testid={testid::SEARCH}
                {oninput}
                {onkeydown}
            />
            if typed.is_empty() {
                <kbd aria-hidden="true">{ "/" }</kbd>
            } else {
                <IconButton icon={Icon::Close} label={texts.t("search-clear")} on_press={search.reform(|()| String::new())} />
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PeopleProps {
    view: Rc<MainView>,
    send: Callback<MainRequest>,
}

#[component]
fn People(props: &PeopleProps) -> Html {
    let texts = use_texts();
    let view = &props.view;
    let selected = view.selected.as_ref().map(|person| &person.user);
    html! {
        <section class="list" aria-labelledby="people-title">
            <h2 class="list-title" id="people-title">{ texts.t("people") }</h2>
            if !view.people.is_empty() {
                <ul data-testid={testid::PEOPLE}>
                    for person in view.people.iter() {
                        <PersonRow
                            key={person.user.as_str()}
                            person={person.clone()}
                            selected={selected == Some(&person.user)}
                            send={props.send.clone()}
                        />
                    }
                </ul>
            } else if view.loading {
                <p class="list-note" role="status">{ texts.t("people-loading") }</p>
            } else if view.query.is_empty() {
                { note(texts.t("people-empty"), texts.hint("people-empty", &[])) }
            } else {
                { note(texts.with("people-no-match", &[("query", view.query.as_str().into())]), texts.hint("people-no-match", &[])) }
            }
        </section>
    }
}

fn note(title: String, hint: Option<String>) -> Html {
    html! { <EmptyState title={html! { { title } }} hint={hint.map(|hint| html! { { hint } })} /> }
}

#[derive(Properties, PartialEq)]
struct PersonRowProps {
    person: PersonView,
    selected: bool,
    send: Callback<MainRequest>,
}

#[component]
fn PersonRow(props: &PersonRowProps) -> Html {
    let person = &props.person;
    let user = person.user.clone();
    let onclick = props.send.reform(move |_: MouseEvent| MainRequest::Select { user: Some(user.clone()) });
    let current = props.selected.then_some("true");
    html! {
        <li>
            <button type="button" class="list-row" aria-current={current} data-testid={testid::person(&person.user)} {onclick}>
                <Avatar user={person.user.clone()} name={person.name.clone()} size={AvatarSize::Small} />
                <span class="list-text">
                    <Name name={person.name.clone()} />
                    <PresenceView presence={person.presence} />
                </span>
            </button>
        </li>
    }
}
