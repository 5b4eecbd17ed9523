//! The windows rendered to HTML on the host, and the design's numbers.

mod chat;
mod design;
mod format;
mod groups;
mod names;
mod own;
mod pictures;
mod settings;
mod stage;
mod windows;
