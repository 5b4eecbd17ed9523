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
    let copied = use_state(|| false);
    use_effect_with(*copied, {
        let copied = copied.clone();
        move |&is_copied| {
            let timeout = is_copied.then(|| Timeout::new(COPIED_MS, move || copied.set(false)));
            move || drop(timeout)
        }
    });
    let onclick = {
        let (detail, copied) = (props.detail.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(window) = web_sys::window() {
                // Nothing to do if the system refuses: the text is there to be selected.
                let _ = window.navigator().clipboard().write_text(&detail);
                copied.set(true);
            }
        })
    };
    let (icon, key) = if *copied { (Icon::Check, "notice-copied") } else { (Icon::Copy, "notice-copy") };
    html! {
        <details class="detail" data-testid={testid::NOTICE_DETAIL}>
            <summary>{ texts.t("notice-detail") }</summary>
            <div class="detail-body">
                <code>{ &props.detail }</code>
                <button type="button" class="button button-plain button-small" {onclick}>
                    <IconView {icon} />
                    <span>{ texts.t(key) }</span>
                </button>
            </div>
        </details>
    }
}
