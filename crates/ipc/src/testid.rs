//! The `data-testid` of everything that a test clicks, fills or reads. They are stable: the windows and the end-to-end tests
//! both take them from here.

use carillon_protocol::UserId;

macro_rules! testids {
    ($($(#[$doc:meta])* $name:ident = $id:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $id;)*

        /// Every fixed one.
        pub const ALL: &[&str] = &[$($id),*];
    };
}

testids! {
    /// The sign-in page.
    SIGN_IN = "sign-in";
    /// Its server field.
    SIGN_IN_SERVER = "sign-in-server";
    /// Its invite field, while an account is made.
    SIGN_IN_INVITE = "sign-in-invite";
    /// Its name field.
    SIGN_IN_USER = "sign-in-user";
    /// Its display name field, while an account is made.
    SIGN_IN_DISPLAY_NAME = "sign-in-display-name";
    /// Its password field.
    SIGN_IN_PASSWORD = "sign-in-password";
    /// Its button.
    SIGN_IN_SUBMIT = "sign-in-submit";
    /// Turns it into *create an account* and back.
    SIGN_IN_SWITCH = "sign-in-switch";
    /// What went wrong with it.
    SIGN_IN_PROBLEM = "sign-in-problem";
    /// Agrees to keep the sign-in in a file.
    SIGN_IN_KEEP_IN_FILE = "sign-in-keep-in-file";
    /// Agrees to plain http.
    SIGN_IN_ALLOW_INSECURE = "sign-in-allow-insecure";

    /// The button with the user's own name.
    ME = "me";
    /// The search field.
    SEARCH = "search";
    /// The list of people.
    PEOPLE = "people";
    /// The list of recent calls.
    RECENT = "recent";
    /// The person who is looked at.
    PERSON = "person";
    /// Their calls.
    PERSON_CALLS = "person-calls";
    /// Calls them.
    CALL_VOICE = "call-voice";
    /// Raises the live call's window.
    SHOW_CALL = "show-call";
    /// The line about the link; there is none while it is up.
    LINK = "link";
    /// Uses the device here again, after it was opened in another place.
    LINK_TAKE_BACK = "link-take-back";
    /// The notice bar.
    NOTICE = "notice";
    /// Puts it away.
    NOTICE_DISMISS = "notice-dismiss";
    /// Unfolds its technical detail.
    NOTICE_DETAIL = "notice-detail";
    /// Opens the settings window.
    OPEN_SETTINGS = "open-settings";
    /// Ends the program.
    QUIT = "quit";

    /// The ring window's content, while something rings. Its `data-armed` is `true` once clicks count.
    RING = "ring";
    /// Who calls.
    RING_NAME = "ring-name";
    /// What kind of call it is, or which device answered.
    RING_KIND = "ring-kind";
    /// Answers.
    RING_ACCEPT = "ring-accept";
    /// Declines.
    RING_DECLINE = "ring-decline";
    /// Silences this device only.
    RING_SILENCE = "ring-silence";

    /// The call window's content. Its `data-state` is `idle`, `calling`, `ringing`, `connecting`, `active`, `reconnecting` or `ended`.
    CALL = "call";
    /// Who is on the other end.
    CALL_NAME = "call-name";
    /// The state in words; the timer, while they talk.
    CALL_STATE = "call-state";
    /// Mutes and unmutes; `aria-pressed` says which.
    CALL_MUTE = "call-mute";
    /// Opens the microphones' menu.
    CALL_MICROPHONES = "call-microphones";
    /// Opens the speakers' menu.
    CALL_SPEAKERS = "call-speakers";
    /// Cancels or hangs up.
    CALL_HANGUP = "call-hangup";
    /// Calls the same person again.
    CALL_AGAIN = "call-again";
    /// Puts the window away.
    CALL_CLOSE = "call-close";

    /// The settings window's content.
    SETTINGS = "settings";
    /// Its choice of microphone.
    SETTINGS_MICROPHONE = "settings-microphone";
    /// Its choice of speaker.
    SETTINGS_SPEAKER = "settings-speaker";
    /// Its choice of ring output.
    SETTINGS_RING_OUTPUT = "settings-ring-output";
    /// Opens the microphone and shows its level.
    SETTINGS_TEST_MICROPHONE = "settings-test-microphone";
    /// The level.
    SETTINGS_LEVEL = "settings-level";
    /// Sounds a bell on the speaker.
    SETTINGS_TEST_SPEAKER = "settings-test-speaker";
    /// Sounds a bell on the ring output.
    SETTINGS_TEST_RING = "settings-test-ring";
    /// The switch of echo cancellation.
    SETTINGS_ECHO = "settings-echo";
    /// The switch of noise suppression.
    SETTINGS_NOISE = "settings-noise";
    /// The switch of gain control.
    SETTINGS_GAIN = "settings-gain";
    /// The switch that lets this device ring.
    SETTINGS_RING_HERE = "settings-ring-here";
    /// The switch of the ring's sound.
    SETTINGS_RING_SOUND = "settings-ring-sound";
    /// The switch of the system's notifications.
    SETTINGS_NOTIFICATIONS = "settings-notifications";
    /// The choice of theme.
    SETTINGS_THEME = "settings-theme";
    /// The choice of language.
    SETTINGS_LANGUAGE = "settings-language";
    /// Signs out, after asking once.
    SETTINGS_SIGN_OUT = "settings-sign-out";
    /// Really signs out.
    SETTINGS_SIGN_OUT_CONFIRM = "settings-sign-out-confirm";
    /// The program's version.
    SETTINGS_VERSION = "settings-version";
}

/// A person in the list of people.
pub fn person(user: &UserId) -> String {
    format!("person-{user}")
}

/// A device in an open device menu; `None`: the system's default.
pub fn device(id: Option<&str>) -> String {
    format!("device-{}", id.unwrap_or("default"))
}
