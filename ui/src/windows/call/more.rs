//! What is rarely done in a call.

use carillon_ipc::{CallRequest, PicturesView, testid};
use yew::prelude::*;

use crate::{
    components::{Icon, IconView, Menu},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct MoreProps {
    pub(super) pictures: PicturesView,
    pub(super) send: Callback<CallRequest>,
}

#[component]
pub(super) fn More(props: &MoreProps) -> Html {
    let texts = use_texts();
    let MoreProps { pictures, send } = props;
    let full = pictures.is_full_screen;
    let numbers = pictures.numbers.is_some();
    html! {
        <Menu
            class="control-menu control-more"
            button={html! { <IconView icon={Icon::More} /> }}
            label={texts.t("call-more")}
            testid={testid::CALL_MORE}
        >
            <Toggle
                icon={if full { Icon::Shrink } else { Icon::FullScreen }}
                text={texts.t("call-full-screen")}
                key_hint="F"
                on={full}
                testid={testid::CALL_FULL_SCREEN}
                on_press={send.reform(move |()| CallRequest::SetFullScreen { on: !full })}
            />
            <Toggle
                icon={Icon::Mini}
                text={texts.t("call-mini")}
                on={false}
                testid={testid::CALL_MINI}
                on_press={send.reform(|()| CallRequest::SetMini { on: true })}
            />
            <Toggle
                icon={Icon::Chart}
                text={texts.t("call-numbers")}
                on={numbers}
                testid={testid::CALL_SHOW_NUMBERS}
                on_press={send.reform(move |()| CallRequest::ShowNumbers { on: !numbers })}
            />
        </Menu>
    }
}

#[derive(Properties, PartialEq)]
struct ToggleProps {
    icon: Icon,
    text: AttrValue,
    #[prop_or_default]
    key_hint: Option<AttrValue>,
    on: bool,
    testid: &'static str,
    on_press: Callback<()>,
}

/// An entry that is on or off.
#[component]
fn Toggle(props: &ToggleProps) -> Html {
    html! {
        <button
            type="button"
            class="menu-item"
            role="menuitemcheckbox"
            aria-checked={props.on.to_string()}
            aria-keyshortcuts={props.key_hint.clone()}
            data-testid={props.testid}
            onclick={props.on_press.reform(|_: MouseEvent| ())}
        >
            <IconView icon={props.icon} />
            <span class="menu-text">{ &props.text }</span>
            if props.on {
                <span class="menu-check"><IconView icon={Icon::Check} /></span>
            } else if let Some(key) = &props.key_hint {
                <kbd aria-hidden="true">{ key }</kbd>
            }
        </button>
    }
}
