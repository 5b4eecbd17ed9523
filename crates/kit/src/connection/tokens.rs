//! The task that owns the sign-in's tokens: it hands them out, and renews them before they expire or when one is not taken.
//!
//! Renewals are one after the other, because a refresh token is good for one.

use std::time::{Duration, Instant};

use carillon_protocol::{Login, RefreshRequest, Refreshed};
use reqwest::{Client, StatusCode};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::News;
use crate::{
    ServerAddress, clock,
    rest::{self, RestError},
};

/// A token is renewed when it has less than this left: a slow sign-in takes some seconds.
const EARLY: Duration = Duration::from_secs(60);
/// The link and some windows.
const ORDER_QUEUE: usize = 16;

type Reply = oneshot::Sender<Result<String, RestError>>;

enum TokenOrder {
    Current { reply: Reply },
    InsteadOf { refused: String, reply: Reply },
}

/// Where tokens come from.
#[derive(Clone)]
pub(crate) struct Tokens {
    orders: mpsc::Sender<TokenOrder>,
}

impl Tokens {
    /// Begins with a kept sign-in. Its age is not known: that its token is old shows when it is not taken.
    pub(crate) fn keep(
        client: Result<Client, RestError>,
        server: ServerAddress,
        login: watch::Sender<Login>,
        news: broadcast::Sender<News>,
    ) -> Self {
        let (orders, orders_rx) = mpsc::channel(ORDER_QUEUE);
        let renew_at = renewal(login.borrow().signed_in.token_expires_in_s);
        let keeper = TokenKeeper { client, server, login, news, renew_at, is_void: false };
        tokio::spawn(keeper.run(orders_rx));
        Self { orders }
    }

    /// A token that is good for a while, as far as is known.
    pub(crate) async fn current(&self) -> Result<String, RestError> {
        self.ask(|reply| TokenOrder::Current { reply }).await
    }

    /// Another token than this one, which the server has not taken.
    pub(crate) async fn instead_of(&self, refused: String) -> Result<String, RestError> {
        self.ask(|reply| TokenOrder::InsteadOf { refused, reply }).await
    }

    async fn ask(&self, order: impl FnOnce(Reply) -> TokenOrder) -> Result<String, RestError> {
        let (reply, answer) = oneshot::channel();
        // The task ends with the last handle, so both only fail at the end of the runtime.
        self.orders.send(order(reply)).await.map_err(|_| RestError::SignedOut)?;
        answer.await.map_err(|_| RestError::SignedOut)?
    }
}

struct TokenKeeper {
    client: Result<Client, RestError>,
    server: ServerAddress,
    login: watch::Sender<Login>,
    news: broadcast::Sender<News>,
    /// `None`: the token does not expire.
    renew_at: Option<Instant>,
    /// The server has refused to renew it.
    is_void: bool,
}

impl TokenKeeper {
    async fn run(mut self, mut orders: mpsc::Receiver<TokenOrder>) {
        while let Some(order) = orders.recv().await {
            let (result, reply) = match order {
                TokenOrder::Current { reply } => (self.current().await, reply),
                TokenOrder::InsteadOf { refused, reply } => (self.instead_of(&refused).await, reply),
            };
            // The task that asked may have ended meanwhile.
            let _ = reply.send(result);
        }
    }

    async fn current(&mut self) -> Result<String, RestError> {
        if self.renew_at.is_some_and(|at| at <= clock::now()) {
            match self.renew().await {
                // It may be good for some seconds yet, and the server for all of them.
                Err(error @ (RestError::Unreachable(_) | RestError::Nonsense(_))) => {
                    tracing::info!(%error, "not renewed")
                }
                other => other?,
            }
        }
        self.token()
    }

    async fn instead_of(&mut self, refused: &str) -> Result<String, RestError> {
        if self.token()? == refused {
            self.renew().await?;
        }
        self.token()
    }

    fn token(&self) -> Result<String, RestError> {
        if self.is_void { Err(RestError::SignedOut) } else { Ok(self.login.borrow().signed_in.token.clone()) }
    }

    async fn renew(&mut self) -> Result<(), RestError> {
        let refresh_token = self.login.borrow().signed_in.refresh_token.clone();
        let renewed = match refresh_token.is_empty() {
            true => Err(RestError::SignedOut),
            false => refresh(&self.client, &self.server, refresh_token).await,
        };
        match renewed {
            Ok(refreshed) => self.take(refreshed),
            Err(RestError::SignedOut) => {
                self.is_void = true;
                return Err(RestError::SignedOut);
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// The app is told of the new tokens before the old ones go.
    fn take(&mut self, refreshed: Refreshed) {
        let mut login = self.login.borrow().clone();
        login.signed_in.token = refreshed.token;
        login.signed_in.refresh_token = refreshed.refresh_token;
        login.signed_in.token_expires_in_s = refreshed.token_expires_in_s;
        self.renew_at = renewal(refreshed.token_expires_in_s);
        // There is no reader, if that fails.
        let _ = self.news.send(News::LoginChanged(login.clone()));
        self.login.send_replace(login);
    }
}

/// The next tokens for a refresh token; [`RestError::SignedOut`] if there are none for it.
pub(crate) async fn refresh(
    client: &Result<Client, RestError>,
    server: &ServerAddress,
    refresh_token: String,
) -> Result<Refreshed, RestError> {
    let request = client.clone()?.post(server.http("v1/refresh")).json(&RefreshRequest { refresh_token });
    match rest::checked(request).await {
        Ok(reply) => rest::json(reply).await,
        Err(RestError::Refused { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. }) => {
            Err(RestError::SignedOut)
        }
        Err(other) => Err(other),
    }
}

fn renewal(expires_in_s: u64) -> Option<Instant> {
    let expires_in = Duration::from_secs(expires_in_s);
    // A token that is shorter than that is renewed in the middle of its life.
    clock::now().checked_add(expires_in.saturating_sub(EARLY.min(expires_in / 2)))
}
