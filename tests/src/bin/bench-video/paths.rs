//! The networks that calls are measured over.

use std::time::Duration;

use carillon_tests::network::{Conditions, Course};

/// The same datagrams are lost in our calls and in Chromium's.
pub(crate) const SEED: u64 = 11;

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    /// What a row of the table is called.
    pub(crate) name: &'static str,
    /// A part of users' names.
    pub(crate) id: &'static str,
    pub(crate) conditions: Conditions,
    /// Whether screens are shared over it, too.
    pub(crate) shares_screens: bool,
}

/// The rows.
pub(crate) const PATHS: [Path; 4] = [
    Path { name: "clean", id: "clean", conditions: Conditions::CLEAN, shares_screens: true },
    Path { name: "5 % loss", id: "lossy", conditions: Conditions::losing(5), shares_screens: false },
    Path { name: "1 Mb/s", id: "narrow", conditions: Conditions::narrow(1_000_000), shares_screens: true },
    Path { name: "300 kb/s", id: "thin", conditions: Conditions::narrow(300_000), shares_screens: false },
];

/// The network whose rate changes, and when: narrow, wide, narrow again.
pub(crate) const STEPS: &str = "300 kb/s ► 2 Mb/s ► 300 kb/s";
pub(crate) const WIDE_FROM: Duration = Duration::from_secs(12);
pub(crate) const NARROW_FROM: Duration = Duration::from_secs(27);
pub(crate) const STEPS_END: Duration = Duration::from_secs(39);

pub(crate) fn steps() -> Course {
    let (narrow, wide) = (Conditions::narrow(300_000), Conditions::narrow(2_000_000));
    Course::new([(Duration::ZERO, narrow), (WIDE_FROM, wide), (NARROW_FROM, narrow)])
}
