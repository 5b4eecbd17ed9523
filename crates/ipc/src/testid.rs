//! The `data-testid` of everything that a test clicks, fills or reads. They are stable: the windows and the end-to-end tests
//! both take them from here.

use carillon_protocol::{DeviceId, GroupId, UserId};

use crate::Reply;

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
    /// The list of conversations.
    CONVERSATIONS = "conversations";
    /// The list of recent calls, in its place.
    RECENT = "recent";
    /// Shows the one.
    FILTER_ALL = "filter-all";
    /// Shows the other.
    FILTER_CALLS = "filter-calls";
    /// The row that opens the page with people who wait for an answer.
    OPEN_REQUESTS = "open-requests";
    /// Be available.
    ME_AVAILABLE = "me-available";
    /// Be away.
    ME_AWAY = "me-away";
    /// Keep all devices silent.
    ME_DO_NOT_DISTURB = "me-do-not-disturb";
    /// The list of people who wait for an answer.
    REQUESTS = "requests";
    /// Opens the page that makes a group.
    NEW_GROUP = "new-group";

    /// The person who is looked at.
    PERSON = "person";
    /// The messages and calls of the conversation that is looked at.
    PERSON_CALLS = "person-calls";
    /// Calls them.
    CALL_VOICE = "call-voice";
    /// Asks the person to be a contact, or agrees to it.
    PERSON_ADD = "person-add";
    /// Takes nothing of them any more.
    PERSON_BLOCK = "person-block";
    /// Takes things of them again.
    PERSON_UNBLOCK = "person-unblock";
    /// No longer a contact.
    PERSON_REMOVE = "person-remove";
    /// Opens the menu of what is rarely done.
    CHAT_MENU = "chat-menu";
    /// Where a message is written.
    COMPOSER = "composer";
    /// Sends it.
    SEND = "send";
    /// What is wrong with its length.
    COMPOSER_LIMIT = "composer-limit";
    /// Above the first message that has not been read.
    UNREAD_LINE = "unread-line";
    /// Shows earlier messages.
    OLDER = "older";
    /// Tries a message again.
    SEND_AGAIN = "send-again";
    /// Gives a message up that waits or failed.
    DISCARD = "discard";
    /// An address in a message.
    ADDRESS = "address";
    /// Asks whether to open an address.
    VISIT = "visit";
    /// Opens it.
    VISIT_GO = "visit-go";
    /// Stays here.
    VISIT_STAY = "visit-stay";
    /// Goes to the latest message.
    TO_LATEST = "to-latest";
    /// Answers it.
    MESSAGE_REPLY = "message-reply";
    /// Changes it.
    MESSAGE_EDIT = "message-edit";
    /// Deletes it.
    MESSAGE_DELETE = "message-delete";
    /// Deletes it, once more.
    MESSAGE_DELETE_CONFIRM = "message-delete-confirm";
    /// What the next message answers or changes.
    WRITING = "writing";
    /// Answers and changes nothing.
    WRITING_CANCEL = "writing-cancel";
    /// Chooses files to send.
    ATTACH = "attach";
    /// A file that is about to be sent, and is not.
    ATTACH_REMOVE = "attach-remove";
    /// Saves the file of a message.
    FILE_SAVE = "file-save";
    /// Who is typing.
    TYPING = "typing";
    /// Tells of nothing that comes in a conversation.
    CHAT_MUTE = "chat-mute";
    /// The warning about another key than before.
    KEY_CHANGED = "key-changed";
    /// Puts that warning away.
    KEY_SEEN = "key-seen";

    /// The group or room that is looked at.
    GROUP = "group-page";
    /// Chooses whom of it to call.
    GROUP_CALL = "group-call";
    /// The same with pictures.
    GROUP_VIDEO_CALL = "group-video-call";
    /// Shows and hides who is in it.
    GROUP_DETAILS = "group-details";
    /// Who is in it.
    MEMBERS = "members";
    /// Its name, for an admin a field.
    GROUP_NAME = "group-name";
    /// Chooses whom to bring into it.
    GROUP_ADD = "group-add";
    /// Leaves it, after asking once.
    GROUP_LEAVE = "group-leave";
    /// Really leaves it.
    GROUP_LEAVE_CONFIRM = "group-leave-confirm";
    /// Enters a room.
    ROOM_JOIN = "room-join";
    /// Declines to be in a group.
    GROUP_DECLINE = "group-decline";
    /// The page that makes a group.
    NEW_GROUP_PAGE = "new-group-page";
    /// Its name field.
    NEW_GROUP_NAME = "new-group-name";
    /// Makes it.
    NEW_GROUP_CREATE = "new-group-create";
    /// Where people are chosen.
    PICKER = "picker";
    /// Goes on with whom was chosen.
    PICKER_DONE = "picker-done";
    /// Goes on without.
    PICKER_CANCEL = "picker-cancel";
    /// Calls them with pictures.
    CALL_VIDEO = "call-video";
    /// The live call, over the page of the main window.
    CALL_BAR = "call-bar";
    /// Mutes and unmutes there; `aria-pressed` says which.
    CALL_BAR_MUTE = "call-bar-mute";
    /// Raises its window.
    SHOW_CALL = "show-call";
    /// Ends it there.
    CALL_BAR_HANG_UP = "call-bar-hang-up";
    /// Ends it for the call that was asked for.
    SWITCH_CALL = "switch-call";
    /// Goes on with it.
    SWITCH_CALL_CANCEL = "switch-call-cancel";
    /// Ends the program, and the call with it.
    QUIT_CONFIRM = "quit-confirm";
    /// Does not.
    QUIT_CANCEL = "quit-cancel";
    /// The line about the link; there is none while it is up.
    LINK = "link";
    /// Uses the device here again, after it was opened in another place.
    LINK_TAKE_BACK = "link-take-back";
    /// Starts the program when the user logs in, where it is offered.
    AUTOSTART_ACCEPT = "autostart-accept";
    /// Does not, and the offer goes.
    AUTOSTART_DECLINE = "autostart-decline";
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
    /// Answers a video call with the camera off.
    RING_ACCEPT_WITHOUT_VIDEO = "ring-accept-without-video";
    /// Whether *Accept* turns the camera on; `aria-pressed` says it.
    RING_CAMERA = "ring-camera";
    /// Opens the camera for this user's eyes, or closes it.
    RING_LOOK = "ring-look";
    /// The canvas with what it sees.
    RING_OWN_CAMERA = "ring-own-camera";
    /// Declines.
    RING_DECLINE = "ring-decline";
    /// Silences this device only.
    RING_SILENCE = "ring-silence";
    /// Offers what can be written instead.
    RING_MESSAGE = "ring-message";
    /// Offers the answers again.
    RING_MESSAGE_BACK = "ring-message-back";

    /// What rings, as a bar in every other window.
    RING_BAR = "ring-bar";
    /// Answers there.
    RING_BAR_ACCEPT = "ring-bar-accept";
    /// Answers a video call with the camera off there.
    RING_BAR_ACCEPT_WITHOUT_VIDEO = "ring-bar-accept-without-video";
    /// Declines there.
    RING_BAR_DECLINE = "ring-bar-decline";
    /// Silences this device there.
    RING_BAR_SILENCE = "ring-bar-silence";
    /// Opens the menu of what can be written instead there.
    RING_BAR_MESSAGE = "ring-bar-message";

    /// Who called during a call, as a bar in the windows of that one.
    TRIED = "tried";
    /// Ends the call, and calls them back.
    TRIED_CALL_BACK = "tried-call-back";
    /// Puts the bar away.
    TRIED_DISMISS = "tried-dismiss";

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
    /// The canvas with their camera's picture. Whatever has no picture has no canvas.
    CALL_THEIR_CAMERA = "call-their-camera";
    /// The canvas with their screen.
    CALL_THEIR_SCREEN = "call-their-screen";
    /// The canvas with the own camera's picture.
    CALL_OWN_CAMERA = "call-own-camera";
    /// A small tile, at first the self-view: a click swaps it with the large picture, a drag moves it to the corner in `data-corner`.
    CALL_SELF_VIEW = "call-self-view";
    /// Turns the camera on and off; `aria-pressed` says which.
    CALL_CAMERA = "call-camera";
    /// Opens the cameras' menu.
    CALL_CAMERAS = "call-cameras";
    /// Chooses what to share, or shares it no more; `aria-pressed` says which.
    CALL_SHARE = "call-share";
    /// Where screens and windows are chosen.
    SCREEN_PICKER = "screen-picker";
    /// Goes on without.
    SCREEN_PICKER_CANCEL = "screen-picker-cancel";
    /// Says that the screen is being shared.
    CALL_SHARING = "call-sharing";
    /// Shares no screen any more.
    CALL_STOP_SHARING = "call-stop-sharing";
    /// Opens the menu of what is rarely done.
    CALL_MORE = "call-more";
    /// Fills the screen with the window, or not any more; in that menu, where `aria-checked` says which.
    CALL_FULL_SCREEN = "call-full-screen";
    /// Makes the window the small one that stays on top, in that menu; the small one has a button of this id that leads back.
    CALL_MINI = "call-mini";
    /// Says that the network is poor or bad.
    CALL_QUALITY = "call-quality";
    /// Shows the numbers of the call, or not any more; in that menu, where `aria-checked` says which.
    CALL_SHOW_NUMBERS = "call-show-numbers";
    /// The numbers.
    CALL_NUMBERS = "call-numbers";
    /// Every user's part in a group call, in the list of people.
    CALL_LEGS = "call-legs";
    /// Chooses whom to bring into the group call, in the list of people.
    CALL_ADD = "call-add";
    /// Opens the list of people and closes it; `aria-pressed` says which.
    CALL_PEOPLE = "call-people";
    /// Makes one of a group call large, or all the same; `aria-pressed` says which.
    CALL_SPOTLIGHT = "call-spotlight";
    /// Raises this user's hand in a group call and lowers it; `aria-pressed` says which.
    CALL_HAND = "call-hand";
    /// Really takes somebody out of the group call.
    CALL_REMOVE_CONFIRM = "call-remove-confirm";
    /// The tiles of a group call. `data-layout` is `grid` or `spotlight`, `data-large` says who is the large one.
    CALL_TILES = "call-tiles";
    /// Says which page of the tiles it is, and of how many; there is none for one page.
    CALL_PAGE = "call-page";
    /// Shows the page before.
    CALL_PAGE_BACK = "call-page-back";
    /// Shows the next page.
    CALL_PAGE_NEXT = "call-page-next";
    /// Cancels or hangs up.
    CALL_HANGUP = "call-hangup";
    /// Calls the same person again.
    CALL_AGAIN = "call-again";
    /// Writes to the other end, after the end.
    CALL_MESSAGE = "call-message";
    /// Puts the window away.
    CALL_CLOSE = "call-close";

    /// The settings window's content.
    SETTINGS = "settings";
    /// What others see.
    SETTINGS_DISPLAY_NAME = "settings-display-name";
    /// Chooses a picture.
    SETTINGS_PICTURE = "settings-picture";
    /// Takes the picture away.
    SETTINGS_PICTURE_REMOVE = "settings-picture-remove";
    /// What went wrong with the name, the picture or the password.
    SETTINGS_YOU_PROBLEM = "settings-you-problem";
    /// Opens the fields of another password.
    SETTINGS_PASSWORD = "settings-password";
    /// The password until now.
    SETTINGS_PASSWORD_OLD = "settings-password-old";
    /// The password from now on.
    SETTINGS_PASSWORD_NEW = "settings-password-new";
    /// Changes it.
    SETTINGS_PASSWORD_SAVE = "settings-password-save";
    /// The switch that keeps all devices silent.
    SETTINGS_DO_NOT_DISTURB = "settings-do-not-disturb";
    /// The user's devices.
    SETTINGS_DEVICES = "settings-devices";
    /// Its choice of microphone.
    SETTINGS_MICROPHONE = "settings-microphone";
    /// Its choice of speaker.
    SETTINGS_SPEAKER = "settings-speaker";
    /// Its choice of camera.
    SETTINGS_CAMERA = "settings-camera";
    /// Opens the camera and shows what it sees.
    SETTINGS_TEST_CAMERA = "settings-test-camera";
    /// The canvas with what it sees.
    SETTINGS_CAMERA_PICTURE = "settings-camera-picture";
    /// The switch of the camera in video calls.
    SETTINGS_CAMERA_IN_VIDEO_CALLS = "settings-camera-in-video-calls";
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
    /// The switch of the keys that answer from everywhere.
    SETTINGS_RING_SHORTCUTS = "settings-ring-shortcuts";
    /// The switch that sends calls of two through the server.
    SETTINGS_HIDE_ADDRESS = "settings-hide-address";
    /// The switch that starts the program when the user logs in.
    SETTINGS_AUTOSTART = "settings-autostart";
    /// Whether others learn what the user has read.
    SETTINGS_READ_RECEIPTS = "settings-read-receipts";
    /// The choice of theme.
    SETTINGS_THEME = "settings-theme";
    /// The choice of language.
    SETTINGS_LANGUAGE = "settings-language";
    /// Signs out, after asking once.
    SETTINGS_SIGN_OUT = "settings-sign-out";
    /// Really signs out.
    SETTINGS_SIGN_OUT_CONFIRM = "settings-sign-out-confirm";
    /// Says that a name can have no more characters.
    NAME_FULL = "name-full";
    /// Searches the sections.
    SETTINGS_SEARCH = "settings-search";
    /// Loses what was typed and not sent.
    SETTINGS_DISCARD = "settings-discard";
    /// Goes on with it.
    SETTINGS_DISCARD_CANCEL = "settings-discard-cancel";
    /// Keeps all devices silent for an hour.
    SETTINGS_QUIET_HOUR = "settings-quiet-hour";
    /// Keeps all devices silent until tomorrow.
    SETTINGS_QUIET_TOMORROW = "settings-quiet-tomorrow";
    /// The switch that keeps all devices silent at the same hours of each day.
    SETTINGS_QUIET_HOURS = "settings-quiet-hours";
    /// When those begin.
    SETTINGS_QUIET_FROM = "settings-quiet-from";
    /// When those end.
    SETTINGS_QUIET_UNTIL = "settings-quiet-until";
    /// The choice of ringtone.
    SETTINGS_RINGTONE = "settings-ringtone";
    /// How loud it is.
    SETTINGS_RING_VOLUME = "settings-ring-volume";
    /// The switch that lets notifications show what messages say.
    SETTINGS_PREVIEWS = "settings-previews";
    /// How large everything is.
    SETTINGS_ZOOM = "settings-zoom";
    /// Makes everything larger.
    SETTINGS_ZOOM_IN = "settings-zoom-in";
    /// Makes everything smaller.
    SETTINGS_ZOOM_OUT = "settings-zoom-out";
    /// Of whom one takes nothing.
    SETTINGS_BLOCKED = "settings-blocked";
    /// Copies what helps to find a fault.
    SETTINGS_DIAGNOSTICS = "settings-diagnostics";
    /// Opens the form that deletes the account.
    SETTINGS_DELETE = "settings-delete";
    /// Its password field.
    SETTINGS_DELETE_PASSWORD = "settings-delete-password";
    /// Really deletes it.
    SETTINGS_DELETE_CONFIRM = "settings-delete-confirm";
    /// The page of all keys.
    KEYS_PAGE = "keys-page";
    /// Puts it away.
    KEYS_CLOSE = "keys-close";
    /// The question whether to call the person whom a link named.
    LINK_CALL = "link-call";
    /// Calls them.
    LINK_CALL_VOICE = "link-call-voice";
    /// Calls them with pictures.
    LINK_CALL_VIDEO = "link-call-video";
    /// Does not.
    LINK_CALL_CANCEL = "link-call-cancel";
    /// Goes on with the address of a server that has no https.
    SIGN_IN_USE_HTTP = "sign-in-use-http";
    /// The program's version.
    SETTINGS_VERSION = "settings-version";
}

