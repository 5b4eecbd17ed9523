//! What the windows share.

mod avatar;
mod controls;
mod icon;
mod menu;
mod meter;
mod notice;
mod person;

pub(crate) use avatar::{Avatar, AvatarSize};
pub(crate) use controls::{Button, ButtonKind, EmptyState, IconButton, Switch};
pub(crate) use icon::{Icon, IconView};
pub(crate) use menu::{DeviceList, Menu};
pub(crate) use meter::Meter;
pub(crate) use notice::{NoticeBar, NoticeView};
pub(crate) use person::{Name, PresenceView};
