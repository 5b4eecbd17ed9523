//! Why a change is not made.

use carillon_protocol::{NameError, Refusal, RefusalCode};

use crate::store::StoreError;

/// What a client hears when it was the server's fault.
pub(crate) const SERVER_FAILED: &str = "the server failed; try again";

/// What a device hears whose sign-in has ended since its request was on the way.
pub(crate) fn signed_out() -> Refusal {
    Refusal { code: RefusalCode::NotAllowed, detail: "this device is signed out".into() }
}

/// Why a change is not made.
#[derive(Debug)]
pub(crate) enum NotChanged {
    Refused(Refusal),
    Failed(StoreError),
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<NameError> for NotChanged {
    fn from(error: NameError) -> Self {
        Self::Refused(Refusal { code: RefusalCode::NameRefused, detail: format!("this is no name: {error}") })
    }
}

/// Says no.
pub(crate) fn refuse<T>(code: RefusalCode, detail: &str) -> Result<T, NotChanged> {
    Err(NotChanged::Refused(Refusal { code, detail: detail.to_owned() }))
}
