//! The end of an account: asked for once, with its password.

use carillon_ipc::{SettingsRequest, YouField, testid};
use carillon_protocol::Secret;
use yew::prelude::*;

use super::{unsaved::use_unsaved, you::PartProps};
use crate::{
    components::{Button, ButtonKind, Field},
    context::{use_texts, use_unfolded},
};

#[component]
pub(super) fn DeleteAccount(props: &PartProps) -> Html {
    let texts = use_texts();
    let unfolded = use_unfolded();
    let open = use_state_eq(|| unfolded);
    let set_open = |to: bool| {
        let open = open.clone();
        Callback::from(move |()| open.set(to))
    };
    if *open {
        return html! { <Form part={props.clone()} on_cancel={set_open(false)} /> };
    }
    html! {
        <div class="row">
            <span class="row-text">
                <span class="row-title">{ texts.t("settings-delete") }</span>
                <span class="row-hint">{ texts.hint("settings-delete", &[]) }</span>
            </span>
            <Button
                text={texts.t("settings-delete-begin")}
                testid={testid::SETTINGS_DELETE}
                on_press={set_open(true)}
            />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FormProps {
    part: PartProps,
    on_cancel: Callback<()>,
}

#[component]
fn Form(props: &FormProps) -> Html {
    let texts = use_texts();
    let FormProps { part, on_cancel } = props;
    let password = use_state_eq(String::new);
    let is_deleting = part.is_saving(YouField::Account);
    let can_delete = !password.is_empty() && !is_deleting;
    use_unsaved(!password.is_empty());
    let on_type = {
        let password = password.clone();
        Callback::from(move |text| password.set(text))
    };
    let onsubmit = {
        let (password, send) = (password.clone(), part.send.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if can_delete {
                send.emit(SettingsRequest::DeleteAccount { password: Secret::new(password.as_str()) });
            }
        })
    };
    html! {
        <form class="row row-form" {onsubmit} novalidate=true>
            <span class="row-text">
                <span class="row-title">{ texts.t("settings-delete-ask") }</span>
                <span class="row-hint">{ texts.hint("settings-delete-ask", &[]) }</span>
            </span>
            <Field
                id={testid::SETTINGS_DELETE_PASSWORD}
                label={texts.t("settings-password-old")}
                value={(*password).clone()}
                autocomplete="current-password"
                autofocus=true
                secret=true
                {on_type}
            />
            <div class="row-outcome" role="status">{ part.outcome(&texts, YouField::Account) }</div>
            <span class="row-controls">
                <Button text={texts.t("settings-delete-cancel")} on_press={on_cancel.clone()} />
                <Button
                    kind={ButtonKind::Danger}
                    text={texts.t(if is_deleting { "settings-delete-busy" } else { "settings-delete-confirm" })}
                    disabled={!can_delete}
                    submit=true
                    testid={testid::SETTINGS_DELETE_CONFIRM}
                />
            </span>
        </form>
    }
}
