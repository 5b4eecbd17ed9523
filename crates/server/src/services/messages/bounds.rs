//! How much may be said, and in which characters.

use carillon_protocol::{MAX_EXT_BYTES, MAX_FRAME_BYTES, MAX_TEXT_BYTES, MessageBody, RefusalCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::change::{NotChanged, refuse};

/// Programs that nest deeper than this send their own encoding.
const MAX_EXT_DEPTH: usize = 8;
const MAX_ACTION_CHARS: usize = 64;
/// What a frame has around a list: its `op_id` and the words of an answer fit several times over.
const AROUND_A_LIST: usize = 1024;

pub(super) fn check_body(body: &MessageBody) -> Result<(), NotChanged> {
    match body {
        MessageBody::Text { text } => check_text(text),
        MessageBody::Command { action } => check_action(action),
        // What it says is taken from what the server knows of it.
        MessageBody::File { .. } => Ok(()),
        MessageBody::Event { .. } | MessageBody::Deleted => refuse(RefusalCode::Invalid, "only the server writes that"),
    }
}

pub(super) fn check_text(text: &str) -> Result<(), NotChanged> {
    if text.len() > MAX_TEXT_BYTES {
        return refuse(RefusalCode::TooLarge, "a text has at most 4 KiB");
    }
    if text.trim().is_empty() || text.contains('\0') {
        return refuse(RefusalCode::Invalid, "a text says something, without NUL");
    }
    Ok(())
}

fn check_action(action: &str) -> Result<(), NotChanged> {
    if action.chars().count() > MAX_ACTION_CHARS {
        return refuse(RefusalCode::TooLarge, "an action has at most 64 characters");
    }
    if action.trim().is_empty() || action.chars().any(char::is_control) {
        return refuse(RefusalCode::Invalid, "an action is a word");
    }
    Ok(())
}

pub(super) fn check_ext(ext: &Map<String, Value>) -> Result<(), NotChanged> {
    if bytes(ext) > MAX_EXT_BYTES {
        return refuse(RefusalCode::TooLarge, "ext has at most 4 KiB of JSON");
    }
    if ext.values().any(|value| depth(value) >= MAX_EXT_DEPTH) {
        return refuse(RefusalCode::TooLarge, "ext is at most 8 deep");
    }
    Ok(())
}

/// How many objects and arrays are around the innermost value. JSON from a frame is at most 128 deep.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// As much of a list as fits a frame, and whether something was left out.
pub(crate) fn fitting<T: Serialize>(all: Vec<T>) -> (Vec<T>, bool) {
    let (mut used, count) = (AROUND_A_LIST, all.len());
    let fits = |one: &T| {
        used += bytes(one) + 1;
        used <= MAX_FRAME_BYTES
    };
    let fitting: Vec<T> = all.into_iter().take_while(fits).collect();
    let is_cut = fitting.len() < count;
    (fitting, is_cut)
}

fn bytes<T: Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX / 2, |json| json.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal<T>(result: Result<T, NotChanged>) -> Option<RefusalCode> {
        match result {
            Err(NotChanged::Refused(refusal)) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn an_ext_is_measured_in_bytes_of_json_and_in_depth() {
        let nested = |depth: usize| (1..depth).fold(json!(1), |inner, _| json!({ "x": inner }));
        let ext = |value: Value| Map::from_iter([("x".to_owned(), value)]);

        assert_eq!(refusal(check_ext(&ext(nested(8)))), None);
        assert_eq!(refusal(check_ext(&ext(nested(9)))), Some(RefusalCode::TooLarge));
        assert_eq!(refusal(check_ext(&ext(json!("x".repeat(4088))))), None);
        assert_eq!(refusal(check_ext(&ext(json!("x".repeat(4089))))), Some(RefusalCode::TooLarge));
        assert_eq!(refusal(check_ext(&ext(json!("\u{1}".repeat(1000))))), Some(RefusalCode::TooLarge), "as it travels");
    }

    #[test]
    fn a_list_is_cut_where_the_frame_ends() {
        let (all, is_cut) = fitting(vec!["x".repeat(1000); 60]);
        assert_eq!((all.len(), is_cut), (60, false));

        let (some, is_cut) = fitting(vec!["x".repeat(1000); 100]);
        assert_eq!((some.len(), is_cut), (64, true));
    }
}
