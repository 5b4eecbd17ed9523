//! The user's devices: this one first, then the others.

use carillon_ipc::{OwnDeviceView, SettingsRequest, testid};
use carillon_protocol::MAX_NAME_CHARS;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{SettingsWindowProps, rows::Section, unsaved::use_unsaved};
use crate::{
    components::{AskOnce, Button, ButtonKind, Icon, IconButton, IconView, Name, use_name_edit},
    context::{Language, use_now, use_texts},
    format::{self, local_time},
    hooks::focus,
};

#[component]
pub(super) fn Devices(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    if view.me.is_none() {
        return Html::default();
    }
    html! {
        <Section id="section-devices">
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

#[derive(Properties, PartialEq, Clone)]
struct DeviceRowProps {
    device: OwnDeviceView,
    send: Callback<SettingsRequest>,
}

#[component]
fn DeviceRow(props: &DeviceRowProps) -> Html {
    let texts = use_texts();
    let DeviceRowProps { device, send } = props;
    let (id, now) = (device.device, use_now());
    html! {
        <li class="own-device" data-testid={testid::own_device(id)}>
            <span class="own-device-icon"><IconView icon={Icon::Laptop} /></span>
            <div class="row-text">
                <DeviceName ..props.clone() />
                <span class="row-hint">{ seen(&texts, device, now) }</span>
            </div>
            <RingSwitch ..props.clone() />
            if !device.is_this {
                <AskOnce
                    kind={ButtonKind::Link}
                    text={texts.t("device-revoke")}
                    ask={texts.with("device-revoke-ask", &[("name", device.name.as_str().into())])}
                    confirm={texts.t("device-revoke-confirm")}
                    cancel={texts.t("device-revoke-cancel")}
                    testid={testid::own_device_revoke(id)}
                    on_confirm={send.reform(move |()| SettingsRequest::RevokeDevice { device: id })}
                />
            }
        </li>
    }
}

/// The name, or the field to change it.
#[component]
fn DeviceName(props: &DeviceRowProps) -> Html {
    let texts = use_texts();
    let DeviceRowProps { device, send } = props;
    let id = device.device;
    let renaming = use_state(|| false);
    let set = |to: bool| {
        let renaming = renaming.clone();
        Callback::from(move |()| renaming.set(to))
    };
    if *renaming {
        let (renaming, send) = (renaming.clone(), send.clone());
        let rename = Callback::from(move |name: String| {
            renaming.set(false);
            send.emit(SettingsRequest::RenameDevice { device: id, name });
        });
        return html! { <Rename device={device.clone()} on_rename={rename} on_cancel={set(false)} /> };
    }
    html! {
        <span class="own-device-name">
            <Name name={device.name.clone()} />
            <IconButton
                class="own-device-pencil"
                icon={Icon::Pencil}
                label={texts.with("device-rename", &[("name", device.name.as_str().into())])}
                testid={testid::own_device_name(id)}
                on_press={set(true)}
            />
        </span>
    }
}

/// Whether calls ring there.
#[component]
fn RingSwitch(props: &DeviceRowProps) -> Html {
    let texts = use_texts();
    let (id, on) = (props.device.device, props.device.ring_here);
    let onchange = props.send.reform(move |event: Event| {
        event.target_unchecked_into::<HtmlInputElement>().set_checked(on);
        SettingsRequest::SetDeviceRings { device: id, on: !on }
    });
    html! {
        <label class="own-device-rings">
            <span>{ texts.t("device-rings") }</span>
            <input
                type="checkbox"
                role="switch"
                class="switch"
                checked={on}
                aria-label={texts.with("device-rings-label", &[("name", props.device.name.as_str().into())])}
                data-testid={testid::own_device_rings(id)}
                {onchange}
            />
        </label>
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
    let edit = use_name_edit(&props.device.name, false, &props.on_rename, Some(&props.on_cancel));
    let field = use_node_ref();
    use_unsaved(edit.can_save);
    use_effect_with((), {
        let field = field.clone();
        move |()| focus(&field)
    });
    html! {
        <span class="own-device-name">
            <input
                ref={field}
                class="input"
                type="text"
                dir="auto"
                maxlength={MAX_NAME_CHARS.to_string()}
                aria-label={texts.t("device-name")}
                value={edit.typed}
                oninput={edit.oninput}
                onkeydown={edit.onkeydown}
            />
            <Button class="button-small" text={texts.t("settings-save")} on_press={edit.save} />
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
