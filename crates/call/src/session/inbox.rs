//! Messages, each told once and in the order of their places, over however many links.
//!
//! While the session goes on they come by themselves. After a new one, what was written meanwhile is fetched page by page, and what
//! comes by itself in that time waits. What this device wrote itself is in the answer to it, and may be told here too.

use std::collections::VecDeque;

use carillon_protocol::{Answer, Done, MAX_PAGE, Message, Request};

/// What is written while one catches up; what is more is fetched too.
const MAX_WAITING: usize = 256;

/// What one device knows of messages, in one life of its program.
#[derive(Debug, Default)]
pub struct Inbox {
    /// The place of the last message that was told, or that was there before the first session.
    known: Option<u64>,
    fetching: Option<Fetching>,
}

#[derive(Debug, Default)]
struct Fetching {
    /// Came by themselves, in the order of their places.
    waiting: VecDeque<Message>,
    /// Not all that came could wait.
    again: bool,
}

impl Inbox {
    /// A session has begun, with the place of the latest message; what to ask for, if something was missed.
    pub fn reset(&mut self, latest: u64) -> Option<Request> {
        self.fetching = None;
        let known = *self.known.get_or_insert(latest);
        if latest <= known {
            return None;
        }
        self.fetching = Some(Fetching::default());
        Some(after(known))
    }

    /// A message has come by itself: it is told now, or waits, or was told before.
    pub fn heard(&mut self, message: Message) -> Option<Message> {
        match &mut self.fetching {
            None => self.is_new(&message).then_some(message),
            Some(fetching) if fetching.waiting.len() < MAX_WAITING => {
                fetching.waiting.push_back(message);
                None
            }
            Some(fetching) => {
                fetching.again = true;
                None
            }
        }
    }

    /// A page has come, or was refused: what to tell, and what to ask for next.
    pub fn answered(&mut self, result: Answer) -> (Vec<Message>, Option<Request>) {
        let Some(mut fetching) = self.fetching.take() else { return (Vec::new(), None) };
        let (page, more) = match result {
            Answer::Ok(Done::Messages { messages, more }) => (messages, more),
            Answer::Ok(_) | Answer::Refused(_) => (Vec::new(), false),
        };
        let is_progress = !page.is_empty();
        let mut told: Vec<_> = page.into_iter().filter(|message| self.is_new(message)).collect();
        if more && is_progress {
            self.fetching = Some(fetching);
        } else {
            let waiting = std::mem::take(&mut fetching.waiting);
            told.extend(waiting.into_iter().filter(|message| self.is_new(message)));
            self.fetching = fetching.again.then(Fetching::default);
        }
        let next = self.fetching.is_some().then(|| after(self.known.unwrap_or(0)));
        (told, next)
    }

    fn is_new(&mut self, message: &Message) -> bool {
        let is_new = self.known.is_none_or(|known| message.pos > known);
        if is_new {
            self.known = Some(message.pos);
        }
        is_new
    }
}

fn after(after: u64) -> Request {
    Request::MessagesAfter { after, limit: MAX_PAGE }
}

#[cfg(test)]
mod tests {
    use carillon_protocol::{Chat, MessageBody, MessageId, UserId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_was_there_before_the_first_session_is_not_told() {
        let mut inbox = Inbox::default();

        assert_eq!(inbox.reset(7), None);
        assert_eq!(told(inbox.heard(message(7))), [0; 0]);
        assert_eq!(told(inbox.heard(message(9))), [9]);
        assert_eq!(inbox.reset(9), None, "nothing was missed");
    }

    #[test]
    fn what_was_missed_is_told_page_by_page_and_before_what_came_meanwhile() {
        let mut inbox = Inbox::default();
        inbox.reset(1);

        assert_eq!(inbox.reset(5), Some(after(1)));
        assert_eq!(told(inbox.heard(message(6))), [0; 0], "it waits");
        let (first, next) = inbox.answered(page(&[2, 3], true));
        assert_eq!((told(first), next), (vec![2, 3], Some(after(3))));
        let (second, next) = inbox.answered(page(&[4, 5, 6], false));
        assert_eq!((told(second), next), (vec![4, 5, 6], None));
        assert_eq!(told(inbox.heard(message(7))), [7]);
    }

    #[test]
    fn a_session_that_begins_while_pages_come_goes_on_after_what_was_told() {
        let mut inbox = Inbox::default();
        inbox.reset(1);
        inbox.reset(5);
        inbox.answered(page(&[2, 3], true));
        inbox.heard(message(6));

        assert_eq!(inbox.reset(6), Some(after(3)));
        let (rest, next) = inbox.answered(page(&[4, 5, 6], false));

        assert_eq!((told(rest), next), (vec![4, 5, 6], None));
    }

    #[test]
    fn more_than_can_wait_is_fetched() {
        let mut inbox = Inbox::default();
        inbox.reset(0);
        inbox.reset(1);
        let last = MAX_WAITING as u64 + 2;
        (2..=last).for_each(|pos| assert!(inbox.heard(message(pos)).is_none()));

        let (first, next) = inbox.answered(page(&[1], false));
        assert_eq!(first.len(), MAX_WAITING + 1);
        assert_eq!(next, Some(after(last - 1)));
        let (rest, next) = inbox.answered(page(&[last], false));

        assert_eq!((told(rest), next), (vec![last], None));
    }

    #[test]
    fn a_server_that_always_has_more_and_gives_nothing_is_not_asked_for_ever() {
        let mut inbox = Inbox::default();
        inbox.reset(1);
        inbox.reset(5);

        assert_eq!(inbox.answered(page(&[], true)), (vec![], None));
    }

    fn told(messages: impl IntoIterator<Item = Message>) -> Vec<u64> {
        messages.into_iter().map(|message| message.pos).collect()
    }

    fn page(places: &[u64], more: bool) -> Answer {
        Answer::Ok(Done::Messages { messages: places.iter().map(|pos| message(*pos)).collect(), more })
    }

    fn message(pos: u64) -> Message {
        let user = UserId::new("bob").expect("a good name");
        Message {
            id: MessageId::new(Uuid::from_u128(u128::from(pos))),
            pos,
            chat: Chat::User { user: user.clone() },
            from: user,
            from_name: "Bob".into(),
            body: MessageBody::Text { text: "hello".into() },
            ext: Default::default(),
            call: None,
            at_ms: 0,
            reply_to: None,
            edited_at_ms: None,
        }
    }
}
