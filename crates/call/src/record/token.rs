//! RTC tokens, as far as a call cares: until when a device may be in the channel, and what happens then.

use carillon_protocol::{CallId, DeviceId, Signal, Uid};

use super::Rows;

/// How long before the end a device is told that its token expires: time enough to fetch another, twice.
pub const EXPIRY_NOTICE_MS: u64 = 30_000;

/// How long a device stays in the channel after its token has expired.
pub const EXPIRY_GRACE_MS: u64 = 30_000;

/// As whom a device may be in a channel: what the shell has found in an RTC token that it has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// As whom.
    pub uid: Uid,
    /// Until when, by the server's clock; `None`: as long as the call lasts.
    pub until_ms: Option<u64>,
}

/// A grant that is made use of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// As whom.
    pub uid: Uid,
    /// Until when; `None`: as long as the call lasts.
    pub until_ms: Option<u64>,
    /// What the device was told of its end.
    pub told: ExpiryNotice,
}

/// What a device was told of its token's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryNotice {
    /// Nothing.
    Nothing,
    /// That it is near.
    WillExpire,
    /// That it is past.
    Expired {
        /// When the device is taken out.
        out_at_ms: u64,
    },
}

/// What the clock says about a pass.
#[allow(clippy::large_enum_variant, reason = "it is used up where it is made")]
pub(super) enum TokenStep {
    Tell(DeviceId, Signal),
    TakeOut,
}

impl Pass {
    pub(super) fn new(grant: Grant) -> Self {
        Self { uid: grant.uid, until_ms: grant.until_ms, told: ExpiryNotice::Nothing }
    }

    pub(super) fn due_at_ms(&self) -> Option<u64> {
        let until_ms = self.until_ms?;
        Some(match self.told {
            ExpiryNotice::Nothing => until_ms.saturating_sub(EXPIRY_NOTICE_MS),
            ExpiryNotice::WillExpire => until_ms,
            ExpiryNotice::Expired { out_at_ms } => out_at_ms,
        })
    }

    /// Takes the step that is due. A device that heard of nothing, because the server was down, still gets its time.
    fn step(&mut self, call: CallId, device: DeviceId, now_ms: u64) -> Option<TokenStep> {
        let until_ms = self.until_ms?;
        if self.due_at_ms()? > now_ms {
            return None;
        }
        Some(match self.told {
            ExpiryNotice::Expired { .. } => TokenStep::TakeOut,
            ExpiryNotice::Nothing if now_ms < until_ms => {
                self.told = ExpiryNotice::WillExpire;
                TokenStep::Tell(device, Signal::TokenWillExpire { call, left_ms: until_ms - now_ms })
            }
            ExpiryNotice::Nothing | ExpiryNotice::WillExpire => {
                self.told = ExpiryNotice::Expired { out_at_ms: now_ms.saturating_add(EXPIRY_GRACE_MS) };
                TokenStep::Tell(device, Signal::TokenExpired { call, left_ms: EXPIRY_GRACE_MS })
            }
        })
    }
}

impl Rows {
    /// What the clock says about a leg's token. Who is not in the call has none.
    pub(super) fn step_token(&mut self, leg: usize, now_ms: u64) -> Option<TokenStep> {
        let (call, leg) = (self.call.id, &mut self.legs[leg]);
        let device = leg.joined_device()?;
        leg.pass.as_mut()?.step(call, device, now_ms)
    }
}
