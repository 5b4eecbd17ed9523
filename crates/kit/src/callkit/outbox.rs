//! Requests on their way to the link. One that needs an RTC token which the app does not bring waits for the kit's own, and those
//! behind it wait too: their order is part of what they mean.

use std::{collections::VecDeque, time::Duration};

use carillon_protocol::{ChannelName, OpId, PendingRequest, Request, Secret, Uid};
use tokio::{task::JoinHandle, time::timeout};

use crate::Connection;

/// A call waits no longer for a token: the server says what it makes of a request without one.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

type Fetching = JoinHandle<Option<Secret>>;

pub(crate) struct Outbox {
    connection: Connection,
    /// As whom this user is in channels, where that is not by the account's name.
    uid: Option<Uid>,
    queue: VecDeque<PendingRequest>,
    token: Option<(ChannelName, Token)>,
    /// The app's own, for the call that rings.
    own: Option<Secret>,
    renewal: Option<Fetching>,
    /// What the call in hand was begun or accepted with.
    in_use: Option<InUse>,
}

struct InUse {
    /// Whether the kit has fetched it.
    is_ours: bool,
    uid: Option<Uid>,
}

enum Token {
    Coming(Fetching),
    /// `None`: the server gives none.
    Here(Option<Secret>),
}

impl Outbox {
    pub(crate) fn new(connection: Connection, uid: Option<Uid>) -> Self {
        Self { connection, uid, queue: VecDeque::new(), token: None, own: None, renewal: None, in_use: None }
    }

    pub(crate) fn uid(&self) -> Option<Uid> {
        self.uid.clone()
    }

    /// The app has brought a token of its own for the call that rings, or none.
    pub(crate) fn keep_own(&mut self, token: Option<Secret>) {
        self.own = token;
    }

    /// The user accepts: the app's own token, if it has brought one.
    pub(crate) fn take_own(&mut self) -> Option<Secret> {
        self.own.take()
    }

    /// While it rings: so that the accept waits for nothing.
    pub(crate) fn fetch_ahead(&mut self, channel: &ChannelName) {
        let is_missing = self.token.as_ref().is_none_or(|(for_channel, _)| for_channel != channel);
        if self.own.is_none() && is_missing {
            let uid = self.uid.clone();
            self.begin(channel.clone(), uid);
        }
    }

    pub(crate) fn push(&mut self, request: PendingRequest) {
        self.queue.push_back(request);
    }

    /// The next request that may go. `channel` is the call's in hand.
    pub(crate) fn next(&mut self, channel: Option<&ChannelName>) -> Option<PendingRequest> {
        let request = self.queue.front()?;
        let (channel, uid) = if let Request::Invite(invitation) = &request.body
            && invitation.access_token.is_none()
        {
            (Some(invitation.channel.clone()), invitation.uid.clone())
        } else if let Request::Accept { access_token: None, uid, .. } = &request.body {
            (channel.cloned(), uid.clone())
        } else {
            (None, None)
        };
        let token = match channel {
            Some(channel) => self.token_for(channel, uid)?,
            None => None,
        };
        let request = self.queue.pop_front()?;
        Some(self.with_token(request, token))
    }

    /// The app's token or the kit's.
    fn with_token(&mut self, mut request: PendingRequest, token: Option<Secret>) -> PendingRequest {
        let (place, uid) = if let Request::Invite(invitation) = &mut request.body {
            (&mut invitation.access_token, &invitation.uid)
        } else if let Request::Accept { access_token, uid, .. } = &mut request.body {
            (access_token, &*uid)
        } else {
            return request;
        };
        // People who are added later change nothing of this device's own part.
        self.in_use.get_or_insert_with(|| InUse { is_ours: place.is_none(), uid: uid.clone() });
        if let Some(token) = token {
            *place = Some(token);
        }
        request
    }

    /// Takes an invite back that has not gone yet: its name.
    pub(crate) fn take_back_invite(&mut self) -> Option<OpId> {
        self.queue.pop_front_if(|request| matches!(request.body, Request::Invite(_))).map(|request| request.op_id)
    }

    /// `None`: it is not here yet.
    fn token_for(&mut self, channel: ChannelName, uid: Option<Uid>) -> Option<Option<Secret>> {
        match &self.token {
            Some((for_channel, Token::Here(token))) if *for_channel == channel => Some(token.clone()),
            Some((for_channel, Token::Coming(_))) if *for_channel == channel => None,
            _ => {
                self.begin(channel, uid);
                None
            }
        }
    }

    fn begin(&mut self, channel: ChannelName, uid: Option<Uid>) {
        let fetching = tokio::spawn(fetch(self.connection.clone(), channel.clone(), uid));
        self.token = Some((channel, Token::Coming(fetching)));
    }

    /// The token of the call in hand is about to expire: gets another one, if the kit got the last.
    pub(crate) fn renew(&mut self, channel: &ChannelName) {
        let Some(in_use) = self.in_use.as_ref().filter(|in_use| in_use.is_ours) else { return };
        if self.renewal.is_none() {
            let fetching = fetch(self.connection.clone(), channel.clone(), in_use.uid.clone());
            self.renewal = Some(tokio::spawn(fetching));
        }
    }

    /// The app has brought a token of its own.
    pub(crate) fn leave_renewals_to_the_app(&mut self) {
        self.in_use.iter_mut().for_each(|in_use| in_use.is_ours = false);
    }

    /// The call is over.
    pub(crate) fn forget(&mut self) {
        (self.token, self.own, self.renewal, self.in_use) = (None, None, None, None);
    }

    /// Whether something is being fetched.
    pub(crate) fn is_waiting(&self) -> bool {
        self.renewal.is_some() || matches!(self.token, Some((_, Token::Coming(_))))
    }

    /// Waits for what is being fetched; another token for the call in hand, if it is that. Safe to drop half-way.
    pub(crate) async fn wait(&mut self) -> Option<Secret> {
        tokio::select! {
            token = arrival(coming(&mut self.token)) => {
                if let Some((_, state)) = &mut self.token {
                    *state = Token::Here(token);
                }
                None
            }
            token = arrival(self.renewal.as_mut()) => {
                self.renewal = None;
                token
            }
        }
    }
}

fn coming(token: &mut Option<(ChannelName, Token)>) -> Option<&mut Fetching> {
    match token {
        Some((_, Token::Coming(fetching))) => Some(fetching),
        _ => None,
    }
}

/// For ever, if there is nothing to wait for.
async fn arrival(fetching: Option<&mut Fetching>) -> Option<Secret> {
    match fetching {
        // A fetch that panicked has found nothing.
        Some(fetching) => fetching.await.unwrap_or(None),
        None => std::future::pending().await,
    }
}

async fn fetch(connection: Connection, channel: ChannelName, uid: Option<Uid>) -> Option<Secret> {
    match timeout(FETCH_TIMEOUT, connection.rtc_token(&channel, uid)).await {
        Ok(Ok(token)) => Some(Secret::new(token.token)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "no RTC token");
            None
        }
        Err(_) => {
            tracing::warn!("no RTC token in time");
            None
        }
    }
}
