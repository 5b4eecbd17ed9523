//! What others learn, and of whom one wants nothing.

use carillon_ipc::{PersonView, SettingsRequest, testid};
use yew::prelude::*;

use super::{SettingsWindowProps, rows::Section};
use crate::{
    components::{Avatar, AvatarSize, Button, Name, Switch},
    context::{Language, use_texts},
};

#[component]
pub(super) fn Privacy(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    html! {
        <Section id="section-privacy">
            <Switch
                text={texts.t("settings-hide-address")}
                hint={texts.hint("settings-hide-address", &[]).map(AttrValue::from)}
                on={view.hide_address}
                testid={testid::SETTINGS_HIDE_ADDRESS}
                on_change={send.reform(|on| SettingsRequest::SetHideAddress { on })}
            />
            if let Some(on) = view.read_receipts {
                <Switch
                    text={texts.t("settings-read-receipts")}
                    hint={texts.hint("settings-read-receipts", &[]).map(AttrValue::from)}
                    {on}
                    testid={testid::SETTINGS_READ_RECEIPTS}
                    on_change={send.reform(|on| SettingsRequest::SetReadReceipts { on })}
                />
            }
            if view.me.is_some() {
                <div class="row">
                    <span class="row-text">
                        <span class="row-title">{ texts.t("settings-blocked") }</span>
                        <span class="row-hint">
                            { texts.t(if view.blocked.is_empty() { "settings-blocked-none" } else { "settings-blocked-some" }) }
                        </span>
                    </span>
                </div>
                <ul class="blocked" data-testid={testid::SETTINGS_BLOCKED}>
                    { for view.blocked.iter().map(|person| row(&texts, person, send)) }
                </ul>
            }
        </Section>
    }
}

fn row(texts: &Language, person: &PersonView, send: &Callback<SettingsRequest>) -> Html {
    let user = person.user.clone();
    html! {
        <li class="blocked-person" key={person.user.as_str()}>
            <Avatar
                user={person.user.clone()}
                name={person.name.clone()}
                size={AvatarSize::Small}
                picture={person.picture.clone()}
            />
            <span class="list-text"><Name name={person.name.clone()} /></span>
            <Button
                text={texts.t("person-unblock")}
                label={texts.with("settings-unblock-label", &[("name", person.name.as_str().into())])}
                testid={testid::unblock(&person.user)}
                on_press={send.reform(move |()| SettingsRequest::Unblock { user: user.clone() })}
            />
        </li>
    }
}
