//! One call's media.

use crate::MediaOptions;

/// What the user has set, for this call and the next ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) media: MediaOptions,
    pub(crate) muted: bool,
}

impl Settings {
    pub(crate) fn new(media: MediaOptions) -> Self {
        Self { media, muted: false }
    }
}
