//! The parts that windows are made of.

mod ask_once;
mod avatar;
mod context_menu;
mod controls;
mod field;
mod icon;
mod keys_page;
mod live;
mod menu;
mod meter;
mod name_edit;
mod notice;
mod person;
mod picker;
mod picture;
mod select;
mod slider;
mod tooltip;

pub(crate) use ask_once::AskOnce;
pub(crate) use avatar::{Avatar, AvatarSize, GroupAvatar};
pub(crate) use context_menu::ContextMenu;
pub(crate) use controls::{Button, ButtonKind, EmptyState, IconButton, Switch};
pub(crate) use field::{Field, FieldProps, Problem};
pub(crate) use icon::{Icon, IconView};
pub(crate) use keys_page::{KeysHelp, KeysPage};
pub(crate) use live::{Live, Painting, use_painting};
pub(crate) use menu::{DeviceList, Menu, menu_item};
pub(crate) use meter::Meter;
pub(crate) use name_edit::use_name_edit;
pub(crate) use notice::{CopyButton, NoticeBar, NoticeView};
pub(crate) use person::{Badge, Name, PersonLine, PresenceView};
pub(crate) use picker::{Choose, Picker, nobody};
pub(crate) use picture::PictureButton;
pub(crate) use select::Select;
pub(crate) use slider::Slider;
pub(crate) use tooltip::Tooltips;
