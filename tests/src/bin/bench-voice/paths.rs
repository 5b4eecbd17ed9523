//! The networks that calls are measured over.

use std::time::Duration;

use carillon_tests::network::Conditions;

/// The same datagrams are lost in our calls and in Chromium's.
pub(crate) const SEED: u64 = 11;

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    /// What a row of the table is called.
    pub(crate) name: &'static str,
    pub(crate) conditions: Conditions,
}

/// The rows.
pub(crate) const PATHS: [Path; 4] = [
    Path { name: "clean", conditions: Conditions::CLEAN },
    Path { name: "10 % loss", conditions: Conditions::losing(10) },
    Path { name: "20 % loss", conditions: Conditions::losing(20) },
    Path { name: "5 % loss, 0–40 ms jitter", conditions: JITTERY },
];

const JITTERY: Conditions = Conditions { jitter: Duration::from_millis(40), overtakes: true, ..Conditions::losing(5) };
