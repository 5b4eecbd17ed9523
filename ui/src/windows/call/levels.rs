//! How loud it is, on the page, without rendering anything again.

use carillon_ipc::{Levels, command};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::{app::Shell, context::FailedRequest, hooks::set_css_variable};

/// Sets `--speaker` and `--microphone` on the page, and in a group call `--speaker` on the tile of each who is heard, without rendering anything
/// again.
#[hook]
pub(super) fn use_levels(shell: Option<Shell>, live: bool, page: NodeRef) {
    let tell = use_context::<FailedRequest>().unwrap_or_default().tell;
    use_effect_with((shell, live), move |(shell, live)| {
        let subscription = shell.as_ref().filter(|_| *live).map(|shell| {
            let page = page.clone();
            let mut shown = Levels::default();
            let on_levels = move |message| {
                let levels: Levels = serde_wasm_bindgen::from_value(message).unwrap_or_default();
                shown = show_levels(&page, &shown, in_steps(levels));
            };
            let tell = tell.clone();
            let on_refusal = Box::new(move |notice| tell.emit(notice));
            shell.0.subscribe(command::CALL_LEVELS, "levels", Box::new(on_levels), on_refusal)
        });
        move || {
            drop(subscription);
            show_levels(&page, &Levels { microphone: 1.0, speaker: 1.0, voices: vec![] }, Levels::default());
        }
    });
}

/// Every change is painted, and more than this many heights of a ring look the same.
const LEVEL_STEPS: f32 = 8.0;

fn in_steps(levels: Levels) -> Levels {
    let step = |level: f32| (level.clamp(0.0, 1.0) * LEVEL_STEPS).round() / LEVEL_STEPS;
    let voices = levels.voices.into_iter().map(|(seat, level)| (seat, step(level))).collect();
    Levels { microphone: step(levels.microphone), speaker: step(levels.speaker), voices }
}

/// Touches the page only where something has changed; gives what is on show now.
fn show_levels(page: &NodeRef, shown: &Levels, levels: Levels) -> Levels {
    if shown.speaker != levels.speaker {
        set_css_variable(page, "--speaker", levels.speaker);
    }
    if shown.microphone != levels.microphone {
        set_css_variable(page, "--microphone", levels.microphone);
    }
    let voices = levels.voices.iter().map(|(seat, level)| (*seat, *level));
    let silent = shown.voices.iter().filter(|(seat, _)| levels.voices.iter().all(|(other, _)| other != seat));
    for (seat, level) in voices.chain(silent.map(|(seat, _)| (*seat, 0.0))) {
        show_voice(page, seat, level);
    }
    levels
}

/// On the tile, which may be another element than a moment ago, or on another page.
fn show_voice(page: &NodeRef, seat: u8, level: f32) {
    let page = page.cast::<Element>();
    let tile = page.and_then(|page| page.query_selector(&format!("[data-seat=\"{seat}\"]")).ok()?);
    let Some(style) = tile.and_then(|tile| Some(tile.dyn_ref::<HtmlElement>()?.style())) else { return };
    let level = format!("{level:.3}");
    if style.get_property_value("--speaker").is_ok_and(|shown| shown != level) {
        // Only a malformed name could fail.
        let _ = style.set_property("--speaker", &level);
    }
}
