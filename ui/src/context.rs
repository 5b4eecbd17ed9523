//! What every component may ask for without having it handed down: texts, the clock, and requests that failed.

use std::{ops::Deref, rc::Rc};

use carillon_ipc::{Notice, NoticeCode, Texts};
use yew::prelude::*;

use crate::{
    components::{ContextMenu, Tooltips},
    hooks,
};

/// The window's texts.
#[derive(Clone)]
pub(crate) struct Language(Rc<Texts>);

impl Language {
    pub(crate) fn new(texts: Texts) -> Self {
        Self(Rc::new(texts))
    }
}

impl Deref for Language {
    type Target = Texts;

    fn deref(&self) -> &Texts {
        &self.0
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.locale() == other.locale()
    }
}

/// The time of day, in milliseconds since the Unix epoch; fresh enough for *3 m ago*.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Now(pub(crate) u64);

/// A request that failed, until it is put away.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct FailedRequest {
    pub(crate) notice: Option<Notice>,
    pub(crate) dismiss: Callback<()>,
    /// What a window found wrong itself, such as a file that is no picture.
    pub(crate) tell: Callback<Notice>,
}

/// A notice that its code says all about.
pub(crate) fn plain(code: NoticeCode) -> Notice {
    Notice { code, name: String::new(), detail: String::new() }
}

/// Whether what folds out is open from the start: for pictures and tests of it.
#[derive(Clone, Copy, PartialEq, Default)]
pub(crate) struct Unfolded(pub(crate) bool);

/// Whether menus, forms and side panels are open from the start.
#[hook]
pub(crate) fn use_unfolded() -> bool {
    use_context::<Unfolded>().unwrap_or_default().0
}

/// The window's texts.
#[hook]
pub(crate) fn use_texts() -> Language {
    use_context::<Language>().expect("every window is rendered inside its language")
}

/// The time of day; the current one outside of a window that provides it.
#[hook]
pub(crate) fn use_now() -> u64 {
    use_context::<Now>().map_or_else(hooks::wall_clock_ms, |now| now.0)
}

#[derive(Properties, PartialEq)]
pub(crate) struct WindowContextProps {
    pub(crate) language: Language,
    pub(crate) now: Now,
    #[prop_or_default]
    pub(crate) failed: FailedRequest,
    pub(crate) children: Html,
}

/// Provides all of them.
#[component]
pub(crate) fn WindowContext(props: &WindowContextProps) -> Html {
    html! {
        <ContextProvider<Language> context={props.language.clone()}>
            <ContextProvider<Now> context={props.now}>
                <ContextProvider<FailedRequest> context={props.failed.clone()}>
                    { props.children.clone() }
                    <Tooltips />
                    <ContextMenu />
                </ContextProvider<FailedRequest>>
            </ContextProvider<Now>>
        </ContextProvider<Language>>
    }
}
