//! Accounts of participants, and their sign-ins, over REST.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use carillon_protocol::{
    ChannelName, RegisterRequest, RtcToken, RtcTokenRequest, Secret, SignInRequest, SignedIn, UserId,
};
use serde::{Serialize, de::DeserializeOwned};

use super::super::SignallingError;
use crate::plan::Account;

const DEVICE_NAME: &str = "load";

/// The REST part of a server.
pub(super) struct Rest {
    url: String,
    http: reqwest::Client,
    account: Account,
    /// The tokens of those who are signed in.
    signed_in: Mutex<HashSet<String>>,
}

impl Rest {
    pub(super) fn new(url: &str, account: Account) -> Result<Self, SignallingError> {
        // More than one provider of cryptography is linked; refused only if the program has chosen already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build()?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), http, account, signed_in: Mutex::default() })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Signs a participant in, and makes an account for it where there is none. Whoever it is for may have stopped waiting: the server
    /// knows a device then that nobody signs out.
    pub(super) async fn sign_in(&self, number: usize) -> Result<SignedIn, SignallingError> {
        let signed_in = self.signed_in_or_made(number).await?;
        self.signed_in.lock().unwrap_or_else(PoisonError::into_inner).insert(signed_in.token.clone());
        Ok(signed_in)
    }

    async fn signed_in_or_made(&self, number: usize) -> Result<SignedIn, SignallingError> {
        let user = UserId::new(format!("{}{number}", self.account.prefix))?;
        let typed = SignInRequest {
            user: user.clone(),
            password: self.account.password.clone(),
            device_name: DEVICE_NAME.into(),
            device: None,
            device_key: None,
        };
        let response = self.http.post(format!("{}/v1/sign-in", self.url)).json(&typed).send().await?;
        match response.status() {
            status if status.is_success() => return Ok(response.json().await?),
            // There may be no such account yet.
            reqwest::StatusCode::UNAUTHORIZED => {}
            _ => return Err(SignallingError::Refused("a sign-in", response.text().await?)),
        }
        let typed = RegisterRequest {
            invite: self.account.invite.clone(),
            user,
            display_name: "".into(),
            password: self.account.password.clone(),
            device_name: DEVICE_NAME.into(),
            device_key: None,
        };
        self.post("register", "an account", None, &typed).await
    }

    /// Signs out whoever is left.
    pub(super) async fn sign_out_all(&self) {
        let left: Vec<String> = self.signed_in.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        for token in left {
            self.sign_out(&token).await;
        }
    }

    /// The server forgets a sign-in; if it does not, the next clean-up does.
    pub(super) async fn sign_out(&self, token: &str) {
        self.signed_in.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
        let request = self.http.post(format!("{}/v1/sign-out", self.url)).bearer_auth(token);
        if let Err(error) = request.send().await {
            tracing::info!(%error, "not signed out");
        }
    }

    /// What lets a participant into a channel.
    pub(super) async fn token(&self, signed_in: &SignedIn, channel: &ChannelName) -> Result<Secret, SignallingError> {
        let asked = RtcTokenRequest { channel: channel.clone(), uid: None };
        let token: RtcToken = self.post("rtc-token", "a token for a channel", Some(&signed_in.token), &asked).await?;
        Ok(Secret::new(token.token))
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        what: &'static str,
        bearer: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, SignallingError> {
        let request = self.http.post(format!("{}/v1/{path}", self.url)).json(body);
        let request = if let Some(token) = bearer { request.bearer_auth(token) } else { request };
        let response = request.send().await?;
        if response.status().is_success() {
            Ok(response.json().await?)
        } else {
            Err(SignallingError::Refused(what, response.text().await?))
        }
    }
}
