//! The windows rendered to HTML on the host, and the design's numbers.

mod design;
mod format;
mod names;
mod stage;
mod windows;
