//! What a device hears.

use carillon_protocol::{
    Chat, Done, GroupEvent, Message as Letter, MessageBody, Person, Request, Ring, ServerFrame, Signal, UserId,
};
use futures_util::StreamExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::{Device, PATIENCE, next_frame};
use crate::support::{text_of, write};

impl Device {
    /// The next signal that is no message; those are kept for [`Device::reads`].
    pub(crate) async fn hears(&mut self) -> Signal {
        loop {
            match self.next_signal().await {
                Signal::Message(letter) => self.letters.push_back(letter),
                signal => return signal,
            }
        }
    }

    /// Listens until this signal comes, and lets all others pass.
    pub(crate) async fn hears_until(&mut self, wanted: &Signal) {
        self.hears_one(|signal| signal == wanted).await;
    }

    /// Listens until a signal of this kind comes, and lets all others pass.
    pub(crate) async fn hears_one(&mut self, is_it: impl Fn(&Signal) -> bool) {
        while !is_it(&self.hears().await) {}
    }

    /// The next message that is no event of a group. No other signal may come before it.
    pub(crate) async fn reads(&mut self) -> Letter {
        loop {
            let letter = self.reads_anything().await;
            if !is_event(&letter) {
                return letter;
            }
        }
    }

    /// The next event of a group; messages before it pass.
    pub(crate) async fn reads_event(&mut self) -> GroupEvent {
        loop {
            if let MessageBody::Event { event } = self.reads_anything().await.body {
                return event;
            }
        }
    }

    async fn reads_anything(&mut self) -> Letter {
        if let Some(letter) = self.letters.pop_front() {
            return letter;
        }
        match self.next_signal().await {
            Signal::Message(letter) => letter,
            other => panic!("not a message: {other:?}"),
        }
    }

    /// The next message's text.
    pub(crate) async fn reads_text(&mut self) -> String {
        text_of(&self.reads().await)
    }

    /// Writes a text, which must be taken.
    pub(crate) async fn writes(&mut self, chat: &Chat, text: &str) -> Letter {
        match self.does(write(chat, text)).await {
            Done::Sent { message } => message,
            other => panic!("not sent: {other:?}"),
        }
    }

    /// The user's devices have changed; told once for each time.
    pub(crate) async fn hears_of_devices(&mut self) {
        if self.devices_changed == 0 {
            assert_eq!(self.numbered_signal().await, Signal::DevicesChanged);
        } else {
            self.devices_changed -= 1;
        }
    }

    /// The next signal that is not about the user's devices; those are counted for [`Device::hears_of_devices`].
    async fn next_signal(&mut self) -> Signal {
        loop {
            match self.numbered_signal().await {
                Signal::DevicesChanged => self.devices_changed += 1,
                signal => return signal,
            }
        }
    }

    /// The next signal, whose number follows the one before.
    async fn numbered_signal(&mut self) -> Signal {
        let (seq, signal) = match self.early.pop_front() {
            Some(early) => early,
            None => match next_frame(&mut self.socket).await.unwrap() {
                ServerFrame::Signal { seq, body } => (seq, body),
                other => panic!("not a signal: {other:?}"),
            },
        };
        assert_eq!(seq, self.seq + 1, "signals are numbered without gaps");
        self.seq = seq;
        signal
    }

    /// The next word that somebody is writing, or not any more; signals before it are kept.
    pub(crate) async fn hears_typing(&mut self) -> (Chat, UserId, bool) {
        loop {
            match next_frame(&mut self.socket).await.unwrap() {
                ServerFrame::Typing { chat, user, typing } => return (chat, user, typing),
                ServerFrame::Signal { seq, body } => self.early.push_back((seq, body)),
                other => panic!("not that somebody is writing: {other:?}"),
            }
        }
    }

    /// Whether a signal came before an answer.
    pub(crate) fn has_something_to_hear(&self) -> bool {
        !self.early.is_empty()
    }

    /// The next signal must be a ring.
    pub(crate) async fn rings(&mut self) -> Ring {
        match self.hears().await {
            Signal::Ring(ring) => ring,
            other => panic!("not a ring: {other:?}"),
        }
    }

    /// Nothing but messages and news of devices was sent to this device before now: what it asks is answered first.
    pub(crate) async fn has_heard_nothing(&mut self) {
        self.does(Request::RecentCalls { limit: 0 }).await;
        let is_other = |signal: &Signal| !matches!(signal, Signal::Message(_) | Signal::DevicesChanged);
        let signals: Vec<_> = self.early.iter().filter(|(_, signal)| is_other(signal)).collect();
        assert_eq!(signals, [] as [&(u64, Signal); 0], "signals");
    }

    /// No message was sent to this device before now, beside those that it has read.
    pub(crate) async fn has_read_everything(&mut self) {
        self.does(Request::RecentCalls { limit: 0 }).await;
        let early = self.early.iter().filter(|(_, signal)| matches!(signal, Signal::Message(one) if !is_event(one)));
        let letters = self.letters.iter().filter(|letter| !is_event(letter));
        assert_eq!((early.count(), letters.count()), (0, 0), "messages");
    }

    /// The next signal must be about somebody.
    pub(crate) async fn hears_of(&mut self, user: &str) -> Person {
        match self.hears().await {
            Signal::PersonChanged(person) if person.user.as_str() == user => person,
            other => panic!("not about {user}: {other:?}"),
        }
    }

    /// Everybody who is or was or shall be a contact.
    pub(crate) async fn contacts(&mut self) -> Vec<Person> {
        match self.does(Request::Contacts).await {
            Done::People { people } => people,
            other => panic!("no people: {other:?}"),
        }
    }

    /// The code and the reason with which the server closes the link.
    pub(crate) async fn is_dismissed(&mut self) -> (u16, String) {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.unwrap() {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Close(None))) | None => panic!("closed without a word"),
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("broken off: {error}"),
            }
        }
    }
}

fn is_event(letter: &Letter) -> bool {
    matches!(letter.body, MessageBody::Event { .. })
}
