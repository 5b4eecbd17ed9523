//! What the desktop shell and its windows say to each other.
//!
//! Four windows, and for each one enum of what it may ask ([`MainRequest`], [`RingRequest`], [`CallRequest`], [`SettingsRequest`])
//! and one struct that is all it shows ([`MainView`], …). The shell owns the truth: a window subscribes, gets its whole view at
//! once and again after every change, and renders it. A request changes nothing in the window; the next view does.
//! A request that fails gives a [`Notice`].
//!
//! Views carry what is so, not how it is said ([`Notice::code`], [`HangupReason`](carillon_protocol::HangupReason)): both ends say it with the same [`Texts`].
//! No I/O, no clock; builds for wasm.

mod app_link;
mod call;
mod chat;
mod common;
mod end;
mod group_call;
mod list;
mod main_window;
mod message;
mod people;
mod pictures;
mod ring;
mod settings;
mod stream;
pub mod testid;
mod texts;

pub use app_link::AppLink;
pub use call::{CallRequest, CallState, CallView, Levels};
pub use chat::{
    AddressView, ChatRequest, ChatView, GroupRequest, MAX_FILE_BYTES, MAX_FILE_PART_BYTES, Older, PeopleRequest,
    PickedFile,
};
pub use common::{Locale, Notice, NoticeCode, QuitAnswer, Theme, WindowBase, command};
pub use end::{can_call_again, end_key};
pub use group_call::{GroupCallView, LegView, MAX_VOLUME, VolumeView};
pub use list::{LastState, LastView, ListFilter, ListRequest, ListView, ROWS, RowView};
pub use main_window::{
    CallBarView, CalledGroupView, LinkAnswer, LinkView, MainRequest, MainView, PageView, RecentView, SignInField,
    SignInForm, SignInView, SwitchView,
};
pub use message::{
    EventKind, EventView, FileView, ItemView, MessageView, NamedView, QuoteView, SendState, TransferView,
};
pub use people::{GroupView, MeView, MemberView, OwnPresence, PersonView};
pub use pictures::{
    CameraView, FeedAddress, NumberName, NumberView, OwnPictures, PicturesView, Quality, ScreenKind, ScreenPickerView,
    ScreenView, SelfView, TheirPictures, path_key,
};
pub use ring::{Reply, RingAnswer, RingRequest, RingState, RingView, TriedAnswer, TriedView};
pub use settings::{
    DeviceChoice, DeviceView, OwnDeviceView, Processing, QuietFor, QuietHours, Ringtone, SettingsRequest, SettingsView,
    TestView, YouField, YouView, ZoomStep,
};
pub use stream::{SEATS, Stream};
pub use texts::{Arg, Texts};
