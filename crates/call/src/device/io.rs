//! What goes into a [`Device`](super::Device) and what comes out of it.

use std::time::{Duration, Instant};

use carillon_protocol::{
    Answer, CallId, CallKind, CallPath, EndReason, HandledHow, Invitation, Leg, LegState, MediaSignal, MediaSlot,
    Moderation, OpId, PendingRequest, Published, Refusal, Ring, Secret, Signal, SnapshotCall, Uid, UserId,
    WantedPicture, Wants,
};

/// Everything that a device hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// This device's own user orders something.
    Command(Command),
    /// The server tells something.
    Signal(Signal),
    /// The server answers a request of [`Output::Send`].
    Answer {
        /// The request's id.
        op: OpId,
        /// What came of it.
        result: Answer,
    },
    /// The link to the server came or went.
    Link(Link),
    /// The media transport tells something.
    Media(Media),
    /// These are the pictures that are to be received in the group call in hand from now on. It counts as long as this device is in it. In a
    /// call of two what this device publishes says it.
    Want(Vec<WantedPicture>),
    /// This is what the media of the call in hand send now. It counts while this device is in a call. Nothing of it is left when
    /// [`MediaControl::Prepare`] makes another transport than one to the server, or the first.
    Publish(Published),
}

/// What a user orders of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Call a user, or several in a group call. On the channel of the group call in hand it is [`Command::AddPeople`]; to the user whose
    /// call of two rings here it is [`Command::Accept`].
    StartCall(Invitation),
    /// Ask more people into the group call in hand. The invitation names its channel.
    AddPeople(Invitation),
    /// Raise this user's hand in the group call in hand, or lower it.
    SetHand {
        /// Whether it is up.
        raised: bool,
    },
    /// Do this about another user in the group call in hand.
    Moderate {
        /// Whom.
        user: UserId,
        /// What.
        what: Moderation,
    },
    /// Show the ring on this device (`true`), or keep this device silent while the user's others ring on (`false`). Never an
    /// accept.
    AnswerCall {
        /// Whether this device should ring.
        ring: bool,
    },
    /// Join; the others fall silent.
    Accept {
        /// An RTC token of the app's own.
        access_token: Option<Secret>,
        /// As whom to join the channel; `None`: by the account's name.
        uid: Option<Uid>,
        /// The other device does not learn this one's address: the media go through the server.
        hides_address: bool,
    },
    /// Stay in the channel with another RTC token, before the last one expires.
    RenewToken {
        /// For the same channel and the same uid.
        access_token: Secret,
    },
    /// End the ring on all of the user's devices.
    Decline,
    /// Cancel before an answer, hang up after it; leave a group call.
    HangUp,
    /// Put away how the last call ended.
    Dismiss,
}

/// The link to the server.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Link {
    /// The link is up and the session goes on: missed signals follow.
    Resumed,
    /// The link is up and the session is new: this is the live call, as the server has it.
    Reset(Option<SnapshotCall>),
    /// The link is down.
    Down,
}

/// What the media transport tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Media {
    /// A signal for the other device's transport.
    Signal(MediaSignal),
    /// Media can flow.
    Connected,
    /// The path is gone for the moment.
    Lost,
    /// The transport has given up.
    Failed,
    /// What the other end's transport is said to say does not come from its device: no media may follow from it.
    Unverified,
    /// The other end has said that it is done with the call.
    Left,
}

/// Everything that a device wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Ask the server, and repeat until it answers.
    Send(PendingRequest),
    /// Do this with media.
    Media(MediaControl),
    /// Tell the app.
    Event(Event),
}

/// Which end makes the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaRole {
    /// The caller.
    Offerer,
    /// Who answers.
    Answerer,
    /// One whose media go through the server, in a group call or a call of two: it offers too, to the server's forwarder.
    Participant,
}

/// What to do with media. A transport lives from `Prepare` to `Close`; a second `Prepare` replaces it, and what the replaced one
/// still says must not become an [`Input`]. Microphone, camera and screen stay open where a transport to the server takes over, and wait for
/// the next `Open` where another one does.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaControl {
    /// Make a transport and gather, but open no microphone or camera and send no media: this device's user has not consented.
    Prepare {
        /// The offerer makes its offer at once; the server holds it until the answer.
        role: MediaRole,
        /// Voice or video.
        kind: CallKind,
    },
    /// This device's own user called or accepted: the microphone may open, and media may leave once connected.
    Open,
    /// From the other device's transport, or from the server's forwarder.
    Deliver(MediaSignal),
    /// What comes and goes by a transport to the server from now on.
    Slots {
        /// What is in its receiving slots; what is not named is empty.
        slots: Vec<MediaSlot>,
        /// What the others want of this device's pictures.
        wants: Wants,
    },
    /// Find a new path, by a new offer with other ICE credentials. Only ever ordered of the offerer.
    Restart,
    /// Close the microphone, the speaker and the transport.
    Close,
}

