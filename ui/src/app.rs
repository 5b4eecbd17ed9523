//! Picks the window, and holds what every window has: its view, theme, language, the clock and failed requests.

use std::rc::Rc;

use carillon_ipc::{Locale, Notice, NoticeCode, Texts, Theme, WindowBase, ZoomStep};
use gloo_timers::callback::Interval;
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{
    bridge::{Bridge, CallPort, MainPort, Port, RingPort, SettingsPort, Tauri, window_label},
    components::{KeysHelp, NoticeBar},
    context::{FailedRequest, Language, Now, WindowContext},
    hooks::{use_window_key, wall_clock_ms},
    windows,
};

/// How often *3 m ago* is looked at again.
const CLOCK_MS: u32 = 30_000;

/// The bridge as properties hand it down.
#[derive(Clone)]
pub(crate) struct Shell(pub(crate) Rc<dyn Bridge>);

impl PartialEq for Shell {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Renders into `#app`.
pub(crate) fn mount() {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"))
        .expect("index.html has #app");
    #[cfg(feature = "gallery")]
    if window_label().is_none() {
        yew::Renderer::<crate::gallery::Gallery>::with_root(root).render();
        return;
    }
    let label = window_label().unwrap_or_default();
    let shell = Shell(Rc::new(Tauri));
    yew::Renderer::<Window>::with_root_and_props(root, WindowProps { label: label.into(), shell }).render();
}

#[derive(Properties, PartialEq)]
pub(crate) struct WindowProps {
    /// The Tauri window's label.
    pub(crate) label: AttrValue,
    pub(crate) shell: Shell,
}

/// The window of a label.
#[component]
pub(crate) fn Window(props: &WindowProps) -> Html {
    let shell = props.shell.clone();
    match props.label.as_str() {
        "ring" => html! { <SubscribedWindow<RingPort> {shell} render={RenderWindow(windows::ring)} /> },
        "call" => html! { <SubscribedWindow<CallPort> {shell} render={RenderWindow(windows::call)} /> },
        "settings" => html! { <SubscribedWindow<SettingsPort> {shell} render={RenderWindow(windows::settings)} /> },
        _ => html! { <SubscribedWindow<MainPort> {shell} render={RenderWindow(windows::main)} /> },
    }
}

/// Renders a view; gets the way to ask, and the shell for subscriptions of its own.
type Render<View, Request> = fn(Rc<View>, Callback<Request>, Shell) -> Html;

struct RenderWindow<P: Port>(Render<P::View, P::Request>);

impl<P: Port> PartialEq for RenderWindow<P> {
    fn eq(&self, _: &Self) -> bool {
        // A label never changes its window.
        true
    }
}

#[derive(Properties)]
struct SubscribedWindowProps<P: Port> {
    shell: Shell,
    render: RenderWindow<P>,
}

impl<P: Port> PartialEq for SubscribedWindowProps<P> {
    fn eq(&self, other: &Self) -> bool {
        self.shell == other.shell
    }
}

/// A window that follows its view.
#[component]
fn SubscribedWindow<P: Port>(props: &SubscribedWindowProps<P>) -> Html {
    let failed = use_state(|| None);
    let view = use_view::<P>(&props.shell, failed.setter());
    let send = {
        let (shell, failed) = (props.shell.clone(), failed.setter());
        use_callback((), move |request: P::Request, ()| {
            let outcome = match to_js(&request) {
                Ok(body) => shell.0.request(P::REQUEST, body),
                Err(why) => Box::pin(std::future::ready(Err(internal(&why)))),
            };
            let failed = failed.clone();
            wasm_bindgen_futures::spawn_local(async move { failed.set(outcome.await.err()) });
        })
    };
    use_ready::<P>(view.as_deref(), &send);
    use_page(view.as_deref().map(P::base));
    use_zoom_keys::<P>(&send);
    let now = use_clock();
    let language = use_language(view.as_deref().map_or_else(Locale::default, |view| P::base(view).locale));
    let tell = {
        let failed = failed.setter();
        Callback::from(move |notice| failed.set(Some(notice)))
    };
    let failed = FailedRequest { notice: (*failed).clone(), dismiss: Callback::from(move |()| failed.set(None)), tell };
    html! {
        <WindowContext {language} {now} {failed}>
            if let Some(view) = view {
                { (props.render.0)(view, send, props.shell.clone()) }
                if P::zoom(ZoomStep::Reset).is_some() {
                    <KeysHelp />
                }
            } else {
                <NoticeBar notice={None} on_dismiss={Callback::noop()} />
            }
        </WindowContext>
    }
}

/// Requests and views are plain JSON on the way: maps become objects, not `Map`s. Not every type of Rust has a form there.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
}

