//! What each window may ask and what it shows: the names and types of `carillon-ipc` put together.

use carillon_ipc::{
    CallRequest, CallState, CallView, MainRequest, MainView, RingRequest, RingView, SettingsRequest, SettingsView,
    WindowBase, ZoomStep, command,
};
use serde::{Serialize, de::DeserializeOwned};

/// One window's end of the conversation with the shell.
pub(crate) trait Port: 'static {
    /// What it may ask.
    type Request: Serialize + 'static;
    /// All that it shows.
    type View: DeserializeOwned + Serialize + PartialEq + 'static;

    /// Takes requests.
    const REQUEST: &'static str;
    /// Gives views.
    const SUBSCRIBE: &'static str;

    /// Says that a view is rendered.
    fn ready() -> Self::Request;

    /// Makes everything larger or smaller; `None`: this window has one size.
    fn zoom(_step: ZoomStep) -> Option<Self::Request> {
        None
    }

    /// Theme and language.
    fn base(view: &Self::View) -> WindowBase;

    /// What the window is shown for; `None`: nothing. `ready` is said whenever this changes to something, so that a window that
    /// was made ahead of its call is shown with it, and never empty.
    fn occasion(_view: &Self::View) -> Option<String> {
        Some("always".to_owned())
    }
}

macro_rules! port {
    ($name:ident, $request:ident, $view:ident, $request_command:ident, $subscribe_command:ident $(, $occasion:expr)? $(; $zoom:expr)?) => {
        #[derive(PartialEq)]
        pub(crate) struct $name;

        impl Port for $name {
            type Request = $request;
            type View = $view;
            const REQUEST: &'static str = command::$request_command;
            const SUBSCRIBE: &'static str = command::$subscribe_command;

            fn ready() -> $request {
                $request::Ready
            }

            fn base(view: &$view) -> WindowBase {
                view.base
            }

            $(fn zoom(step: ZoomStep) -> Option<$request> {
                let zoom: fn(ZoomStep) -> $request = $zoom;
                Some(zoom(step))
            })?

            $(fn occasion(view: &$view) -> Option<String> {
                let occasion: fn(&$view) -> Option<String> = $occasion;
                occasion(view)
            })?
        }
    };
}

port!(MainPort, MainRequest, MainView, MAIN_REQUEST, MAIN_SUBSCRIBE; |step| MainRequest::Zoom { step });
port!(RingPort, RingRequest, RingView, RING_REQUEST, RING_SUBSCRIBE, |view| {
    view.ring.as_ref().map(|ring| ring.call.to_string())
});
port!(CallPort, CallRequest, CallView, CALL_REQUEST, CALL_SUBSCRIBE, |view| {
    let with = view.with.as_ref().map(|(user, _)| user.as_str());
    let of = view.group.as_ref().map(|group| group.name.as_str()).or(with);
    of.filter(|_| view.state != CallState::Idle).map(str::to_owned)
}; |step| CallRequest::Zoom { step });
port!(SettingsPort, SettingsRequest, SettingsView, SETTINGS_REQUEST, SETTINGS_SUBSCRIBE; |step| SettingsRequest::Zoom { step });
