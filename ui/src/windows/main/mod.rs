//! The main window: sign in; people, groups and recent calls on the left, one conversation on the right.

mod call_log;
mod chat;
mod groups;
mod link_call;
mod me;
mod new_group;
mod people;
mod recent;
mod sidebar;
mod sign_in;

use std::rc::Rc;

use carillon_ipc::{LinkView, MainRequest, MainView, PageView, testid};
use web_sys::KeyboardEvent;
use yew::prelude::*;

#[cfg(test)]
pub(crate) use self::chat::{Room, Row, room, rows};
use self::{
    chat::{Drafts, GroupPage, PersonPage},
    new_group::NewGroupPage,
    sidebar::Sidebar,
    sign_in::SignInPage,
};
use super::ring_bar::RingBar;
use crate::{
    components::{Button, ButtonKind, EmptyState, Icon, IconView, NoticeBar},
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
            <RingBar ring={view.ring.clone()} on_answer={send.reform(MainRequest::Ring)} />
            <Sidebar view={view.clone()} send={send.clone()} {search} />
            <main class="main-page">
                <LinkLine link={view.link} send={send.clone()} />
                { notice }
                { page(view, send, drafts) }
            </main>
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
    let nobody = view.people.is_empty() && view.found.is_empty() && view.requests.is_empty();
    nobody && view.groups.is_empty() && view.query.is_empty() && !view.loading
}

fn page(view: &Rc<MainView>, send: &Callback<MainRequest>, drafts: Drafts) -> Html {
    match &view.page {
        PageView::Nobody => html! { <Nobody is_alone={is_alone(view)} /> },
        PageView::NewGroup { busy } => {
            html! { <NewGroupPage people={view.people.clone()} busy={*busy} send={send.clone()} /> }
        }
        PageView::Person { person, chat } => html! {
            <PersonPage
                key={format!("person {}", person.user)}
                person={person.clone()}
                chat={chat.clone()}
                view={view.clone()}
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
        "q" if is_command(event) => send.emit(MainRequest::Quit),
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
