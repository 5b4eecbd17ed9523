//! What all windows share.

use serde::{Deserialize, Serialize};

/// Names of the Tauri commands. One pair for each window, so that a capability file per window can grant just its own.
pub mod command {
    /// Takes `{ req: MainRequest }`.
    pub const MAIN_REQUEST: &str = "main_request";
    /// Takes `{ views: Channel<MainView> }`.
    pub const MAIN_SUBSCRIBE: &str = "main_subscribe";
    /// Takes `{ req: RingRequest }`.
    pub const RING_REQUEST: &str = "ring_request";
    /// Takes `{ views: Channel<RingView> }`.
    pub const RING_SUBSCRIBE: &str = "ring_subscribe";
    /// Takes `{ req: CallRequest }`.
    pub const CALL_REQUEST: &str = "call_request";
    /// Takes `{ views: Channel<CallView> }`.
    pub const CALL_SUBSCRIBE: &str = "call_subscribe";
    /// Takes `{ levels: Channel<Levels> }`; at most 20 a second.
    pub const CALL_LEVELS: &str = "call_levels";
    /// Takes `{ req: SettingsRequest }`.
    pub const SETTINGS_REQUEST: &str = "settings_request";
    /// Takes `{ views: Channel<SettingsView> }`.
    pub const SETTINGS_SUBSCRIBE: &str = "settings_subscribe";
}

/// Dark, light, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// The language of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Locale {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    SimplifiedChinese,
    /// English written from right to left, for pictures and tests of mirrored windows: no user is offered it.
    #[serde(rename = "en-XB")]
    Mirrored,
}

/// How every window looks and speaks; part of every view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WindowBase {
    /// Dark or light.
    pub theme: Theme,
    /// The language, already resolved from the system's.
    pub locale: Locale,
    /// Whether this window asks if the call there is may end with the program.
    #[serde(default)]
    pub asks_to_quit: bool,
}

/// About the end of the program, from any window with keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum QuitAnswer {
    /// End it; during a call the window asks first.
    Ask,
    /// End it, and the call with it.
    Quit,
    /// Do not.
    Cancel,
}

/// Something to tell the user: what happened, what it means and what to do are texts under the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which text.
    pub code: NoticeCode,
    /// What fills the text's `{name}`: a person's, a device's or a server's name.
    #[serde(default)]
    pub name: String,
    /// Technical detail, folded away and copyable; English.
    #[serde(default)]
    pub detail: String,
}

/// What a [`Notice`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// The server does not answer.
    ServerUnreachable,
    /// Something answers, but it is not a Carillon server.
    NotACarillonServer,
    /// The address is not one.
    BadAddress,
    /// Plain http to another machine: refused until the user says otherwise.
    InsecureAddress,
    /// The server speaks http without TLS; the name is its address.
    PlainHttp,
    /// The name or the password is wrong.
    WrongCredentials,
    /// The invite is unknown or used.
    BadInvite,
    /// The name is taken.
    NameTaken,
    /// The name has characters that names may not have.
    BadName,
    /// A name that people would see is too long, or has characters that cannot be seen.
    NameRefused,
    /// The password is too short.
    WeakPassword,
    /// Too many tries; wait.
    RateLimited,
    /// A link leads to another server than the one where this user is signed in.
    SignedInAlready,
    /// A link of ours that says nothing which can be done.
    BadLink,
    /// The sign-in is no longer valid.
    SignedOut,
    /// No such user.
    UnknownUser,
    /// A user cannot call themself.
    SelfCall,
    /// Already in a call.
    InAnotherCall,
    /// There is no link to the server.
    Offline,
    /// There is no microphone.
    NoMicrophone,
    /// The system refuses the microphone.
    MicrophoneRefused,
    /// Another program has the microphone or the speaker.
    DeviceBusy,
    /// A device went away; the default is used now.
    DeviceGone,
    /// There is no speaker.
    NoSpeaker,
    /// There is no camera.
    NoCamera,
    /// The system refuses the camera.
    CameraRefused,
    /// The camera was unplugged, or gives no pictures any more.
    CameraGone,
    /// The system refuses to let a screen be shared.
    ScreenRefused,
    /// The screen or window that was shared is gone.
    ScreenGone,
    /// The sound of what is shared is not sent (any more).
    ScreenSoundGone,
    /// What the other end shows cannot be decoded.
    PictureUnreadable,
    /// The system has no keychain: the sign-in can be kept in a file, if the user chooses so.
    NoKeychain,
    /// It is not there any more: a group, a room, a device, a person.
    NotFound,
    /// A text is longer than messages are.
    TextTooLong,
    /// The account's messages take up all the room that it has at the server.
    AccountFull,
    /// What waits to be sent could not be kept for the next start; it is tried again.
    UnsentNotKept,
    /// The same, and the user wants to quit.
    QuitLosesUnsent,
    /// The system does not let the program start, or not start, when the user logs in.
    AutostartRefused,
    /// A file is larger than the server takes, or the account has no room for it.
    FileTooLarge,
    /// A file could not be saved on this computer.
    FileNotSaved,
    /// No more people fit.
    GroupFull,
    /// That is no picture, or none of a kind that is taken.
    BadPicture,
    /// The picture is too large.
    PictureTooLarge,
    /// The password until now is another one.
    WrongPassword,
    /// The channel of the call takes this user not, or not any more.
    CallNotAllowed,
    /// The server takes no new accounts.
    RegistrationClosed,
    /// Media did not come from the device that they should come from.
    Unverified,
    /// Many are in the call already: this device joined with its microphone muted.
    JoinedMuted,
    /// No more people can be in the call; the name is how many can.
    CallFull,
    /// A moderator has muted this user; the name is theirs.
    MutedBy,
    /// This window may not ask that now.
    NotAllowed,
    /// Anything else; the detail says what.
    Internal,
}

