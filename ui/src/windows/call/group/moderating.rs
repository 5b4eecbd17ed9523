//! What this user, as a moderator, can do about somebody in a group call.

use carillon_ipc::{Arg, CallRequest, LegView, testid};
use carillon_protocol::Moderation;
use yew::prelude::*;

use crate::{
    components::{AskOnce, Icon, IconView, Menu},
    context::{use_texts, use_unfolded},
};

#[derive(Properties, PartialEq)]
pub(super) struct ModeratingProps {
    pub(super) leg: LegView,
    pub(super) name: AttrValue,
    pub(super) send: Callback<CallRequest>,
}

/// A menu, and in its place the question whether to take them out.
#[component]
pub(super) fn Moderating(props: &ModeratingProps) -> Html {
    let texts = use_texts();
    let unfolded = use_unfolded();
    let asks = use_state_eq(|| false);
    let ModeratingProps { leg, name, send } = props;
    let with_name = [("name", Arg::Text(name))];
    let does = |what| {
        let user = leg.user.clone();
        send.reform(move |()| CallRequest::Moderate { user: user.clone(), what })
    };
    let set_asks = |to: bool| {
        let asks = asks.setter();
        Callback::from(move |()| asks.set(to))
    };
    html! {
        <>
            if !*asks {
                <Menu
                    class="member-menu"
                    button={html! { <IconView icon={Icon::More} /> }}
                    label={texts.with("call-leg-menu", &with_name)}
                    testid={testid::leg_menu(&leg.user)}
                >
                    if !leg.is_muted {
                        { item(Icon::MicrophoneOff, texts.t("call-mute-them"), testid::mute(&leg.user), does(Moderation::Mute)) }
                    }
                    if leg.hand.is_some() {
                        { item(Icon::Hand, texts.t("call-lower-their-hand"), testid::lower_hand(&leg.user), does(Moderation::LowerHand)) }
                    }
                    { item(Icon::Close, texts.t("call-remove"), testid::remove(&leg.user), set_asks(true)) }
                </Menu>
            }
            if *asks || unfolded {
                <AskOnce
                    text=""
                    ask={texts.with("call-remove-ask", &with_name)}
                    confirm={texts.t("call-remove-confirm")}
                    cancel={texts.t("call-remove-cancel")}
                    confirm_testid={testid::CALL_REMOVE_CONFIRM}
                    asking=true
                    on_confirm={does(Moderation::Remove)}
                    on_cancel={set_asks(false)}
                />
            }
        </>
    }
}

fn item(icon: Icon, text: String, testid: String, on_press: Callback<()>) -> Html {
    html! {
        <button
            type="button"
            class="menu-item"
            role="menuitem"
            data-testid={testid}
            onclick={on_press.reform(|_: MouseEvent| ())}
        >
            <IconView {icon} />
            <span class="menu-text">{ text }</span>
        </button>
    }
}
