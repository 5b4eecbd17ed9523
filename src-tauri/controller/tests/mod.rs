//! Stories of the controller: a fake desktop, a fake kit, virtual time.

mod accounts;
mod chatting;
mod fakes;
mod groups;
pub(crate) mod house;
mod own;
mod rings;
mod settings;
mod talking;

use house::House;
