//! Changing what RTC tokens are signed with.

use crate::{
    ground::{secrets::new_certificate, shared::Ground},
    store,
};

/// Signs with another certificate from now on.
pub(crate) async fn rotate(ground: &Ground) -> store::Result<()> {
    let (app, now_ms) = (&ground.config.app, ground.clock.now_ms());
    ground.store.rotate_certificate(app, &new_certificate(), now_ms).await?;
    ground.rtc_tokens.reload(&ground.store, app, now_ms).await
}

/// The former certificate opens nothing any more.
pub(crate) async fn retire(ground: &Ground) -> store::Result<()> {
    let (app, now_ms) = (&ground.config.app, ground.clock.now_ms());
    ground.store.retire_certificate(app, now_ms).await?;
    ground.rtc_tokens.reload(&ground.store, app, now_ms).await
}
