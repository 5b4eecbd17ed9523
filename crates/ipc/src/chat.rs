//! Conversations as the main window shows them: messages and calls in one stream.

use carillon_protocol::{CallKind, Chat, GroupId, GroupKind, GroupRole, UserId};
use serde::{Deserialize, Serialize};

use crate::ItemView;
#[cfg(doc)]
use crate::MessageView;

/// What the main window may ask about people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum PeopleRequest {
    /// Ask a person to be a contact, or agree to it.
    Add {
        /// Whom.
        user: UserId,
    },
    /// No longer a contact; or a request refused or taken back.
    Remove {
        /// Whom.
        user: UserId,
    },
    /// Take no calls and messages of a person (`true`), or take them again (`false`).
    Block {
        /// Whom.
        user: UserId,
        /// Which.
        blocked: bool,
    },
    /// The warning about a person's new key has been read.
    KeySeen {
        /// Whose.
        user: UserId,
    },
}

/// What the main window may ask about messages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ChatRequest {
    /// Write a message.
    Send {
        /// To whom.
        chat: Chat,
        /// As typed.
        text: String,
        /// The [`MessageView::pos`] of the one that it answers.
        #[serde(default)]
        reply_to: Option<u64>,
    },
    /// Say something else in a message of this user's own.
    Edit {
        /// Where it is.
        chat: Chat,
        /// Its [`MessageView::pos`].
        pos: u64,
        /// As typed.
        text: String,
    },
    /// Delete a message of this user's own, for everybody.
    Delete {
        /// Where it is.
        chat: Chat,
        /// Its [`MessageView::pos`].
        pos: u64,
    },
    /// The user is typing there, or not any more.
    Typing {
        /// Where.
        chat: Chat,
        /// Which.
        typing: bool,
    },
    /// Tell of what comes there (`false`), or do not.
    Mute {
        /// Which conversation.
        chat: Chat,
        /// Which.
        muted: bool,
    },
    /// Send a file. Its content follows in parts.
    AttachFile {
        /// Where.
        chat: Chat,
        /// The window's name for it until it is sent.
        key: String,
        /// What it is called and what it is.
        file: PickedFile,
    },
    /// The next part of the content of a file.
    FilePart {
        /// As in [`AttachFile`](Self::AttachFile).
        key: String,
        /// At most [`MAX_FILE_PART_BYTES`] as base64.
        data: String,
    },
    /// Save the file of a message.
    SaveFile {
        /// Where it is.
        chat: Chat,
        /// Its [`MessageView::pos`].
        pos: u64,
    },
    /// Show where an address in a message really leads, and ask whether to go there.
    LookAt {
        /// As it stands in the message.
        address: String,
    },
    /// Open the address that is asked about in the system's browser (`true`), or stay here.
    Visit {
        /// Which.
        go: bool,
    },
    /// Try a message again that could not be sent.
    SendAgain {
        /// Its [`MessageView::id`].
        id: String,
    },
    /// Give up a message that waits, or could not be sent.
    Discard {
        /// Its [`MessageView::id`].
        id: String,
    },
    /// Show earlier messages of the conversation that is on show.
    Older,
    /// Everything up to this place has been in front of the user.
    Read {
        /// Which conversation.
        chat: Chat,
        /// The [`MessageView::pos`] of the last one.
        up_to: u64,
    },
}

impl std::fmt::Debug for ChatRequest {
    /// Without what was typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Send { .. } => "Send",
            Self::Edit { .. } => "Edit",
            Self::Delete { .. } => "Delete",
            Self::Typing { .. } => "Typing",
            Self::Mute { .. } => "Mute",
            Self::AttachFile { .. } => "AttachFile",
            Self::FilePart { .. } => "FilePart",
            Self::SaveFile { .. } => "SaveFile",
            Self::LookAt { .. } => "LookAt",
            Self::Visit { .. } => "Visit",
            Self::SendAgain { .. } => "SendAgain",
            Self::Discard { .. } => "Discard",
            Self::Older => "Older",
            Self::Read { .. } => "Read",
        })
    }
}

/// A file that the user has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickedFile {
    /// What it is called, without where it is.
    pub name: String,
    /// What the system takes it for, such as `image/png`; empty: unknown.
    pub media_type: String,
    /// How large it is.
    pub bytes: u64,
    /// Of a picture: how large it is, and a small one as a `data:` URL.
    #[serde(default)]
    pub picture: Option<(u16, u16, String)>,
}

/// A part of a file on its way from a window to the shell has at most so many bytes.
pub const MAX_FILE_PART_BYTES: usize = 256 * 1024;
/// The largest file that is taken from a window; a server may take less.
pub const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;

/// What the main window may ask about groups and chat rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum GroupRequest {
    /// Show the page that makes a new one.
    OpenNew,
    /// Make one, and show it.
    Create {
        /// Which of the two.
        kind: GroupKind,
        /// As typed.
        name: String,
        /// Who else is in it from the start.
        members: Vec<UserId>,
    },
    /// Call it something else.
    Rename {
        /// Which.
        group: GroupId,
        /// As typed.
        name: String,
    },
    /// Give it another picture.
    SetPicture {
        /// Which.
        group: GroupId,
        /// A `data:` URL.
        picture: String,
    },
    /// Bring people into it.
    AddMembers {
        /// Which.
        group: GroupId,
        /// Whom.
        users: Vec<UserId>,
    },
    /// Take a member out of it.
    RemoveMember {
        /// Which.
        group: GroupId,
        /// Whom.
        user: UserId,
    },
    /// Give a member another role.
    SetRole {
        /// Which.
        group: GroupId,
        /// Whom.
        user: UserId,
        /// To what.
        role: GroupRole,
    },
    /// Enter a chat room, or a group that this user is asked into.
    Join {
        /// Which.
        group: GroupId,
    },
    /// Leave it, or decline to be in it.
    Leave {
        /// Which.
        group: GroupId,
    },
    /// Call some of its members.
    Call {
        /// Which.
        group: GroupId,
        /// Whom.
        users: Vec<UserId>,
        /// Voice or video.
        kind: CallKind,
    },
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatView {
    /// Which.
    pub chat: Chat,
    /// The oldest first.
    #[serde(default)]
    pub items: Vec<ItemView>,
    /// Whether there is more before them.
    #[serde(default)]
    pub older: Older,
    /// The place of the first message that was unread when the conversation came on show.
    #[serde(default)]
    pub unread_from: Option<u64>,
    /// Whether the other one's device has shown another key than before.
    #[serde(default)]
    pub key_changed: bool,
    /// Who is typing there, as shown.
    #[serde(default)]
    pub typing: Vec<String>,
    /// Whether this user is told of nothing that comes there.
    #[serde(default)]
    pub muted: bool,
    /// The address that the user is asked about.
    #[serde(default)]
    pub visit: Option<AddressView>,
}

/// Where an address in a message really leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressView {
    /// The machine that it is of, in letters that cannot be taken for others.
    pub host: String,
    /// All of it, in the same letters.
    pub address: String,
    /// Whether what is sent to it can be read on the way: http.
    pub is_open: bool,
}

impl ChatView {
    /// An empty one.
    pub const fn new(chat: Chat) -> Self {
        Self {
            chat,
            items: Vec::new(),
            older: Older::None,
            unread_from: None,
            key_changed: false,
            typing: Vec::new(),
            muted: false,
            visit: None,
        }
    }
}

/// Whether there is more before what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Older {
    /// This is the beginning.
    #[default]
    None,
    /// There is more.
    More,
    /// It is on its way.
    Loading,
    /// It could not be had.
    Failed,
}