/// What only a mistake of ours can bring about is said all the same: a control that does nothing says nothing about why.
fn internal(why: &impl ToString) -> Notice {
    Notice { code: NoticeCode::Internal, name: String::new(), detail: why.to_string() }
}

#[hook]
fn use_view<P: Port>(shell: &Shell, failed: UseStateSetter<Option<Notice>>) -> Option<Rc<P::View>> {
    let view = use_state_eq(|| None);
    let setter = view.setter();
    use_effect_with(shell.clone(), move |shell| {
        let refused = failed.clone();
        let on_message = move |message| match serde_wasm_bindgen::from_value::<P::View>(message) {
            Ok(view) => setter.set(Some(Rc::new(view))),
            Err(error) => failed.set(Some(internal(&error))),
        };
        let on_refusal = move |notice| refused.set(Some(notice));
        let subscription = shell.0.subscribe(P::SUBSCRIBE, "views", Box::new(on_message), Box::new(on_refusal));
        move || drop(subscription)
    });
    (*view).clone()
}

/// Says `ready` once the view of a new occasion is on the page.
#[hook]
fn use_ready<P: Port>(view: Option<&P::View>, send: &Callback<P::Request>) {
    let occasion = view.and_then(P::occasion);
    let send = send.clone();
    use_effect_with(occasion, move |occasion| {
        if occasion.is_some() {
            send.emit(P::ready());
        }
    });
}

/// The keys that every browser has for it, in every window that can be looked at for long.
#[hook]
fn use_zoom_keys<P: Port>(send: &Callback<P::Request>) {
    let on_key = use_callback(send.clone(), |event: KeyboardEvent, send| {
        let step = match event.key().as_str() {
            "+" | "=" => ZoomStep::In,
            "-" => ZoomStep::Out,
            "0" => ZoomStep::Reset,
            _ => return,
        };
        // With shift or without: *plus* is above another sign on many keyboards.
        let is_command = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
        if let Some(request) = P::zoom(step).filter(|_| is_command) {
            event.prevent_default();
            send.emit(request);
        }
    });
    use_window_key(on_key);
}

/// Theme and language belong to the page, for the style sheets and for screen readers.
#[hook]
pub(crate) fn use_page(base: Option<WindowBase>) {
    use_effect_with(base, |base| {
        let page =
            web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
        if let (Some(base), Some(page)) = (base, page) {
            let theme = match base.theme {
                Theme::System => "system",
                Theme::Dark => "dark",
                Theme::Light => "light",
            };
            // Setting a well-formed attribute cannot fail.
            let _ = page.set_attribute("data-theme", theme);
            let _ = page.set_attribute("lang", base.locale.tag());
            let _ = page.set_attribute("dir", base.locale.direction());
        }
    });
}

#[hook]
pub(crate) fn use_language(locale: Locale) -> Language {
    (*use_memo(locale, |locale| Language::new(Texts::new(*locale)))).clone()
}

#[hook]
fn use_clock() -> Now {
    let now = use_state_eq(|| Now(wall_clock_ms()));
    let setter = now.setter();
    use_effect_with((), move |()| {
        let interval = Interval::new(CLOCK_MS, move || setter.set(Now(wall_clock_ms())));
        move || drop(interval)
    });
    *now
}
