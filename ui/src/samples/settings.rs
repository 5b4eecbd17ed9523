//! The settings window.

use carillon_ipc::{
    DeviceChoice, MeView, NoticeCode, OwnDeviceView, OwnPresence, Processing, QuietHours, SelfView, SettingsView,
    TestView, Theme, WindowBase, YouField, YouView,
};
use carillon_protocol::DeviceId;

use super::{
    DAY_MS, Sample,
    calls::{microphones, speakers},
    me, notice,
    pictures::{cameras, feed},
    team,
};

pub(crate) fn device_id(number: u128) -> DeviceId {
    format!("{number:032x}").parse().expect("hexadecimal is a UUID")
}

fn own_devices(now_ms: u64) -> Vec<OwnDeviceView> {
    let device = |number, name: &str, linked, seen_at_ms| OwnDeviceView {
        device: device_id(number),
        name: name.to_owned(),
        ring_here: number != 3,
        linked,
        is_this: number == 1,
        seen_at_ms,
    };
    vec![
        device(1, "ada-laptop", true, now_ms),
        device(2, "Phone", true, now_ms),
        device(3, "Desktop in the bell tower, second floor, by the window", false, now_ms.saturating_sub(2 * DAY_MS)),
        device(4, "平板电脑", false, 0),
    ]
}

/// Settings of a user who is signed in.
pub(crate) fn settings_view(base: WindowBase, now_ms: u64) -> SettingsView {
    SettingsView {
        base,
        read_receipts: Some(true),
        me: Some(me("Ada Lovelace")),
        server: "calls.example.org".into(),
        devices: own_devices(now_ms),
        microphones: microphones(),
        speakers: speakers(),
        ring_outputs: speakers(),
        cameras: cameras(),
        camera_in_video_calls: true,
        processing: Processing { gain_control: false, ..Processing::default() },
        ring_here: true,
        ring_sound: true,
        ring_volume: 70,
        notifications: true,
        previews: true,
        quiet_hours: QuietHours { on: true, ..QuietHours::default() },
        zoom: 110,
        diagnostics: "Carillon 0.1.0\nLink: up".into(),
        theme: base.theme,
        version: "0.1.0".into(),
        ..SettingsView::default()
    }
}

pub(super) fn samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let view = || settings_view(base, now_ms);
    let testing = TestView { microphone_level: Some(0.62), camera: None };
    let looking = TestView { microphone_level: None, camera: Some(SelfView { feed: Some(feed()), is_mirrored: true }) };
    let refused = notice(NoticeCode::MicrophoneRefused, "", "");
    let wrong = |field, code| YouView { problem: Some((field, notice(code, "", ""))), ..YouView::default() };
    let silent = MeView { presence: OwnPresence::DoNotDisturb, ..me("Ada Lovelace") };
    let plain = MeView { picture: None, presence: OwnPresence::DoNotDisturb, ..me("Ada Lovelace") };
    vec![
        ("settings", view().into()),
        ("settings-testing", SettingsView { test: testing, theme: Theme::Dark, ..view() }.into()),
        ("settings-camera", SettingsView { test: looking, ..view() }.into()),
        (
            "settings-no-devices",
            SettingsView {
                microphones: DeviceChoice::default(),
                cameras: DeviceChoice::default(),
                notice: Some(refused),
                me: None,
                ..view()
            }
            .into(),
        ),
        (
            "settings-no-picture",
            SettingsView {
                me: Some(plain),
                you: wrong(YouField::Picture, NoticeCode::PictureTooLarge),
                devices: vec![],
                ..view()
            }
            .into(),
        ),
        (
            "settings-quiet",
            SettingsView {
                me: Some(silent),
                quiet_until_ms: Some(now_ms + 4 * DAY_MS / 24),
                blocked: team().into_iter().take(2).collect(),
                zoom: 200,
                ..view()
            }
            .into(),
        ),
        (
            "settings-delete-refused",
            SettingsView { you: wrong(YouField::Account, NoticeCode::WrongPassword), ..view() }.into(),
        ),
        (
            "settings-name-full",
            SettingsView {
                me: Some(me("Maximilian Alexander von Hohenlohe-Langenburg der Jüngere zu Hohe")),
                ..view()
            }
            .into(),
        ),
        (
            "settings-name-saved",
            SettingsView { you: YouView { saved: Some(YouField::Name), ..YouView::default() }, ..view() }.into(),
        ),
    ]
}