/// A person in the list of people.
pub fn person(user: &UserId) -> String {
    format!("person-{user}")
}

/// Asks a person in a list to be a contact.
pub fn add(user: &UserId) -> String {
    format!("add-{user}")
}

/// A person who waits for an answer, on the page of those.
pub fn request(user: &UserId) -> String {
    format!("request-{user}")
}

/// Calls back whoever is in the list of calls.
pub fn call_back(user: &UserId) -> String {
    format!("call-back-{user}")
}

/// Declines in the ring window, and writes this.
pub const fn reply(reply: Reply) -> &'static str {
    match reply {
        Reply::CannotTalk => "ring-reply-cannot-talk",
        Reply::CallBack => "ring-reply-call-back",
        Reply::OnMyWay => "ring-reply-on-my-way",
        Reply::Own => "ring-reply-own",
    }
}

/// The same in the bar.
pub const fn bar_reply(reply: Reply) -> &'static str {
    match reply {
        Reply::CannotTalk => "ring-bar-reply-cannot-talk",
        Reply::CallBack => "ring-bar-reply-call-back",
        Reply::OnMyWay => "ring-bar-reply-on-my-way",
        Reply::Own => "ring-bar-reply-own",
    }
}

/// Accepts a contact request.
pub fn accept(user: &UserId) -> String {
    format!("accept-{user}")
}

