//! The pages of a group call's tiles: arrows, a dot for each, and which one it is.

use carillon_ipc::{Arg, testid};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::layout::Paging;
use crate::{
    components::{Icon, IconButton},
    context::use_texts,
    hooks::{is_typing, use_window_key},
};

#[derive(Properties, PartialEq)]
pub(super) struct PagesProps {
    pub(super) paging: Paging,
    pub(super) on_page: Callback<usize>,
}

/// Nothing where one page is enough.
#[component]
pub(super) fn Pages(props: &PagesProps) -> Html {
    let texts = use_texts();
    let PagesProps { paging, on_page } = props;
    use_page_keys(*paging, on_page.clone());
    let number = |page: usize| Arg::Number(page as u64 + 1);
    let words = |page| texts.with("call-page", &[("page", number(page)), ("pages", Arg::Number(paging.pages as u64))]);
    let to = |page: Option<usize>| {
        let on_page = on_page.clone();
        Callback::from(move |()| page.into_iter().for_each(|page| on_page.emit(page)))
    };
    let dot = |page: usize| {
        let on_page = on_page.clone();
        html! {
            <button
                type="button"
                class="page-dot"
                aria-label={words(page)}
                aria-current={(page == paging.page).then_some("page")}
                data-testid={testid::call_page(page + 1)}
                onclick={move |_: MouseEvent| on_page.emit(page)}
            />
        }
    };
    if paging.pages < 2 {
        return html! { <span role="status" /> };
    }
    html! {
        <nav class="pages" aria-label={texts.t("call-pages")}>
            <IconButton
                class={classes!("page-arrow", paging.back().is_none().then_some("page-arrow-end"))}
                icon={Icon::ChevronLeft}
                label={texts.t("call-page-back")}
                key_hint="PageUp"
                testid={testid::CALL_PAGE_BACK}
                on_press={to(paging.back())}
            />
            { for (0..paging.pages).map(dot) }
            <IconButton
                class={classes!("page-arrow", paging.next().is_none().then_some("page-arrow-end"))}
                icon={Icon::ChevronRight}
                label={texts.t("call-page-next")}
                key_hint="PageDown"
                testid={testid::CALL_PAGE_NEXT}
                on_press={to(paging.next())}
            />
            <span class="pages-text" role="status" data-testid={testid::CALL_PAGE}>{ words(paging.page) }</span>
        </nav>
    }
}

#[hook]
fn use_page_keys(paging: Paging, on_page: Callback<usize>) {
    let on_key = use_callback((paging, on_page), |event: KeyboardEvent, (paging, on_page)| {
        let page = match event.key().as_str() {
            "PageUp" => paging.back(),
            "PageDown" => paging.next(),
            _ => None,
        };
        if let Some(page) = page.filter(|_| !is_typing(&event)) {
            event.prevent_default();
            on_page.emit(page);
        }
    });
    use_window_key(on_key);
}
