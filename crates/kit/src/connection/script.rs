//! A connection without a server, for the tests of apps.

use carillon_protocol::{Answer, Done, Login, OpId, PendingRequest, Request};
use tokio::sync::{broadcast, mpsc, watch};

use super::{Connection, LinkState, News, RequestError, link::LinkValues, orders::LinkOrder};
use crate::{AddressError, ServerAddress};

/// What a test says in the place of a server: it holds the values that connections show, and answers what they ask. One script serves any
/// number of connections. Pictures and passwords, which go by HTTP, are not in it.
#[derive(Debug, Clone)]
pub struct Script {
    /// How the link is.
    pub link: watch::Sender<LinkState>,
    /// How many missed calls wait to be seen.
    pub missed_calls: watch::Sender<u32>,
    /// What happens besides calls.
    pub news: broadcast::Sender<News>,
}

impl Script {
    /// A link that is up, and nothing has happened.
    pub fn new() -> Self {
        Self {
            link: watch::channel(LinkState::Up).0,
            missed_calls: watch::channel(0).0,
            news: broadcast::channel(super::NEWS_QUEUE).0,
        }
    }

    /// A connection of this user, whose questions `answer` answers.
    ///
    /// # Errors
    /// [`AddressError`] if the login does not hold the address of a server; nothing is sent there.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn connection(
        &self,
        login: Login,
        answer: impl FnMut(OpId, Request) -> Result<Done, RequestError> + Send + 'static,
    ) -> Result<Connection, AddressError> {
        let server = ServerAddress::parse(&login.server, true)?;
        let values = LinkValues {
            link: self.link.clone(),
            greeting: watch::channel(None).0,
            account: watch::channel(login.signed_in.account.clone()).0,
            missed_calls: self.missed_calls.clone(),
            news: self.news.clone(),
        };
        let link = |_, orders, values| tokio::spawn(run(orders, values, answer));
        Ok(Connection::over(link, login, &server, None, values))
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

/// Answers until the connection is closed.
async fn run(
    mut orders: mpsc::Receiver<LinkOrder>,
    _values: LinkValues,
    mut answer: impl FnMut(OpId, Request) -> Result<Done, RequestError> + Send,
) {
    while let Some(order) = orders.recv().await {
        match order {
            LinkOrder::Ask { request: PendingRequest { op_id, body }, reply } => {
                // Who asked may have gone meanwhile.
                let _ = reply.send(answer(op_id, body).map(Answer::Ok));
            }
            LinkOrder::Call(_) | LinkOrder::Attach(_) => {}
            LinkOrder::Close => return,
        }
    }
}
