//! What happened, what it means, what to do; technical detail folds out.

use carillon_ipc::{Notice, testid};
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::{Icon, IconButton, IconView};
use crate::context::{FailedRequest, use_texts};

/// How long *Copied* shows.
const COPIED_MS: u32 = 2_000;

#[derive(Properties, PartialEq)]
pub(crate) struct NoticeBarProps {
    /// The view's notice. A request that failed goes before it.
    pub(crate) notice: Option<Notice>,
    pub(crate) on_dismiss: Callback<()>,
}

/// The one place of a window where notices show.
#[component]
pub(crate) fn NoticeBar(props: &NoticeBarProps) -> Html {
    let texts = use_texts();
    let failed = use_context::<FailedRequest>().unwrap_or_default();
    let (notice, on_dismiss) = match failed.notice {
        Some(notice) => (Some(notice), failed.dismiss),
        None => (props.notice.clone(), props.on_dismiss.clone()),
    };
    html! {
        <div class="notice-area" role="status">
            if let Some(notice) = notice {
                <div class="notice" data-testid={testid::NOTICE}>
                    <NoticeView {notice} />
                    <IconButton
                        icon={Icon::Close}
                        label={texts.t("notice-dismiss")}
                        testid={testid::NOTICE_DISMISS}
                        on_press={on_dismiss}
                    />
                </div>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct NoticeViewProps {
    pub(crate) notice: Notice,
}

/// One notice's icon and texts.
#[component]
pub(crate) fn NoticeView(props: &NoticeViewProps) -> Html {
    let texts = use_texts();
    html! {
        <>
            <IconView icon={Icon::Warning} />
            <div class="notice-text">
                <p class="notice-title">{ texts.notice(&props.notice) }</p>
                if let Some(hint) = texts.notice_hint(&props.notice) {
                    <p class="notice-hint">{ hint }</p>
                }
                if !props.notice.detail.is_empty() {
                    <Detail detail={props.notice.detail.clone()} />
                }
            </div>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct DetailProps {
    detail: AttrValue,
}

#[component]
fn Detail(props: &DetailProps) -> Html {
    let texts = use_texts();
    html! {
        <details class="detail" data-testid={testid::NOTICE_DETAIL}>
            <summary>{ texts.t("notice-detail") }</summary>
            <div class="detail-body">
                <code>{ &props.detail }</code>
                <CopyButton class="button-small" text={props.detail.clone()} />
            </div>
        </details>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct CopyButtonProps {
    /// What is copied.
    pub(crate) text: AttrValue,
    #[prop_or_default]
    pub(crate) class: Classes,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
}

/// Copies a text, and says so for a moment.
#[component]
pub(crate) fn CopyButton(props: &CopyButtonProps) -> Html {
    let texts = use_texts();
    let copied = use_state(|| false);
    use_effect_with(*copied, {
        let copied = copied.clone();
        move |&is_copied| {
            let timeout = is_copied.then(|| Timeout::new(COPIED_MS, move || copied.set(false)));
            move || drop(timeout)
        }
    });
    let onclick = {
        let (text, copied) = (props.text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(window) = web_sys::window() {
                // Nothing to do if the system refuses.
                let _ = window.navigator().clipboard().write_text(&text);
                copied.set(true);
            }
        })
    };
    let (icon, key) = if *copied { (Icon::Check, "notice-copied") } else { (Icon::Copy, "notice-copy") };
    html! {
        <button
            type="button"
            class={classes!("button", "button-plain", props.class.clone())}
            data-testid={props.testid.clone()}
            {onclick}
        >
            <IconView {icon} />
            <span role="status">{ texts.t(key) }</span>
        </button>
    }
}
