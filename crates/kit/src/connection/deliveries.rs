//! Telling the server what has come to this device: not for each message, and again where there was no link.

use std::{sync::Weak, time::Duration};

use carillon_protocol::{Request, UserId};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::sleep,
};

use super::{Connection, News, RequestError, SharedConnection};

/// Soon enough for who waits for it, and a crowd of messages is one request.
const EVERY: Duration = Duration::from_secs(2);

/// Works until the connection is closed; it does not keep it open.
pub(super) async fn confirm(connection: Weak<SharedConnection>, me: UserId, mut news: Receiver<News>) {
    let mut reached = None;
    loop {
        if reached.is_none() {
            match news.recv().await {
                Ok(heard) => reached = place(&heard, &me),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            if reached.is_none() {
                continue;
            }
        }
        sleep(EVERY).await;
        while let Ok(heard) = news.try_recv() {
            reached = reached.max(place(&heard, &me));
        }
        let (Some(shared), Some(up_to)) = (connection.upgrade(), reached) else { return };
        match (Connection { shared }).order(Request::MarkDelivered { up_to }).await {
            Err(RequestError::Offline) => {}
            Err(RequestError::Closed) => return,
            Ok(()) | Err(RequestError::Refused(_)) => reached = None,
        }
    }
}

/// Up to where everything is here. A session that begins anew begins with all there is; the server knows how far that is.
fn place(news: &News, me: &UserId) -> Option<u64> {
    match news {
        News::Message(message) if message.from != *me => Some(message.pos),
        News::Refresh => Some(u64::MAX),
        News::PresenceChanged { .. }
        | News::AccountChanged(_)
        | News::DevicesChanged
        | News::PersonChanged(_)
        | News::Message(_)
        | News::MessageChanged(_)
        | News::ReceiptsChanged { .. }
        | News::ChatMuted { .. }
        | News::Typing { .. }
        | News::Read { .. }
        | News::GroupChanged(_)
        | News::GroupLeft { .. }
        | News::CallLogged(_)
        | News::CallsSeen { .. }
        | News::LoginChanged(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use carillon_protocol::{Account, AppId, Chat, DeviceId, Done, Login, Message, MessageBody, MessageId, SignedIn};
    use uuid::Uuid;

    use super::*;
    use crate::connection::Script;

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_messages_is_confirmed_once_and_again_where_there_was_no_link() {
        let (script, asked) = (Script::new(), Arc::new(Mutex::new(Vec::new())));
        let asks = Arc::clone(&asked);
        let connection = script
            .connection(login(), move |_, request| {
                let mut asks = asks.lock().expect("nobody panics");
                asks.push(request);
                if asks.len() == 1 { Err(RequestError::Offline) } else { Ok(Done::Done) }
            })
            .expect("a good address");
        connection.confirm_deliveries();
        tokio::task::yield_now().await;

        for pos in [3, 4, 5] {
            script.news.send(News::Message(message(pos, "bob"))).expect("it is heard");
        }
        script.news.send(News::Message(message(6, "ada"))).expect("it is heard");
        sleep(EVERY * 5).await;

        let twice = vec![Request::MarkDelivered { up_to: 5 }; 2];
        assert_eq!(*asked.lock().expect("nobody panics"), twice, "own messages are not asked for");
    }

    fn login() -> Login {
        let signed_in = SignedIn {
            account: Account::new(UserId::new("ada").expect("a good name"), "Ada"),
            device: DeviceId::new(Uuid::from_u128(1)),
            app: AppId::new("carillon").expect("a good name"),
            token: "secret".into(),
            token_expires_in_s: 60,
            refresh_token: "secret".into(),
        };
        Login { server: "https://calls.example.org".into(), signed_in, device_secret: None }
    }

    fn message(pos: u64, from: &str) -> Message {
        let from = UserId::new(from).expect("a good name");
        Message {
            id: MessageId::new(Uuid::from_u128(u128::from(pos))),
            pos,
            chat: Chat::User { user: from.clone() },
            from_name: from.to_string(),
            from,
            body: MessageBody::Text { text: "hello".into() },
            ext: Default::default(),
            call: None,
            at_ms: 0,
            reply_to: None,
            edited_at_ms: None,
        }
    }
}
