//! From errors to notices that a person can act on, and to the field that is wrong.

use carillon_ipc::{Notice, NoticeCode, SignInField};
use carillon_kit::{
    CommandError, MAX_TEXT_BYTES, MediaDevice, MediaNotice, RefusalCode, RequestError, SignInError, StartCallError,
};

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
        Error::PlainHttp(_) => (Field::Server, Code::PlainHttp),
        Error::WrongCredentials => (Field::Password, Code::WrongCredentials),
        Error::RegistrationClosed => (Field::Form, Code::RegistrationClosed),
        Error::BadInvite => (Field::Invite, Code::BadInvite),
        Error::NameTaken => (Field::User, Code::NameTaken),
        Error::BadName(_) => (Field::User, Code::BadName),
        Error::NameRefused(_) => (Field::Form, Code::NameRefused),
        Error::WeakPassword => (Field::Password, Code::WeakPassword),
        Error::RateLimited => (Field::Form, Code::RateLimited),
        Error::Internal(_) => (Field::Form, Code::Internal),
    };
    let name = if let Error::PlainHttp(address) = error { address.clone() } else { String::new() };
    (field, Notice { name, ..detailed(code, error) })
}

/// Why a call to `name` did not begin, or not with more people than `call_size`; `None` where the call's own end says it.
pub(super) fn of_start_call(error: &StartCallError, name: &str, call_size: usize) -> Option<Notice> {
    let code = match error {
        StartCallError::InAnotherCall => NoticeCode::InAnotherCall,
        StartCallError::Offline => NoticeCode::Offline,
        StartCallError::Refused(refusal) => of_refusal(refusal.code),
        StartCallError::Invalid(_) => NoticeCode::Internal,
        StartCallError::Ended | StartCallError::Closed => return None,
    };
    let name = if code == NoticeCode::CallFull { call_size.to_string() } else { name.to_owned() };
    Some(Notice { name, ..detailed(code, error) })
}

/// Why something in a call was not done; `None` where the call itself says it.
pub(super) fn of_command(error: CommandError, name: String) -> Option<Notice> {
    let code = match error {
        CommandError::Offline => NoticeCode::Offline,
        CommandError::Refused(code) => of_refusal(code),
        CommandError::NothingRings | CommandError::NotInACall | CommandError::NotAGroupCall | CommandError::Closed => {
            return None;
        }
    };
    Some(Notice { name, ..detailed(code, error) })
}

/// Why something that was asked of the server was not done.
pub(super) fn of_request(error: &RequestError, name: &str) -> Notice {
    let code = match error {
        RequestError::Refused(refusal) => of_refusal(refusal.code),
        RequestError::Offline | RequestError::Closed => NoticeCode::Offline,
    };
    Notice { name: name.to_owned(), ..detailed(code, error) }
}

/// The same, of a message: one that is not too long is too much for an account that is full.
pub(super) fn of_message(error: &RequestError, text: &str) -> Notice {
    let code = if text.len() > MAX_TEXT_BYTES { NoticeCode::TextTooLong } else { NoticeCode::AccountFull };
    too_large_is(code, of_request(error, ""))
}

/// The same, of a picture.
pub(super) fn of_picture(error: &RequestError) -> Notice {
    let notice = too_large_is(NoticeCode::PictureTooLarge, of_request(error, ""));
    let is_no_picture = matches!(error, RequestError::Refused(refusal) if refusal.code == RefusalCode::Invalid);
    if is_no_picture { Notice { code: NoticeCode::BadPicture, ..notice } } else { notice }
}

fn too_large_is(code: NoticeCode, notice: Notice) -> Notice {
    if notice.code == NoticeCode::GroupFull { Notice { code, ..notice } } else { notice }
}

const fn of_refusal(code: RefusalCode) -> NoticeCode {
    match code {
        RefusalCode::UnknownUser => NoticeCode::UnknownUser,
        RefusalCode::SelfCall => NoticeCode::SelfCall,
        RefusalCode::InAnotherCall => NoticeCode::InAnotherCall,
        RefusalCode::RateLimited => NoticeCode::RateLimited,
        RefusalCode::NotFound | RefusalCode::UnknownCall | RefusalCode::CallEnded => NoticeCode::NotFound,
        RefusalCode::NotAllowed | RefusalCode::AlreadyHandled => NoticeCode::NotAllowed,
        RefusalCode::NameRefused => NoticeCode::NameRefused,
        RefusalCode::TooLarge => NoticeCode::GroupFull,
        RefusalCode::CallFull => NoticeCode::CallFull,
        RefusalCode::TokenMissing
        | RefusalCode::TokenInvalid
        | RefusalCode::TokenExpired
        | RefusalCode::TokenDenied => NoticeCode::CallNotAllowed,
        RefusalCode::Invalid | RefusalCode::ChannelInUse | RefusalCode::Internal => NoticeCode::Internal,
    }
}

