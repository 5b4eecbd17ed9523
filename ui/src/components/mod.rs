//! The parts that windows are made of.

mod ask_once;
mod avatar;
mod controls;
mod field;
mod icon;
mod live;
mod menu;
mod meter;
mod name_edit;
mod notice;
mod person;
mod picker;
mod picture;
mod question;
mod slider;

pub(crate) use ask_once::AskOnce;
pub(crate) use avatar::{Avatar, AvatarSize, GroupAvatar};
pub(crate) use controls::{Button, ButtonKind, EmptyState, IconButton, Switch};
pub(crate) use field::{Field, FieldProps, Problem};
pub(crate) use icon::{Icon, IconView};
pub(crate) use live::{Live, Painting, use_painting};
pub(crate) use menu::{DeviceList, Menu, menu_item};
pub(crate) use meter::Meter;
pub(crate) use name_edit::use_name_edit;
pub(crate) use notice::{NoticeBar, NoticeView};
pub(crate) use person::{Badge, Name, PersonLine, PresenceView, presence_word};
pub(crate) use picker::{Choose, Picker, nobody};
pub(crate) use picture::PictureButton;
pub(crate) use question::{Question, QuitQuestion};
pub(crate) use slider::Slider;
