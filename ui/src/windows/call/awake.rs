//! Controls over a picture come when the user does something, and go when they only look.

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use web_sys::Element;
use yew::prelude::*;

/// How long the controls stay after the last move of the pointer or key.
const STAY_MS: u32 = 3_000;
/// What counts as doing something.
const EVENTS: [&str; 4] = ["pointermove", "pointerdown", "keydown", "focusin"];

/// Sets `data-awake` on an element while it applies; the style sheet hides by it. Rendering again would cost more.
#[hook]
pub(super) fn use_awake(node: NodeRef, applies: bool) {
    let waiting = use_mut_ref(|| None::<Timeout>);
    use_effect_with(applies, move |&applies| {
        let rest = {
            let node = node.clone();
            move || set(&node, false)
        };
        let stir = {
            let waiting = waiting.clone();
            move || {
                set(&node, true);
                *waiting.borrow_mut() = Some(Timeout::new(STAY_MS, rest.clone()));
            }
        };
        let window = web_sys::window().filter(|_| applies);
        if window.is_some() {
            stir();
        }
        let listeners = window.map(|window| {
            EVENTS.map(|name| {
                let stir = stir.clone();
                EventListener::new(&window, name, move |_| stir())
            })
        });
        move || {
            drop(listeners);
            waiting.borrow_mut().take();
        }
    });
}

fn set(node: &NodeRef, awake: bool) {
    if let Some(element) = node.cast::<Element>() {
        // Setting a well-formed attribute cannot fail.
        let _ = element.set_attribute("data-awake", if awake { "true" } else { "false" });
    }
}
