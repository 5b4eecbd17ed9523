//! Stories of the controller: a fake desktop, a fake kit, virtual time.

mod accounts;
mod chatting;
mod conversing;
mod fakes;
mod group_pictures;
mod groups;
mod links;
mod list;
mod own;
mod pictures;
mod quiet;
mod rings;
mod settings;
mod talking;
pub(crate) mod test_app;

use test_app::TestApp;
