//! The real programs: a server and command lines in processes of their own, and what they say, line by line.
//!
//! Nothing is waited for by sleeping: a story waits for a line, with a limit that says what was missing.

mod build;
mod group;
mod house;
mod proxy;
mod script;

pub use build::Programs;
pub use group::{ended_well, make_team};
pub use house::{House, Person};
pub use proxy::RecordingProxy;
pub use script::{Device, Line};
