//! All keys, on one page over whichever window `?` was pressed in.

use carillon_ipc::testid;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{Button, Dialog};
use crate::{
    context::{Language, use_texts},
    hooks::{command_key, command_shift_key, is_typing, use_window_key},
};

/// The texts of a key's line, and how it is written.
type Line = (&'static str, String);

/// The key of a part's title, and its lines.
fn parts() -> [(&'static str, Vec<Line>); 3] {
    let plain = |key: &'static str, letter: &str| (key, letter.to_owned());
    [
        (
            "keys-everywhere",
            vec![
                plain("keys-page", "?"),
                ("keys-search", format!("/  {}", command_key("K"))),
                ("menu-settings", command_key(",")),
                ("keys-larger", command_key("+")),
                ("keys-smaller", command_key("−")),
                ("keys-normal-size", command_key("0")),
                ("menu-quit", command_key("Q")),
            ],
        ),
        (
            "keys-ring",
            vec![
                ("ring-accept", command_shift_key("A")),
                ("ring-accept-without-video", command_shift_key("V")),
                ("ring-decline", command_shift_key("D")),
                ("ring-silence", command_shift_key("S")),
            ],
        ),
        (
            "keys-call",
            vec![
                plain("call-mute", "M"),
                plain("call-camera-turn-on", "V"),
                plain("call-share", "S"),
                plain("call-full-screen", "F"),
                plain("call-people", "P"),
                plain("call-spotlight", "G"),
                plain("call-add", "A"),
                ("call-hang-up", format!("H  {}", command_shift_key("H"))),
            ],
        ),
    ]
}

/// Nothing until `?` is pressed outside of a field.
#[component]
pub(crate) fn KeysHelp() -> Html {
    let open = use_state_eq(|| false);
    let on_key = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event));
            if event.key() == "?" && is_plain {
                event.prevent_default();
                open.set(!*open);
            }
        })
    };
    use_window_key(on_key);
    if !*open {
        return Html::default();
    }
    html! { <KeysPage on_close={Callback::from(move |()| open.set(false))} /> }
}

#[derive(Properties, PartialEq)]
pub(crate) struct KeysPageProps {
    pub(crate) on_close: Callback<()>,
}

#[component]
pub(crate) fn KeysPage(props: &KeysPageProps) -> Html {
    let texts = use_texts();
    html! {
        <Dialog title={texts.t("keys-title")} testid={testid::KEYS_PAGE} on_cancel={props.on_close.clone()}>
            // It scrolls, and so by keys as well.
            <div class="keys-list" tabindex="0" role="region" aria-label={texts.t("keys-title")}>
                { for parts().into_iter().map(|(title, lines)| part(&texts, title, lines)) }
            </div>
            <footer class="dialog-buttons">
                <Button text={texts.t("keys-close")} testid={testid::KEYS_CLOSE} on_press={props.on_close.clone()} />
            </footer>
        </Dialog>
    }
}

fn part(texts: &Language, title: &'static str, lines: Vec<Line>) -> Html {
    let line = |(key, keys): Line| {
        html! {
            <div class="keys-row" key={key}>
                <dt>{ texts.t(key) }</dt>
                <dd>{ for keys.split("  ").map(|keys| html! { <><kbd>{ keys.to_owned() }</kbd>{ " " }</> }) }</dd>
            </div>
        }
    };
    html! {
        <>
            <h3 class="keys-title">{ texts.t(title) }</h3>
            <dl>{ for lines.into_iter().map(line) }</dl>
        </>
    }
}
