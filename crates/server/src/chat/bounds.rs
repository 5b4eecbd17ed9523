//! How much may be said, and in which characters.

use carillon_protocol::{MAX_EXT_BYTES, MAX_FRAME_BYTES, MAX_TEXT_BYTES, MessageBody, RefusalCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::change::{NotChanged, refuse};

/// Programs that nest deeper than this send their own encoding.
const MAX_EXT_DEPTH: usize = 8;
const MAX_ACTION_CHARS: usize = 64;
/// Names that people see; anything longer breaks every list.
const MAX_NAME_CHARS: usize = 64;
/// What a frame has around a list: its `op_id` and the words of an answer fit several times over.
const AROUND_A_LIST: usize = 1024;

pub(super) fn check_body(body: &MessageBody) -> Result<(), NotChanged> {
    match body {
        MessageBody::Text { text } => check_text(text),
        MessageBody::Command { action } => check_action(action),
    }
}

fn check_text(text: &str) -> Result<(), NotChanged> {
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
        _ => 0,
    }
}

/// A name as everybody will see it: without what turns or hides the text around it, on one line.
pub(super) fn tidy_name(name: &str) -> Result<String, NotChanged> {
    let visible: String =
        name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| is_shown(*c)).collect();
    let tidy = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    match tidy.chars().count() {
        0 => refuse(RefusalCode::Invalid, "a name has at least one character that can be seen"),
        1..=MAX_NAME_CHARS => Ok(tidy),
        _ => refuse(RefusalCode::TooLarge, "a name has at most 64 characters"),
    }
}

/// Joiners stay: scripts and emoji need them inside of words.
fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}')
        && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// As much of a list as fits a frame, and whether something was left out.
pub(super) fn fitting<T: Serialize>(all: Vec<T>) -> (Vec<T>, bool) {
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
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn refusal<T>(result: Result<T, NotChanged>) -> Option<RefusalCode> {
        match result {
            Err(NotChanged::Refused(refusal)) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn a_name_is_tidied_and_what_nobody_sees_is_no_name() {
        let tidy = |name: &str| tidy_name(name).ok();

        assert_eq!(tidy("  the \u{202e}team\u{2066}\n\tof  Ada\0 ").as_deref(), Some("the team of Ada"));
        assert_eq!(tidy("👩‍👩‍👧 किताबें می‌خواهم").as_deref(), Some("👩‍👩‍👧 किताबें می‌خواهم"));
        assert_eq!(tidy("\u{200b}\u{feff} \n"), None);
        assert_eq!(tidy(&"x".repeat(64)).map(|name| name.len()), Some(64));
        assert_eq!(refusal(tidy_name(&"x".repeat(65))), Some(RefusalCode::TooLarge));
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

    proptest! {
        #[test]
        fn a_tidy_name_stays_as_it_is(name in ".*") {
            if let Ok(tidy) = tidy_name(&name) {
                prop_assert_eq!(tidy_name(&tidy).ok(), Some(tidy));
            }
        }
    }
}
