//! Who waits for what the machine makes of an order. Each order brings its own place to answer to, and keeps it until it is answered: a
//! later order never takes the place of an earlier one.

use carillon_protocol::{CallId, UserId};
use tokio::sync::oneshot;

use super::{StartCallError, Started};

pub(super) type Reply = oneshot::Sender<Started>;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The order that the machine has just been given, with whom it names: what it says next is about that.
    order: Option<(Vec<UserId>, Reply)>,
    /// Who began the call in hand, until the server has named it.
    starting: Option<Reply>,
    /// Who asks more people into it, with whom they name.
    adding: Vec<(Vec<UserId>, Reply)>,
}

impl Waiting {
    /// The machine is about to be given an order.
    pub(super) fn ordered(&mut self, users: Vec<UserId>, reply: Reply) {
        self.order = Some((users, reply));
    }

    /// It begins a call by it, or takes the one that rings.
    pub(super) fn begins(&mut self) {
        if let Some((_, reply)) = self.order.take() {
            self.starting = Some(reply);
        }
    }

    /// It does not take the order.
    pub(super) fn rejected(&mut self, why: StartCallError) {
        if let Some((_, reply)) = self.order.take() {
            answer(reply, Err(why));
        }
    }

    /// It has said all that it says to the order at once. One that was neither begun nor rejected asks people into the call in hand.
    pub(super) fn is_heard(&mut self) {
        self.adding.extend(self.order.take());
    }

    /// The call in hand has a name.
    pub(super) fn named(&mut self, call: CallId) {
        self.starting.take().into_iter().for_each(|reply| answer(reply, Ok(call)));
    }

    /// These people were asked into the call in hand, or why not.
    pub(super) fn added(&mut self, users: &[UserId], how: Started) {
        if let Some(at) = self.adding.iter().position(|(named, _)| named == users) {
            answer(self.adding.remove(at).1, how);
        }
    }

    /// The call in hand is over.
    pub(super) fn ended(&mut self, why: StartCallError) {
        self.starting.take().into_iter().for_each(|reply| answer(reply, Err(why.clone())));
        self.adding.drain(..).for_each(|(_, reply)| answer(reply, Err(StartCallError::Ended)));
    }
}

fn answer(reply: Reply, how: Started) {
    // The task that asked may have ended meanwhile.
    let _ = reply.send(how);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_order_that_is_rejected_is_told_so_itself_and_the_call_that_begins_goes_on() {
        let mut waiting = Waiting::default();
        let mut first = give(&mut waiting, "bob");
        waiting.begins();
        waiting.is_heard();

        let mut second = give(&mut waiting, "carol");
        waiting.rejected(StartCallError::InAnotherCall);
        waiting.is_heard();

        assert_eq!(second.try_recv(), Ok(Err(StartCallError::InAnotherCall)));
        assert!(first.try_recv().is_err(), "it still waits");
        waiting.named(call());
        assert_eq!(first.try_recv(), Ok(Ok(call())));
    }

    #[test]
    fn whoever_asks_people_into_a_call_hears_of_those_in_whatever_order_they_are_answered() {
        let mut waiting = Waiting::default();
        let [mut bobs, mut carols] = ["bob", "carol"].map(|name| {
            let reply = give(&mut waiting, name);
            waiting.is_heard();
            reply
        });

        waiting.added(&[user("carol")], Ok(call()));
        assert_eq!(carols.try_recv(), Ok(Ok(call())));
        assert!(bobs.try_recv().is_err(), "it still waits");

        waiting.ended(StartCallError::Closed);
        assert_eq!(bobs.try_recv(), Ok(Err(StartCallError::Ended)));
    }

    fn give(waiting: &mut Waiting, name: &str) -> oneshot::Receiver<Started> {
        let (reply, answered) = oneshot::channel();
        waiting.ordered(vec![user(name)], reply);
        answered
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }

    fn call() -> CallId {
        CallId::new(Uuid::from_u128(1))
    }
}
