//! A button that opens a menu, and the menu of devices.

use carillon_ipc::{DeviceChoice, testid};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, Node};
use yew::prelude::*;

use super::{Icon, IconView};
use crate::context::{use_texts, use_unfolded};

#[derive(Properties, PartialEq)]
pub(crate) struct MenuProps {
    /// What the button shows.
    pub(crate) button: Html,
    /// What the button does.
    pub(crate) label: AttrValue,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) class: Classes,
    /// Entries: elements with a role of `menuitem…`. A click on one closes the menu.
    pub(crate) children: Html,
}

/// By keyboard: arrows, Home and End go through the entries, Escape closes and gives the focus back.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let unfolded = use_unfolded();
    let open = use_state(|| unfolded);
    let whole = use_node_ref();
    use_close_on_outside_press(&open, &whole);
    use_effect_with(*open, {
        let whole = whole.clone();
        move |&is_open| {
            if is_open {
                focus_first(&whole);
            }
        }
    });
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let (open, whole) = (open.clone(), whole.clone());
        Callback::from(move |event: KeyboardEvent| {
            if *open {
                on_menu_key(&event, &open, &whole);
            }
        })
    };
    let close = {
        let (open, whole) = (open.clone(), whole.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<Element>();
            if target.is_some_and(|element| matches!(element.closest("[role^=menuitem]"), Ok(Some(_)))) {
                open.set(false);
                focus_button(&whole);
            }
        })
    };
    html! {
        <div class={classes!("menu-anchor", props.class.clone())} ref={whole} {onkeydown}>
            <button
                type="button"
                class="menu-button"
                aria-haspopup="menu"
                aria-expanded={open.to_string()}
                aria-label={props.label.clone()}
                data-testid={props.testid.clone()}
                onclick={toggle}
            >
                { props.button.clone() }
            </button>
            if *open {
                <div class="menu" role="menu" aria-label={props.label.clone()} onclick={close}>
                    { props.children.clone() }
                </div>
            }
        </div>
    }
}

/// Closes what is open on a press anywhere else.
#[hook]
pub(super) fn use_close_on_outside_press(open: &UseStateHandle<bool>, whole: &NodeRef) {
    let (open, whole) = (open.clone(), whole.clone());
    use_effect_with(*open, move |&is_open| {
        let document = web_sys::window().and_then(|window| window.document()).filter(|_| is_open);
        let listener = document.map(|document| {
            EventListener::new(&document, "pointerdown", move |event| {
                let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
                let inside = whole.get().is_some_and(|node| node.contains(target.as_ref()));
                if !inside {
                    open.set(false);
                }
            })
        });
        move || drop(listener)
    });
}

fn on_menu_key(event: &KeyboardEvent, open: &UseStateHandle<bool>, whole: &NodeRef) {
    match event.key().as_str() {
        "Escape" => {
            open.set(false);
            focus_button(whole);
            event.stop_propagation();
        }
        "Tab" => open.set(false),
        "ArrowDown" => move_focus(event, whole, |at, count| (at + 1) % count),
        "ArrowUp" => move_focus(event, whole, |at, count| (at + count - 1) % count),
        "Home" => move_focus(event, whole, |_, _| 0),
        "End" => move_focus(event, whole, |_, count| count - 1),
        _ => {}
    }
}

fn entries(whole: &NodeRef) -> Vec<HtmlElement> {
    let list = whole.cast::<Element>().and_then(|whole| whole.query_selector_all("[role^=menuitem]").ok());
    let list = list.into_iter().flat_map(|list| (0..list.length()).filter_map(move |i| list.get(i)));
    list.filter_map(|node| node.dyn_into::<HtmlElement>().ok()).collect()
}

fn focus_first(whole: &NodeRef) {
    let entries = entries(whole);
    let checked = entries.iter().find(|entry| entry.get_attribute("aria-checked").as_deref() == Some("true"));
    if let Some(entry) = checked.or(entries.first()) {
        let _ = entry.focus();
    }
}

fn focus_button(whole: &NodeRef) {
    let button = whole.cast::<Element>().and_then(|whole| whole.query_selector(".menu-button").ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        let _ = button.focus();
    }
}

fn move_focus(event: &KeyboardEvent, whole: &NodeRef, to: fn(usize, usize) -> usize) {
    let entries = entries(whole);
    let focused = web_sys::window().and_then(|window| window.document()).and_then(|document| document.active_element());
    let at = entries.iter().position(|entry| focused.as_ref() == Some(entry.unchecked_ref())).unwrap_or(0);
    if let Some(entry) = entries.get(to(at, entries.len().max(1))) {
        let _ = entry.focus();
        event.prevent_default();
        // What is around the menu may go by arrows as well.
        event.stop_propagation();
    }
}

/// An entry that does something.
pub(crate) fn menu_item(
    icon: Icon,
    text: String,
    testid: impl Into<Option<&'static str>>,
    on_press: Callback<()>,
) -> Html {
    let testid: Option<&'static str> = testid.into();
    html! {
        <button
            type="button"
            class="menu-item"
            role="menuitem"
            data-testid={testid}
            onclick={on_press.reform(|_: MouseEvent| ())}
        >
            <IconView {icon} />
            <span class="menu-text">{ text }</span>
        </button>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct DeviceListProps {
    pub(crate) title: AttrValue,
    pub(crate) choice: DeviceChoice,
    pub(crate) on_choose: Callback<Option<String>>,
    /// Below the devices: a level meter.
    #[prop_or_default]
    pub(crate) footer: Html,
}

/// The entries of a menu of devices: the system's default, and all there are.
#[component]
pub(crate) fn DeviceList(props: &DeviceListProps) -> Html {
    let texts = use_texts();
    let entry = |id: Option<String>, name: String| {
        let chosen = props.choice.chosen == id;
        let testid = testid::device(id.as_deref());
        let onclick = props.on_choose.reform(move |_: MouseEvent| id.clone());
        html! {
            <button type="button" class="menu-item" role="menuitemradio" aria-checked={chosen.to_string()} data-testid={testid} {onclick}>
                <span class="menu-check">
                    if chosen { <IconView icon={Icon::Check} /> }
                </span>
                <bdi class="name">{ name }</bdi>
            </button>
        }
    };
    html! {
        <>
            <p class="menu-title">{ &props.title }</p>
            if props.choice.devices.is_empty() {
                <p class="menu-empty">{ texts.t("device-none") }</p>
            } else {
                { entry(None, texts.t("device-default")) }
                { for props.choice.devices.iter().map(|device| entry(Some(device.id.clone()), device.name.clone())) }
            }
            { props.footer.clone() }
        </>
    }
}
