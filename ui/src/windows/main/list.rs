//! The list itself. Of thousands of rows it makes those that can be seen and a few more: how much work a change is does not depend on
//! how long the list is.

use std::rc::Rc;

use carillon_ipc::{ListFilter, ListRequest, ListView, MainRequest, MainView, testid};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::rows::{Row, is_on_show};
use crate::{
    components::nobody,
    context::{Language, use_texts},
    hooks::{focus, is_command, set_css_variable},
};

/// How high a row is, in CSS pixels: `--list-row` of the style sheets.
pub(crate) const ROW_PX: f64 = 56.0;
/// How many rows are made before the first that can be seen: a step back has somewhere to go.
const BEFORE: u32 = 8;
/// And from that one on: more than the highest screen shows.
const FROM_THERE: u32 = 48;
/// Rows are made for so many places at once, so that not every pixel of a scroll is a change.
const STEP: u32 = 4;
/// With fewer rows than these left on one side, the part of the list around the place is asked for.
const LEFT: u32 = 24;
/// Nothing moves for so long after the pointer or a key did something in the list. A pointer that was left there holds nothing for ever.
const HELD_MS: u32 = 10_000;

/// Which rows are made, and whether others are wanted from the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// The first row that is made.
    pub(crate) first: u32,
    /// The one after the last.
    pub(crate) end: u32,
    /// The first row of the part to ask for, where this one does not reach.
    pub(crate) ask: Option<u32>,
}

impl Window {
    /// `top` is the first row that can be seen.
    pub(crate) fn at(top: u32, list: &ListView) -> Self {
        let top = (top / STEP * STEP).min(list.total.saturating_sub(1));
        let here = u32::try_from(list.rows.len()).unwrap_or(u32::MAX);
        let (begin, end) = (list.first, list.first.saturating_add(here));
        let first = top.saturating_sub(BEFORE);
        let last = top.saturating_add(FROM_THERE).min(list.total);
        let lacks_before = begin > 0 && top < begin.saturating_add(LEFT);
        let lacks_after = end < list.total && last.saturating_add(LEFT) > end;
        let part = u32::try_from(carillon_ipc::ROWS).unwrap_or(u32::MAX);
        let ask = top.saturating_sub(part.saturating_sub(FROM_THERE) / 2);
        Self { first, end: last, ask: ((lacks_before || lacks_after) && ask != begin).then_some(ask) }
    }
}

