//! The main window: sign in; one list of conversations on the left, one of them on the right, and the live call over it.

mod autostart;
mod call_bar;
mod call_log;
mod chat;
mod link_call;
mod list;
mod me;
mod new_group;
mod requests;
mod rows;
mod sidebar;
mod sign_in;

use std::rc::Rc;

use carillon_ipc::{LinkView, ListFilter, MainRequest, MainView, PageView, QuitAnswer, testid};
use web_sys::KeyboardEvent;
use yew::prelude::*;

#[cfg(test)]
pub(crate) use self::chat::{Room, Row, room, rows};
#[cfg(test)]
pub(crate) use self::list::ROW_PX;
use self::{
    autostart::AutostartOffer,
    call_bar::{CallBar, SwitchQuestion},
    chat::{Drafts, GroupPage, PersonPage},
    new_group::NewGroupPage,
    requests::RequestsPage,
    sidebar::Sidebar,
    sign_in::SignInPage,
};
use super::{ring_bar::RingBar, tried_bar::TriedBar};
use crate::{
    components::{Button, ButtonKind, EmptyState, Icon, IconView, NoticeBar, QuitQuestion},
    context::use_texts,
    hooks::{command_key, focus, is_command, is_typing, use_window_key},
};

#[derive(Properties, PartialEq)]
pub(crate) struct MainWindowProps {
    pub(crate) view: Rc<MainView>,
    pub(crate) send: Callback<MainRequest>,
}

/// All of it.
#[component]
pub(crate) fn MainWindow(props: &MainWindowProps) -> Html {
    let MainWindowProps { view, send } = props;
    let search = use_node_ref();
    let on_key = use_callback((send.clone(), search.clone()), |event, (send, search)| on_key(&event, send, search));
    use_window_key(on_key);
    let drafts = (*use_memo((), |()| Drafts::default())).clone();
    let notice = html! {
        <NoticeBar notice={view.notice.clone()} on_dismiss={send.reform(|()| MainRequest::DismissNotice)} />
    };
    if let Some(sign_in) = &view.sign_in {
        return html! {
            <main class="window main-signed-out">
                { notice }
                <SignInPage view={sign_in.clone()} send={send.clone()} />
            </main>
        };
    }
    if view.me.is_none() {
        return html! { <main class="window main-signed-out main-starting">{ notice }<Starting /></main> };
    }
    html! {
        <div class="window main" data-link={link_word(view.link)}>
            <TriedBar tried={view.tried.clone()} on_answer={send.reform(MainRequest::Tried)} />
            <RingBar ring={view.ring.clone()} on_answer={send.reform(MainRequest::Ring)} />
            <Sidebar view={view.clone()} send={send.clone()} {search} />
            <main class="main-page">
                <CallBar call={view.call.clone()} send={send.clone()} />
                { page(view, send, drafts) }
                // They lie over the page: nothing that comes and goes moves what is under the pointer.
                <div class="over-page">
                    <LinkLine link={view.link} send={send.clone()} />
                    { notice }
                </div>
            </main>
            <SwitchQuestion call={view.call.clone()} switch={view.switch.clone()} send={send.clone()} />
            <QuitQuestion asks={view.base.asks_to_quit} on_answer={send.reform(MainRequest::Quit)} />
            if let Some(person) = &view.link_call {
                <link_call::LinkCall key={person.user.as_str()} person={person.clone()} send={send.clone()} />
            }
        </div>
    }
}

/// For style sheets.
const fn link_word(link: LinkView) -> &'static str {
    match link {
        LinkView::Up => "up",
        LinkView::Reconnecting => "reconnecting",
        LinkView::Down | LinkView::Replaced => "down",
    }
}

/// Whether there is no conversation to choose.
fn is_alone(view: &MainView) -> bool {
    view.list.total == 0 && view.list.query.is_empty() && view.list.filter == ListFilter::All && !view.loading
}

fn page(view: &Rc<MainView>, send: &Callback<MainRequest>, drafts: Drafts) -> Html {
    match &view.page {
        PageView::Nobody => html! {
            <>
                <Nobody is_alone={is_alone(view)} />
                if view.offers_autostart {
                    <AutostartOffer send={send.clone()} />
                }
            </>
        },
        PageView::Requests { people } => html! { <RequestsPage people={people.clone()} send={send.clone()} /> },
        PageView::NewGroup { busy } => {
            html! { <NewGroupPage people={view.people.clone()} busy={*busy} send={send.clone()} /> }
        }
        PageView::Person { person, chat } => html! {
            <PersonPage
                key={format!("person {}", person.user)}
                person={person.clone()}
                chat={chat.clone()}
                linked={view.link == LinkView::Up}
                {drafts}
                send={send.clone()}
            />
        },
        PageView::Group { group, members, chat } => html! {
            <GroupPage
                key={format!("group {}", group.group)}
                group={group.clone()}
                members={members.clone()}
                chat={chat.clone()}
                view={view.clone()}
                {drafts}
                send={send.clone()}
            />
        },
    }
}

fn on_key(event: &KeyboardEvent, send: &Callback<MainRequest>, search: &NodeRef) {
    let key = event.key().to_lowercase();
    match key.as_str() {
        "q" if is_command(event) => send.emit(MainRequest::Quit(QuitAnswer::Ask)),
        "," if is_command(event) => send.emit(MainRequest::OpenSettings),
        "k" if is_command(event) => focus(search),
        "/" if !is_typing(event) => focus(search),
        _ => return,
    }
    event.prevent_default();
}

#[derive(Properties, PartialEq)]
struct LinkLineProps {
    link: LinkView,
    send: Callback<MainRequest>,
}

/// One calm line while the server is out of reach.
#[component]
fn LinkLine(props: &LinkLineProps) -> Html {
    let texts = use_texts();
    let line = match props.link {
        LinkView::Up => None,
        LinkView::Reconnecting => Some(("link-line", "link-reconnecting")),
        LinkView::Down => Some(("link-line link-down", "link-offline")),
        LinkView::Replaced => Some(("link-line link-down", "link-replaced")),
    };
    html! {
        <div role="status">
            if let Some((class, key)) = line {
                <p {class} data-testid={testid::LINK}>
                    <IconView icon={Icon::Offline} />
                    { texts.t(key) }
                    if props.link == LinkView::Replaced {
                        <Button
                            kind={ButtonKind::Link}
                            text={texts.t("link-take-back")}
                            testid={testid::LINK_TAKE_BACK}
                            on_press={props.send.reform(|()| MainRequest::TakeBack)}
                        />
                    }
                </p>
            }
        </div>
    }
}

/// Between the start of the program and the server's first word.
#[component]
fn Starting() -> Html {
    let texts = use_texts();
    html! { <EmptyState icon={Icon::Bell} title={html! { { texts.t("link-connecting") } }} /> }
}

#[derive(Properties, PartialEq)]
struct NobodyProps {
    /// Whether there is no conversation to choose.
    is_alone: bool,
}

/// While no conversation is chosen.
#[component]
fn Nobody(props: &NobodyProps) -> Html {
    let texts = use_texts();
    let key = command_key("K");
    let (said, args) =
        if props.is_alone { ("alone", vec![]) } else { ("select-somebody", vec![("key", key.as_str().into())]) };
    html! {
        <EmptyState
            icon={Icon::Bell}
            title={html! { { texts.t(said) } }}
            hint={texts.hint(said, &args).map(|hint| html! { { hint } })}
        />
    }
}
