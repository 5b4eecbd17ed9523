//! A question over the window. The focus stays in it, and Escape is its harmless answer.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::hooks::focus;

/// What the focus can be on.
const FOCUSABLE: &str = "button:not(:disabled), input:not(:disabled), textarea, a[href], [tabindex=\"0\"]";

#[derive(Properties, PartialEq)]
pub(crate) struct DialogProps {
    pub(crate) title: AttrValue,
    /// Whether something waits for the answer, which is said at once then.
    #[prop_or_default]
    pub(crate) is_alert: bool,
    /// What has the focus at first; by default the whole of it.
    #[prop_or_default]
    pub(crate) first: Option<NodeRef>,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    pub(crate) on_cancel: Callback<()>,
    pub(crate) children: Html,
}

#[component]
pub(crate) fn Dialog(props: &DialogProps) -> Html {
    let page = use_node_ref();
    use_effect_with((), {
        let first = props.first.clone().unwrap_or_else(|| page.clone());
        move |()| focus(&first)
    });
    let onkeydown = {
        let (page, on_cancel) = (page.clone(), props.on_cancel.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" => {
                event.stop_propagation();
                on_cancel.emit(());
            }
            "Tab" => stay_inside(&event, &page),
            _ => {}
        })
    };
    html! {
        <div class="veil">
            <section
                class="dialog"
                role={if props.is_alert { "alertdialog" } else { "dialog" }}
                aria-modal="true"
                aria-label={props.title.clone()}
                tabindex="-1"
                ref={page}
                data-testid={props.testid.clone()}
                {onkeydown}
            >
                <h2 class="dialog-title">{ &props.title }</h2>
                { props.children.clone() }
            </section>
        </div>
    }
}

/// From the last on to the first, and back.
fn stay_inside(event: &KeyboardEvent, page: &NodeRef) {
    let Some(dialog) = page.cast::<Element>() else { return };
    let Ok(found) = dialog.query_selector_all(FOCUSABLE) else { return };
    let inside: Vec<HtmlElement> = (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).collect();
    let focused = web_sys::window().and_then(|window| window.document()).and_then(|page| page.active_element());
    let is_on =
        |element: Option<&HtmlElement>| element.map(|element| element.unchecked_ref::<Element>()) == focused.as_ref();
    let (first, last) = (inside.first(), inside.last());
    let to = match event.shift_key() {
        true if is_on(first) || focused.as_ref() == Some(&dialog) => last,
        false if is_on(last) => first,
        _ => return,
    };
    if let Some(to) = to {
        event.prevent_default();
        let _ = to.focus();
    }
}
