//! The settings window: sections that apply at once, with their names at the side and a search over them.

mod account;
mod camera;
mod devices;
mod privacy;
mod quiet;
mod ringing;
mod rows;
mod search;
mod sections;
mod unsaved;
mod you;

use std::rc::Rc;

use carillon_ipc::{QuitAnswer, SettingsRequest, SettingsView, testid};
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

#[cfg(test)]
pub(crate) use self::search::{SECTIONS, Search};
use self::{
    camera::Camera,
    devices::Devices,
    privacy::Privacy,
    ringing::{Notifications, Ringing},
    search::SideBar,
    sections::{About, Appearance, Sound},
    unsaved::{AskToDiscard, Unsaved},
    you::You,
};
use super::ring_bar::RingBar;
use crate::{
    components::{NoticeBar, QuitQuestion},
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
    let SettingsWindowProps { view, send } = props;
    let query = use_state_eq(String::new);
    let asks = use_state_eq(|| false);
    let unsaved = (*use_memo((), |()| Unsaved::default())).clone();
    let page = use_node_ref();
    let on_key = {
        let (send, query, asks, unsaved) = (send.clone(), query.clone(), asks.clone(), unsaved.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" if *asks => asks.set(false),
            "q" if is_command(&event) => {
                event.prevent_default();
                send.emit(SettingsRequest::Quit(QuitAnswer::Ask));
            }
            "Escape" if !query.is_empty() => query.set(String::new()),
            "Escape" => leave(&send, &unsaved, &asks),
            "w" if is_command(&event) => leave(&send, &unsaved, &asks),
            _ => {}
        })
    };
    use_window_key(on_key);
    let show = {
        let page = page.clone();
        Callback::from(move |section: &'static str| show_section(&page, section))
    };
    let on_query = {
        let query = query.clone();
        Callback::from(move |text: String| query.set(text))
    };
    html! {
        <main class="window settings" data-testid={testid::SETTINGS}>
            <QuitQuestion asks={view.base.asks_to_quit} on_answer={send.reform(SettingsRequest::Quit)} />
            <RingBar ring={view.ring.clone()} on_answer={send.reform(SettingsRequest::Ring)} />
            <NoticeBar notice={view.notice.clone()} on_dismiss={send.reform(|()| SettingsRequest::DismissNotice)} />
            <SideBar query={(*query).clone()} {on_query} on_show={show} />
            <ContextProvider<search::Search> context={search::Search::new(&query)}>
                <ContextProvider<Unsaved> context={unsaved}>
                    <div class="settings-page" ref={page}>
                        <You ..props.clone() />
                        <Sound ..props.clone() />
                        <Camera ..props.clone() />
                        <Ringing ..props.clone() />
                        <Notifications ..props.clone() />
                        <Appearance ..props.clone() />
                        <Devices ..props.clone() />
                        <Privacy ..props.clone() />
                        <About ..props.clone() />
                        <search::NoMatch />
                    </div>
                </ContextProvider<Unsaved>>
            </ContextProvider<search::Search>>
            if *asks {
                <AskToDiscard
                    on_discard={send.reform(|()| SettingsRequest::Close)}
                    on_cancel={Callback::from(move |()| asks.set(false))}
                />
            }
        </main>
    }
}

/// Closes the window, unless something that was typed would be lost by it: then the user is asked.
fn leave(send: &Callback<SettingsRequest>, unsaved: &Unsaved, asks: &UseStateHandle<bool>) {
    if unsaved.is_any() {
        asks.set(true);
    } else {
        send.emit(SettingsRequest::Close);
    }
}

fn show_section(page: &NodeRef, section: &str) {
    let found = page.cast::<Element>().and_then(|page| page.query_selector(&format!("#{section}")).ok().flatten());
    if let Some(section) = found {
        section.scroll_into_view();
    }
}
