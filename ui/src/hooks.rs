//! Clocks, keys and the few things of the page that Yew has no words for.

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Interval;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

/// Milliseconds since the page began; never goes back. On the host, where tests render, it stands still.
pub(crate) fn monotonic_ms() -> f64 {
    if cfg!(target_arch = "wasm32") {
        web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
    } else {
        0.0
    }
}

/// Milliseconds since the Unix epoch. On the host, where tests render, it is the epoch.
pub(crate) fn wall_clock_ms() -> u64 {
    if cfg!(target_arch = "wasm32") { js_sys::Date::now() as u64 } else { 0 }
}

/// How many milliseconds have passed since `anchor` last changed; renders again every `period_ms`.
#[hook]
pub(crate) fn use_passed(anchor: u64, period_ms: u32) -> u64 {
    let began = use_memo(anchor, |_| monotonic_ms());
    let tick = use_force_update();
    use_effect_with((), move |()| {
        let interval = Interval::new(period_ms, move || tick.force_update());
        move || drop(interval)
    });
    (monotonic_ms() - *began).max(0.0) as u64
}

/// Calls on every key that is pressed in the window, wherever the focus is.
#[hook]
pub(crate) fn use_window_key(on_key: Callback<KeyboardEvent>) {
    use_effect_with(on_key, |on_key| {
        let on_key = on_key.clone();
        let listener = web_sys::window().map(|window| {
            // Not passive: some keys, such as `/`, must not also be typed.
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, "keydown", options, move |event| {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    on_key.emit(event.clone());
                }
            })
        });
        move || drop(listener)
    });
}

/// Sets a CSS variable on an element. The content policy allows no `style` attribute, but this.
#[hook]
pub(crate) fn use_css_variable(node: NodeRef, name: &'static str, value: f32) {
    use_effect_with((node, value), move |(node, value)| set_css_variable(node, name, *value));
}

/// See [`use_css_variable`].
pub(crate) fn set_css_variable(node: &NodeRef, name: &str, value: f32) {
    if let Some(element) = node.cast::<HtmlElement>() {
        // Only a malformed name could fail.
        let _ = element.style().set_property(name, &format!("{value:.3}"));
    }
}

/// Puts an element to a place in the window, by the variables that its style takes it from.
pub(crate) fn place_at(node: &NodeRef, (x, y): (f64, f64)) {
    set_css_variable(node, "--tip-x", x as f32);
    set_css_variable(node, "--tip-y", y as f32);
}

/// How large the window's page is, in its own pixels.
pub(crate) fn window_size() -> (f64, f64) {
    let size = |part: Result<wasm_bindgen::JsValue, _>| part.ok().and_then(|part| part.as_f64()).unwrap_or(0.0);
    web_sys::window().map_or((0.0, 0.0), |window| (size(window.inner_width()), size(window.inner_height())))
}

/// Moves the focus to an element.
pub(crate) fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Whether what is typed goes into a field, so that bare letters are no shortcuts.
pub(crate) fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let is_slider = |element: &HtmlElement| element.get_attribute("type").as_deref() == Some("range");
    let is_field = |element: &HtmlElement| matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA");
    target.is_some_and(|element| is_field(&element) && !is_slider(&element))
}

/// Whether the key that stands for *command* on this system is held, and no other.
pub(crate) fn is_command(event: &KeyboardEvent) -> bool {
    (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key()
}

/// How a shortcut with the command key is written on this system.
pub(crate) fn command_key(letter: &str) -> String {
    if is_mac() { format!("⌘{letter}") } else { format!("Ctrl {letter}") }
}

/// The same with shift.
pub(crate) fn is_command_shift(event: &KeyboardEvent) -> bool {
    (event.ctrl_key() || event.meta_key()) && event.shift_key() && !event.alt_key() && !event.repeat()
}

/// How a shortcut with the command key and shift is written on this system.
pub(crate) fn command_shift_key(letter: &str) -> String {
    if is_mac() { format!("⇧⌘{letter}") } else { format!("Ctrl Shift {letter}") }
}

fn is_mac() -> bool {
    cfg!(target_arch = "wasm32")
        && web_sys::window()
            .and_then(|window| window.navigator().platform().ok())
            .is_some_and(|platform| platform.starts_with("Mac"))
}

/// Whether the window has the focus. On the host, where tests render, it has.
#[hook]
pub(crate) fn use_window_focus() -> bool {
    let has_focus = use_state_eq(window_has_focus);
    use_effect_with((), {
        let has_focus = has_focus.setter();
        move |()| {
            let listeners = web_sys::window().map(|window| {
                ["focus", "blur"].map(|event| {
                    let has_focus = has_focus.clone();
                    EventListener::new(&window, event, move |_| has_focus.set(window_has_focus()))
                })
            });
            move || drop(listeners)
        }
    });
    *has_focus
}

fn window_has_focus() -> bool {
    if !cfg!(target_arch = "wasm32") {
        return true;
    }
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.has_focus() == Ok(true))
}

/// Counts how often the page has become visible; a window that was hidden and is shown again counts one more.
#[hook]
pub(crate) fn use_visible_again() -> u32 {
    let count = use_state(|| 0);
    use_effect_with(*count, {
        let count = count.clone();
        move |&so_far| {
            let document = web_sys::window().and_then(|window| window.document());
            let listener = document.map(|document| {
                let page = document.clone();
                EventListener::new(&document, "visibilitychange", move |_| {
                    if !page.hidden() {
                        count.set(so_far + 1);
                    }
                })
            });
            move || drop(listener)
        }
    });
    *count
}
