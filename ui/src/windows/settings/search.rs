//! The names of the sections at the side, and the search over what is in them.

use carillon_ipc::{Arg, testid};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    components::{EmptyState, Icon, IconView},
    context::{Language, use_texts},
};

/// One section: what it is called in the page, the key of its title, and the keys of what is in it.
pub(crate) struct SectionText {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    words: &'static [&'static str],
}

impl SectionText {
    /// The keys of its title and of what is in it.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().copied().chain([self.title])
    }
}

/// All of them, from top to bottom.
pub(crate) static SECTIONS: [SectionText; 9] = [
    SectionText {
        id: "section-you",
        title: "settings-you",
        words: &["settings-display-name", "settings-picture", "settings-password", "settings-delete"],
    },
    SectionText {
        id: "section-sound",
        title: "settings-sound",
        words: &["settings-microphone", "settings-speaker", "settings-echo", "settings-noise", "settings-gain"],
    },
    SectionText {
        id: "section-camera",
        title: "settings-camera",
        words: &["settings-camera-in-video-calls", "settings-camera-test"],
    },
    SectionText {
        id: "section-ringing",
        title: "settings-ringing",
        words: &[
            "settings-do-not-disturb",
            "settings-quiet-hours",
            "settings-ring-here",
            "settings-ring-sound",
            "settings-ringtone",
            "settings-ring-volume",
            "settings-ring-output",
            "settings-ring-shortcuts",
        ],
    },
    SectionText {
        id: "section-notifications",
        title: "settings-notifications-title",
        words: &["settings-notifications", "settings-previews"],
    },
    SectionText {
        id: "section-appearance",
        title: "settings-appearance",
        words: &["settings-theme", "settings-language", "settings-zoom"],
    },
    SectionText {
        id: "section-devices",
        title: "settings-devices",
        words: &["settings-devices-lead", "settings-this-device", "device-rings", "settings-sign-out"],
    },
    SectionText {
        id: "section-privacy",
        title: "settings-privacy-title",
        words: &["settings-hide-address", "settings-blocked"],
    },
    SectionText {
        id: "section-about",
        title: "settings-about",
        words: &["settings-version", "settings-privacy", "settings-license", "settings-diagnostics"],
    },
];

/// What is looked for; empty: everything shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Search(String);

impl Search {
    pub(crate) fn new(query: &str) -> Self {
        Self(query.trim().to_lowercase())
    }

    /// Whether a section has it in its title, in what it holds, or in what is explained there.
    pub(crate) fn finds(&self, texts: &Language, section: &SectionText) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.0);
        section.keys().any(|key| has(&texts.t(key)) || texts.hint(key, &[]).is_some_and(|hint| has(&hint)))
    }
}

/// Whether the section of this id shows.
#[hook]
pub(super) fn use_is_found(id: &str) -> bool {
    let (texts, search) = (use_texts(), use_context::<Search>().unwrap_or_default());
    SECTIONS.iter().find(|section| section.id == id).is_none_or(|section| search.finds(&texts, section))
}

#[derive(Properties, PartialEq)]
pub(super) struct SideBarProps {
    pub(super) query: AttrValue,
    pub(super) on_query: Callback<String>,
    /// Brings a section into sight, by its id.
    pub(super) on_show: Callback<&'static str>,
}

#[component]
pub(super) fn SideBar(props: &SideBarProps) -> Html {
    let texts = use_texts();
    let shown = use_state_eq(|| SECTIONS[0].id);
    let search = Search::new(&props.query);
    let oninput = props.on_query.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let link = |section: &'static SectionText| {
        let (id, shown_now, on_show) = (section.id, shown.clone(), props.on_show.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            shown_now.set(id);
            on_show.emit(id);
        });
        html! {
            <li key={id}>
                <button
                    type="button"
                    class="settings-link"
                    aria-current={(*shown == id).then_some("true")}
                    data-testid={testid::settings_section(id)}
                    {onclick}
                >
                    { texts.t(section.title) }
                </button>
            </li>
        }
    };
    html! {
        <nav class="settings-nav" aria-label={texts.t("settings-sections")}>
            <h1 class="settings-title">{ texts.t("settings-title") }</h1>
            <div class="search">
                <IconView icon={Icon::Search} />
                <input
                    type="text"
                    class="search-field"
                    placeholder={texts.t("search")}
                    aria-label={texts.t("settings-search")}
                    autocomplete="off"
                    spellcheck="false"
                    value={props.query.clone()}
                    data-testid={testid::SETTINGS_SEARCH}
                    {oninput}
                />
            </div>
            <ul class="settings-links">
                { for SECTIONS.iter().filter(|section| search.finds(&texts, section)).map(link) }
            </ul>
        </nav>
    }
}

/// What the page says if no section has it.
#[component]
pub(super) fn NoMatch() -> Html {
    let (texts, search) = (use_texts(), use_context::<Search>().unwrap_or_default());
    if SECTIONS.iter().any(|section| search.finds(&texts, section)) {
        return Html::default();
    }
    let title = texts.with("picker-none", &[("query", Arg::Text(&search.0))]);
    html! { <EmptyState title={html! { { title } }} /> }
}
