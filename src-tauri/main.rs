//! The desktop app's program.
fn main() {}