/// Ignores a contact request.
pub fn ignore(user: &UserId) -> String {
    format!("ignore-{user}")
}

/// A group or a room in a list.
pub fn group(group: &GroupId) -> String {
    format!("group-{group}")
}

/// A person in the list of a group's members.
pub fn member(user: &UserId) -> String {
    format!("member-{user}")
}

/// The menu of what can be done about a member.
pub fn member_menu(user: &UserId) -> String {
    format!("member-menu-{user}")
}

/// A person in a list to choose from.
pub fn choose(user: &UserId) -> String {
    format!("choose-{user}")
}

/// A user's part in a group call.
pub fn leg(user: &UserId) -> String {
    format!("leg-{user}")
}

/// Somebody's tile in a group call: a click makes them the large one, or not any more; `aria-pressed` says which.
pub fn tile(user: &UserId) -> String {
    format!("tile-{user}")
}

/// The tile with somebody's screen.
pub fn screen_tile(user: &UserId) -> String {
    format!("screen-tile-{user}")
}

/// The canvas with somebody's camera, in a group call.
pub fn camera_of(user: &UserId) -> String {
    format!("camera-{user}")
}

/// The canvas with somebody's screen, in a group call.
pub fn screen_of(user: &UserId) -> String {
    format!("screen-of-{user}")
}

