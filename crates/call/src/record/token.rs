//! RTC tokens, as far as a call cares: until when a device may be in the channel, and what happens then.

use carillon_protocol::{CallId, Done, EndReason, LegState, Refusal, RefusalCode, Signal, Uid};

use super::{
    Actor, Decision, Recipient, Rows,
    decide::{commit, end, refuse, unchanged, unknown_call},
};

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
    pub told: Told,
}

/// What a device was told of its token's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
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
enum News {
    Tell(Signal),
    TakeOut,
}

impl Pass {
    pub(super) fn new(grant: Grant) -> Self {
        Self { uid: grant.uid, until_ms: grant.until_ms, told: Told::Nothing }
    }

    pub(super) fn due_at_ms(&self) -> Option<u64> {
        let until_ms = self.until_ms?;
        Some(match self.told {
            Told::Nothing => until_ms.saturating_sub(EXPIRY_NOTICE_MS),
            Told::WillExpire => until_ms,
            Told::Expired { out_at_ms } => out_at_ms,
        })
    }

    /// Takes the step that is due. A device that heard of nothing, because the server was down, still gets its time.
    fn step(&mut self, call: CallId, now_ms: u64) -> Option<News> {
        let until_ms = self.until_ms?;
        if self.due_at_ms()? > now_ms {
            return None;
        }
        Some(match self.told {
            Told::Expired { .. } => News::TakeOut,
            Told::Nothing if now_ms < until_ms => {
                self.told = Told::WillExpire;
                News::Tell(Signal::TokenWillExpire { call, left_ms: until_ms - now_ms })
            }
            Told::Nothing | Told::WillExpire => {
                self.told = Told::Expired { out_at_ms: now_ms.saturating_add(EXPIRY_GRACE_MS) };
                News::Tell(Signal::TokenExpired { call, left_ms: EXPIRY_GRACE_MS })
            }
        })
    }
}

/// Lets the actor's device stay for longer.
pub(super) fn renew(rows: &Rows, actor: &Actor, grant: Grant) -> Result<Decision, Refusal> {
    let mut rows = rows.clone();
    let has_ended = rows.has_ended();
    let is_caller = !rows.is_group() && rows.call.caller == actor.user;
    let Some(leg) = rows.leg_of(&actor.user).map(Some).or(is_caller.then_some(None)) else { return unknown_call() };
    let (device, pass) = match leg {
        None => (Some(rows.call.caller_device), &mut rows.call.caller_pass),
        Some(leg) => (rows.legs[leg].joined_device(), &mut rows.legs[leg].pass),
    };
    if has_ended {
        return refuse(RefusalCode::CallEnded, "the call is over");
    }
    if device != Some(actor.device) {
        return refuse(RefusalCode::NotAllowed, "this device is not in the call");
    }
    if pass.as_ref().is_some_and(|pass| pass.uid != grant.uid) {
        return refuse(RefusalCode::TokenInvalid, "the token is for another uid than the one in the channel");
    }
    *pass = Some(Pass::new(grant));
    Ok(commit(rows, Vec::new(), Done::Done))
}

/// What the clock says about the tokens of a call of two.
pub(super) fn expire_in_pair(rows: &Rows, now_ms: u64) -> Decision {
    let call = rows.call.id;
    let mut rows = rows.clone();
    let caller_device = rows.call.caller_device;
    let mut passes: Vec<_> = rows.call.caller_pass.iter_mut().map(|pass| (caller_device, pass)).collect();
    for leg in &mut rows.legs {
        passes.extend(leg.joined_device().zip(leg.pass.as_mut()));
    }
    let mut signals = Vec::new();
    for (device, pass) in passes {
        match pass.step(call, now_ms) {
            Some(News::Tell(signal)) => signals.push((Recipient::Device(device), signal)),
            Some(News::TakeOut) => return end(&rows, EndReason::TokenExpired, None, now_ms),
            None => {}
        }
    }
    if signals.is_empty() { unchanged(Done::Done) } else { commit(rows, signals, Done::Done) }
}

/// What the clock says about the tokens of a group call: whom to tell, and which legs to take out.
pub(super) fn expire_in_group(rows: &mut Rows, now_ms: u64) -> (Vec<(Recipient, Signal)>, Vec<usize>) {
    let call = rows.call.id;
    let (mut signals, mut out) = (Vec::new(), Vec::new());
    for (index, leg) in rows.legs.iter_mut().enumerate().filter(|(_, leg)| leg.state == LegState::Accepted) {
        let news = leg.pass.as_mut().and_then(|pass| pass.step(call, now_ms));
        match (news, leg.device) {
            (Some(News::Tell(signal)), Some(device)) => signals.push((Recipient::Device(device), signal)),
            (Some(News::TakeOut), _) => out.push(index),
            _ => {}
        }
    }
    (signals, out)
}
