//! How the program ends, for scripts.

use carillon_kit::{CommandError, HangupReason, RefusalCode, RequestError, SignInError, StartCallError};

/// For `--help`; the same table is in `docs/cli.md`.
pub(crate) const HELP: &str = "\
Exit codes:
   0  talked; or done; or listened until told to stop
   1  something failed that has no code of its own; or the sound of a call
   2  wrong arguments, address, name, or file
   3  the server does not answer
   4  not a Carillon server
   5  wrong name or password, or signed out
   6  registration refused: invite, closed, name taken, or weak password
   7  too many tries
  10  nobody answered; or no call came in time
  11  declined
  12  busy
  13  cancelled before the answer
  14  another device of this user dealt with it
  15  no such user, or oneself
  16  the server refused the call
  17  the connection was lost
  18  the media could not connect
  19  this device is open in another place
  20  taken out of the call: by a moderator, out of the group, or the RTC token expired
  21  the server refused what was asked";

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Good = 0,
    Failed = 1,
    Usage = 2,
    Unreachable = 3,
    NotACarillonServer = 4,
    BadCredentials = 5,
    RegistrationRefused = 6,
    RateLimited = 7,
    NoAnswer = 10,
    Declined = 11,
    Busy = 12,
    Cancelled = 13,
    HandledElsewhere = 14,
    UnknownUser = 15,
    CallRefused = 16,
    ConnectionLost = 17,
    MediaFailed = 18,
    Replaced = 19,
    Removed = 20,
    NotDone = 21,
}

impl Exit {
    pub(crate) fn of_sign_in(error: &SignInError) -> Self {
        match error {
            SignInError::Unreachable(_) => Self::Unreachable,
            SignInError::NotACarillonServer(_) => Self::NotACarillonServer,
            SignInError::BadAddress(_)
            | SignInError::InsecureAddress(_)
            | SignInError::PlainHttp(_)
            | SignInError::BadName(_)
            | SignInError::NameRefused(_) => Self::Usage,
            SignInError::WrongCredentials => Self::BadCredentials,
            SignInError::BadInvite
            | SignInError::RegistrationClosed
            | SignInError::NameTaken
            | SignInError::WeakPassword => Self::RegistrationRefused,
            SignInError::RateLimited => Self::RateLimited,
            SignInError::Internal(_) => Self::Failed,
        }
    }

    pub(crate) fn of_start(error: &StartCallError) -> Self {
        match error {
            StartCallError::Invalid(_) => Self::Usage,
            StartCallError::Offline => Self::Unreachable,
            StartCallError::Refused(refusal) => Self::of_refusal(refusal.code, Self::CallRefused),
            StartCallError::Ended => Self::Cancelled,
            StartCallError::InAnotherCall | StartCallError::Closed => Self::Failed,
        }
    }

    pub(crate) fn of_hangup(reason: &HangupReason) -> Self {
        match reason {
            HangupReason::Normal | HangupReason::Remote => Self::Good,
            HangupReason::Cancelled | HangupReason::RemoteCancelled => Self::Cancelled,
            HangupReason::Declined | HangupReason::RemoteDeclined => Self::Declined,
            HangupReason::Busy => Self::Busy,
            HangupReason::NoAnswer | HangupReason::Missed => Self::NoAnswer,
            HangupReason::HandledElsewhere { .. } => Self::HandledElsewhere,
            HangupReason::ConnectionLost => Self::ConnectionLost,
            HangupReason::MediaFailed => Self::MediaFailed,
            HangupReason::Removed { .. } | HangupReason::TokenExpired => Self::Removed,
            HangupReason::Refused { code } => Self::of_refusal(*code, Self::CallRefused),
        }
    }

    pub(crate) fn of_request(error: &RequestError) -> Self {
        match error {
            RequestError::Refused(refusal) if refusal.code == RefusalCode::NameRefused => Self::Usage,
            RequestError::Refused(refusal) => Self::of_refusal(refusal.code, Self::NotDone),
            RequestError::Offline => Self::Unreachable,
            RequestError::Closed => Self::BadCredentials,
        }
    }

    /// What most refusals are depends on what was asked.
    const fn of_refusal(code: RefusalCode, most: Self) -> Self {
        match code {
            RefusalCode::UnknownUser | RefusalCode::SelfCall => Self::UnknownUser,
            RefusalCode::RateLimited => Self::RateLimited,
            RefusalCode::Internal => Self::Failed,
            RefusalCode::Invalid
            | RefusalCode::UnknownCall
            | RefusalCode::AlreadyHandled
            | RefusalCode::CallEnded
            | RefusalCode::InAnotherCall
            | RefusalCode::ChannelInUse
            | RefusalCode::NotAllowed
            | RefusalCode::NotFound
            | RefusalCode::NameRefused
            | RefusalCode::TooLarge
            | RefusalCode::CallFull
            | RefusalCode::TokenMissing
            | RefusalCode::TokenInvalid
            | RefusalCode::TokenExpired
            | RefusalCode::TokenDenied => most,
        }
    }
}

/// What a person is told about an end that is not good.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) exit: Exit,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }
}

impl Problem {
    pub(crate) fn signed_out() -> Self {
        Self::new(Exit::BadCredentials, "the sign-in is no longer valid")
    }

    pub(crate) fn replaced() -> Self {
        Self::new(Exit::Replaced, "this device is open in another place")
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        Self::new(Exit::of_request(&error), error.to_string())
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let is_insecure = matches!(error, SignInError::InsecureAddress(_));
        let hint = if is_insecure { "; --allow-insecure goes on all the same" } else { "" };
        Self::new(Exit::of_sign_in(&error), format!("{error}{hint}"))
    }
}

impl From<StartCallError> for Problem {
    fn from(error: StartCallError) -> Self {
        let words = [
            (RefusalCode::UnknownUser, "there is no such user"),
            (RefusalCode::SelfCall, "nobody can call themself"),
            (RefusalCode::InAnotherCall, "this user is in another call already"),
        ];
        let is_it = |code| matches!(&error, StartCallError::Refused(refusal) if refusal.code == code);
        let text = words.into_iter().find(|(code, _)| is_it(*code)).map(|(_, text)| text.to_owned());
        Self::new(Exit::of_start(&error), text.unwrap_or_else(|| error.to_string()))
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code_once() {
        let codes: Vec<_> =
            HELP.lines().skip(1).map(|line| line.trim().split(' ').next().unwrap_or_default()).collect();
        let expected =
            [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21].map(|code: i32| code.to_string());
        assert_eq!(codes, expected);
        assert_eq!(Exit::NotDone as i32, 21);
    }
}
