//! A signed-in session as the controller holds it: the kit's handle, the latest values, and the tasks that bring them.

use std::{future::Future, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use carillon_kit::{Avatar, CallEntry, CallStatus, LinkState, Person, Ring, UserId};
use tokio::{
    sync::{broadcast, mpsc, watch},
    task::JoinSet,
};

use super::{
    input::{Ear, Input, Said},
    people::People,
};
use crate::backend::{CallOrder, Session};

/// How many calls are shown.
pub(super) const RECENT: usize = 50;

pub(super) struct Live {
    number: u64,
    pub(super) kit: Arc<dyn Session>,
    pub(super) link: LinkState,
    pub(super) ring: Option<Ring>,
    pub(super) call: CallStatus,
    /// The call's picture, as a `data:` URL.
    pub(super) picture: Option<String>,
    pub(super) people: People,
    pub(super) recent: Vec<CallEntry>,
    orders: mpsc::Sender<CallOrder>,
    ear: Ear,
    /// Ends with the session.
    tasks: JoinSet<()>,
}

/// The server tells of people whom a search has shown; somebody with a new account comes with the next search.
const LOOK_FOR_NEW_PEOPLE: Duration = Duration::from_secs(60);

/// Nobody clicks faster than the kit takes orders.
const ORDERS: usize = 32;

impl Live {
    /// Listens to a session. `number` sets it apart from all others.
    pub(super) fn begin(number: u64, kit: Arc<dyn Session>, ear: Ear) -> Self {
        let (orders, orders_rx) = mpsc::channel(ORDERS);
        let mut live = Self {
            number,
            link: *kit.link().borrow(),
            ring: None,
            call: CallStatus::default(),
            picture: None,
            people: People::default(),
            recent: Vec::new(),
            tasks: JoinSet::new(),
            orders,
            kit,
            ear,
        };
        live.pass_on(orders_rx);
        live.look_for_new_people();
        live.follow(live.kit.link(), Said::Link);
        live.follow(live.kit.ring(), Said::Ring);
        live.follow(live.kit.call(), Said::Call);
        live.follow(live.kit.levels(), Said::Levels);
        live.listen(live.kit.events(), Said::Event, None);
        live.listen(live.kit.news(), Said::News, Some(|| Said::NewsLost));
        live
    }

    pub(super) const fn is(&self, number: u64) -> bool {
        self.number == number
    }

    /// Takes over how the call is.
    pub(super) fn set_call(&mut self, status: CallStatus) {
        if status.avatar != self.call.avatar {
            self.picture = status.avatar.as_ref().map(data_url);
        }
        self.call = status;
    }

    /// Whether somebody talks, calls or is being called by this device; a ring is not that.
    pub(super) fn in_call(&self) -> bool {
        self.call.is_live() && self.call.phase != carillon_kit::CallPhase::RingingHere
    }

    /// Tells the kit to do something; what comes of it is an event.
    pub(super) fn order(&self, order: CallOrder) {
        if self.orders.try_send(order).is_err() {
            tracing::warn!(?order, "the kit does not keep up with what is ordered");
        }
    }

    fn look_for_new_people(&mut self) {
        let (ear, number) = (self.ear.clone(), self.number);
        self.tasks.spawn(async move {
            loop {
                tokio::time::sleep(LOOK_FOR_NEW_PEOPLE).await;
                ear.tell(Input::Session(number, Said::LookAgain)).await;
            }
        });
    }

    /// One after the other, so that orders stay in order.
    fn pass_on(&mut self, mut orders: mpsc::Receiver<CallOrder>) {
        let kit = Arc::clone(&self.kit);
        self.tasks.spawn(async move {
            while let Some(order) = orders.recv().await {
                kit.order(order).await;
            }
        });
    }

    /// Looks people up by name.
    pub(super) fn search(&mut self, query: &str) {
        self.people.search_for(query);
        let (kit, query) = (Arc::clone(&self.kit), query.to_owned());
        self.ask(async move {
            // Without a link the list stays as it is; it is asked for again when the link is back.
            let people = kit.search(&query).await.ok()?;
            Some(Said::People { query, people })
        });
    }

    pub(super) fn search_again(&mut self) {
        let query = self.people.query().to_owned();
        self.search(&query);
    }

    /// Reads people and calls anew.
    pub(super) fn refresh(&mut self) {
        self.search_again();
        let kit = Arc::clone(&self.kit);
        self.ask(async move { kit.recent().await.ok().map(Said::Recent) });
    }

    pub(super) fn start_call(&mut self, to: UserId, kind: carillon_kit::CallKind) {
        let kit = Arc::clone(&self.kit);
        self.ask(async move {
            let error = kit.start_call(to.clone(), kind).await.err()?;
            Some(Said::NotStarted { to, error })
        });
    }

    pub(super) fn person(&self, user: &UserId) -> Option<&Person> {
        self.people.find(user)
    }

    fn ask(&mut self, question: impl Future<Output = Option<Said>> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {} // those that are done
        let (ear, number) = (self.ear.clone(), self.number);
        self.tasks.spawn(async move {
            if let Some(said) = question.await {
                ear.tell(Input::Session(number, said)).await;
            }
        });
    }

    fn follow<T: Clone + Send + Sync + 'static>(&mut self, mut value: watch::Receiver<T>, said: fn(T) -> Said) {
        let (ear, number) = (self.ear.clone(), self.number);
        value.mark_changed();
        self.tasks.spawn(async move {
            while value.changed().await.is_ok() {
                let latest = value.borrow_and_update().clone();
                ear.tell(Input::Session(number, said(latest))).await;
            }
        });
    }

    fn listen<T: Clone + Send + 'static>(
        &mut self,
        mut events: broadcast::Receiver<T>,
        said: fn(T) -> Said,
        lost: Option<fn() -> Said>,
    ) {
        let (ear, number) = (self.ear.clone(), self.number);
        self.tasks.spawn(async move {
            loop {
                let told = match events.recv().await {
                    Ok(event) => Some(said(event)),
                    Err(broadcast::error::RecvError::Lagged(_)) => lost.map(|lost| lost()),
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                if let Some(told) = told {
                    ear.tell(Input::Session(number, told)).await;
                }
            }
        });
    }
}

/// What a window can show without fetching anything.
fn data_url(picture: &Avatar) -> String {
    format!("data:{};base64,{}", picture.media_type(), BASE64_STANDARD.encode(picture.bytes()))
}
