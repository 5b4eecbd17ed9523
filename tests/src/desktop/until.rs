//! Waiting for something to become true, with a limit.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer.
///
/// # Errors
/// When `patience` is over; the text says what was waited for.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> F,
) -> Result<T> {
    let give_up = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        if Instant::now() > give_up {
            bail!("waited {patience:?} in vain for {what}");
        }
        tokio::time::sleep(LOOK).await;
    }
}
