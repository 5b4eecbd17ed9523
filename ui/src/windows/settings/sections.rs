//! The sections, from top to bottom.

use carillon_ipc::{Locale, Processing, SettingsRequest, Theme, ZoomStep, testid};
use yew::prelude::*;

use super::{
    SettingsWindowProps,
    rows::{DeviceRow, Section, Segments, fact},
};
use crate::{
    components::{Button, CopyButton, Icon, Meter, Select, Switch},
    context::{Language, use_texts},
    hooks::command_key,
};

#[component]
pub(super) fn Sound(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let level = view.test.microphone_level;
    let testing = level.is_some();
    html! {
        <Section id="section-sound">
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
        <Section id="section-appearance">
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
            { zoom(&texts, props) }
        </Section>
    }
}

fn zoom(texts: &Language, props: &SettingsWindowProps) -> Html {
    let SettingsWindowProps { view, send } = props;
    let step = |step: ZoomStep, sign: &'static str, key: &str, keys: &str, testid: &'static str| {
        let can = step.of(view.zoom) != view.zoom;
        html! {
            <Button
                text={sign}
                label={texts.t(key)}
                key_hint={command_key(keys)}
                disabled={!can}
                {testid}
                on_press={send.reform(move |()| SettingsRequest::Zoom { step })}
            />
        }
    };
    html! {
        <div class="row">
            <span class="row-title">{ texts.t("settings-zoom") }</span>
            <span class="steps">
                { step(ZoomStep::Out, "−", "keys-smaller", "−", testid::SETTINGS_ZOOM_OUT) }
                <output data-testid={testid::SETTINGS_ZOOM}>{ format!("{} %", view.zoom) }</output>
                { step(ZoomStep::In, "+", "keys-larger", "+", testid::SETTINGS_ZOOM_IN) }
            </span>
        </div>
    }
}

/// A language is listed under its own name, so that those who need it can read it.
const fn own_name(locale: Locale) -> &'static str {
    match locale {
        Locale::English => "English",
        Locale::SimplifiedChinese => "简体中文",
        Locale::Mirrored => "hsilgnE",
    }
}

#[component]
pub(super) fn About(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let version = html! { <span data-testid={testid::SETTINGS_VERSION}>{ &props.view.version }</span> };
    html! {
        <Section id="section-about">
            { fact(texts.t("settings-version"), version) }
            <div class="row">
                <span class="row-text">
                    <span class="row-title">{ texts.t("settings-diagnostics") }</span>
                    <span class="row-hint">{ texts.hint("settings-diagnostics", &[]) }</span>
                </span>
                <CopyButton text={props.view.diagnostics.clone()} testid={testid::SETTINGS_DIAGNOSTICS} />
            </div>
            <p class="row row-hint">{ texts.t("settings-privacy") }</p>
            <p class="row row-hint">{ texts.t("settings-license") }</p>
        </Section>
    }
}
