//! How an incoming call is heard and seen.

use carillon_ipc::{Ringtone, SettingsRequest, testid};
use yew::prelude::*;

use super::{
    SettingsWindowProps,
    quiet::Quiet,
    rows::{DeviceRow, Section},
};
use crate::{
    components::{Button, Icon, Select, Slider, Switch},
    context::{Language, use_texts},
    hooks::command_shift_key,
};

/// In percent.
const VOLUME_STEP: u8 = 10;

#[component]
pub(super) fn Ringing(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let hint = |key: &str| texts.hint(key, &[]).map(AttrValue::from);
    html! {
        <Section id="section-ringing">
            <Quiet ..props.clone() />
            <Switch
                text={texts.t("settings-ring-here")}
                hint={hint("settings-ring-here")}
                on={view.ring_here}
                testid={testid::SETTINGS_RING_HERE}
                on_change={send.reform(|on| SettingsRequest::SetRingHere { on })}
            />
            <Switch
                text={texts.t("settings-ring-sound")}
                on={view.ring_sound}
                testid={testid::SETTINGS_RING_SOUND}
                on_change={send.reform(|on| SettingsRequest::SetRingSound { on })}
            />
            { ringtone(&texts, props) }
            <div class="row row-slider">
                <span class="row-title">{ texts.t("settings-ring-volume") }</span>
                <Slider
                    label={texts.t("settings-ring-volume")}
                    value={view.ring_volume}
                    max={100_u8}
                    step={VOLUME_STEP}
                    testid={testid::SETTINGS_RING_VOLUME}
                    on_change={send.reform(|percent| SettingsRequest::SetRingVolume { percent })}
                />
            </div>
            <DeviceRow
                label={texts.t("settings-ring-output")}
                choice={view.ring_outputs.clone()}
                testid={testid::SETTINGS_RING_OUTPUT}
                on_choose={send.reform(|id| SettingsRequest::SetRingOutput { id })}
            >
                <Button
                    icon={Icon::Bell}
                    text={texts.t("settings-speaker-test")}
                    label={texts.t("settings-ring-test-label")}
                    testid={testid::SETTINGS_TEST_RING}
                    on_press={send.reform(|()| SettingsRequest::TestRing)}
                />
            </DeviceRow>
            <Switch
                text={texts.t("settings-ring-shortcuts")}
                hint={ring_shortcuts_hint(&texts)}
                on={view.ring_shortcuts}
                testid={testid::SETTINGS_RING_SHORTCUTS}
                on_change={send.reform(|on| SettingsRequest::SetRingShortcuts { on })}
            />
            // What does not run does not ring.
            <Switch
                text={texts.t("settings-autostart")}
                hint={hint("settings-autostart")}
                on={view.autostart}
                testid={testid::SETTINGS_AUTOSTART}
                on_change={send.reform(|on| SettingsRequest::SetAutostart { on })}
            />
        </Section>
    }
}

fn ringtone(texts: &Language, props: &SettingsWindowProps) -> Html {
    let option = |ringtone: &Ringtone| (AttrValue::from(ringtone.key()), AttrValue::from(texts.t(ringtone.key())));
    let options: Vec<_> = Ringtone::ALL.iter().map(option).collect();
    let before = props.view.ringtone;
    let on_choose = props.send.reform(move |key: String| {
        let ringtone = Ringtone::ALL.iter().copied().find(|ringtone| ringtone.key() == key).unwrap_or(before);
        SettingsRequest::SetRingtone { ringtone }
    });
    html! {
        <div class="row row-device">
            <span class="row-title">{ texts.t("settings-ringtone") }</span>
            <Select
                label={texts.t("settings-ringtone")}
                {options}
                chosen={before.key()}
                testid={testid::SETTINGS_RINGTONE}
                {on_choose}
            />
        </div>
    }
}

fn ring_shortcuts_hint(texts: &Language) -> Option<AttrValue> {
    let (accept, decline) = (command_shift_key("A"), command_shift_key("D"));
    let keys = [("accept", accept.as_str().into()), ("decline", decline.as_str().into())];
    texts.hint("settings-ring-shortcuts", &keys).map(AttrValue::from)
}

#[component]
pub(super) fn Notifications(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let hint = |key: &str| texts.hint(key, &[]).map(AttrValue::from);
    html! {
        <Section id="section-notifications">
            <Switch
                text={texts.t("settings-notifications")}
                hint={hint("settings-notifications")}
                on={view.notifications}
                testid={testid::SETTINGS_NOTIFICATIONS}
                on_change={send.reform(|on| SettingsRequest::SetNotifications { on })}
            />
            <Switch
                text={texts.t("settings-previews")}
                hint={hint("settings-previews")}
                on={view.previews}
                testid={testid::SETTINGS_PREVIEWS}
                on_change={send.reform(|on| SettingsRequest::SetPreviews { on })}
            />
        </Section>
    }
}