/// What the app hears of calls.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// This device calls now.
    Calling {
        /// The invitation as it was ordered.
        invitation: Invitation,
    },
    /// So many devices of the callee ring.
    RingingOn {
        /// The call.
        call: CallId,
        /// How many devices of the callee ring.
        devices: u32,
    },
    /// Another user calls. The app decides with [`Command::AnswerCall`] whether this device rings.
    Invited(Ring),
    /// This device rings: show it, sound it.
    RingStarted(Ring),
    /// This device rings no longer. Why follows as [`Event::Joining`] or, when the record has said it, [`Event::Ended`]; unless this
    /// device was only silenced.
    RingStopped {
        /// The call.
        call: CallId,
    },
    /// Answered; media connect.
    Joining {
        /// The call.
        call: CallId,
        /// Voice or video; after glare it may be less than was asked.
        kind: CallKind,
        /// As whom the other end is in the channel, where the server told it.
        with_uid: Option<Uid>,
    },
    /// The two hear each other; in a group call: this device is in the channel, and another user is or was.
    Active {
        /// The call.
        call: CallId,
    },
    /// The path is gone; the call waits for a new one until then.
    Reconnecting {
        /// The call.
        call: CallId,
        /// When it gives up.
        until: Instant,
    },
    /// The path is back.
    Reconnected {
        /// The call.
        call: CallId,
    },
    /// The media of the call of two in hand go another way from now on: [`CallInfo::path`](super::CallInfo::path).
    PathChanged {
        /// The call, if the server has named it.
        call: Option<CallId>,
        /// Which way.
        path: CallPath,
    },
    /// The other end of a call of two publishes something else. In a group call [`Event::LegChanged`] says it.
    PublishedChanged {
        /// The call.
        call: CallId,
        /// The user at the other end.
        user: UserId,
        /// All that they publish now.
        published: Published,
    },
    /// A user's part in the group call in hand has changed, or is heard of for the first time. The call has it in
    /// [`CallInfo::legs`](super::CallInfo::legs).
    LegChanged {
        /// The call.
        call: CallId,
        /// Whose, and how it is now.
        leg: Leg,
        /// How it was; `None`: heard of for the first time.
        was: Option<LegState>,
    },
    /// These people were asked into the group call; or were in it already.
    Added {
        /// The call.
        call: CallId,
        /// As they were named.
        users: Vec<UserId>,
    },
    /// These people cannot be asked into the group call, which goes on as it was.
    NotAdded {
        /// The call.
        call: CallId,
        /// As they were named.
        users: Vec<UserId>,
        /// Why not.
        refusal: Refusal,
    },
    /// The server has done what was ordered about another user, or it was so already.
    Moderated {
        /// The call.
        call: CallId,
        /// Whom it is about.
        user: UserId,
        /// What.
        what: Moderation,
    },
    /// The server has not done it, and the group call goes on as it was.
    NotModerated {
        /// The call.
        call: CallId,
        /// Whom it is about.
        user: UserId,
        /// What.
        what: Moderation,
        /// Why not.
        refusal: Refusal,
    },
    /// A moderator of the group call in hand mutes this user: the microphone is to be muted now, and this user may unmute it.
    Muted {
        /// The call.
        call: CallId,
        /// The moderator.
        by: UserId,
    },
    /// This device's RTC token expires soon: [`Command::RenewToken`].
    TokenWillExpire {
        /// The call.
        call: CallId,
        /// How soon.
        left: Duration,
    },
    /// This device's RTC token has expired; without another one the server takes it out of the call.
    TokenExpired {
        /// The call.
        call: CallId,
        /// How soon.
        left: Duration,
    },
    /// The server does not take the other RTC token.
    NotRenewed {
        /// The call.
        call: CallId,
        /// Why not.
        refusal: Refusal,
    },
    /// It is over for this device. Exactly one for each call that began here.
    Ended {
        /// The call, if the server ever named it.
        call: Option<CallId>,
        /// Why.
        end: End,
    },
    /// A command that made no sense now, such as calling during a call. Nothing has changed.
    Rejected {
        /// What was ordered.
        command: Command,
        /// Why not.
        why: Rejection,
    },
}

/// Why a command was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// This device is in a call, or rings.
    InACall,
    /// There is no link to the server.
    Offline,
    /// Nothing rings (any longer).
    NothingRings,
    /// This device is in no such call.
    NotInACall,
}

/// How a call ended for this device.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// As the record has it, for both sides alike.
    Recorded {
        /// Why.
        reason: EndReason,
        /// Whether this device's own user did it.
        by_me: bool,
    },
    /// A moderator has taken this user out of the group call, which goes on without them.
    RemovedBy {
        /// The moderator.
        user: UserId,
    },
    /// Another device of this user dealt with it; the call itself may go on there.
    HandledElsewhere {
        /// What it did.
        how: HandledHow,
        /// Its name; empty if unknown.
        device_name: String,
    },
    /// The server would not begin it.
    Refused(Refusal),
}
