//! The left side: this user, search, people, groups, recent calls.

use std::rc::Rc;

use carillon_ipc::{MainRequest, MainView, testid};
use carillon_protocol::Chat;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::{groups::Groups, me::Me, people::People, recent::RecentList};
use crate::{
    components::{Icon, IconButton, IconView},
    context::use_texts,
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
            <Me me={view.me.clone()} link={view.link} send={send.clone()} />
            <Search query={view.query.clone()} first={first(view)} send={send.clone()} node={search.clone()} />
            <div class="sidebar-lists" ref={lists}>
                <People view={view.clone()} send={send.clone()} />
                <Groups view={view.clone()} send={send.clone()} />
                if view.query.is_empty() {
                    <RecentList view={view.clone()} send={send.clone()} />
                }
            </div>
        </nav>
    }
}

/// The first row that can be chosen.
fn first(view: &MainView) -> Option<Chat> {
    let person = view.people.iter().chain(&view.found).next().map(|person| Chat::User { user: person.user.clone() });
    let group = || view.groups.iter().chain(&view.rooms).next().map(|group| Chat::Group { group: group.group.clone() });
    person.or_else(group)
}

/// Moves the focus through the rows of all lists, and into them from the search field.
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
struct SearchProps {
    query: AttrValue,
    /// Who Enter goes to.
    first: Option<Chat>,
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
            "Enter" if first.is_some() => send.emit(MainRequest::Select { chat: first.clone() }),
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
                aria-label={texts.t("search-label")}
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