/// The row that a key leads to from another one; `None`: it is no such key.
fn next(key: &str, from: u32, total: u32) -> Option<u32> {
    let last = total.checked_sub(1)?;
    Some(match key {
        "ArrowDown" => from.saturating_add(1).min(last),
        "ArrowUp" => from.saturating_sub(1),
        "PageDown" => from.saturating_add(10).min(last),
        "PageUp" => from.saturating_sub(10),
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

#[derive(Properties, PartialEq)]
pub(super) struct ListProps {
    pub(super) view: Rc<MainView>,
    pub(super) send: Callback<MainRequest>,
    /// What has the focus after a letter was typed.
    pub(super) search: NodeRef,
    /// The row that is to have the focus, as soon as it is there.
    pub(super) goal: UseStateHandle<Option<u32>>,
}

#[component]
pub(super) fn List(props: &ListProps) -> Html {
    let texts = use_texts();
    let ListProps { view, send, search, goal } = props;
    let list = &view.list;
    let (scroller, rows) = (use_node_ref(), use_node_ref());
    let top = use_state_eq(|| 0_u32);
    let window = Window::at(*top, list);
    use_part(window, send);
    use_room(&rows, window.first, list.total);
    use_goal(&scroller, goal, window, list);
    use_top_of_another(&scroller, list);
    let touch = use_hold(send);
    let onscroll = {
        let (scroller, top) = (scroller.clone(), top.setter());
        Callback::from(move |_: Event| {
            if let Some(scroller) = scroller.cast::<Element>() {
                top.set((f64::from(scroller.scroll_top()) / ROW_PX) as u32 / STEP * STEP);
            }
        })
    };
    let onkeydown = {
        let (touch, goal, search, total) = (touch.clone(), goal.setter(), search.clone(), list.total);
        Callback::from(move |event: KeyboardEvent| {
            touch.emit(true);
            on_key(&event, total, &goal, &search);
        })
    };
    let (id, label) = match list.filter {
        ListFilter::All => (testid::CONVERSATIONS, texts.t("conversations")),
        ListFilter::Calls => (testid::RECENT, texts.t("filter-calls")),
    };
    html! {
        <div
            class="sidebar-lists"
            ref={scroller}
            {onscroll}
            {onkeydown}
            onpointermove={touch.reform(|_: PointerEvent| true)}
            onpointerleave={touch.reform(|_: PointerEvent| false)}
        >
            if list.total == 0 {
                { empty(&texts, view) }
            } else {
                <ul class="rows" ref={rows} aria-label={label} data-testid={id}>
                    { for (window.first..window.end).map(|index| row(index, view, send)) }
                </ul>
            }
        </div>
    }
}

fn row(index: u32, view: &MainView, send: &Callback<MainRequest>) -> Html {
    let list = &view.list;
    let at = index.checked_sub(list.first).and_then(|at| list.rows.get(at as usize));
    let (size, position) = (list.total.to_string(), (index + 1).to_string());
    match at {
        Some(row) => {
            let selected = is_on_show(row, &view.page);
            html! {
                <li class="list-item" key={row.key()} aria-setsize={size} aria-posinset={position}>
                    <Row row={row.clone()} {index} {selected} send={send.clone()} />
                </li>
            }
        }
        // It is on its way.
        None => html! { <li class="list-item row-awaited" key={format!("row {index}")} aria-hidden="true" /> },
    }
}

/// True, and what to do about it.
fn empty(texts: &Language, view: &MainView) -> Html {
    let list = &view.list;
    let query = list.query.as_str();
    let (key, args) = match list.filter {
        _ if view.loading => return html! { <p class="list-note" role="status">{ texts.t("people-loading") }</p> },
        _ if !query.is_empty() => ("people-no-match", vec![("query", query.into())]),
        ListFilter::Calls => ("recent-empty", vec![]),
        ListFilter::All => ("people-empty", vec![]),
    };
    html! { <div class="list">{ nobody(texts.with(key, &args), texts.hint(key, &[])) }</div> }
}

/// Asks for the part of the list around the place, where the one that is here does not reach.
#[hook]
fn use_part(window: Window, send: &Callback<MainRequest>) {
    let send = send.clone();
    use_effect_with(window.ask, move |ask| {
        if let Some(first) = *ask {
            send.emit(MainRequest::List(ListRequest::From { first }));
        }
    });
}

/// The room that all rows take, and how much of it is before those that are made. The content policy allows no `style` attribute.
#[hook]
fn use_room(rows: &NodeRef, first: u32, total: u32) {
    use_effect_with((rows.clone(), first, total), |(rows, first, total)| {
        set_css_variable(rows, "--before", *first as f32);
        set_css_variable(rows, "--total", *total as f32);
    });
}

/// Gives the focus to the row that a key led to. It may have to be made first, or to be had from the shell.
#[hook]
fn use_goal(scroller: &NodeRef, goal: &UseStateHandle<Option<u32>>, window: Window, list: &ListView) {
    let (scroller, setter) = (scroller.clone(), goal.setter());
    use_effect_with((**goal, window, list.first), move |(goal, ..)| {
        let (Some(goal), Some(scroller)) = (*goal, scroller.cast::<HtmlElement>()) else { return };
        let row = scroller.query_selector(&format!("[data-index=\"{goal}\"]")).ok().flatten();
        if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
            // A row that is on the page takes the focus, and comes into sight with it.
            let _ = row.focus();
            setter.set(None);
        } else {
            scroller.set_scroll_top((f64::from(goal) * ROW_PX) as i32);
        }
    });
}

/// Another filter and another search begin at the top.
#[hook]
fn use_top_of_another(scroller: &NodeRef, list: &ListView) {
    let scroller = scroller.clone();
    use_effect_with((list.filter, list.query.clone()), move |_| {
        if let Some(scroller) = scroller.cast::<Element>() {
            scroller.set_scroll_top(0);
        }
    });
}

/// Keeps all rows where they are while the pointer or a key does something in the list (`true`), until it has left (`false`).
#[hook]
fn use_hold(send: &Callback<MainRequest>) -> Callback<bool> {
    let is_held = use_mut_ref(|| false);
    let until = use_mut_ref(|| None::<Timeout>);
    use_callback(send.clone(), move |touched: bool, send: &Callback<MainRequest>| {
        let hold = |on| MainRequest::List(ListRequest::Hold { on });
        *until.borrow_mut() = touched.then(|| {
            let (is_held, release) = (is_held.clone(), send.clone());
            Timeout::new(HELD_MS, move || {
                is_held.replace(false);
                release.emit(hold(false));
            })
        });
        if is_held.replace(touched) != touched {
            send.emit(hold(touched));
        }
    })
}

/// Arrows, Home and End lead to other rows; a letter leads to the search field, and is typed there.
fn on_key(event: &KeyboardEvent, total: u32, goal: &UseStateSetter<Option<u32>>, search: &NodeRef) {
    let key = event.key();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let row = target.and_then(|target| target.closest(".list-item").ok().flatten());
    let index = row.and_then(|row| row.query_selector("[data-index]").ok().flatten());
    let index = index.and_then(|row| row.get_attribute("data-index")?.parse().ok());
    if let Some(next) = index.and_then(|index| next(&key, index, total)) {
        goal.set(Some(next));
        event.prevent_default();
    } else if key.chars().count() == 1 && key != " " && !is_command(event) && !event.alt_key() {
        focus(search);
    }
}

#[cfg(test)]
mod tests {
    use carillon_ipc::{ROWS, RowView};

    use super::*;

    fn list(first: u32, total: u32) -> ListView {
        let rows = (first..total).take(ROWS).map(|_| RowView::Requests { count: 1, name: String::new() }).collect();
        ListView { total, first, rows, ..ListView::default() }
    }

    #[test]
    fn a_list_of_thousands_makes_no_more_rows_than_one_of_a_hundred() {
        for top in [0, 700, 1_999] {
            let Window { first, end, .. } = Window::at(top, &list(0, 2_000));
            assert!(end - first <= BEFORE + FROM_THERE, "{first} to {end}");
            assert!(first <= top && end > top.min(1_996), "{first} to {end}");
        }
    }

    #[test]
    fn another_part_is_asked_for_before_the_end_of_this_one_is_in_sight_and_then_it_is_enough() {
        assert_eq!(Window::at(40, &list(0, 2_000)).ask, None);
        for (top, here) in [(100, 0), (1_000, 0), (1_990, 0), (0, 1_800), (500, 520)] {
            let ask = Window::at(top, &list(here, 2_000)).ask.expect("what is here is not enough");
            assert_eq!(Window::at(top, &list(ask, 2_000)).ask, None, "from {ask}");
        }
        assert_eq!(Window::at(0, &list(0, 30)).ask, None, "all of a short list is here");
    }

    #[test]
    fn keys_lead_through_the_list_and_not_beyond_it() {
        let from = |key, at| next(key, at, 2_000);
        assert_eq!((from("ArrowDown", 7), from("ArrowUp", 7)), (Some(8), Some(6)));
        assert_eq!((from("ArrowDown", 1_999), from("ArrowUp", 0)), (Some(1_999), Some(0)));
        assert_eq!((from("End", 7), from("Home", 7)), (Some(1_999), Some(0)));
        assert_eq!((from("PageDown", 1_995), from("PageUp", 4)), (Some(1_999), Some(0)));
        assert_eq!((from("Enter", 7), next("Home", 0, 0)), (None, None));
    }
}
