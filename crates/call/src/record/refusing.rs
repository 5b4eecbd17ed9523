//! Answers that change nothing.

use carillon_protocol::{Done, Refusal, RefusalCode};

use super::Decision;

pub(super) fn refuse<T>(code: RefusalCode, detail: &str) -> Result<T, Refusal> {
    Err(Refusal { code, detail: detail.to_owned() })
}

pub(super) fn not_allowed<T>() -> Result<T, Refusal> {
    refuse(RefusalCode::NotAllowed, "not in this state of the call, or not by this device")
}

pub(super) fn unchanged(done: Done) -> Decision {
    Decision { rows: None, signals: Vec::new(), media: Vec::new(), invited: Vec::new(), done }
}
