//! Whether a token opens a channel to a user, at a moment.

use crate::{AppId, Certificates, Parsed, Privileges, RtcPrivilege, Service, Token};

/// How far ahead of ours the clock of a token server may be, in seconds.
pub const MAX_CLOCK_SKEW_S: u64 = 300;

/// Who wants to be where, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join<'a> {
    /// The application that the channel belongs to.
    pub app_id: &'a AppId,
    /// Where the media meet.
    pub channel: &'a str,
    /// Who it is, as the server knows it; for numbers see [`uid_text`](crate::uid_text).
    pub uid: &'a str,
    /// Now, in seconds since the Unix epoch.
    pub now_s: u64,
}

/// What a token allows in its channel. Times are seconds since the Unix epoch: the first at which it is no longer allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinGrant {
    /// Until when the user may be there.
    pub until_s: u64,
    /// Until when the user may be heard, if at all; never longer than `until_s`.
    pub audio_until_s: Option<u64>,
    /// Until when the user may be seen, if at all; never longer than `until_s`.
    pub video_until_s: Option<u64>,
    /// Until when the user may send data, if at all; never longer than `until_s`.
    pub data_until_s: Option<u64>,
}

/// Why a token does not open a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefusal {
    /// It is a token of another application.
    #[error("the token is of another app")]
    ForeignApp,
    /// None of the application's certificates signed it.
    #[error("the token's signature is not by this app's certificate")]
    BadSignature,
    /// It was issued more than [`MAX_CLOCK_SKEW_S`] from now.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It no longer holds.
    #[error("the token has expired")]
    Expired,
    /// It is not for calls at all.
    #[error("the token is not for calls")]
    NotForCalls,
    /// It is for another channel.
    #[error("the token is for another channel")]
    OtherChannel,
    /// It is for another user.
    #[error("the token is for another user")]
    OtherUid,
    /// It is for this user in this channel, and does not let the user join.
    #[error("the token does not allow to join")]
    NoJoinPrivilege,
    /// It holds, and its privilege to join no longer does.
    #[error("the token's privilege to join has expired")]
    PrivilegeExpired,
}

impl JoinGrant {
    /// Whether the user may be heard now.
    pub fn may_publish_audio(&self, now_s: u64) -> bool {
        holds(self.audio_until_s, now_s)
    }

    /// Whether the user may be seen now.
    pub fn may_publish_video(&self, now_s: u64) -> bool {
        holds(self.video_until_s, now_s)
    }

    /// Whether the user may send data now.
    pub fn may_publish_data(&self, now_s: u64) -> bool {
        holds(self.data_until_s, now_s)
    }
}

/// Judges a token at the door of a channel. The first thing that is wrong, from the signature inwards, is the answer.
///
/// * A token holds from its issue (and up to [`MAX_CLOCK_SKEW_S`] earlier) until the second before `issued_at_s + expire_s`.
/// * An empty uid in the token lets any user in. An empty uid of the user's opens no token that names one.
/// * A privilege whose time is zero has no limit of its own and ends with the token; no privilege outlives the token, and none
///   to publish outlives the one to join.
/// * Of a token that repeats the service, which only [`parse_as_reference`](crate::parse_as_reference) reads, the first counts.
///
/// # Errors
/// [`JoinRefusal`] says why not.
pub fn check_join(parsed: &Parsed, certificates: &Certificates, join: &Join<'_>) -> Result<JoinGrant, JoinRefusal> {
    if parsed.app_id() != join.app_id {
        return Err(JoinRefusal::ForeignApp);
    }
    let token = parsed.verify_any(certificates).map_err(|_| JoinRefusal::BadSignature)?;
    check_time(token, join.now_s)?;
    grant(token, rtc_privileges(token, join)?, join.now_s)
}

fn check_time(token: &Token, now_s: u64) -> Result<(), JoinRefusal> {
    if u64::from(token.issued_at_s) > now_s.saturating_add(MAX_CLOCK_SKEW_S) {
        return Err(JoinRefusal::NotYetValid);
    }
    if token.expires_at_s() <= now_s { Err(JoinRefusal::Expired) } else { Ok(()) }
}

fn rtc_privileges<'a>(token: &'a Token, join: &Join<'_>) -> Result<&'a Privileges<RtcPrivilege>, JoinRefusal> {
    let rtc = token.services.iter().find_map(|service| {
        let Service::Rtc { privileges, channel, uid } = service else { return None };
        Some((privileges, channel, uid))
    });
    match rtc.ok_or(JoinRefusal::NotForCalls)? {
        (_, channel, _) if channel != join.channel => Err(JoinRefusal::OtherChannel),
        (_, _, uid) if !uid.is_empty() && uid != join.uid => Err(JoinRefusal::OtherUid),
        (privileges, _, _) => Ok(privileges),
    }
}

fn grant(token: &Token, privileges: &Privileges<RtcPrivilege>, now_s: u64) -> Result<JoinGrant, JoinRefusal> {
    let until_s = |privilege| privileges.expire_s(privilege).map(|expire_s| privilege_until_s(token, expire_s));
    let join_s = until_s(RtcPrivilege::Join).ok_or(JoinRefusal::NoJoinPrivilege)?;
    if join_s <= now_s {
        return Err(JoinRefusal::PrivilegeExpired);
    }
    let publish_s = |privilege| until_s(privilege).map(|until_s| until_s.min(join_s));
    Ok(JoinGrant {
        until_s: join_s,
        audio_until_s: publish_s(RtcPrivilege::PublishAudio),
        video_until_s: publish_s(RtcPrivilege::PublishVideo),
        data_until_s: publish_s(RtcPrivilege::PublishData),
    })
}

fn privilege_until_s(token: &Token, expire_s: u32) -> u64 {
    let token_s = token.expires_at_s();
    if expire_s == 0 { token_s } else { token.at_s(expire_s).min(token_s) }
}

fn holds(until_s: Option<u64>, now_s: u64) -> bool {
    until_s.is_some_and(|until_s| now_s < until_s)
}
