//! The call machine of Carillon, without I/O.
//!
//! [`device`] is what one installation does about calls: it is fed inputs and a clock reading, and yields what to send, what to do
//! with media, and what to tell the user. [`record`] is the server's judgement about one call: a pure function from rows and a
//! request to new rows and signals. [`session`] is the protocol of the link between the two.
//!
//! None of them knows a socket, a task, a lock or a clock; `now` is always handed in. The simulator in `tests/sim/` runs them against each
//! other over a bad network, in virtual time.

pub mod device;
pub mod record;
pub mod session;

mod op_ids;

pub use op_ids::OpIds;
