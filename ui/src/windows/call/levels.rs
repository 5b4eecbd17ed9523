//! How loud it is, on the page, without rendering anything again.

use carillon_ipc::{Levels, command};
use yew::prelude::*;

use crate::{app::Shell, context::FailedRequest, hooks::set_css_variable};

/// Sets `--speaker` and `--microphone` on the page, without rendering anything again.
#[hook]
pub(super) fn use_levels(shell: Option<Shell>, live: bool, page: NodeRef) {
    let tell = use_context::<FailedRequest>().unwrap_or_default().tell;
    use_effect_with((shell, live), move |(shell, live)| {
        let subscription = shell.as_ref().filter(|_| *live).map(|shell| {
            let page = page.clone();
            let mut shown = Levels::default();
            let on_levels = move |message| {
                let levels: Levels = serde_wasm_bindgen::from_value(message).unwrap_or_default();
                shown = show_levels(&page, shown, in_steps(levels));
            };
            let tell = tell.clone();
            let on_refusal = Box::new(move |notice| tell.emit(notice));
            shell.0.subscribe(command::CALL_LEVELS, "levels", Box::new(on_levels), on_refusal)
        });
        move || {
            drop(subscription);
            show_levels(&page, Levels { microphone: 1.0, speaker: 1.0 }, Levels::default());
        }
    });
}

/// Every change is painted, and more than this many heights of a ring look the same.
const LEVEL_STEPS: f32 = 8.0;

fn in_steps(levels: Levels) -> Levels {
    let step = |level: f32| (level.clamp(0.0, 1.0) * LEVEL_STEPS).round() / LEVEL_STEPS;
    Levels { microphone: step(levels.microphone), speaker: step(levels.speaker) }
}

/// Touches the page only where something has changed; gives what is on show now.
fn show_levels(page: &NodeRef, shown: Levels, levels: Levels) -> Levels {
    if shown.speaker != levels.speaker {
        set_css_variable(page, "--speaker", levels.speaker);
    }
    if shown.microphone != levels.microphone {
        set_css_variable(page, "--microphone", levels.microphone);
    }
    levels
}
