//! What to share: a screen or a window, each with a look at it.

use carillon_ipc::{CallRequest, ScreenKind, ScreenPickerView, ScreenView, testid};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, EmptyState, Icon, IconView},
    context::{Language, use_texts},
    hooks::focus,
};

#[derive(Properties, PartialEq)]
pub(super) struct ScreenPickerProps {
    pub(super) picker: ScreenPickerView,
    pub(super) send: Callback<CallRequest>,
}

/// One click or Enter shares. By keyboard: arrows go from one to the next, Escape goes on without.
#[component]
pub(super) fn ScreenPicker(props: &ScreenPickerProps) -> Html {
    let texts = use_texts();
    let ScreenPickerProps { picker, send } = props;
    let dialog = use_node_ref();
    use_first_focus(&dialog, !picker.screens.is_empty());
    let cancel = send.reform(|()| CallRequest::PickScreen { on: false });
    let onkeydown = {
        let (dialog, cancel) = (dialog.clone(), cancel.clone());
        Callback::from(move |event: KeyboardEvent| on_key(&event, &dialog, &cancel))
    };
    html! {
        <div class="veil">
            <section
                class="dialog screen-picker"
                role="dialog"
                aria-modal="true"
                aria-label={texts.t("screen-picker-title")}
                tabindex="-1"
                ref={dialog}
                data-testid={testid::SCREEN_PICKER}
                {onkeydown}
            >
                <h2 class="dialog-title">{ texts.t("screen-picker-title") }</h2>
                <div class="screens-all">{ content(&texts, picker, send) }</div>
                <footer class="dialog-buttons">
                    <p class="screen-picker-hint">{ texts.t("screen-picker-hint") }</p>
                    <Button
                        text={texts.t("picker-cancel")}
                        kind={ButtonKind::Plain}
                        testid={testid::SCREEN_PICKER_CANCEL}
                        on_press={cancel}
                    />
                </footer>
            </section>
        </div>
    }
}

fn content(texts: &Language, picker: &ScreenPickerView, send: &Callback<CallRequest>) -> Html {
    if picker.is_looking && picker.screens.is_empty() {
        return html! { <p class="screens-looking" role="status">{ texts.t("screen-picker-looking") }</p> };
    }
    if picker.screens.is_empty() {
        let hint = texts.hint("screen-picker-none", &[]).map(|hint| html! { { hint } });
        return html! { <EmptyState icon={Icon::Screen} title={html! { { texts.t("screen-picker-none") } }} {hint} /> };
    }
    let kinds = [(ScreenKind::Screen, "screen-picker-screens"), (ScreenKind::Window, "screen-picker-windows")];
    kinds
        .into_iter()
        .map(|(kind, key)| {
            let of_kind: Vec<_> = picker.screens.iter().filter(|screen| screen.kind == kind).collect();
            html! {
                if !of_kind.is_empty() {
                    <section class="screens" aria-label={texts.t(key)}>
                        <h3 class="screens-title">{ texts.t(key) }</h3>
                        <div class="screens-list">{ for of_kind.into_iter().map(|screen| choice(texts, screen, send)) }</div>
                    </section>
                }
            }
        })
        .collect()
}

fn choice(texts: &Language, screen: &ScreenView, send: &Callback<CallRequest>) -> Html {
    let id = screen.id.clone();
    let onclick = send.reform(move |_: MouseEvent| CallRequest::ShareScreen { id: id.clone() });
    let icon = match screen.kind {
        ScreenKind::Screen | ScreenKind::Picker => Icon::Screen,
        ScreenKind::Window => Icon::Window,
    };
    html! {
        <button
            type="button"
            class="screen"
            key={screen.id.as_str()}
            aria-label={texts.with("screen-picker-share", &[("name", screen.name.as_str().into())])}
            data-testid={testid::screen(&screen.id)}
            {onclick}
        >
            <span class="screen-look">
                if let Some(thumbnail) = &screen.thumbnail {
                    <img src={thumbnail.clone()} alt="" />
                } else {
                    <IconView {icon} />
                }
            </span>
            <bdi class="screen-name name">{ &screen.name }</bdi>
        </button>
    }
}

/// The dialog has the focus from the start, and the first choice once there is one.
#[hook]
fn use_first_focus(dialog: &NodeRef, has_choices: bool) {
    use_effect_with(has_choices, {
        let dialog = dialog.clone();
        move |&has_choices| match choices(&dialog).first().filter(|_| has_choices) {
            Some(first) => drop(first.focus()),
            None => focus(&dialog),
        }
    });
}

fn on_key(event: &KeyboardEvent, dialog: &NodeRef, cancel: &Callback<()>) {
    let step = match event.key().as_str() {
        "Escape" => {
            event.stop_propagation();
            cancel.emit(());
            return;
        }
        "ArrowRight" | "ArrowDown" => 1,
        "ArrowLeft" | "ArrowUp" => -1,
        "Tab" => return keep_inside(event, dialog),
        _ => return,
    };
    let choices = choices(dialog);
    let at = focused().and_then(|focused| choices.iter().position(|choice| *choice == focused));
    let next = at.map_or(0, |at| (at as isize + step).rem_euclid(choices.len() as isize) as usize);
    if let Some(choice) = choices.get(next) {
        event.prevent_default();
        let _ = choice.focus();
    }
}

/// Tab goes round inside a dialog: what is beneath cannot be used meanwhile.
fn keep_inside(event: &KeyboardEvent, dialog: &NodeRef) {
    let all = buttons(dialog, "button");
    let (Some(first), Some(last), Some(focused)) = (all.first(), all.last(), focused()) else { return };
    let (edge, other) = if event.shift_key() { (first, last) } else { (last, first) };
    if *edge == focused {
        event.prevent_default();
        let _ = other.focus();
    }
}

fn choices(dialog: &NodeRef) -> Vec<HtmlElement> {
    buttons(dialog, ".screen")
}

fn buttons(dialog: &NodeRef, selector: &str) -> Vec<HtmlElement> {
    let list = dialog.cast::<Element>().and_then(|dialog| dialog.query_selector_all(selector).ok());
    let list = list.into_iter().flat_map(|list| (0..list.length()).filter_map(move |i| list.get(i)));
    list.filter_map(|node| node.dyn_into::<HtmlElement>().ok()).collect()
}

fn focused() -> Option<HtmlElement> {
    web_sys::window()?.document()?.active_element()?.dyn_into().ok()
}