/// What is the matter with a device; `None` once nothing is.
pub(super) fn of_media(notice: &MediaNotice) -> Option<Notice> {
    use NoticeCode as Code;
    Some(match notice {
        // What the user has just done is no news.
        MediaNotice::Restored { .. } | MediaNotice::Chosen { .. } | MediaNotice::Cancelled { .. } => return None,
        MediaNotice::FellBack { device, name } if name.is_empty() => plain(missing(*device)),
        MediaNotice::FellBack { name, .. } => Notice { name: name.clone(), ..plain(Code::DeviceGone) },
        MediaNotice::Missing { device } => plain(missing(*device)),
        MediaNotice::AccessDenied { device } => refused(*device),
        MediaNotice::Busy { device: MediaDevice::Screen } => plain(Code::ScreenRefused),
        MediaNotice::Busy { device } => Notice { name: key_of(*device).to_owned(), ..plain(Code::DeviceBusy) },
        MediaNotice::Gone { device, name } | MediaNotice::Stalled { device, name } => {
            Notice { name: name.clone(), ..plain(gone(*device)) }
        }
        MediaNotice::Failed { device, detail } => match device {
            MediaDevice::Microphone | MediaDevice::Speaker => internal(detail),
            MediaDevice::Camera | MediaDevice::Screen | MediaDevice::ScreenSound | MediaDevice::Picture => {
                detailed(gone(*device), detail)
            }
        },
    })
}

const fn missing(device: MediaDevice) -> NoticeCode {
    match device {
        MediaDevice::Microphone => NoticeCode::NoMicrophone,
        MediaDevice::Speaker => NoticeCode::NoSpeaker,
        MediaDevice::Camera => NoticeCode::NoCamera,
        MediaDevice::Screen => NoticeCode::ScreenGone,
        MediaDevice::ScreenSound => NoticeCode::ScreenSoundGone,
        MediaDevice::Picture => NoticeCode::PictureUnreadable,
    }
}

const fn gone(device: MediaDevice) -> NoticeCode {
    match device {
        MediaDevice::Microphone | MediaDevice::Speaker => NoticeCode::DeviceGone,
        MediaDevice::Camera => NoticeCode::CameraGone,
        MediaDevice::Screen => NoticeCode::ScreenGone,
        MediaDevice::ScreenSound => NoticeCode::ScreenSoundGone,
        MediaDevice::Picture => NoticeCode::PictureUnreadable,
    }
}

fn refused(device: MediaDevice) -> Notice {
    match device {
        MediaDevice::Microphone => plain(NoticeCode::MicrophoneRefused),
        MediaDevice::Camera => plain(NoticeCode::CameraRefused),
        MediaDevice::Screen => plain(NoticeCode::ScreenRefused),
        MediaDevice::Speaker | MediaDevice::ScreenSound | MediaDevice::Picture => {
            internal(format!("the system refuses the {}", key_of(device)))
        }
    }
}

/// The device that does not work any more, until the user turns it on again.
pub(super) const fn broken(notice: &MediaNotice) -> Option<MediaDevice> {
    match notice {
        // The kit waits for it, and turns it on when it is plugged in.
        MediaNotice::Gone { device: MediaDevice::Camera, .. }
        | MediaNotice::Missing { device: MediaDevice::Camera } => None,
        MediaNotice::Gone { device, .. }
        | MediaNotice::Missing { device }
        | MediaNotice::AccessDenied { device }
        | MediaNotice::Busy { device }
        | MediaNotice::Cancelled { device }
        | MediaNotice::Failed { device, .. } => Some(*device),
        MediaNotice::Chosen { .. } => None,
        // The first two of their own accord; a camera that sends nothing is open, and may go on.
        MediaNotice::Restored { .. } | MediaNotice::FellBack { .. } | MediaNotice::Stalled { .. } => None,
    }
}

/// Whether the camera that is wanted is not there; `None` if this says nothing of it.
pub(super) const fn missing_camera(notice: &MediaNotice) -> Option<bool> {
    match notice {
        MediaNotice::Gone { device: MediaDevice::Camera, .. }
        | MediaNotice::Missing { device: MediaDevice::Camera } => Some(true),
        MediaNotice::Restored { device: MediaDevice::Camera, .. } => Some(false),
        MediaNotice::Gone { .. }
        | MediaNotice::Missing { .. }
        | MediaNotice::Restored { .. }
        | MediaNotice::FellBack { .. }
        | MediaNotice::Stalled { .. }
        | MediaNotice::AccessDenied { .. }
        | MediaNotice::Busy { .. }
        | MediaNotice::Chosen { .. }
        | MediaNotice::Cancelled { .. }
        | MediaNotice::Failed { .. } => None,
    }
}

/// Whether a notice may be about this device, so that it goes once the device is well again.
pub(super) fn is_about(notice: &Notice, device: MediaDevice) -> bool {
    use NoticeCode as Code;
    match device {
        _ if notice.code == Code::DeviceBusy => notice.name == key_of(device),
        MediaDevice::Microphone => {
            matches!(notice.code, Code::NoMicrophone | Code::MicrophoneRefused | Code::DeviceGone | Code::Internal)
        }
        MediaDevice::Speaker => matches!(notice.code, Code::NoSpeaker | Code::DeviceGone | Code::Internal),
        MediaDevice::Camera => matches!(notice.code, Code::NoCamera | Code::CameraRefused | Code::CameraGone),
        MediaDevice::Screen => matches!(notice.code, Code::ScreenRefused | Code::ScreenGone),
        MediaDevice::ScreenSound => notice.code == Code::ScreenSoundGone,
        MediaDevice::Picture => notice.code == Code::PictureUnreadable,
    }
}

