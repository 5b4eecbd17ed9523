//! RTC tokens: minted for signed-in users, and checked at the door of every channel.
//!
//! They are AccessToken2, so a team may as well mint them elsewhere, with the id and the certificate that `admin app` shows.

use std::{
    sync::{PoisonError, RwLock},
    time::Duration,
};

use carillon_protocol::{AppId, ChannelName, Refusal, RefusalCode, Uid};
use carillon_token::{
    Certificate, Certificates, Join, JoinRefusal, Role, Service, Token, check_join, mint, parse, uid_text,
};

use crate::{
    ground::{config::Config, secrets::new_certificate},
    store::{AppRow, Store, StoreError},
};

/// The application's certificates, and whether a token is demanded.
pub(crate) struct RtcTokens {
    app_id: carillon_token::AppId,
    certificates: RwLock<Certificates>,
    are_demanded: bool,
    last_for: Duration,
}

impl RtcTokens {
    /// The certificates that the database has; the first ones, if it has none.
    pub(crate) async fn open(store: &Store, config: &Config, now_ms: u64) -> Result<Self, StoreError> {
        let row = stored(store, &config.app, now_ms).await?;
        let app_id = row.token_app_id.parse().map_err(|_| StoreError::Corrupt { what: "app id" })?;
        Ok(Self {
            app_id,
            certificates: RwLock::new(certificates(&row)?),
            are_demanded: config.rtc_tokens == crate::ground::config::RtcTokenPolicy::Required,
            last_for: config.patience.rtc_token,
        })
    }

    /// What the database has is in force from now on.
    pub(crate) async fn reload(&self, store: &Store, app: &AppId, now_ms: u64) -> Result<(), StoreError> {
        let changed = certificates(&stored(store, app, now_ms).await?)?;
        *self.certificates.write().unwrap_or_else(PoisonError::into_inner) = changed;
        Ok(())
    }

    /// Whether users need one to come into a channel.
    pub(crate) const fn are_demanded(&self) -> bool {
        self.are_demanded
    }

    /// A token for a user in a channel, and for how long it is good, in seconds.
    pub(crate) fn mint(&self, channel: &ChannelName, uid: &Uid, wall_ms: u64) -> (String, u64) {
        let expire_s = u32::try_from(self.last_for.as_secs()).unwrap_or(u32::MAX);
        let token = Token {
            app_id: self.app_id.clone(),
            issued_at_s: u32::try_from(wall_ms / 1_000).unwrap_or(u32::MAX),
            expire_s,
            salt: rand::random(),
            services: vec![Service::rtc(Role::Publisher, channel.as_str(), text_of(uid), expire_s)],
        };
        let certificates = self.certificates.read().unwrap_or_else(PoisonError::into_inner);
        let text = mint(&token, certificates.current()).expect("a channel's and a user's name fit into a token");
        (text, u64::from(expire_s))
    }

    /// Until when a token opens a channel to a user, in milliseconds since the Unix epoch.
    pub(crate) fn check(&self, token: &str, channel: &ChannelName, uid: &Uid, wall_ms: u64) -> Result<u64, Refusal> {
        let parsed = parse(token).map_err(|error| refusal(RefusalCode::TokenInvalid, &error.to_string()))?;
        let uid = text_of(uid);
        let join = Join { app_id: &self.app_id, channel: channel.as_str(), uid: &uid, now_s: wall_ms / 1_000 };
        let certificates = self.certificates.read().unwrap_or_else(PoisonError::into_inner);
        let grant = check_join(&parsed, &certificates, &join).map_err(|why| refusal(code(why), &why.to_string()))?;
        if !grant.may_publish_audio(join.now_s) {
            return Err(refusal(RefusalCode::TokenDenied, "the token does not allow to be heard"));
        }
        Ok(grant.until_s.saturating_mul(1_000))
    }
}

/// What the database has; made now, if it has nothing.
pub(crate) async fn stored(store: &Store, app: &AppId, now_ms: u64) -> Result<AppRow, StoreError> {
    let fresh = AppRow { token_app_id: new_certificate(), certificate: new_certificate(), former_certificate: None };
    store.app(app, fresh, now_ms).await
}

fn certificates(row: &AppRow) -> Result<Certificates, StoreError> {
    let read = |text: &str| Certificate::new(text).map_err(|_| StoreError::Corrupt { what: "certificate" });
    let current = read(&row.certificate)?;
    Ok(match &row.former_certificate {
        Some(former) => Certificates::rotating(current, read(former)?),
        None => current.into(),
    })
}

/// As tokens have it: the number 0 is no particular user.
fn text_of(uid: &Uid) -> String {
    match uid {
        Uid::Number(number) => uid_text(*number),
        Uid::User(user) => user.to_string(),
    }
}

const fn code(why: JoinRefusal) -> RefusalCode {
    match why {
        JoinRefusal::NotYetValid | JoinRefusal::Expired | JoinRefusal::PrivilegeExpired => RefusalCode::TokenExpired,
        JoinRefusal::NoJoinPrivilege | JoinRefusal::NotForCalls => RefusalCode::TokenDenied,
        JoinRefusal::ForeignApp | JoinRefusal::BadSignature | JoinRefusal::OtherChannel | JoinRefusal::OtherUid => {
            RefusalCode::TokenInvalid
        }
    }
}

pub(crate) fn refusal(code: RefusalCode, detail: &str) -> Refusal {
    Refusal { code, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_for_an_old_account_that_is_called_0_opens_its_channel_to_nobody_else() {
        let account = Uid::from(carillon_protocol::UserId::new("0").expect("old accounts have such names"));

        assert_eq!(text_of(&account), "0");
        assert_eq!(text_of(&Uid::Number(0)), "", "which opens to everybody, and is nobody's own");
    }
}
