//! A name in a field of its own: it counts when it is sent off, by Enter or a button, and Escape takes back what was typed.

use carillon_protocol::{MAX_NAME_CHARS, shown_name};
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

/// What a field needs whose name can be changed.
pub(crate) struct NameEdit {
    pub(crate) typed: String,
    /// Whether what is typed differs from the name, and can be one.
    pub(crate) can_save: bool,
    /// Whether no more can be typed: the field takes none, and says so.
    pub(crate) is_full: bool,
    pub(crate) save: Callback<()>,
    pub(crate) oninput: Callback<InputEvent>,
    pub(crate) onkeydown: Callback<KeyboardEvent>,
}

/// Begins with the name as it is. `on_cancel` is for a field that closes without a new name.
#[hook]
pub(crate) fn use_name_edit(
    name: &str,
    may_be_empty: bool,
    on_save: &Callback<String>,
    on_cancel: Option<&Callback<()>>,
) -> NameEdit {
    let was = shown_name(name);
    let typed = use_state(|| was.clone());
    let new = typed.trim().to_owned();
    let can_save = new != was && (may_be_empty || !new.is_empty());
    let save = {
        let (on_save, on_cancel) = (on_save.clone(), on_cancel.cloned());
        Callback::from(move |()| match &on_cancel {
            Some(cancel) if !can_save => cancel.emit(()),
            _ => on_save.emit(new.clone()),
        })
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let onkeydown = {
        let (typed, save, cancel) = (typed.clone(), save.clone(), on_cancel.cloned());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if (can_save || cancel.is_some()) && !event.is_composing() => save.emit(()),
            "Escape" if *typed != was || cancel.is_some() => {
                event.stop_propagation();
                typed.set(was.clone());
                cancel.iter().for_each(|cancel| cancel.emit(()));
            }
            _ => {}
        })
    };
    // What a field counts, which has no word for characters.
    let is_full = typed.encode_utf16().count() >= MAX_NAME_CHARS;
    NameEdit { typed: (*typed).clone(), can_save, is_full, save, oninput, onkeydown }
}
