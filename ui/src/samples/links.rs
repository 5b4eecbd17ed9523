//! What links of ours lead to.

use carillon_ipc::{MainView, NoticeCode, SignInField, SignInView, WindowBase};

use super::{Sample, main_view, notice, team};

/// All of them.
pub(super) fn samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let sign_in = |view| MainView { base, sign_in: Some(view), ..MainView::default() }.into();
    let http = notice(NoticeCode::PlainHttp, "http://calls.example.org:8080", "");
    vec![
        (
            "sign-in-link",
            sign_in(SignInView {
                server: "calls.example.org".into(),
                invite: "k7fq-2m9x-abcd-efgh".into(),
                links: 1,
                ..SignInView::default()
            }),
        ),
        (
            "sign-in-plain-http",
            sign_in(SignInView {
                server: "calls.example.org:8080".into(),
                problem: Some((SignInField::Server, http)),
                ..SignInView::default()
            }),
        ),
        ("main-link-call", MainView { link_call: Some(team()[5].clone()), ..main_view(base, now_ms) }.into()),
    ]
}
