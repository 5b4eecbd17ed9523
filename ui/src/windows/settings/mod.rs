//! The settings window: plain sections that apply at once.

mod camera;
mod devices;
mod rows;
mod sections;
mod you;

use std::rc::Rc;

use carillon_ipc::{QuitAnswer, SettingsRequest, SettingsView, testid};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use self::{
    camera::Camera,
    devices::Devices,
    sections::{About, Appearance, Privacy, Ringing, Sound},
    you::You,
};
use super::ring_bar::RingBar;
use crate::{
    components::{NoticeBar, QuitQuestion},
    context::use_texts,
    hooks::{is_command, use_window_key},
};

#[derive(Properties, PartialEq, Clone)]
pub(crate) struct SettingsWindowProps {
    pub(crate) view: Rc<SettingsView>,
    pub(crate) send: Callback<SettingsRequest>,
}

/// All of it.
#[component]
pub(crate) fn SettingsWindow(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let on_key = use_callback(send.clone(), |event: KeyboardEvent, send| {
        if event.key() == "q" && is_command(&event) {
            event.prevent_default();
            send.emit(SettingsRequest::Quit(QuitAnswer::Ask));
        }
        if event.key() == "Escape" || (event.key() == "w" && is_command(&event)) {
            send.emit(SettingsRequest::Close);
        }
    });
    use_window_key(on_key);
    html! {
        <main class="window settings" data-testid={testid::SETTINGS}>
            <QuitQuestion asks={view.base.asks_to_quit} on_answer={send.reform(SettingsRequest::Quit)} />
            <RingBar ring={view.ring.clone()} on_answer={send.reform(SettingsRequest::Ring)} />
            <h1 class="settings-title">{ texts.t("settings-title") }</h1>
            <NoticeBar notice={view.notice.clone()} on_dismiss={send.reform(|()| SettingsRequest::DismissNotice)} />
            <You ..props.clone() />
            <Sound ..props.clone() />
            <Camera ..props.clone() />
            <Ringing ..props.clone() />
            <Privacy ..props.clone() />
            <Appearance ..props.clone() />
            <Devices ..props.clone() />
            <About ..props.clone() />
        </main>
    }
}