/// Shows a page of the tiles, counted from 1.
pub fn call_page(page: usize) -> String {
    format!("call-page-{page}")
}

/// How loud somebody is played here.
pub fn volume(user: &UserId) -> String {
    format!("volume-{user}")
}

/// Plays nothing of somebody here, or plays them again; `aria-pressed` says which.
pub fn silence(user: &UserId) -> String {
    format!("silence-{user}")
}

/// The menu of what a moderator can do about somebody in a group call.
pub fn leg_menu(user: &UserId) -> String {
    format!("leg-menu-{user}")
}

/// Mutes them for all.
pub fn mute(user: &UserId) -> String {
    format!("mute-{user}")
}

/// Lowers their hand.
pub fn lower_hand(user: &UserId) -> String {
    format!("lower-hand-{user}")
}

/// Takes them out of the call, after asking once.
pub fn remove(user: &UserId) -> String {
    format!("remove-{user}")
}

/// One of the user's own devices.
pub fn own_device(device: DeviceId) -> String {
    format!("own-device-{device}")
}

/// The name of one of the user's own devices.
pub fn own_device_name(device: DeviceId) -> String {
    format!("own-device-name-{device}")
}

/// The switch that lets one of the user's own devices ring.
pub fn own_device_rings(device: DeviceId) -> String {
    format!("own-device-rings-{device}")
}

/// Signs one of the user's own devices out, after asking once.
pub fn own_device_revoke(device: DeviceId) -> String {
    format!("own-device-revoke-{device}")
}

/// A section of the settings at the side, by its id in the page.
pub fn settings_section(id: &str) -> String {
    format!("settings-to-{id}")
}

/// Takes things of a person again, in the settings.
pub fn unblock(user: &UserId) -> String {
    format!("unblock-{user}")
}

/// A screen or a window in the list of what can be shared.
pub fn screen(id: &str) -> String {
    format!("screen-{id}")
}

/// A device in an open device menu; `None`: the system's default.
pub fn device(id: Option<&str>) -> String {
    format!("device-{}", id.unwrap_or("default"))
}
