//! What can be done with a text, in the place of the web view's own menu: that one speaks of reloading and inspecting pages.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDocument, HtmlElement, KeyboardEvent, MouseEvent};
use yew::prelude::*;

use crate::{
    context::use_texts,
    hooks::{place_at, window_size},
};

/// Where it was asked for, and what can be done there.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    at: (f64, f64),
    deeds: Vec<Deed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Cut,
    Copy,
    Paste,
    SelectAll,
}

impl Deed {
    const ALL: [Self; 4] = [Self::Cut, Self::Copy, Self::Paste, Self::SelectAll];

    const fn key(self) -> &'static str {
        match self {
            Self::Cut => "edit-cut",
            Self::Copy => "edit-copy",
            Self::Paste => "edit-paste",
            Self::SelectAll => "edit-select-all",
        }
    }

    /// The web view's name for it.
    const fn command(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Copy => "copy",
            Self::Paste => "paste",
            Self::SelectAll => "selectAll",
        }
    }
}

/// Nothing until a text is asked about. No other menu of the web view comes either.
#[component]
pub(crate) fn ContextMenu() -> Html {
    let texts = use_texts();
    let asked = use_state_eq(|| None::<Asked>);
    let node = use_node_ref();
    use_page_menu(asked.setter());
    use_effect_with((*asked).clone(), {
        let node = node.clone();
        move |asked| {
            if let (Some(asked), Some(shown)) = (asked, node.cast::<HtmlElement>()) {
                let (room, width) = (window_size(), f64::from(shown.offset_width()));
                let height = f64::from(shown.offset_height());
                let x = asked.at.0.min(room.0 - width).max(0.0);
                place_at(&node, (x, asked.at.1.min(room.1 - height).max(0.0)));
            }
        }
    });
    let Some(shown) = (*asked).clone() else { return Html::default() };
    let close = asked.setter();
    let item = |deed: Deed| {
        let close = close.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            close.set(None);
            carry_out(deed);
        });
        html! {
            <button key={deed.command()} type="button" class="menu-item" role="menuitem" {onclick}>
                <span class="menu-text">{ texts.t(deed.key()) }</span>
            </button>
        }
    };
    html! {
        <div
            class="menu context-menu"
            role="menu"
            ref={node}
            aria-label={texts.t("edit-menu")}
            // The text keeps the focus and what is selected of it.
            onpointerdown={Callback::from(|event: PointerEvent| event.prevent_default())}
            onmousedown={Callback::from(|event: MouseEvent| event.prevent_default())}
        >
            { for shown.deeds.iter().copied().map(item) }
        </div>
    }
}

#[hook]
fn use_page_menu(asked: UseStateSetter<Option<Asked>>) {
    use_effect_with((), move |()| {
        let page = web_sys::window().and_then(|window| window.document());
        let listening = page.map(|page| {
            let options = EventListenerOptions::enable_prevent_default();
            let (close, hide) = (asked.clone(), asked.clone());
            [
                EventListener::new_with_options(&page, "contextmenu", options, move |event| {
                    event.prevent_default();
                    asked.set(asked_of(event));
                }),
                EventListener::new(&page, "pointerdown", move |event| {
                    if !is_in_menu(event) {
                        close.set(None);
                    }
                }),
                EventListener::new(&page, "keydown", move |event| {
                    if event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape") {
                        hide.set(None);
                    }
                }),
            ]
        });
        move || drop(listening)
    });
}

fn is_in_menu(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| matches!(element.closest(".context-menu"), Ok(Some(_))))
}

/// What can be done where the pointer is: only with a text.
fn asked_of(event: &Event) -> Option<Asked> {
    let mouse = event.dyn_ref::<MouseEvent>()?;
    let is_field = event.target()?.dyn_into::<Element>().is_ok_and(|element| is_text_field(&element));
    let page = page()?;
    let can = |deed: &Deed| match deed {
        Deed::Copy => page.query_command_enabled("copy").unwrap_or(false),
        Deed::Cut | Deed::Paste => is_field && page.query_command_enabled(deed.command()).unwrap_or(false),
        Deed::SelectAll => is_field,
    };
    let deeds: Vec<_> = Deed::ALL.into_iter().filter(can).collect();
    let at = (f64::from(mouse.client_x()), f64::from(mouse.client_y()));
    (!deeds.is_empty()).then_some(Asked { at, deeds })
}

fn is_text_field(element: &Element) -> bool {
    let kind = element.get_attribute("type").unwrap_or_default();
    let is_text = ["", "text", "password", "search"].contains(&kind.as_str());
    element.tag_name() == "TEXTAREA" || (element.tag_name() == "INPUT" && is_text)
}

fn page() -> Option<HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}

fn carry_out(deed: Deed) {
    if let Some(page) = page() {
        // The web view refuses what the system does not give it, and the keys for the same are there.
        let _ = page.exec_command(deed.command());
    }
}
