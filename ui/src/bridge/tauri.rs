//! The real bridge: `window.__TAURI__.core`, which Tauri puts into every window before its scripts run.

use carillon_ipc::{Notice, NoticeCode};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::{Bridge, Outcome, Subscription};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "core"], catch)]
    async fn invoke(command: &str, arguments: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "core"])]
    type Channel;

    #[wasm_bindgen(constructor, js_namespace = ["window", "__TAURI__", "core"])]
    fn new() -> Channel;

    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &Channel, handler: &Function);
}

/// The label of the Tauri window that this page is in; `None` in a plain browser.
pub(crate) fn window_label() -> Option<String> {
    let path = ["__TAURI_INTERNALS__", "metadata", "currentWindow", "label"];
    let global = JsValue::from(js_sys::global());
    path.iter().try_fold(global, |at, name| Reflect::get(&at, &(*name).into()).ok())?.as_string()
}

/// Tauri's shell.
pub(crate) struct Tauri;

impl Bridge for Tauri {
    fn request(&self, command: &'static str, body: JsValue) -> Outcome {
        Box::pin(async move {
            let arguments = object("req", &body);
            invoke(command, &arguments).await.map(drop).map_err(as_notice)
        })
    }

    fn subscribe(
        &self,
        command: &'static str,
        argument: &'static str,
        on_message: Box<dyn FnMut(JsValue)>,
        on_refusal: Box<dyn FnOnce(Notice)>,
    ) -> Subscription {
        let handler = Closure::wrap(on_message);
        let channel = Channel::new();
        channel.set_onmessage(handler.as_ref().unchecked_ref());
        let arguments = object(argument, channel.as_ref());
        wasm_bindgen_futures::spawn_local(async move {
            if let Err(error) = invoke(command, &arguments).await {
                on_refusal(as_notice(error));
            }
        });
        Box::new(Listening { channel, _handler: handler })
    }
}

/// Keeps the handler alive; the shell may still send while it is dropped.
struct Listening {
    channel: Channel,
    _handler: Closure<dyn FnMut(JsValue)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        // `Boolean` takes anything and does nothing; making an empty function would be eval to the content policy.
        if let Ok(ignore) = Reflect::get(&js_sys::global(), &"Boolean".into()) {
            self.channel.set_onmessage(ignore.unchecked_ref());
        }
    }
}

fn object(name: &str, value: &JsValue) -> JsValue {
    let object = Object::new();
    Reflect::set(&object, &name.into(), value).expect("a new object takes any property");
    object.into()
}

/// The shell rejects with a notice; anything else comes from Tauri itself, such as a command that the window may not use.
fn as_notice(error: JsValue) -> Notice {
    serde_wasm_bindgen::from_value(error.clone()).unwrap_or_else(|_| Notice {
        code: NoticeCode::Internal,
        name: String::new(),
        detail: error.as_string().unwrap_or_else(|| format!("{error:?}")),
    })
}
