//! What a device asks of the forwarder of its call's media.

use carillon_protocol::{Done, RefusalCode};

use crate::change::{NotChanged, refuse};

/// Nothing of this server forwards media yet.
pub(crate) async fn no_media_here() -> Result<Done, NotChanged> {
    refuse(RefusalCode::NotAllowed, "this server forwards no media")
}
