//! Rings and calls of two.

use carillon_ipc::{
    CallState, CallView, DeviceChoice, DeviceView, NoticeCode, RingState, RingView, TriedView, WindowBase,
};
use carillon_protocol::{CallId, CallKind, HandledHow, HangupReason};

use super::{PICTURE, Sample, notice, team, user};

/// All of them.
pub(super) fn samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let mut samples = ring_samples(base);
    samples.extend(call_samples(base));
    samples
}

fn call_id() -> CallId {
    "01930000-0000-7000-8000-000000000000".parse().expect("a good id")
}

/// A ring from a person of this name.
pub(crate) fn ring_view(base: WindowBase, name: &str) -> RingView {
    RingView {
        base,
        ring: Some(RingState {
            call: call_id(),
            user: user("bob"),
            name: name.to_owned(),
            kind: CallKind::Voice,
            opens_camera: false,
            group: None,
            picture: None,
            also_on: vec!["phone".into()],
            answered_on: None,
        }),
        look: None,
    }
}

fn ring_samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let mut alone = ring_view(base, "李伟");
    let (mut handled, mut pictured) = (ring_view(base, "Bob Li"), ring_view(base, "Bob Li"));
    if let (Some(alone), Some(handled), Some(pictured)) = (&mut alone.ring, &mut handled.ring, &mut pictured.ring) {
        pictured.picture = Some(PICTURE.into());
        alone.also_on.clear();
        alone.user = user("wei");
        handled.answered_on = Some("phone".into());
    }
    vec![
        ("ring", ring_view(base, "Bob Li").into()),
        ("ring-long-name", ring_view(base, &team()[5].name).into()),
        ("ring-rtl-name", ring_view(base, &team()[3].name).into()),
        ("ring-chinese-name", alone.into()),
        ("ring-picture", pictured.into()),
        ("ring-answered", handled.into()),
        ("ring-group", group_ring(base, "Design").into()),
        ("ring-group-long", group_ring(base, &team()[5].name).into()),
        ("ring-several", group_ring(base, "").into()),
    ]
}

/// A ring of a group's call.
pub(crate) fn group_ring(base: WindowBase, group: &str) -> RingView {
    let mut view = ring_view(base, "Bob Li");
    view.ring.iter_mut().for_each(|ring| ring.group = Some(group.to_owned()));
    view
}

/// Bob called during a call.
pub(super) fn tried() -> TriedView {
    TriedView { user: user("bob"), name: "Bob Li".into(), picture: None, kind: CallKind::Voice }
}

pub(super) fn devices(names: &[&str], chosen: Option<usize>) -> DeviceChoice {
    let devices: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, name)| DeviceView { id: format!("device-{i}"), name: (*name).to_owned() })
        .collect();
    DeviceChoice { chosen: chosen.map(|i| devices[i].id.clone()), devices }
}

pub(super) fn microphones() -> DeviceChoice {
    devices(&["Built-in Audio Analog Stereo", "Jabra Evolve2 65 Mono (USB headset, second port)"], Some(1))
}

pub(super) fn speakers() -> DeviceChoice {
    devices(&["Built-in Audio Analog Stereo", "Jabra Evolve2 65 Stereo", "HDMI / DisplayPort 2"], None)
}

/// A call with Bob in a state.
pub(crate) fn call_view(base: WindowBase, state: CallState) -> CallView {
    CallView {
        base,
        with: Some((user("bob"), "Bob Li".into())),
        kind: Some(CallKind::Voice),
        state,
        microphones: microphones(),
        speakers: speakers(),
        ..CallView::default()
    }
}

fn call_samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let view = |state| call_view(base, state);
    let ended = |reason, talked_ms| view(CallState::Ended { reason, talked_ms });
    let elsewhere = HangupReason::HandledElsewhere { how: HandledHow::Accepted, device: "Ada's phone".to_owned() };
    let talking = CallState::Active { for_ms: 724_000 };
    let gone = notice(NoticeCode::DeviceGone, "Jabra Evolve2 65 Mono", "");
    vec![
        ("call-calling", view(CallState::Calling).into()),
        ("call-ringing", view(CallState::RingingThere { devices: 2 }).into()),
        ("call-connecting", view(CallState::Connecting).into()),
        ("call", view(talking.clone()).into()),
        ("call-picture", CallView { picture: Some(PICTURE.into()), ..view(talking.clone()) }.into()),
        ("call-tried", CallView { tried: Some(tried()), ..view(talking.clone()) }.into()),
        ("call-muted", CallView { muted: true, poor_network: true, ..view(talking.clone()) }.into()),
        ("call-key-changed", CallView { key_changed: Some("Bob Li".into()), ..view(talking.clone()) }.into()),
        ("call-device-gone", CallView { notice: Some(gone), ..view(talking.clone()) }.into()),
        (
            "call-long-name",
            CallView { with: Some((user("max"), team()[5].name.clone())), ..view(talking.clone()) }.into(),
        ),
        ("call-no-name", CallView { with: Some((user("d.ray"), String::new())), ..view(talking) }.into()),
        ("call-reconnecting", view(CallState::Reconnecting { left_ms: 28_000 }).into()),
        ("call-ended", ended(HangupReason::Remote, 751_000).into()),
        ("call-no-answer", ended(HangupReason::NoAnswer, 0).into()),
        ("call-media-failed", ended(HangupReason::MediaFailed, 0).into()),
        ("call-elsewhere", ended(elsewhere, 0).into()),
        ("call-idle", CallView { base, ..CallView::default() }.into()),
    ]
}
