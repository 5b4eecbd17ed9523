//! What a device's frame says, as far as this server understands it.

use carillon_protocol::{ClientFrame, OpId};
use serde_json::Value;

/// What is wrong may quote the whole frame, and an answer has to fit one.
const MAX_DETAIL_CHARS: usize = 500;

/// A text frame, judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ParsedFrame {
    /// Understood.
    Frame(ClientFrame),
    /// A request that this server does not know, or with a body that makes no sense: it gets an answer.
    BadRequest { op_id: OpId, detail: String },
    /// Something of a later version that needs no answer.
    Unknown,
    /// Not JSON.
    Malformed,
}

/// Reads a frame.
pub(crate) fn parse_frame(text: &str) -> ParsedFrame {
    let error = match serde_json::from_str(text) {
        Ok(frame) => return ParsedFrame::Frame(frame),
        Err(error) => error,
    };
    let Ok(value) = serde_json::from_str::<Value>(text) else { return ParsedFrame::Malformed };
    match value.get("op_id").and_then(Value::as_str).and_then(|id| id.parse().ok()) {
        Some(op_id) => {
            let detail = error.to_string().chars().take(MAX_DETAIL_CHARS).collect();
            ParsedFrame::BadRequest { op_id, detail }
        }
        None => ParsedFrame::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_json_is_malformed() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for text in ["", "hello", "{", "{\"t\":\"ack\",", "\u{0}", &deep] {
            assert_eq!(parse_frame(text), ParsedFrame::Malformed, "{text:.20}");
        }
    }

    #[test]
    fn an_unknown_request_is_answered_and_an_unknown_frame_is_not() {
        let op = "018f3e7a-0000-7000-8000-000000000001";
        let heard = parse_frame(&format!(r#"{{"t":"request","op_id":"{op}","body":{{"type":"teleport"}}}}"#));
        assert!(matches!(heard, ParsedFrame::BadRequest { op_id, .. } if op_id.to_string() == op), "{heard:?}");

        let long = "x".repeat(50_000);
        let heard = parse_frame(&format!(r#"{{"t":"request","op_id":"{op}","body":{{"type":"{long}"}}}}"#));
        assert!(
            matches!(heard, ParsedFrame::BadRequest { detail, .. } if detail.len() == 500),
            "no frame is quoted at length"
        );

        assert_eq!(parse_frame(r#"{"t":"wave"}"#), ParsedFrame::Unknown);
        assert_eq!(parse_frame("[1, 2]"), ParsedFrame::Unknown);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".*") {
            parse_frame(&text);
        }
    }
}
