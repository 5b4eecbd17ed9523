//! The left side: this user, search, and one list of conversations, of which calls are a part.

use std::rc::Rc;

use carillon_ipc::{ListFilter, ListRequest, MainRequest, MainView, RowView, testid};
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::{list::List, me::Me, rows::leads_to};
use crate::{
    components::{Badge, Icon, IconButton, IconView},
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
    let goal = use_state_eq(|| None);
    let on_down = {
        let goal = goal.setter();
        Callback::from(move |()| goal.set(Some(0)))
    };
    html! {
        <nav class="sidebar">
            <Me me={view.me.clone()} link={view.link} send={send.clone()} />
            <Search
                query={view.list.query.clone()}
                first={view.list.rows.first().cloned().filter(|_| view.list.first == 0)}
                send={send.clone()}
                node={search.clone()}
                {on_down}
            />
            <Filters filter={view.list.filter} missed={view.missed} send={send.clone()} />
            <List view={view.clone()} send={send.clone()} search={search.clone()} {goal} />
        </nav>
    }
}

#[derive(Properties, PartialEq)]
struct FiltersProps {
    filter: ListFilter,
    missed: u32,
    send: Callback<MainRequest>,
}

/// All conversations, or the calls.
#[component]
fn Filters(props: &FiltersProps) -> Html {
    let texts = use_texts();
    let button = |filter: ListFilter, key: &str, testid: &'static str| {
        let is_on = props.filter == filter;
        let onclick = props.send.reform(move |_: MouseEvent| MainRequest::List(ListRequest::Filter { filter }));
        html! {
            <button
                type="button"
                class={classes!("filter", is_on.then_some("filter-on"))}
                aria-pressed={is_on.to_string()}
                data-testid={testid}
                {onclick}
            >
                { texts.t(key) }
                if filter == ListFilter::Calls {
                    <Badge count={props.missed} key_of_text="recent-missed-count" class="badge-missed" />
                }
            </button>
        }
    };
    html! {
        <div class="filters" role="group" aria-label={texts.t("filters")}>
            { button(ListFilter::All, "filter-all", testid::FILTER_ALL) }
            { button(ListFilter::Calls, "filter-calls", testid::FILTER_CALLS) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct SearchProps {
    query: AttrValue,
    /// Where Enter leads to.
    first: Option<RowView>,
    send: Callback<MainRequest>,
    node: NodeRef,
    /// The focus is to go into the list.
    on_down: Callback<()>,
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
    use_done(&typed, &props.query);
    let oninput = search.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let onkeydown = {
        let (search, send, on_down) = (search.clone(), props.send.clone(), props.on_down.clone());
        let first = props.first.clone();
        Callback::from(move |event: KeyboardEvent| match (event.key().as_str(), &first) {
            ("Escape", _) => search.emit(String::new()),
            ("Enter", Some(first)) => send.emit(leads_to(first)),
            ("ArrowDown", Some(_)) => {
                on_down.emit(());
                event.prevent_default();
            }
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

/// What was searched for is done with once the view says so: somebody was found and opened.
#[hook]
fn use_done(typed: &UseStateHandle<String>, query: &AttrValue) {
    let typed = typed.setter();
    let before = use_mut_ref(AttrValue::default);
    use_effect_with(query.clone(), move |query| {
        let before = before.replace(query.clone());
        if query.is_empty() && !before.is_empty() {
            typed.set(String::new());
        }
    });
}
