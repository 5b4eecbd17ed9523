//! How much may be sent: an estimate of what the path carries, made from when packets left and when they reached the other end.
//!
//! After Google's congestion control (draft-ietf-rmcat-gcc-02; Carlucci et al., "Congestion Control for Web Real-Time Communications",
//! 2017): a growing delay says that a queue fills before it is full. Pure: it reads no clock and sends nothing.

mod aimd;
mod estimator;
mod overuse;
mod probe;
mod rivalry;
mod throughput;
mod trend;

pub use estimator::{Estimator, EstimatorConfig, PacketFate};
pub use probe::Probe;

#[cfg(test)]
mod simulation;
