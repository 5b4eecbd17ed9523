//! A button that asks once before it does something that cannot be undone.

use yew::prelude::*;

use super::{Button, ButtonKind, Icon};
use crate::{context::use_unfolded, hooks::focus};

#[derive(Properties, PartialEq)]
pub(crate) struct AskOnceProps {
    #[prop_or_default]
    pub(crate) icon: Option<Icon>,
    pub(crate) text: AttrValue,
    #[prop_or_default]
    pub(crate) kind: ButtonKind,
    /// The question.
    pub(crate) ask: AttrValue,
    pub(crate) confirm: AttrValue,
    pub(crate) cancel: AttrValue,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) confirm_testid: Option<AttrValue>,
    /// Whether it asks from the start, because something else was pressed.
    #[prop_or_default]
    pub(crate) asking: bool,
    pub(crate) on_confirm: Callback<()>,
    /// It was thought better of.
    #[prop_or_default]
    pub(crate) on_cancel: Callback<()>,
}

/// The question takes the button's place, with the harmless answer in focus.
#[component]
pub(crate) fn AskOnce(props: &AskOnceProps) -> Html {
    let unfolded = use_unfolded();
    let asking = use_state(|| props.asking || unfolded);
    let harmless = use_node_ref();
    use_effect_with(*asking, {
        let harmless = harmless.clone();
        move |&is_asking| {
            if is_asking {
                focus(&harmless);
            }
        }
    });
    let set_asking = |to: bool| {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(to))
    };
    let cancel = {
        let (asking, on_cancel) = (asking.clone(), props.on_cancel.clone());
        Callback::from(move |()| {
            asking.set(false);
            on_cancel.emit(());
        })
    };
    html! {
        <div class="ask-once" role="status">
            if *asking {
                <span class="ask-once-question">{ &props.ask }</span>
                <span class="row-controls">
                    <Button node={harmless} text={props.cancel.clone()} on_press={cancel} />
                    <Button
                        kind={ButtonKind::Danger}
                        text={props.confirm.clone()}
                        testid={props.confirm_testid.clone()}
                        on_press={props.on_confirm.clone()}
                    />
                </span>
            } else {
                <Button
                    kind={props.kind}
                    icon={props.icon}
                    text={props.text.clone()}
                    testid={props.testid.clone()}
                    on_press={set_asking(true)}
                />
            }
        </div>
    }
}
