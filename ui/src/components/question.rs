//! A question that lies over the page and asks once.

use carillon_ipc::{QuitAnswer, testid};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{Button, ButtonKind};
use crate::{context::use_texts, hooks::focus};

#[derive(Properties, PartialEq)]
pub(crate) struct QuestionProps {
    pub(crate) title: AttrValue,
    #[prop_or_default]
    pub(crate) hint: Option<AttrValue>,
    /// The verb of what is done.
    pub(crate) confirm: AttrValue,
    pub(crate) cancel: AttrValue,
    pub(crate) confirm_testid: &'static str,
    pub(crate) cancel_testid: &'static str,
    pub(crate) on_confirm: Callback<()>,
    pub(crate) on_cancel: Callback<()>,
}

/// The harmless answer has the focus, and Escape gives it.
#[component]
pub(crate) fn Question(props: &QuestionProps) -> Html {
    let harmless = use_node_ref();
    use_effect_with((), {
        let harmless = harmless.clone();
        move |()| focus(&harmless)
    });
    let on_cancel = props.on_cancel.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        // No key of the page below means anything now.
        event.stop_propagation();
        if event.key() == "Escape" {
            on_cancel.emit(());
        }
    });
    html! {
        <div class="veil">
            <section
                class="dialog question"
                role="alertdialog"
                aria-modal="true"
                aria-labelledby="question-title"
                aria-describedby={props.hint.is_some().then_some("question-hint")}
                {onkeydown}
            >
                <h2 class="dialog-title" id="question-title">{ &props.title }</h2>
                if let Some(hint) = &props.hint {
                    <p class="question-hint" id="question-hint">{ hint }</p>
                }
                <footer class="dialog-buttons">
                    <Button
                        node={harmless}
                        text={props.cancel.clone()}
                        testid={props.cancel_testid}
                        on_press={props.on_cancel.clone()}
                    />
                    <Button
                        kind={ButtonKind::Danger}
                        text={props.confirm.clone()}
                        testid={props.confirm_testid}
                        on_press={props.on_confirm.clone()}
                    />
                </footer>
            </section>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct QuitQuestionProps {
    /// Whether there is anything to ask.
    pub(crate) asks: bool,
    pub(crate) on_answer: Callback<QuitAnswer>,
}

/// Whether the call may end with the program.
#[component]
pub(crate) fn QuitQuestion(props: &QuitQuestionProps) -> Html {
    let texts = use_texts();
    if !props.asks {
        return Html::default();
    }
    html! {
        <Question
            title={texts.t("quit-in-call")}
            hint={texts.hint("quit-in-call", &[]).map(AttrValue::from)}
            confirm={texts.t("quit-in-call-confirm")}
            cancel={texts.t("question-cancel")}
            confirm_testid={testid::QUIT_CONFIRM}
            cancel_testid={testid::QUIT_CANCEL}
            on_confirm={props.on_answer.reform(|()| QuitAnswer::Quit)}
            on_cancel={props.on_answer.reform(|()| QuitAnswer::Cancel)}
        />
    }
}
