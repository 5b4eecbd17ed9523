//! Renders a window's view to HTML.

use std::rc::Rc;

use carillon_ipc::{Locale, Notice, Texts, WindowBase};
use yew::{LocalServerRenderer, prelude::*};

use crate::{
    context::{FailedRequest, Language, Now, Unfolded, WindowContext},
    samples::{self, Sample},
    windows::{CallWindow, MainWindow, RingWindow, SettingsWindow},
};

/// 2026-11-20, 18:05 UTC; a Friday.
pub(super) const NOW_MS: u64 = 1_795_197_900_000;

#[derive(Properties, PartialEq)]
struct StageProps {
    locale: Locale,
    child: Html,
    unfolded: Unfolded,
    failed: Option<Notice>,
}

#[component]
fn Stage(props: &StageProps) -> Html {
    let language = Language::new(Texts::new(props.locale));
    let failed = FailedRequest { notice: props.failed.clone(), ..FailedRequest::default() };
    html! {
        <ContextProvider<Unfolded> context={props.unfolded}>
            <WindowContext {language} now={Now(NOW_MS)} {failed}>{ props.child.clone() }</WindowContext>
        </ContextProvider<Unfolded>>
    }
}

/// The HTML of a view, in English.
pub(super) fn html_of(sample: impl Into<Sample>) -> String {
    html_in(Locale::English, sample.into())
}

/// The HTML of a view, in a language.
pub(super) fn html_in(locale: Locale, sample: Sample) -> String {
    render_so(locale, Unfolded(false), sample, None)
}

/// The HTML of a view with all menus, forms and panels open.
pub(super) fn html_unfolded(sample: Sample) -> String {
    render_so(Locale::English, Unfolded(true), sample, None)
}

fn render_so(locale: Locale, unfolded: Unfolded, sample: Sample, failed: Option<Notice>) -> String {
    let child = match sample {
        Sample::Main(view) => html! { <MainWindow view={Rc::new(view)} send={Callback::noop()} /> },
        Sample::Ring(view) => html! { <RingWindow view={Rc::new(view)} send={Callback::noop()} /> },
        Sample::Call(view) => html! { <CallWindow view={Rc::new(view)} send={Callback::noop()} /> },
        Sample::Settings(view) => html! { <SettingsWindow view={Rc::new(view)} send={Callback::noop()} /> },
    };
    // Without the marks that a browser would need to take it over.
    let renderer =
        LocalServerRenderer::<Stage>::with_props(StageProps { locale, child, unfolded, failed }).hydratable(false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs only memory");
    tokio::task::LocalSet::new().block_on(&runtime, renderer.render())
}

/// The HTML of a sample.
pub(super) fn sample(name: &str) -> String {
    html_of(named(name))
}

/// The HTML of a sample whose latest request was refused.
pub(super) fn in_trouble(name: &str, refused: Notice) -> String {
    render_so(Locale::English, Unfolded(false), named(name), Some(refused))
}

fn named(name: &str) -> Sample {
    let samples = samples::all(WindowBase::default(), NOW_MS);
    samples.into_iter().find(|(found, _)| *found == name).expect("the sample exists").1
}

/// Only the text, with one space where elements meet, and without marks of direction.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            '\u{2068}' | '\u{2069}' => {}
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The HTML of a sample with all menus, forms and panels open.
pub(super) fn unfolded(name: &str) -> String {
    html_unfolded(named(name))
}
