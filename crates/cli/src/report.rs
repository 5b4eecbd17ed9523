//! What is said on standard output: lines for people, or one JSON object a line.
#![allow(clippy::print_stdout, reason = "standard output is this program's voice")]

use std::{
    io::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use carillon_kit::{CallEvent, CallStats, HangupReason, LegState, MediaDevice, MediaNotice, Ring, StateChange};
use carillon_protocol::{shown_name, shown_person};
use serde::Serialize;
use serde_json::{Value, json};

/// Where events are told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    json: bool,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Tells one thing: `name` and `fields` for programs, `text` for people; nothing to people if it is empty.
    pub(crate) fn say(self, name: &str, fields: Value, text: &str) {
        if self.json {
            self.line(&with_head(name, fields).to_string());
        } else if !text.is_empty() {
            self.line(text);
        }
    }

    fn line(self, line: &str) {
        let mut out = std::io::stdout().lock();
        // A reader that has gone must not end a call.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    /// Tells an event of the kit under the name that its users know.
    pub(crate) fn event(self, event: &CallEvent) {
        match event {
            CallEvent::Invited(ring) => {
                self.say("onInvite", to_fields(ring), &format!("{} calls", who(ring)));
            }
            CallEvent::AddPerson { call, joined } => {
                self.say("onAddPerson", json!({ "call": call, "joined": joined }), "more people are wanted");
            }
            CallEvent::StateChanged(change) => self.state_change(change),
            CallEvent::RingingThere { call, devices } => {
                let text = if *devices == 0 { String::new() } else { format!("it rings on {}", count(*devices)) };
                self.say("ringing-there", json!({ "call": call, "devices": devices }), &text);
            }
            CallEvent::RingStarted(ring) => self.say("ring-started", json!({ "call": ring.call }), "this device rings"),
            CallEvent::RingStopped { call } => {
                self.say("ring-stopped", json!({ "call": call }), "this device rings no longer");
            }
            CallEvent::Active { call } => self.say("active", json!({ "call": call }), "connected"),
            CallEvent::Hearing { call } => self.say("hearing", json!({ "call": call }), ""),
            CallEvent::Reconnecting { call } => {
                self.say("reconnecting", json!({ "call": call }), "the path is gone; looking for another");
            }
            CallEvent::Reconnected { call } => self.say("reconnected", json!({ "call": call }), "connected again"),
            CallEvent::LegChanged { call, leg } => {
                let text = format!("{} {}", shown_person(&leg.name, &leg.user), leg_text(leg.state));
                self.say("leg-changed", json!({ "call": call, "leg": leg }), &text);
            }
            CallEvent::TokenWillExpire { call, left } => {
                self.say("token-will-expire", json!({ "call": call, "left_ms": milliseconds(*left) }), "");
            }
            CallEvent::TokenExpired { call, left } => {
                let fields = json!({ "call": call, "left_ms": milliseconds(*left) });
                self.say("token-expired", fields, "the RTC token has expired");
            }
            CallEvent::TokenRefused { call, refusal } => {
                let text = format!("the RTC token is not taken: {refusal}");
                self.say("token-refused", json!({ "call": call, "refusal": refusal }), &text);
            }
            CallEvent::IdentityChanged { user, device } => {
                let text = format!("warning: a device of {user} has another key than before");
                self.say("identity-changed", json!({ "user": user, "device": device }), &text);
            }
            CallEvent::Unverified { call, user, why } => {
                let text = format!("what came is not from {user}'s device: {why}");
                self.say("unverified", json!({ "call": call, "user": user, "why": why }), &text);
            }
            CallEvent::Media(notice) => self.say("media", json!({ "notice": notice }), &notice_text(notice)),
        }
    }

    /// Tells how the media of a call are doing.
    pub(crate) fn stats(self, stats: &CallStats) {
        let percent = |share: f32| (share * 100.0).round();
        let round_trip =
            stats.round_trip.map_or_else(|| "?".to_owned(), |time| format!("{:.0}", time.as_secs_f64() * 1000.0));
        let text = format!(
            "round trip {round_trip} ms; lost on the way there {} %, here {} %",
            percent(stats.sent.loss),
            percent(stats.received.loss)
        );
        self.say("stats", to_fields(stats), &text);
    }

    fn state_change(self, change: &StateChange) {
        let text = match change {
            StateChange::Hangup { reason, call } => hangup_text(reason, call.talked),
            StateChange::Accept { call, user } if call.scope.is_group() => format!("{user} answered"),
            StateChange::Accept { .. } => "answered".to_owned(),
            _ => String::new(),
        };
        let fields = serde_json::to_value(change).expect("plain data with text keys is always JSON");
        self.say("onStateChange", fields, &text);
    }
}

fn with_head(name: &str, fields: Value) -> Value {
    let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut line = serde_json::Map::new();
    line.insert("at_ms".into(), json!(u64::try_from(at_ms).unwrap_or(u64::MAX)));
    line.insert("event".into(), json!(name));
    if let Value::Object(fields) = fields {
        line.extend(fields);
    }
    Value::Object(line)
}

fn leg_text(state: LegState) -> &'static str {
    match state {
        LegState::Ringing => "is asked",
        LegState::Accepted => "is in the call",
        LegState::Declined => "declined",
        LegState::Busy => "is busy",
        LegState::Missed => "did not answer",
        LegState::Left => "has left",
        LegState::Removed => "was taken out",
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn to_fields(data: &impl Serialize) -> Value {
    serde_json::to_value(data).expect("plain data with text keys is always JSON")
}

fn who(ring: &Ring) -> String {
    let name = shown_person(&ring.from_name, &ring.from);
    if name == ring.from.as_str() { name } else { format!("{name} ({})", ring.from) }
}

fn count(devices: u32) -> String {
    if devices == 1 { "one device".to_owned() } else { format!("{devices} devices") }
}

fn hangup_text(reason: &HangupReason, talked: Duration) -> String {
    let seconds = talked.as_secs();
    match reason {
        HangupReason::Normal => format!("hung up after {seconds} s"),
        HangupReason::Remote => format!("the other one hung up after {seconds} s"),
        HangupReason::Cancelled => "cancelled".to_owned(),
        HangupReason::RemoteCancelled => "the caller has given up".to_owned(),
        HangupReason::Declined => "declined".to_owned(),
        HangupReason::RemoteDeclined => "the other one declined".to_owned(),
        HangupReason::Busy => "busy".to_owned(),
        HangupReason::NoAnswer => "nobody answered".to_owned(),
        HangupReason::Missed => "missed".to_owned(),
        HangupReason::HandledElsewhere { device, .. } if device.is_empty() => "handled on another device".to_owned(),
        HangupReason::HandledElsewhere { device, .. } => format!("handled on {}", shown_name(device)),
        HangupReason::ConnectionLost => "the connection was lost".to_owned(),
        HangupReason::MediaFailed => "the media could not connect".to_owned(),
        HangupReason::Removed => "taken out of the group".to_owned(),
        HangupReason::TokenExpired => "the RTC token expired".to_owned(),
        HangupReason::Refused { code } => format!("refused by the server: {code:?}"),
    }
}

pub(crate) fn notice_text(notice: &MediaNotice) -> String {
    let name = |device: &MediaDevice| match device {
        MediaDevice::Microphone => "microphone",
        MediaDevice::Speaker => "speaker",
    };
    match notice {
        MediaNotice::FellBack { device, name: gone } => {
            format!("the {} went away; the default is used: {gone}", name(device))
        }
        MediaNotice::Restored { device, .. } => format!("the {} is there again", name(device)),
        MediaNotice::Missing { device } => format!("there is no {}", name(device)),
        MediaNotice::AccessDenied { device } => format!("the system refuses the {}", name(device)),
        MediaNotice::Busy { device } => format!("another program has the {}", name(device)),
        MediaNotice::Failed { device, detail } => format!("the {} fails: {detail}", name(device)),
    }
}

#[cfg(test)]
mod tests {
    use carillon_kit::{CallInfo, CallKind, CallScope, ChannelName, Direction, UserId};

    use super::*;

    #[test]
    fn a_line_has_the_time_the_events_name_and_its_fields_side_by_side() {
        let call = CallInfo {
            id: None,
            direction: Direction::Outgoing,
            with: UserId::new("bob").expect("a good name"),
            with_name: "Bob".into(),
            with_uid: None,
            scope: CallScope::Pair { kind: CallKind::Voice },
            kind: CallKind::Voice,
            channel: ChannelName::new("meadow").expect("a good name"),
            message: String::new(),
            legs: vec![],
            talked: Duration::from_millis(1500),
        };
        let change = StateChange::Hangup { reason: HangupReason::Remote, call };
        let line = with_head("onStateChange", serde_json::to_value(change).expect("plain data"));

        assert!(line["at_ms"].as_u64().is_some_and(|at| at > 1_700_000_000_000));
        assert_eq!(line["event"], "onStateChange");
        assert_eq!(line["type"], "hangup");
        assert_eq!(line["reason"], "remote");
        assert_eq!(line["call"]["with"], "bob");
        assert_eq!(line["call"]["duration_ms"], 1500);
    }
}
