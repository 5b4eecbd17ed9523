//! What was typed and not sent: it is not lost by a key that was meant for something else.

use std::{cell::Cell, rc::Rc};

use carillon_ipc::testid;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Dialog},
    context::use_texts,
};

/// How many fields hold something that was typed and not sent.
#[derive(Clone, Default)]
pub(super) struct Unsaved(Rc<Cell<u32>>);

impl PartialEq for Unsaved {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Unsaved {
    pub(super) fn is_any(&self) -> bool {
        self.0.get() > 0
    }
}

/// Says whether this field holds such a thing, for as long as it is there.
#[hook]
pub(super) fn use_unsaved(is_unsaved: bool) {
    let unsaved = use_context::<Unsaved>().unwrap_or_default();
    use_effect_with(is_unsaved, move |&is_unsaved| {
        let count = u32::from(is_unsaved);
        unsaved.0.set(unsaved.0.get() + count);
        move || unsaved.0.set(unsaved.0.get().saturating_sub(count))
    });
}

#[derive(Properties, PartialEq)]
pub(super) struct AskToDiscardProps {
    pub(super) on_discard: Callback<()>,
    pub(super) on_cancel: Callback<()>,
}

/// The harmless answer has the focus, and Escape is the same.
#[component]
pub(super) fn AskToDiscard(props: &AskToDiscardProps) -> Html {
    let texts = use_texts();
    let harmless = use_node_ref();
    html! {
        <Dialog
            title={texts.t("settings-discard-ask")}
            is_alert=true
            first={harmless.clone()}
            on_cancel={props.on_cancel.clone()}
        >
            <footer class="dialog-buttons">
                <Button
                    node={harmless}
                    text={texts.t("settings-discard-cancel")}
                    testid={testid::SETTINGS_DISCARD_CANCEL}
                    on_press={props.on_cancel.clone()}
                />
                <Button
                    kind={ButtonKind::Danger}
                    text={texts.t("settings-discard")}
                    testid={testid::SETTINGS_DISCARD}
                    on_press={props.on_discard.clone()}
                />
            </footer>
        </Dialog>
    }
}
