//! Who waits for what the machine makes of an order. Each order brings its own place to answer to, and keeps it until it is answered: a
//! later order never takes the place of an earlier one.

use carillon_call::device::{Command, Rejection};
use carillon_protocol::{CallId, UserId};
use tokio::sync::oneshot;

use super::{CommandError, StartCallError};

type Started = Result<CallId, StartCallError>;

/// Where an order is answered.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Of `start_call`: once the server has named the call, or refused it.
    Started(oneshot::Sender<Started>),
    /// Of every other order: as soon as the machine has taken it, or not.
    Taken(oneshot::Sender<Result<(), CommandError>>),
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The order that the machine has just been given, with whom it names: what it says next is about that.
    order: Option<(Vec<UserId>, Reply)>,
    /// Who began the call in hand, until the server has named it.
    starting: Option<oneshot::Sender<Started>>,
    /// Who asks more people into it, with whom they name.
    adding: Vec<(Vec<UserId>, oneshot::Sender<Started>)>,
}

impl Waiting {
    /// The machine is about to be given an order.
    pub(super) fn ordered(&mut self, command: &Command, reply: Reply) {
        let users = match command {
            Command::StartCall(invitation) | Command::AddPeople(invitation) => invitation.to.clone(),
            Command::AnswerCall { .. }
            | Command::Accept { .. }
            | Command::RenewToken { .. }
            | Command::Decline
            | Command::HangUp
            | Command::Dismiss => Vec::new(),
        };
        self.order = Some((users, reply));
    }

    /// It begins a call by it, or takes the one that rings.
    pub(super) fn begins(&mut self) {
        match self.order.take() {
            Some((_, Reply::Started(reply))) => self.starting = Some(reply),
            other => self.order = other,
        }
    }

    /// It does not take the order.
    pub(super) fn rejected(&mut self, why: Rejection) {
        match self.order.take() {
            Some((_, Reply::Started(reply))) => answer(reply, Err(not_started(why))),
            Some((_, Reply::Taken(reply))) => answer(reply, Err(not_taken(why))),
            None => {} // an order of the kit's own
        }
    }

    /// It has said all that it says to the order at once. A call that was neither begun nor rejected asks people into the one in hand.
    pub(super) fn is_heard(&mut self) {
        match self.order.take() {
            Some((users, Reply::Started(reply))) => self.adding.push((users, reply)),
            Some((_, Reply::Taken(reply))) => answer(reply, Ok(())),
            None => {}
        }
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

const fn not_started(why: Rejection) -> StartCallError {
    match why {
        Rejection::Offline => StartCallError::Offline,
        Rejection::InACall | Rejection::NothingRings | Rejection::NotInACall => StartCallError::InAnotherCall,
    }
}

const fn not_taken(why: Rejection) -> CommandError {
    match why {
        Rejection::NothingRings => CommandError::NothingRings,
        Rejection::NotInACall | Rejection::InACall | Rejection::Offline => CommandError::NotInACall,
    }
}

pub(super) fn answer<T>(reply: oneshot::Sender<T>, how: T) {
    // The task that asked may have ended meanwhile.
    let _ = reply.send(how);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::StartCall;

    #[test]
    fn an_order_that_is_rejected_is_told_so_itself_and_the_call_that_begins_goes_on() {
        let mut waiting = Waiting::default();
        let mut first = give(&mut waiting, "bob");
        waiting.begins();
        waiting.is_heard();

        let mut second = give(&mut waiting, "carol");
        waiting.rejected(Rejection::InACall);
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

    #[test]
    fn a_button_is_answered_at_once_and_takes_no_answer_of_the_call_that_begins() {
        let mut waiting = Waiting::default();
        let mut starting = give(&mut waiting, "bob");
        waiting.begins();
        waiting.is_heard();

        let [mut taken, mut refused] = [None, Some(Rejection::NothingRings)].map(|why| {
            let (reply, answered) = oneshot::channel();
            waiting.ordered(&Command::Decline, Reply::Taken(reply));
            why.into_iter().for_each(|why| waiting.rejected(why));
            waiting.is_heard();
            answered
        });

        assert_eq!(taken.try_recv(), Ok(Ok(())));
        assert_eq!(refused.try_recv(), Ok(Err(CommandError::NothingRings)));
        assert!(starting.try_recv().is_err(), "it still waits");
    }

    fn give(waiting: &mut Waiting, name: &str) -> oneshot::Receiver<Started> {
        let (reply, answered) = oneshot::channel();
        let command = Command::StartCall(StartCall::voice(user(name)).into());
        waiting.ordered(&command, Reply::Started(reply));
        answered
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }

    fn call() -> CallId {
        CallId::new(Uuid::from_u128(1))
    }
}
