//! Going on with what is written. A reader that is slower than the writers falls behind what the kit keeps for it; what it has missed is
//! then fetched from the server, so that there is never a gap.

use std::{pin::pin, time::Duration};

use carillon_kit::{Chat, Connection, LinkState, MAX_PAGE, Message, News, RefusalCode, RequestError};
use serde_json::json;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};

use super::tell;
use crate::{
    exit::{Exit, Problem},
    report::Report,
    talk::{at, told_to_stop},
};

/// How long to wait before what was missed is asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// One conversation, or all of them, from a place on.
pub(super) struct Followed<'a> {
    pub(super) connection: &'a Connection,
    pub(super) report: Report,
    pub(super) chat: Option<Chat>,
    /// How many more to tell; `None`: without end.
    pub(super) left: Option<u32>,
    pub(super) places: Places,
}

impl Followed<'_> {
    pub(super) async fn follow(mut self, mut news: Receiver<News>) -> Result<(), Problem> {
        let (mut stop, mut link) = (pin!(told_to_stop()), self.connection.link());
        let mut fetch_at = None;
        while self.left != Some(0) {
            tokio::select! {
                () = &mut stop => return Ok(()),
                heard = news.recv() => match heard {
                    Ok(News::Message(message)) if self.places.came(message.pos) => self.tell(&message),
                    Ok(other) => self.tell_news(&other),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::info!(missed, "slower than what is written; fetching what was missed");
                        self.places.lagged();
                        fetch_at = Some(Instant::now());
                    }
                    Err(RecvError::Closed) => return Err(Problem::new(Exit::Failed, "the connection has ended")),
                },
                () = at(fetch_at) => fetch_at = self.fetch().await?,
                Ok(()) = link.changed() => match *link.borrow_and_update() {
                    LinkState::SignedOut => return Err(Problem::signed_out()),
                    LinkState::Replaced => return Err(Problem::replaced()),
                    LinkState::Up | LinkState::Reconnecting | LinkState::Down => {}
                },
            }
        }
        Ok(())
    }

    /// One page of what was missed; when to fetch the next.
    async fn fetch(&mut self) -> Result<Option<Instant>, Problem> {
        let (page, more) = match self.connection.messages_after(self.places.told, MAX_PAGE).await {
            Ok(page) => page,
            Err(error) if is_passing(&error) => return Ok(Some(Instant::now() + RETRY_AFTER)),
            Err(error) => return Err(error.into()),
        };
        for message in &page {
            if self.places.fetched(message.pos) {
                self.tell(message);
            }
        }
        if more && !page.is_empty() {
            return Ok(Some(Instant::now()));
        }
        self.places.caught_up();
        Ok(None)
    }

    /// What becomes of messages that were told before.
    fn tell_news(&self, news: &News) {
        let (name, chat, fields) = match news {
            News::MessageChanged(message) => ("message-changed", &message.chat, json!({ "message": message })),
            News::ReceiptsChanged { chat, receipts } => {
                ("receipts-changed", chat, json!({ "chat": chat, "receipts": receipts }))
            }
            News::ChatMuted { chat, muted } => ("chat-muted", chat, json!({ "chat": chat, "muted": muted })),
            News::Typing { chat, user, typing } => {
                ("typing", chat, json!({ "chat": chat, "user": user, "typing": typing }))
            }
            News::PresenceChanged { .. }
            | News::AccountChanged(_)
            | News::DevicesChanged
            | News::PersonChanged(_)
            | News::Message(_)
            | News::Read { .. }
            | News::GroupChanged(_)
            | News::GroupLeft { .. }
            | News::CallLogged(_)
            | News::CallsSeen { .. }
            | News::LoginChanged(_)
            | News::Refresh => return,
        };
        if self.chat.as_ref().is_none_or(|followed| followed == chat) {
            self.report.say(name, fields, "");
        }
    }

    fn tell(&mut self, message: &Message) {
        if self.left != Some(0) && self.chat.as_ref().is_none_or(|chat| *chat == message.chat) {
            tell(self.report, message);
            self.left = self.left.map(|left| left - 1);
        }
    }
}

fn is_passing(error: &RequestError) -> bool {
    match error {
        RequestError::Offline => true,
        RequestError::Refused(refusal) => matches!(refusal.code, RefusalCode::RateLimited | RefusalCode::Internal),
        RequestError::Closed => false,
    }
}

/// Up to which place everything has been told.
#[derive(Debug)]
pub(super) struct Places {
    told: u64,
    /// Something after that was missed, so that what comes by itself is fetched too.
    is_behind: bool,
}

impl Places {
    pub(super) fn after(told: u64) -> Self {
        Self { told, is_behind: false }
    }

    /// A message came by itself: whether it is to be told.
    fn came(&mut self, place: u64) -> bool {
        !self.is_behind && self.fetched(place)
    }

    /// A message was fetched: whether it is to be told.
    fn fetched(&mut self, place: u64) -> bool {
        let is_new = place > self.told;
        self.told = place.max(self.told);
        is_new
    }

    fn lagged(&mut self) {
        self.is_behind = true;
    }

    fn caught_up(&mut self) {
        self.is_behind = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_told_once_and_in_order_with_what_came_meanwhile() {
        let mut places = Places::after(4);
        let mut told = Vec::new();

        told.extend([4, 5].into_iter().filter(|place| places.came(*place)));
        places.lagged();
        told.extend([90, 91].into_iter().filter(|place| places.came(*place)));
        told.extend((6..=92).filter(|place| places.fetched(*place)));
        places.caught_up();
        told.extend([91, 92, 93].into_iter().filter(|place| places.came(*place)));

        assert_eq!(told, (5..=93).collect::<Vec<_>>());
    }
}
