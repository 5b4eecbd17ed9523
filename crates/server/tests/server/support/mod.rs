//! A server with its own data folder, and devices that speak to it.

mod device;
mod key;
pub(crate) mod media;
mod requests;
mod server;

pub(crate) use self::{
    device::{Device, befriend, closing_code, connect, connect_for_nonce, text},
    key::Key,
    requests::{accept, candidate, invite, invite_to, new_op, text_of, with, write},
    server::{Folder, House, PASSWORD, ask_as, befriend_in, choices, credentials, post, registration},
};
