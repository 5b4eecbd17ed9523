//! The sections, from top to bottom.

use carillon_ipc::{Locale, OwnPresence, Processing, SettingsRequest, Theme, testid};
use yew::prelude::*;

use super::{
    SettingsWindowProps,
    rows::{DeviceRow, Section, Segments, Select, fact},
};
use crate::{
    components::{Button, Icon, Meter, Switch},
    context::{Language, use_texts},
    hooks::command_shift_key,
};

#[component]
pub(super) fn Sound(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let level = view.test.microphone_level;
    let testing = level.is_some();
    html! {
        <Section title={texts.t("settings-sound")}>
            <DeviceRow
                label={texts.t("settings-microphone")}
                choice={view.microphones.clone()}
                testid={testid::SETTINGS_MICROPHONE}
                on_choose={send.reform(|id| SettingsRequest::SetMicrophone { id })}
            >
                <Button
                    icon={if testing { Icon::Stop } else { Icon::Microphone }}
                    text={texts.t(if testing { "settings-microphone-stop" } else { "settings-microphone-test" })}
                    label={texts.t("settings-microphone-test-label")}
                    testid={testid::SETTINGS_TEST_MICROPHONE}
                    on_press={send.reform(move |()| SettingsRequest::TestMicrophone { on: !testing })}
                />
            </DeviceRow>
            <div class="row row-meter">
                <Meter {level} label={texts.t("level")} testid={testid::SETTINGS_LEVEL} />
                <span class="row-hint">
                    { texts.t(if testing { "settings-microphone-listening" } else { "settings-microphone-hint" }) }
                </span>
            </div>
            <DeviceRow
                label={texts.t("settings-speaker")}
                choice={view.speakers.clone()}
                testid={testid::SETTINGS_SPEAKER}
                on_choose={send.reform(|id| SettingsRequest::SetSpeaker { id })}
            >
                <Button
                    icon={Icon::Play}
                    text={texts.t("settings-speaker-test")}
                    label={texts.t("settings-speaker-test-label")}
                    testid={testid::SETTINGS_TEST_SPEAKER}
                    on_press={send.reform(|()| SettingsRequest::TestSpeaker)}
                />
            </DeviceRow>
            { processing_switch(&texts, props, "settings-echo", testid::SETTINGS_ECHO, |p| &mut p.echo_cancellation) }
            { processing_switch(&texts, props, "settings-noise", testid::SETTINGS_NOISE, |p| &mut p.noise_suppression) }
            { processing_switch(&texts, props, "settings-gain", testid::SETTINGS_GAIN, |p| &mut p.gain_control) }
        </Section>
    }
}

fn processing_switch(
    texts: &Language,
    props: &SettingsWindowProps,
    key: &str,
    testid: &'static str,
    part: fn(&mut Processing) -> &mut bool,
) -> Html {
    let mut processing = props.view.processing;
    let on = *part(&mut processing);
    let on_change = props.send.reform(move |on| {
        let mut next = processing;
        *part(&mut next) = on;
        SettingsRequest::SetProcessing(next)
    });
    html! { <Switch text={texts.t(key)} hint={texts.hint(key, &[]).map(AttrValue::from)} {on} {testid} {on_change} /> }
}

#[component]
pub(super) fn Ringing(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let hint = |key: &str| texts.hint(key, &[]).map(AttrValue::from);
    html! {
        <Section title={texts.t("settings-ringing")}>
            if let Some(me) = &view.me {
                <Switch
                    text={texts.t("settings-do-not-disturb")}
                    hint={hint("settings-do-not-disturb")}
                    on={me.presence == OwnPresence::DoNotDisturb}
                    testid={testid::SETTINGS_DO_NOT_DISTURB}
                    on_change={send.reform(|on| SettingsRequest::SetDoNotDisturb { on })}
                />
            }
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
            <Switch
                text={texts.t("settings-notifications")}
                hint={hint("settings-notifications")}
                on={view.notifications}
                testid={testid::SETTINGS_NOTIFICATIONS}
                on_change={send.reform(|on| SettingsRequest::SetNotifications { on })}
            />
            <AutostartSwitch view={view.clone()} send={send.clone()} />
        </Section>
    }
}

/// What does not run does not ring.
#[component]
fn AutostartSwitch(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    html! {
        <Switch
            text={texts.t("settings-autostart")}
            hint={texts.hint("settings-autostart", &[]).map(AttrValue::from)}
            on={props.view.autostart}
            testid={testid::SETTINGS_AUTOSTART}
            on_change={props.send.reform(|on| SettingsRequest::SetAutostart { on })}
        />
    }
}

fn ring_shortcuts_hint(texts: &Language) -> Option<AttrValue> {
    let (accept, decline) = (command_shift_key("A"), command_shift_key("D"));
    let keys = [("accept", accept.as_str().into()), ("decline", decline.as_str().into())];
    texts.hint("settings-ring-shortcuts", &keys).map(AttrValue::from)
}

#[component]
pub(super) fn Privacy(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    html! {
        <Section title={texts.t("settings-privacy-title")}>
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
        </Section>
    }
}

const THEMES: [(Theme, &str, &str); 3] = [
    (Theme::System, "system", "settings-theme-system"),
    (Theme::Dark, "dark", "settings-theme-dark"),
    (Theme::Light, "light", "settings-theme-light"),
];

#[component]
pub(super) fn Appearance(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let themes = THEMES.map(|(_, value, key)| (AttrValue::from(value), AttrValue::from(texts.t(key)))).to_vec();
    let theme = THEMES.iter().find(|(theme, ..)| *theme == view.theme).map_or("system", |(_, value, _)| *value);
    let on_theme = send.reform(|value: String| {
        let theme = THEMES.iter().find(|(_, name, _)| *name == value).map_or(Theme::System, |(theme, ..)| *theme);
        SettingsRequest::SetTheme { theme }
    });
    let mut languages = vec![(AttrValue::from("system"), AttrValue::from(texts.t("settings-language-system")))];
    languages.extend(Locale::ALL.iter().map(|locale| (locale.tag().into(), own_name(*locale).into())));
    let on_language = send.reform(|value: String| SettingsRequest::SetLocale {
        locale: Locale::ALL.iter().copied().find(|locale| locale.tag() == value),
    });
    html! {
        <Section title={texts.t("settings-appearance")}>
            <Segments
                label={texts.t("settings-theme")}
                options={themes}
                chosen={theme}
                testid={testid::SETTINGS_THEME}
                on_choose={on_theme}
            />
            <div class="row row-device">
                <span class="row-title">{ texts.t("settings-language") }</span>
                <Select
                    label={texts.t("settings-language")}
                    options={languages}
                    chosen={view.locale.map_or("system", Locale::tag)}
                    testid={testid::SETTINGS_LANGUAGE}
                    on_choose={on_language}
                />
            </div>
        </Section>
    }
}

/// A language is listed under its own name, so that those who need it can read it.
const fn own_name(locale: Locale) -> &'static str {
    match locale {
        Locale::English => "English",
        Locale::SimplifiedChinese => "简体中文",
    }
}

#[component]
pub(super) fn About(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let version = html! { <span data-testid={testid::SETTINGS_VERSION}>{ &props.view.version }</span> };
    html! {
        <Section title={texts.t("settings-about")}>
            { fact(texts.t("settings-version"), version) }
            <p class="row row-hint">{ texts.t("settings-privacy") }</p>
            <p class="row row-hint">{ texts.t("settings-license") }</p>
        </Section>
    }
}
