//! Stories over several crates, and what they are told with.
//!
//! [`sim`] runs many devices and the server's record over a bad network, in virtual time.

pub mod sim;
