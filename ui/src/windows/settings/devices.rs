//! The user's devices: this one first, then the others.

use carillon_ipc::{OwnDeviceView, SettingsRequest, testid};
use carillon_protocol::shown_name;
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::{SettingsWindowProps, rows::Section};
use crate::{
    components::{AskOnce, Button, ButtonKind, Icon, IconButton, IconView, Name},
    context::{Language, use_now, use_texts},
    format::{self, local_time},
    hooks::focus,
};

/// The most characters of a device's name.
const MAX_NAME: &str = "64";

#[component]
pub(super) fn Devices(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    if view.me.is_none() {
        return html! { <SignOut ..props.clone() /> };
    }
    html! {
        <Section title={texts.t("settings-devices")}>
            <p class="row row-hint">{ texts.t("settings-devices-lead") }</p>
            if view.devices.is_empty() {
                <p class="row row-hint" role="status">{ texts.t("settings-devices-loading") }</p>
            }
            <ul class="own-devices" data-testid={testid::SETTINGS_DEVICES}>
                for device in view.devices.iter() {
                    <DeviceRow key={device.device.to_string()} device={device.clone()} send={send.clone()} />
                }
            </ul>
            <SignOut ..props.clone() />
        </Section>
    }
}

#[derive(Properties, PartialEq)]
struct DeviceRowProps {
    device: OwnDeviceView,
    send: Callback<SettingsRequest>,
}

#[component]
fn DeviceRow(props: &DeviceRowProps) -> Html {
    let texts = use_texts();
    let DeviceRowProps { device, send } = props;
    let now = use_now();
    let renaming = use_state(|| false);
    let set = |to: bool| {
        let renaming = renaming.clone();
        Callback::from(move |()| renaming.set(to))
    };
    let (id, on) = (device.device, device.ring_here);
    let name = [("name", device.name.as_str().into())];
    let rename = {
        let (renaming, send) = (renaming.clone(), send.clone());
        Callback::from(move |name: String| {
            renaming.set(false);
            send.emit(SettingsRequest::RenameDevice { device: id, name });
        })
    };
    html! {
        <li class="own-device" data-testid={testid::own_device(id)}>
            <span class="own-device-icon"><IconView icon={Icon::Laptop} /></span>
            <div class="row-text">
                if *renaming {
                    <Rename device={device.clone()} on_rename={rename} on_cancel={set(false)} />
                } else {
                    <span class="own-device-name">
                        <Name name={device.name.clone()} />
                        <IconButton
                            class="own-device-pencil"
                            icon={Icon::Pencil}
                            label={texts.with("device-rename", &name)}
                            testid={testid::own_device_name(id)}
                            on_press={set(true)}
                        />
                    </span>
                }
                <span class="row-hint">{ seen(&texts, device, now) }</span>
            </div>
            <label class="own-device-rings">
                <span>{ texts.t("device-rings") }</span>
                <input
                    type="checkbox"
                    role="switch"
                    class="switch"
                    checked={on}
                    aria-label={texts.with("device-rings-label", &name)}
                    data-testid={testid::own_device_rings(id)}
                    onchange={send.reform(move |event: Event| {
                        event.target_unchecked_into::<HtmlInputElement>().set_checked(on);
                        SettingsRequest::SetDeviceRings { device: id, on: !on }
                    })}
                />
            </label>
            if !device.is_this {
                <AskOnce
                    kind={ButtonKind::Link}
                    text={texts.t("device-revoke")}
                    ask={texts.with("device-revoke-ask", &name)}
                    confirm={texts.t("device-revoke-confirm")}
                    cancel={texts.t("device-revoke-cancel")}
                    testid={testid::own_device_revoke(id)}
                    on_confirm={send.reform(move |()| SettingsRequest::RevokeDevice { device: id })}
                />
            }
        </li>
    }
}

/// Whether it is there now, or when it was.
fn seen(texts: &Language, device: &OwnDeviceView, now_ms: u64) -> String {
    if device.is_this {
        return texts.t("settings-this-device");
    }
    if device.linked {
        return texts.t("device-online");
    }
    if device.seen_at_ms == 0 {
        return texts.t("device-never-seen");
    }
    let at = local_time(device.seen_at_ms);
    let (day, time) = (format::day(texts, at, local_time(now_ms)), at.clock());
    let when = texts.with("moment-at", &[("day", day.as_str().into()), ("time", time.as_str().into())]);
    texts.with("device-seen", &[("when", when.as_str().into())])
}

#[derive(Properties, PartialEq)]
struct RenameProps {
    device: OwnDeviceView,
    on_rename: Callback<String>,
    on_cancel: Callback<()>,
}

#[component]
fn Rename(props: &RenameProps) -> Html {
    let texts = use_texts();
    let typed = use_state(|| shown_name(&props.device.name));
    let field = use_node_ref();
    use_effect_with((), {
        let field = field.clone();
        move |()| focus(&field)
    });
    let save = {
        let (typed, props) =
            (typed.clone(), (props.on_rename.clone(), props.on_cancel.clone(), props.device.name.clone()));
        Callback::from(move |()| {
            let (rename, cancel, was) = &props;
            let name = typed.trim().to_owned();
            if name.is_empty() || name == *was { cancel.emit(()) } else { rename.emit(name) }
        })
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let onkeydown = {
        let (save, cancel) = (save.clone(), props.on_cancel.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if !event.is_composing() => save.emit(()),
            "Escape" => {
                event.stop_propagation();
                cancel.emit(());
            }
            _ => {}
        })
    };
    html! {
        <span class="own-device-name">
            <input
                ref={field}
                class="input"
                type="text"
                dir="auto"
                maxlength={MAX_NAME}
                aria-label={texts.t("device-name")}
                value={(*typed).clone()}
                {oninput}
                {onkeydown}
            />
            <Button class="button-small" text={texts.t("settings-save")} on_press={save} />
        </span>
    }
}

#[component]
fn SignOut(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    if props.view.me.is_none() {
        return Html::default();
    }
    html! {
        <div class="row">
            <AskOnce
                icon={Icon::SignOut}
                text={texts.t("settings-sign-out")}
                ask={texts.t("settings-sign-out-ask")}
                confirm={texts.t("settings-sign-out-confirm")}
                cancel={texts.t("settings-sign-out-cancel")}
                testid={testid::SETTINGS_SIGN_OUT}
                confirm_testid={testid::SETTINGS_SIGN_OUT_CONFIRM}
                on_confirm={props.send.reform(|()| SettingsRequest::SignOut)}
            />
        </div>
    }
}
