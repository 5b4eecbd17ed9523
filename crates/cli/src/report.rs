//! What is said on standard output: lines for people, or one JSON object a line.
#![allow(clippy::print_stdout, reason = "standard output is this program's voice")]

use std::{
    io::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use carillon_kit::{
    CallEvent, CallPath, CallStats, HangupReason, LegState, MediaDevice, MediaNotice, PublishedSource, Ring,
    StateChange, Wire, shown_name, shown_person,
};
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

    /// Tells an event of the kit, for programs as the kit writes it.
    pub(crate) fn event(self, event: &CallEvent) {
        if self.json {
            self.line(&with_time(to_fields(event)).to_string());
        } else {
            self.say("", Value::Null, &event_text(event));
        }
    }

    /// Tells how the media of a call are doing.
    pub(crate) fn stats(self, stats: &CallStats) {
        let percent = |share: f32| (share * 100.0).round();
        let round_trip =
            stats.round_trip.map_or_else(|| "?".to_owned(), |time| format!("{:.0}", time.as_secs_f64() * 1000.0));
        let way = stats.path.map_or("nowhere yet".to_owned(), |path| match path.wire {
            Wire::Udp => way_text(path.way).to_owned(),
            Wire::Tcp => format!("{} by TCP", way_text(path.way)),
        });
        let text = format!(
            "{way}; round trip {round_trip} ms; lost on the way there {} %, here {} %",
            percent(stats.sent.loss),
            percent(stats.received.loss)
        );
        self.say("stats", to_fields(stats), &text);
    }
}

/// What people are told of an event; nothing, if it is empty.
fn event_text(event: &CallEvent) -> String {
    match event {
        CallEvent::Invited(ring) => format!("{} calls", who(ring)),
        CallEvent::AddPerson { .. } => "more people are wanted".to_owned(),
        CallEvent::StateChanged(change) => change_text(change),
        CallEvent::RingingThere { devices: 0, .. } => String::new(),
        CallEvent::RingingThere { devices, .. } => format!("it rings on {}", count(*devices)),
        CallEvent::RingStarted(_) => "this device rings".to_owned(),
        CallEvent::RingStopped { .. } => "this device rings no longer".to_owned(),
        CallEvent::Active { .. } => "connected".to_owned(),
        CallEvent::Reconnecting { .. } => "the path is gone; looking for another".to_owned(),
        CallEvent::Reconnected { .. } => "connected again".to_owned(),
        CallEvent::UserReconnecting { user, .. } => format!("{user} is reconnecting"),
        CallEvent::UserReconnected { user, .. } => format!("{user} is back"),
        CallEvent::HandRaised { user, .. } => format!("{user} raises a hand"),
        CallEvent::HandLowered { user, .. } => format!("{user}'s hand is down"),
        CallEvent::MutedBy { by, .. } => format!("{by} has muted this user"),
        CallEvent::PathChanged { path, .. } => format!("the call goes {} from now on", way_text(*path)),
        CallEvent::LegChanged { leg, .. } => {
            format!("{} {}", shown_person(&leg.name, &leg.user), leg_text(leg.state))
        }
        CallEvent::TokenExpired { .. } => "the RTC token has expired".to_owned(),
        CallEvent::TokenRefused { refusal, .. } => format!("the RTC token is not taken: {refusal}"),
        CallEvent::IdentityChanged { user, .. } => {
            format!("warning: a device of {user} has another key than before")
        }
        CallEvent::Unverified { user, why, .. } => format!("what came is not from {user}'s device: {why}"),
        CallEvent::Media(notice) => notice_text(notice),
        CallEvent::Hearing { .. } | CallEvent::TokenWillExpire { .. } => String::new(),
    }
}

const fn way_text(path: CallPath) -> &'static str {
    match path {
        CallPath::Direct => "directly",
        CallPath::Server => "through the server",
    }
}

fn change_text(change: &StateChange) -> String {
    match change {
        StateChange::Hangup { reason, call } => hangup_text(reason, call.talked),
        StateChange::Accept { call, user } if call.is_group() => format!("{user} answered"),
        StateChange::Accept { .. } => "answered".to_owned(),
        StateChange::UserPublished { user, source } => format!("{user}'s {} is on", source_text(*source)),
        StateChange::UserUnpublished { user, source } => format!("{user}'s {} is off", source_text(*source)),
        StateChange::Refuse { .. } | StateChange::UserLeft { .. } => String::new(),
    }
}

fn source_text(source: PublishedSource) -> &'static str {
    match source {
        PublishedSource::Microphone => "microphone",
        PublishedSource::Camera => "camera",
        PublishedSource::Screen => "shared screen",
        PublishedSource::ScreenSound => "shared screen's sound",
    }
}

fn with_head(name: &str, fields: Value) -> Value {
    let mut line = serde_json::Map::from_iter([("event".to_owned(), json!(name))]);
    if let Value::Object(fields) = fields {
        line.extend(fields);
    }
    with_time(Value::Object(line))
}

fn with_time(mut line: Value) -> Value {
    let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    line["at_ms"] = json!(u64::try_from(at_ms).unwrap_or(u64::MAX));
    line
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
        HangupReason::Removed { by: None } => "taken out of the group".to_owned(),
        HangupReason::Removed { by: Some(user) } => format!("taken out of the call by {user}"),
        HangupReason::TokenExpired => "the RTC token expired".to_owned(),
        HangupReason::Refused { code } => format!("refused by the server: {code:?}"),
    }
}

pub(crate) fn notice_text(notice: &MediaNotice) -> String {
    let name = |device: &MediaDevice| match device {
        MediaDevice::Microphone => "microphone",
        MediaDevice::Speaker => "speaker",
        MediaDevice::Camera => "camera",
        MediaDevice::Screen => "screen",
        MediaDevice::ScreenSound => "screen's sound",
        MediaDevice::Picture => "picture",
    };
    match notice {
        MediaNotice::FellBack { device, name: gone } => {
            format!("the {} went away; the default is used: {gone}", name(device))
        }
        MediaNotice::Restored { device, .. } => format!("the {} is there again", name(device)),
        MediaNotice::Gone { device, name: gone } => {
            format!("the {} is gone, and nothing takes its place: {gone}", name(device))
        }
        MediaNotice::Stalled { device, name: stalled } => {
            format!("the {} sends no pictures any more: {stalled}", name(device))
        }
        MediaNotice::Missing { device } => format!("there is no {}", name(device)),
        MediaNotice::AccessDenied { device } => format!("the system refuses the {}", name(device)),
        MediaNotice::Busy { device } => format!("another program has the {}", name(device)),
        MediaNotice::Chosen { device, name: chosen } => format!("the {} was chosen: {chosen}", name(device)),
        MediaNotice::Cancelled { device } => format!("no {} was chosen", name(device)),
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
            path: CallPath::Direct,
            channel: ChannelName::new("meadow").expect("a good name"),
            message: String::new(),
            legs: vec![],
            talked: Duration::from_millis(1500),
        };
        let change = StateChange::Hangup { reason: HangupReason::Remote, call };
        let line = with_time(to_fields(&CallEvent::StateChanged(change)));

        assert!(line["at_ms"].as_u64().is_some_and(|at| at > 1_700_000_000_000));
        assert_eq!(line["event"], "onStateChange");
        assert_eq!(line["type"], "hangup");
        assert_eq!(line["reason"], "remote");
        assert_eq!(line["call"]["with"], "bob");
        assert_eq!(line["call"]["duration_ms"], 1500);
    }
}
