//! The one tooltip of a window. What has one says it in `data-tip`, with its keys in `data-tip-keys`; a name that is cut off says itself
//! (`data-tip-cut`). It is placed by the room that there is, so that no edge cuts it off.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::hooks::{place_at, window_size};

/// How long the pointer rests before a tooltip comes.
const WAIT_MS: u32 = 400;
/// Keys go on to the next control at once; nobody wants to see all on the way.
const WAIT_AFTER_KEY_MS: u32 = 200;
/// Between a tooltip and what it is about, and between a tooltip and the window's edge.
const GAP: f64 = 8.0;

/// A box in the window, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// What is shown, and beside what.
#[derive(Debug, Clone, PartialEq)]
struct Tip {
    text: String,
    keys: Option<String>,
    about: Area,
}

/// Above it if there is room, otherwise below; and as near to its middle as the edges allow.
pub(crate) fn beside(about: Area, size: (f64, f64), window: (f64, f64)) -> (f64, f64) {
    let (width, height) = size;
    let middle = about.x + (about.width - width) / 2.0;
    let x = middle.min(window.0 - width - GAP).max(GAP);
    let above = about.y - height - GAP;
    let below = (about.y + about.height + GAP).min(window.1 - height);
    (x, if above >= 0.0 { above } else { below.max(0.0) })
}

/// Nothing until something is pointed at, or reached by keys.
#[component]
pub(crate) fn Tooltips() -> Html {
    let tip = use_state_eq(|| None::<Tip>);
    let node = use_node_ref();
    use_effect_with((), {
        let watch = Watch { tip: tip.setter(), waiting: Rc::default(), at: Rc::default(), by_key: Rc::default() };
        move |()| {
            let listening = web_sys::window().and_then(|window| window.document()).map(|page| listen(&page, &watch));
            move || drop(listening)
        }
    });
    use_effect_with((*tip).clone(), {
        let node = node.clone();
        move |tip| {
            if let (Some(tip), Some(shown)) = (tip, node.cast::<HtmlElement>()) {
                let size = (f64::from(shown.offset_width()), f64::from(shown.offset_height()));
                place_at(&node, beside(tip.about, size, window_size()));
            }
        }
    });
    html! {
        // What it says is the name of what it is about, which screen readers have said already.
        <div class="tooltip" ref={node} hidden={tip.is_none()} aria-hidden="true">
            if let Some(tip) = &*tip {
                <span>{ &tip.text }</span>
                if let Some(keys) = &tip.keys {
                    <kbd>{ keys }</kbd>
                }
            }
        </div>
    }
}

/// What is pointed at, and since when.
#[derive(Clone)]
struct Watch {
    tip: UseStateSetter<Option<Tip>>,
    waiting: Rc<RefCell<Option<Timeout>>>,
    at: Rc<RefCell<Option<Element>>>,
    /// Whether the focus moves by keys. Where it goes by itself, nobody has asked for a tooltip.
    by_key: Rc<Cell<bool>>,
}

impl Watch {
    fn come_to(&self, element: Option<Element>, wait_ms: u32) {
        if *self.at.borrow() == element {
            return;
        }
        self.leave();
        let Some(element) = element else { return };
        self.at.replace(Some(element.clone()));
        let tip = self.tip.clone();
        self.waiting.replace(Some(Timeout::new(wait_ms, move || tip.set(tip_of(&element)))));
    }

    fn leave(&self) {
        self.waiting.replace(None);
        self.at.replace(None);
        self.tip.set(None);
    }
}

fn listen(page: &Document, watch: &Watch) -> Vec<EventListener> {
    let on = |kind: &'static str, act: fn(&Watch, &Event)| {
        let watch = watch.clone();
        let options = EventListenerOptions::run_in_capture_phase();
        EventListener::new_with_options(page, kind, options, move |event| act(&watch, event))
    };
    vec![
        on("pointerover", |watch, event| watch.come_to(with_tip(event), WAIT_MS)),
        on("pointerdown", |watch, _| {
            watch.by_key.set(false);
            watch.leave();
        }),
        on("scroll", |watch, _| watch.leave()),
        on("focusout", |watch, _| watch.leave()),
        on("focusin", |watch, event| {
            if watch.by_key.get() {
                watch.come_to(with_tip(event), WAIT_AFTER_KEY_MS);
            }
        }),
        on("keydown", |watch, event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key).unwrap_or_default();
            watch.by_key.set(key == "Tab" || key.starts_with("Arrow"));
            watch.leave();
        }),
    ]
}

fn with_tip(event: &Event) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest("[data-tip], [data-tip-cut]").ok()?
}

fn tip_of(element: &Element) -> Option<Tip> {
    let is_cut = || element.scroll_width() > element.client_width();
    let text = match element.get_attribute("data-tip") {
        Some(text) => text,
        None if is_cut() => element.text_content()?,
        None => return None,
    };
    let place = element.get_bounding_client_rect();
    let about = Area { x: place.x(), y: place.y(), width: place.width(), height: place.height() };
    // What has gone meanwhile has no place.
    element.is_connected().then(|| Tip { text, keys: element.get_attribute("data-tip-keys"), about })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: (f64, f64) = (400.0, 300.0);

    fn button(x: f64, y: f64) -> Area {
        Area { x, y, width: 40.0, height: 40.0 }
    }

    #[test]
    fn a_tooltip_stands_above_the_middle_where_there_is_room() {
        assert_eq!(beside(button(180.0, 200.0), (100.0, 24.0), WINDOW), (150.0, 168.0));
    }

    #[test]
    fn no_edge_cuts_a_tooltip_off() {
        for x in [0.0, 20.0, 180.0, 340.0, 360.0] {
            for y in [0.0, 10.0, 140.0, 260.0] {
                for size in [(60.0, 24.0), (260.0, 48.0), (384.0, 120.0)] {
                    let (left, top) = beside(button(x, y), size, WINDOW);
                    assert!(left >= 0.0 && left + size.0 <= WINDOW.0, "{x} {y} {size:?}: {left}");
                    assert!(top >= 0.0 && top + size.1 <= WINDOW.1, "{x} {y} {size:?}: {top}");
                }
            }
        }
    }

    #[test]
    fn below_the_top_edge_a_tooltip_hangs() {
        assert_eq!(beside(button(180.0, 4.0), (100.0, 24.0), WINDOW).1, 52.0);
    }
}
