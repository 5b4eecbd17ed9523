//! From errors to notices that a person can act on, and to the field that is wrong.

use carillon_ipc::{Notice, NoticeCode, SignInField};
use carillon_kit::{MediaDevice, MediaNotice, SignInError, StartCallError};
use carillon_protocol::RefusalCode;

/// A notice that its code says all about.
pub(super) fn plain(code: NoticeCode) -> Notice {
    Notice { code, name: String::new(), detail: String::new() }
}

fn detailed(code: NoticeCode, detail: impl ToString) -> Notice {
    Notice { detail: detail.to_string(), ..plain(code) }
}

pub(super) fn internal(detail: impl ToString) -> Notice {
    detailed(NoticeCode::Internal, detail)
}

/// What went wrong at the door, and beside which field it belongs.
pub(super) fn of_sign_in(error: &SignInError) -> (SignInField, Notice) {
    use {NoticeCode as Code, SignInError as Error, SignInField as Field};
    let (field, code) = match error {
        Error::Unreachable(_) => (Field::Server, Code::ServerUnreachable),
        Error::NotACarillonServer(_) => (Field::Server, Code::NotACarillonServer),
        Error::BadAddress(_) => (Field::Server, Code::BadAddress),
        Error::InsecureAddress(_) => (Field::Server, Code::InsecureAddress),
        Error::WrongCredentials => (Field::Password, Code::WrongCredentials),
        Error::BadInvite => (Field::Invite, Code::BadInvite),
        Error::NameTaken => (Field::User, Code::NameTaken),
        Error::BadName(_) => (Field::User, Code::BadName),
        Error::WeakPassword => (Field::Password, Code::WeakPassword),
        Error::RateLimited => (Field::Form, Code::RateLimited),
        Error::Internal(_) => (Field::Form, Code::Internal),
    };
    (field, detailed(code, error))
}

/// Why a call to `name` did not begin; `None` where the call's own end says it.
pub(super) fn of_start_call(error: &StartCallError, name: &str) -> Option<Notice> {
    let code = match error {
        StartCallError::InAnotherCall => NoticeCode::InAnotherCall,
        StartCallError::Offline => NoticeCode::Offline,
        StartCallError::Refused(refusal) => match refusal.code {
            RefusalCode::UnknownUser => NoticeCode::UnknownUser,
            RefusalCode::SelfCall => NoticeCode::SelfCall,
            RefusalCode::InAnotherCall => NoticeCode::InAnotherCall,
            RefusalCode::RateLimited => NoticeCode::RateLimited,
            _ => NoticeCode::Internal,
        },
        StartCallError::Invalid(_) => NoticeCode::Internal,
        StartCallError::Ended | StartCallError::Closed => return None,
    };
    Some(Notice { name: name.to_owned(), ..detailed(code, error) })
}

/// What is the matter with a sound device.
pub(super) fn of_media(notice: &MediaNotice) -> Notice {
    match notice {
        MediaNotice::FellBack { name, .. } => Notice { name: name.clone(), ..plain(NoticeCode::DeviceGone) },
        MediaNotice::Missing { device: MediaDevice::Microphone } => plain(NoticeCode::NoMicrophone),
        MediaNotice::Missing { device: MediaDevice::Speaker } => plain(NoticeCode::NoSpeaker),
        MediaNotice::AccessDenied { .. } => plain(NoticeCode::MicrophoneRefused),
        MediaNotice::Busy { .. } => plain(NoticeCode::DeviceBusy),
        MediaNotice::Failed { detail, .. } => internal(detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_at_the_door_is_said_beside_the_field_that_is_wrong() {
        let field = |error: SignInError| of_sign_in(&error).0;

        assert_eq!(field(SignInError::Unreachable("refused".into())), SignInField::Server);
        assert_eq!(field(SignInError::WrongCredentials), SignInField::Password);
        assert_eq!(field(SignInError::BadInvite), SignInField::Invite);
        assert_eq!(field(SignInError::NameTaken), SignInField::User);
        assert_eq!(field(SignInError::RateLimited), SignInField::Form);
    }
}
