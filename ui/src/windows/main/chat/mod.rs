//! The right side: a conversation of two, or of a group.

mod composer;
mod details;
mod group;
mod log;
mod person;
mod rows;

pub(super) use composer::Drafts;
pub(super) use group::GroupPage;
pub(super) use person::PersonPage;
#[cfg(test)]
pub(crate) use {
    composer::{Room, room},
    rows::{Row, rows},
};
