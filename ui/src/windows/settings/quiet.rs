//! *Do not disturb*: now, for a while, and at the same hours of each day.

use carillon_ipc::{OwnPresence, QuietFor, QuietHours, SettingsRequest, testid};
use yew::prelude::*;

use super::SettingsWindowProps;
use crate::{
    components::{Button, Select, Switch},
    context::{Language, use_now, use_texts},
    format::{self, local_time},
};

/// Between two times to choose from, in minutes.
const STEP: u16 = 30;
const DAY: u16 = 24 * 60;

#[component]
pub(super) fn Quiet(props: &SettingsWindowProps) -> Html {
    let (texts, now) = (use_texts(), use_now());
    let SettingsWindowProps { view, send } = props;
    let Some(me) = &view.me else { return Html::default() };
    let hint = |key: &str| texts.hint(key, &[]).map(AttrValue::from);
    let is_on = me.presence == OwnPresence::DoNotDisturb;
    let until = view.quiet_until_ms.filter(|_| is_on).map(|until| until_text(&texts, until, now));
    let begin = |how| send.reform(move |()| SettingsRequest::BeQuiet { how });
    let hours = view.quiet_hours;
    html! {
        <>
            <Switch
                text={texts.t("settings-do-not-disturb")}
                hint={until.map(AttrValue::from).or_else(|| hint("settings-do-not-disturb"))}
                on={is_on}
                testid={testid::SETTINGS_DO_NOT_DISTURB}
                on_change={send.reform(|on| SettingsRequest::SetDoNotDisturb { on })}
            />
            <div class="row">
                <span class="row-title">{ texts.t("settings-quiet-for") }</span>
                <span class="row-controls">
                    <Button
                        text={texts.t("settings-quiet-hour")}
                        testid={testid::SETTINGS_QUIET_HOUR}
                        on_press={begin(QuietFor::AnHour)}
                    />
                    <Button
                        text={texts.t("settings-quiet-tomorrow")}
                        testid={testid::SETTINGS_QUIET_TOMORROW}
                        on_press={begin(QuietFor::UntilTomorrow)}
                    />
                </span>
            </div>
            <Switch
                text={texts.t("settings-quiet-hours")}
                hint={hint("settings-quiet-hours")}
                on={hours.on}
                testid={testid::SETTINGS_QUIET_HOURS}
                on_change={send.reform(move |on| SettingsRequest::SetQuietHours(QuietHours { on, ..hours }))}
            />
            if hours.on {
                <div class="row">
                    <span class="row-title">{ texts.t("settings-quiet-from") }</span>
                    { time(texts.t("settings-quiet-from"), hours.from, testid::SETTINGS_QUIET_FROM, {
                        send.reform(move |from| SettingsRequest::SetQuietHours(QuietHours { from, ..hours }))
                    }) }
                    <span class="row-title">{ texts.t("settings-quiet-until") }</span>
                    { time(texts.t("settings-quiet-until"), hours.until, testid::SETTINGS_QUIET_UNTIL, {
                        send.reform(move |until| SettingsRequest::SetQuietHours(QuietHours { until, ..hours }))
                    }) }
                </div>
            }
        </>
    }
}

fn until_text(texts: &Language, until_ms: u64, now_ms: u64) -> String {
    let (at, now) = (local_time(until_ms), local_time(now_ms));
    let time = at.clock();
    // A day that has not come yet is tomorrow: nothing of ours lasts longer.
    let key = if at.day_number == now.day_number { "settings-quiet-today" } else { "settings-quiet-next-day" };
    texts.with(key, &[("time", time.as_str().into())])
}

/// A time of the day to choose. One that a file says and no list has is the next that it has.
fn time(label: String, minute: u16, testid: &'static str, on_choose: Callback<u16>) -> Html {
    let option = |step: u16| {
        let minute = step * STEP;
        (AttrValue::from(minute.to_string()), AttrValue::from(format::clock(minute)))
    };
    let options: Vec<_> = (0..DAY / STEP).map(option).collect();
    html! {
        <Select
            class="select-narrow"
            {label}
            {options}
            chosen={(minute / STEP * STEP).to_string()}
            {testid}
            on_choose={on_choose.reform(move |chosen: String| chosen.parse().unwrap_or(minute))}
        />
    }
}
