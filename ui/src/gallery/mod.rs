//! Every window in every state, in a plain browser: `cargo xtask ui --gallery` builds it, any web server shows it.
//!
//! `?show=<name>&theme=dark|light&locale=en|zh-CN|en-XB&unfold=yes`; without `show`, a list. Unfolded, menus and forms are open.

use carillon_ipc::{Levels, Locale, Theme, WindowBase, command};
use yew::prelude::*;

use crate::{
    app::{Shell, Window, to_js, use_page},
    bridge::Scripted,
    context::Unfolded,
    hooks::wall_clock_ms,
    samples::{self, Sample},
};

/// What the query of the page asks for.
struct Wish {
    show: Option<String>,
    base: WindowBase,
    unfolded: Unfolded,
}

/// One sample, or the list of them.
#[component]
pub(crate) fn Gallery() -> Html {
    let wish = wish();
    use_page(Some(wish.base));
    let shown = use_memo((), |()| {
        let all = samples::all(wish.base, wall_clock_ms());
        all.into_iter().find(|(name, _)| wish.show.as_deref() == Some(*name)).map(|(_, sample)| script(&sample))
    });
    match &*shown {
        Some((label, shell)) => html! {
            <ContextProvider<Unfolded> context={wish.unfolded}>
                <Window label={*label} shell={shell.clone()} />
            </ContextProvider<Unfolded>>
        },
        None => list(wish.base),
    }
}

fn wish() -> Wish {
    let query = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    let value = |name: &str| {
        let pairs = query.trim_start_matches('?').split('&');
        pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let theme = match value("theme").as_deref() {
        Some("dark") => Theme::Dark,
        Some("light") => Theme::Light,
        _ => Theme::System,
    };
    let locale = value("locale").map_or(Locale::English, |name| match name.as_str() {
        "en-XB" => Locale::Mirrored,
        name => Locale::for_system(name),
    });
    let unfolded = Unfolded(value("unfold").is_some());
    Wish { show: value("show"), base: WindowBase { theme, locale, asks_to_quit: false }, unfolded }
}

fn message(value: &impl serde::Serialize) -> wasm_bindgen::JsValue {
    to_js(value).expect("samples have a form in JavaScript")
}

fn script(sample: &Sample) -> (&'static str, Shell) {
    let levels =
        (command::CALL_LEVELS, message(&Levels { microphone: 0.4, speaker: 0.7, voices: vec![(1, 0.8), (3, 0.4)] }));
    let (label, message) = match sample {
        Sample::Main(view) => ("main", (command::MAIN_SUBSCRIBE, message(view))),
        Sample::Ring(view) => ("ring", (command::RING_SUBSCRIBE, message(view))),
        Sample::Call(view) => ("call", (command::CALL_SUBSCRIBE, message(view))),
        Sample::Settings(view) => ("settings", (command::SETTINGS_SUBSCRIBE, message(view))),
    };
    (label, Shell(Scripted::new(vec![message, levels])))
}

fn list(base: WindowBase) -> Html {
    let names = samples::all(base, 0).into_iter().map(|(name, _)| name);
    html! {
        <main class="window settings">
            <ul>
                { for names.map(|name| html! { <li><a href={format!("?show={name}")}>{ name }</a></li> }) }
            </ul>
        </main>
    }
}