impl NoticeCode {
    /// Every one that users are offered.
    pub const ALL: &[Self] = &[
        Self::ServerUnreachable,
        Self::NotACarillonServer,
        Self::BadAddress,
        Self::InsecureAddress,
        Self::PlainHttp,
        Self::WrongCredentials,
        Self::BadInvite,
        Self::NameTaken,
        Self::BadName,
        Self::NameRefused,
        Self::WeakPassword,
        Self::RateLimited,
        Self::SignedInAlready,
        Self::BadLink,
        Self::SignedOut,
        Self::UnknownUser,
        Self::SelfCall,
        Self::InAnotherCall,
        Self::Offline,
        Self::NoMicrophone,
        Self::MicrophoneRefused,
        Self::DeviceBusy,
        Self::DeviceGone,
        Self::NoSpeaker,
        Self::NoCamera,
        Self::CameraRefused,
        Self::CameraGone,
        Self::ScreenRefused,
        Self::ScreenGone,
        Self::ScreenSoundGone,
        Self::PictureUnreadable,
        Self::NoKeychain,
        Self::NotFound,
        Self::TextTooLong,
        Self::AccountFull,
        Self::UnsentNotKept,
        Self::QuitLosesUnsent,
        Self::AutostartRefused,
        Self::FileTooLarge,
        Self::FileNotSaved,
        Self::GroupFull,
        Self::BadPicture,
        Self::PictureTooLarge,
        Self::WrongPassword,
        Self::CallNotAllowed,
        Self::RegistrationClosed,
        Self::Unverified,
        Self::JoinedMuted,
        Self::CallFull,
        Self::MutedBy,
        Self::NotAllowed,
        Self::Internal,
    ];

    /// The text that says what happened; its `hint` says what to do. See [`crate::Texts`].
    pub const fn key(self) -> &'static str {
        match self {
            Self::ServerUnreachable => "notice-server-unreachable",
            Self::NotACarillonServer => "notice-not-a-carillon-server",
            Self::BadAddress => "notice-bad-address",
            Self::InsecureAddress => "notice-insecure-address",
            Self::PlainHttp => "notice-plain-http",
            Self::WrongCredentials => "notice-wrong-credentials",
            Self::BadInvite => "notice-bad-invite",
            Self::NameTaken => "notice-name-taken",
            Self::BadName => "notice-bad-name",
            Self::NameRefused => "notice-name-refused",
            Self::WeakPassword => "notice-weak-password",
            Self::RateLimited => "notice-rate-limited",
            Self::SignedInAlready => "notice-signed-in-already",
            Self::BadLink => "notice-bad-link",
            Self::SignedOut => "notice-signed-out",
            Self::UnknownUser => "notice-unknown-user",
            Self::SelfCall => "notice-self-call",
            Self::InAnotherCall => "notice-in-another-call",
            Self::Offline => "notice-offline",
            Self::NoMicrophone => "notice-no-microphone",
            Self::MicrophoneRefused => "notice-microphone-refused",
            Self::DeviceBusy => "notice-device-busy",
            Self::DeviceGone => "notice-device-gone",
            Self::NoSpeaker => "notice-no-speaker",
            Self::NoCamera => "notice-no-camera",
            Self::CameraRefused => "notice-camera-refused",
            Self::CameraGone => "notice-camera-gone",
            Self::ScreenRefused => "notice-screen-refused",
            Self::ScreenGone => "notice-screen-gone",
            Self::ScreenSoundGone => "notice-screen-sound-gone",
            Self::PictureUnreadable => "notice-picture-unreadable",
            Self::NoKeychain => "notice-no-keychain",
            Self::NotFound => "notice-not-found",
            Self::TextTooLong => "notice-text-too-long",
            Self::AccountFull => "notice-account-full",
            Self::UnsentNotKept => "notice-unsent-not-kept",
            Self::QuitLosesUnsent => "notice-quit-loses-unsent",
            Self::AutostartRefused => "notice-autostart-refused",
            Self::FileTooLarge => "notice-file-too-large",
            Self::FileNotSaved => "notice-file-not-saved",
            Self::GroupFull => "notice-group-full",
            Self::BadPicture => "notice-bad-picture",
            Self::PictureTooLarge => "notice-picture-too-large",
            Self::WrongPassword => "notice-wrong-password",
            Self::CallNotAllowed => "notice-call-not-allowed",
            Self::RegistrationClosed => "notice-registration-closed",
            Self::Unverified => "notice-unverified",
            Self::JoinedMuted => "notice-joined-muted",
            Self::CallFull => "notice-call-full",
            Self::MutedBy => "notice-muted-by",
            Self::NotAllowed => "notice-not-allowed",
            Self::Internal => "notice-internal",
        }
    }
}

impl Locale {
    /// Every one there is.
    pub const ALL: &[Self] = &[Self::English, Self::SimplifiedChinese];

    /// The tag that browsers and systems know it by (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-CN",
            Self::Mirrored => "en-XB",
        }
    }

    /// Which way its lines run, as pages say it.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::English | Self::SimplifiedChinese => "ltr",
            Self::Mirrored => "rtl",
        }
    }

    /// The one that suits a system's locale name such as `zh_CN.UTF-8` or `de-AT`; English if none does.
    pub fn for_system(name: &str) -> Self {
        if name.to_ascii_lowercase().starts_with("zh") { Self::SimplifiedChinese } else { Self::English }
    }
}