/// The texts have a variant for each.
const fn key_of(device: MediaDevice) -> &'static str {
    match device {
        MediaDevice::Microphone => "microphone",
        MediaDevice::Speaker => "speaker",
        MediaDevice::Camera => "camera",
        MediaDevice::Screen => "screen",
        MediaDevice::ScreenSound => "screen-sound",
        MediaDevice::Picture => "picture",
    }
}

#[cfg(test)]
mod tests {
    use carillon_ipc::{Locale, Texts};
    use carillon_kit::Refusal;

    use super::*;

    #[test]
    fn what_is_the_matter_with_a_device_is_said_of_that_device() {
        use MediaDevice::{Microphone, Speaker};
        let said = |notice: MediaNotice| {
            Texts::new(Locale::English).notice(&of_media(&notice).expect("something is the matter"))
        };

        assert_eq!(said(MediaNotice::Missing { device: Microphone }), "No microphone found");
        assert_eq!(said(MediaNotice::Missing { device: Speaker }), "No speaker found");
        assert_eq!(
            said(MediaNotice::AccessDenied { device: Microphone }),
            "Carillon isn't allowed to use the microphone"
        );
        assert_eq!(said(MediaNotice::Busy { device: Microphone }), "Another app is using the microphone");
        assert_eq!(said(MediaNotice::Busy { device: Speaker }), "Another app is using the speaker");
    }

    #[test]
    fn a_device_that_is_well_again_takes_back_what_was_said_of_it_and_nothing_else() {
        use MediaDevice::{Camera, Microphone, Screen, Speaker};
        let is_about =
            |notice: MediaNotice, device| is_about(&of_media(&notice).expect("something is the matter"), device);
        let gone = |device| MediaNotice::Gone { device, name: "Webcam".into() };

        assert!(is_about(gone(Camera), Camera) && !is_about(gone(Camera), Microphone));
        assert!(is_about(gone(Screen), Screen) && !is_about(gone(Screen), Camera));
        let busy = || MediaNotice::Busy { device: Camera };
        assert!(is_about(busy(), Camera) && !is_about(busy(), Speaker));
        let missing = || MediaNotice::Missing { device: Microphone };
        assert!(is_about(missing(), Microphone) && !is_about(missing(), Camera));
    }

    #[test]
    fn what_keeps_a_call_from_beginning_is_said() {
        let refused = |code| StartCallError::Refused(Refusal { code, detail: String::new() });
        let code = |error: StartCallError| of_start_call(&error, "carol", 40).map(|notice| (notice.code, notice.name));
        let about_carol = |code| Some((code, "carol".to_owned()));

        assert_eq!(code(refused(RefusalCode::UnknownUser)), about_carol(NoticeCode::UnknownUser));
        assert_eq!(code(refused(RefusalCode::SelfCall)), about_carol(NoticeCode::SelfCall));
        assert_eq!(code(refused(RefusalCode::CallFull)), Some((NoticeCode::CallFull, "40".to_owned())));
        assert_eq!(code(StartCallError::Offline), about_carol(NoticeCode::Offline));
        assert_eq!(code(StartCallError::Ended), None, "the call's own end says it");
    }

    #[test]
    fn a_message_is_too_long_or_the_account_is_full() {
        let refused = RequestError::Refused(Refusal { code: RefusalCode::TooLarge, detail: String::new() });
        let code = |letters| of_message(&refused, &"x".repeat(letters)).code;

        assert_eq!(
            (code(MAX_TEXT_BYTES + 1), code(MAX_TEXT_BYTES)),
            (NoticeCode::TextTooLong, NoticeCode::AccountFull)
        );
    }

    #[test]
    fn a_server_without_tls_is_told_with_the_address_to_type() {
        let (field, notice) = of_sign_in(&SignInError::PlainHttp("http://calls.example:8080".into()));
        assert_eq!((field, notice.code), (SignInField::Server, NoticeCode::PlainHttp));
        assert_eq!(notice.name, "http://calls.example:8080");
    }

    #[test]
    fn what_is_wrong_at_the_door_is_said_beside_the_field_that_is_wrong() {
        let field = |error: SignInError| of_sign_in(&error).0;

        assert_eq!(field(SignInError::Unreachable("refused".into())), SignInField::Server);
        assert_eq!(field(SignInError::NotACarillonServer("a web page".into())), SignInField::Server);
        assert_eq!(field(SignInError::WrongCredentials), SignInField::Password);
        assert_eq!(field(SignInError::BadInvite), SignInField::Invite);
        assert_eq!(field(SignInError::NameTaken), SignInField::User);
        assert_eq!(field(SignInError::RateLimited), SignInField::Form);
    }
}
