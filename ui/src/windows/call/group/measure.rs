//! How large something is on the page, as it changes.

use wasm_bindgen::prelude::*;
use web_sys::Element;
use yew::prelude::*;

use super::layout::Room;

/// What tests render, and what the first picture of a window has before it is measured.
const UNKNOWN: Room = Room { width: 928.0, height: 468.0 };

#[wasm_bindgen]
extern "C" {
    type ResizeObserver;

    #[wasm_bindgen(constructor, catch)]
    fn new(on_change: &js_sys::Function) -> Result<ResizeObserver, JsValue>;

    #[wasm_bindgen(method)]
    fn observe(this: &ResizeObserver, element: &Element);

    #[wasm_bindgen(method)]
    fn disconnect(this: &ResizeObserver);
}

/// The room inside an element.
#[hook]
pub(super) fn use_room(node: NodeRef) -> Room {
    let room = use_state_eq(|| UNKNOWN);
    use_effect_with((), {
        let room = room.setter();
        move |()| {
            let watched = node.cast::<Element>().and_then(|element| watch(element, room));
            move || drop(watched)
        }
    });
    *room
}

/// Looks until it is dropped.
struct Watched {
    observer: ResizeObserver,
    _on_change: Closure<dyn FnMut()>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn watch(element: Element, room: UseStateSetter<Room>) -> Option<Watched> {
    let watched = element.clone();
    let on_change = Closure::<dyn FnMut()>::new(move || {
        let (width, height) = (f64::from(element.client_width()), f64::from(element.client_height()));
        if width > 0.0 && height > 0.0 {
            room.set(Room { width, height });
        }
    });
    let observer = ResizeObserver::new(on_change.as_ref().unchecked_ref()).ok()?;
    observer.observe(&watched);
    Some(Watched { observer, _on_change: on_change })
}
