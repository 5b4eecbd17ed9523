//! Bodies for fuzzers, and for tests that replay what they found: each takes any bytes and must return.

use carillon_protocol::{ClientFrame, PendingRequest, Request, ServerFrame, Signal};

use crate::ground::frames::parse_frame;

/// One WebSocket frame's payload, as either end reads it. What is understood is understood the same again after it was written.
///
/// # Panics
/// If that does not hold: then it is a bug.
pub fn ws_frame(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    drop(parse_frame(text));
    if let Ok(frame) = serde_json::from_str::<ClientFrame>(text) {
        assert_eq!(again(&frame), frame, "a device's frame");
        client(&frame);
    }
    if let Ok(frame) = serde_json::from_str::<ServerFrame>(text) {
        assert_eq!(again(&frame), frame, "a server's frame");
        if let ServerFrame::Signal { body, .. } = frame {
            signal(body);
        }
    }
    if let Ok(body) = serde_json::from_str::<Signal>(text) {
        signal(body);
    }
    if let Ok(request) = serde_json::from_str::<Request>(text) {
        assert_eq!(again(&request), request, "a request");
    }
}

fn client(frame: &ClientFrame) {
    if let ClientFrame::Request(PendingRequest { body: Request::Invite(invitation), .. }) = frame {
        for name in &invitation.to {
            assert!(name.as_str().is_ascii(), "an id that is not checked");
        }
    }
}

/// However long it waited, it never rings for longer than before.
fn signal(signal: Signal) {
    for waited_ms in [0, 1, u64::MAX] {
        let aged = signal.clone().aged(waited_ms);
        if let (Signal::Ring(before), Signal::Ring(after)) = (&signal, &aged) {
            assert!(after.ring_left_ms <= before.ring_left_ms);
        }
        drop(again(&aged));
    }
}

fn again<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("our own types have string keys only, and serialise");
    serde_json::from_str(&text).expect("what we wrote is what we read")
}
