//! Pictures, passwords and RTC tokens: what goes over the REST part.

use std::num::NonZeroUsize;

use bytes::Bytes;
use carillon_protocol::{
    AvatarId, ChannelName, DeleteAccountRequest, GroupId, PasswordRequest, RtcToken, RtcTokenRequest, Uid,
};
use reqwest::Method;

use super::{Connection, RequestError};
use crate::{SignInError, rest::RestError};

/// A list of people has about so many faces, of some dozens of KiB each.
pub(super) const CACHED_AVATARS: NonZeroUsize = NonZeroUsize::new(64).expect("it is not zero");

impl Connection {
    /// This user's picture for others, a PNG, JPEG or WebP of at most 1 MiB; `None`: none any more.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_avatar(&self, picture: Option<Vec<u8>>) -> Result<(), RequestError> {
        let (method, body) = match picture {
            Some(picture) => (Method::PUT, picture),
            None => (Method::DELETE, Vec::new()),
        };
        Ok(self.shared.rest.bytes(method, "v1/avatar", body.into()).await.map(|_| ())?)
    }

    /// A group's picture, as one of its admins; as [`set_avatar`](Self::set_avatar).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_group_avatar(&self, group: &GroupId, picture: Vec<u8>) -> Result<(), RequestError> {
        let path = format!("v1/groups/{group}/avatar");
        Ok(self.shared.rest.bytes(Method::PUT, &path, picture.into()).await.map(|_| ())?)
    }

    /// A picture by its name, as the server has it. The latest ones are kept: a name is its content's.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn avatar(&self, avatar: &AvatarId) -> Result<Bytes, RequestError> {
        if let Some(picture) = self.avatars().get(avatar) {
            return Ok(picture.clone());
        }
        let path = format!("v1/avatars/{avatar}");
        let picture = self.shared.rest.bytes(Method::GET, &path, Bytes::new()).await?;
        self.avatars().put(avatar.clone(), picture.clone());
        Ok(picture)
    }

    /// Another password; all other devices of the user are signed out by it.
    ///
    /// # Errors
    /// [`SignInError`], which a person can act on.
    pub async fn change_password(&self, old: &str, new: &str) -> Result<(), SignInError> {
        let body = PasswordRequest { old: old.to_owned(), new: new.to_owned() };
        Ok(self.shared.rest.post_once("v1/password", &body).await.map(|_| ())?)
    }

    /// Deletes this account with its messages and devices, for good; its name is given to no account again. This device is signed out
    /// by it, as all others of the user are.
    ///
    /// # Errors
    /// [`SignInError`], which a person can act on.
    pub async fn delete_account(&self, password: &str) -> Result<(), SignInError> {
        let body = DeleteAccountRequest { password: password.to_owned() };
        Ok(self.shared.rest.post_once("v1/delete-account", &body).await.map(|_| ())?)
    }

    /// A token for a channel, for this user; `uid`: as whom, `None` by the account's name. [`CallKit`](crate::CallKit) fetches its own
    /// if an app brings none.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn rtc_token(&self, channel: &ChannelName, uid: Option<Uid>) -> Result<RtcToken, RequestError> {
        let body = RtcTokenRequest { channel: channel.clone(), uid };
        let answer = self.shared.rest.post("v1/rtc-token", &body).await?;
        let wrong = |error: serde_json::Error| RestError::Nonsense(error.to_string());
        Ok(serde_json::from_slice(&answer).map_err(wrong)?)
    }
}
