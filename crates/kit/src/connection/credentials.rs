//! The way in to a link: a token for the socket, and a signature for the server's challenge.

use std::{sync::Arc, time::Duration};

use carillon_protocol::{DeviceId, Nonce, ServerFrame, Signature, identity};
use futures_util::StreamExt as _;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use super::{
    socket::{self, ConnectError, Socket},
    tokens::Tokens,
};
use crate::{ServerAddress, identity::DeviceSecret, rest::RestError};

/// The server speaks first; one that does not is not one of ours.
const CHALLENGE_TIMEOUT: Duration = Duration::from_secs(10);

/// What a device shows to be let in.
pub(crate) struct Credentials {
    pub(crate) server: ServerAddress,
    pub(crate) tokens: Tokens,
    pub(crate) device: DeviceId,
    pub(crate) secret: Option<Arc<DeviceSecret>>,
}

impl Credentials {
    /// A token that is not taken may only be old: it is renewed once.
    pub(super) async fn open(&self) -> Result<Socket, ConnectError> {
        let token = self.tokens.current().await?;
        match socket::connect(&self.server, &token).await {
            Err(ConnectError::SignedOut) => {
                let renewed = self.tokens.instead_of(token).await?;
                socket::connect(&self.server, &renewed).await
            }
            other => other,
        }
    }

    /// The answer to the server's challenge; a device without a key has none.
    pub(super) fn proof(&self, nonce: &Nonce) -> Option<Signature> {
        self.secret.as_ref().map(|secret| secret.sign(&identity::link_text(nonce, self.device)))
    }
}

impl From<RestError> for ConnectError {
    fn from(error: RestError) -> Self {
        match error {
            RestError::SignedOut => Self::SignedOut,
            error @ (RestError::Unreachable(_) | RestError::Refused { .. } | RestError::Nonsense(_)) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

/// The nonce in the first frame, which must be a challenge; else the frame with which the server closed, if it did.
pub(super) async fn challenge(socket: &mut Socket) -> Result<Nonce, Option<CloseFrame>> {
    let waiting = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return match serde_json::from_str(&text) {
                        Ok(ServerFrame::Challenge { nonce }) => Ok(nonce),
                        _ => Err(None),
                    };
                }
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Err(_)) | None => return Err(None),
                Some(Ok(_)) => {}
            }
        }
    };
    timeout(CHALLENGE_TIMEOUT, waiting).await.unwrap_or(Err(None))
}
