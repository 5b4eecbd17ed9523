//! Who waits for what the machine makes of an order. Each order brings its own place to answer to, and keeps it until it is answered: a
//! later order never takes the place of an earlier one.

use carillon_call::device::{Command, Rejection};
use carillon_protocol::{CallId, Moderation, UserId};
use tokio::sync::oneshot;

use super::{CommandError, StartCallError};

type Started = Result<CallId, StartCallError>;
type Moderated = Result<(), CommandError>;

/// Where an order is answered.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Of `start_call`: once the server has named the call, or refused it.
    Started(oneshot::Sender<Started>),
    /// Of `moderate`: once the server has done it, or refused it.
    Moderated(oneshot::Sender<Moderated>),
    /// Of every other order: as soon as the machine has taken it, or not.
    Taken(oneshot::Sender<Result<(), CommandError>>),
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The order that the machine has just been given, with whom it names: what it says next is about that.
    order: Option<(Named, Reply)>,
    /// Who began the call in hand, until the server has named it.
    starting: Option<oneshot::Sender<Started>>,
    /// Who asks more people into it, with whom they name.
    adding: Vec<(Vec<UserId>, oneshot::Sender<Started>)>,
    /// Who has something done about others in it, with what and about whom.
    moderating: Vec<((UserId, Moderation), oneshot::Sender<Moderated>)>,
}

/// Whom an order names.
#[derive(Debug)]
enum Named {
    /// These people, and perhaps nobody.
    People(Vec<UserId>),
    /// This one, about whom something is to be done.
    One(UserId, Moderation),
}

impl Waiting {
    /// The machine is about to be given an order.
    pub(super) fn ordered(&mut self, command: &Command, reply: Reply) {
        let named = match command {
            Command::StartCall(invitation) | Command::AddPeople(invitation) => Named::People(invitation.to.clone()),
            Command::Moderate { user, what } => Named::One(user.clone(), *what),
            Command::SetHand { .. }
            | Command::AnswerCall { .. }
            | Command::Accept { .. }
            | Command::RenewToken { .. }
            | Command::Decline
            | Command::HangUp
            | Command::Dismiss => Named::People(Vec::new()),
        };
        self.order = Some((named, reply));
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
            Some((_, Reply::Taken(reply) | Reply::Moderated(reply))) => answer(reply, Err(not_taken(why))),
            None => {} // an order of the kit's own
        }
    }

    /// It has said all that it says to the order at once. A call that was neither begun nor rejected asks people into the one in hand.
    pub(super) fn is_heard(&mut self) {
        match self.order.take() {
            Some((Named::People(users), Reply::Started(reply))) => self.adding.push((users, reply)),
            Some((Named::One(user, what), Reply::Moderated(reply))) => self.moderating.push(((user, what), reply)),
            Some((_, Reply::Taken(reply) | Reply::Moderated(reply))) => answer(reply, Ok(())),
            Some((Named::One(..), Reply::Started(_))) | None => {}
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

    /// This was done about a user, or why not.
    pub(super) fn moderated(&mut self, user: &UserId, what: Moderation, how: Moderated) {
        if let Some(at) = self.moderating.iter().position(|((whom, asked), _)| (whom, *asked) == (user, what)) {
            answer(self.moderating.remove(at).1, how);
        }
    }

    /// The call in hand is over.
    pub(super) fn ended(&mut self, why: StartCallError) {
        self.starting.take().into_iter().for_each(|reply| answer(reply, Err(why.clone())));
        self.adding.drain(..).for_each(|(_, reply)| answer(reply, Err(StartCallError::Ended)));
        self.moderating.drain(..).for_each(|(_, reply)| answer(reply, Err(CommandError::NotInACall)));
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
        Rejection::NotInACall | Rejection::InACall => CommandError::NotInACall,
        Rejection::Offline => CommandError::Offline,
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
    fn whoever_has_somebody_muted_hears_what_the_server_makes_of_that_and_of_nothing_else() {
        let mut waiting = Waiting::default();
        let [mut mute, mut removal] = [Moderation::Mute, Moderation::Remove].map(|what| {
            let (reply, answered) = oneshot::channel();
            waiting.ordered(&Command::Moderate { user: user("bob"), what }, Reply::Moderated(reply));
            waiting.is_heard();
            answered
        });

        let refused = Err(CommandError::Refused(carillon_protocol::RefusalCode::NotAllowed));
        waiting.moderated(&user("bob"), Moderation::Remove, refused);

        assert_eq!(removal.try_recv(), Ok(refused));
        assert!(mute.try_recv().is_err(), "it still waits");
        waiting.ended(StartCallError::Ended);
        assert_eq!(mute.try_recv(), Ok(Err(CommandError::NotInACall)));
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
