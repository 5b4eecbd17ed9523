//! What came of a load, for people and for programs.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::{
    plan::{Plan, Server},
    process::Used,
    tally::{Counted, Tally},
};

/// What came of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// `carillon` or `janus`.
    pub server: &'static str,
    /// How many calls went on.
    pub channels: usize,
    /// How many took part.
    pub participants: usize,
    /// How many connections they had, and how many of them were lost.
    pub connections: usize,
    /// Those that were lost, or never came about.
    pub connections_lost: usize,
    /// How long it was measured.
    pub seconds: f64,
    /// Packets of media that were sent, in a second.
    pub sent_per_second: f64,
    /// Datagrams of media that arrived, in a second; with those that were sent again.
    pub received_per_second: f64,
    /// The same in millions of bits a second.
    pub received_megabits: f64,
    /// Datagrams that this machine did not take.
    pub unsent: u64,
    /// What arrived of sound.
    pub sound: Traffic,
    /// What arrived of pictures.
    pub pictures: Traffic,
    /// From the wish to join to the first picture, or the first sound where there are none, of those who went and came back.
    pub join: Option<Milliseconds>,
    /// What the server's process took, where it was looked at.
    pub process: Option<Process>,
    /// How much of one core this program took: near 1 for each of its threads, the figures are its own and not the server's.
    pub own_cores: Option<f64>,
}

/// What arrived of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Traffic {
    /// Each counted once.
    pub packets_per_second: f64,
    /// What was missing at the end, after repairs; with what was paused or never began.
    pub lost_percent: f64,
    /// From sending to receiving, of what was decrypted.
    pub delay: Option<Milliseconds>,
}

/// How long something took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Milliseconds {
    /// Half of them took no longer.
    pub p50: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// None took longer.
    pub max: f64,
    /// How many there were.
    pub count: u64,
}

/// What a process took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Process {
    /// How many cores it kept busy.
    pub cores: f64,
    /// CPU time for each datagram of media that arrived, in microseconds.
    pub cpu_us_per_packet: f64,
    /// Its memory at the end, in KiB.
    pub resident_kib: u64,
    /// What it has more than before anybody joined, by participant.
    pub kib_per_participant: f64,
}

/// What was read around a measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Readings {
    pub(crate) during: Duration,
    /// Of the server: before anybody joined, at the beginning and at the end.
    pub(crate) server: Option<[Used; 3]>,
    /// Of this program: at the beginning and at the end.
    pub(crate) own: Option<[Used; 2]>,
    pub(crate) connections: usize,
    pub(crate) connections_lost: usize,
}

impl Report {
    pub(crate) fn new(plan: &Plan, tally: Tally, readings: Readings) -> Self {
        let seconds = readings.during.as_secs_f64();
        let per_second = |count: u64| count as f64 / seconds;
        let cores = |[before, after]: [Used; 2]| after.cpu.saturating_sub(before.cpu).as_secs_f64() / seconds;
        let process = |[at_first, before, after]: [Used; 3]| Process {
            cores: rounded(cores([before, after])),
            cpu_us_per_packet: rounded(cores([before, after]) * 1e6 / per_second(tally.datagrams).max(1e-9)),
            resident_kib: after.resident_kib,
            kib_per_participant: rounded(
                after.resident_kib.saturating_sub(at_first.resident_kib) as f64 / plan.participants().max(1) as f64,
            ),
        };
        Self {
            server: match plan.server {
                Server::Carillon { .. } => "carillon",
                Server::Janus { .. } => "janus",
            },
            channels: plan.channels,
            participants: plan.participants(),
            connections: readings.connections,
            connections_lost: readings.connections_lost,
            seconds: rounded(seconds),
            sent_per_second: rounded(per_second(tally.sent)),
            received_per_second: rounded(per_second(tally.datagrams)),
            received_megabits: rounded(per_second(tally.bytes * 8) / 1e6),
            unsent: tally.unsent,
            sound: Traffic::of(&tally.sound, seconds),
            pictures: Traffic::of(&tally.pictures, seconds),
            join: Milliseconds::of_times(&tally.first_frames),
            process: readings.server.map(process),
            own_cores: readings.own.map(|own| rounded(cores(own))),
        }
    }
}

impl Traffic {
    fn of(counted: &Counted, seconds: f64) -> Self {
        Self {
            packets_per_second: rounded(counted.arrived as f64 / seconds),
            lost_percent: (counted.lost() * 1e6).round() / 1e4,
            delay: Milliseconds::of(&counted.delays),
        }
    }
}

impl Milliseconds {
    fn of(micros: &Histogram<u64>) -> Option<Self> {
        let ms = |value: u64| rounded(value as f64 / 1e3);
        let at = |share| ms(micros.value_at_quantile(share));
        (!micros.is_empty()).then(|| Self { p50: at(0.5), p99: at(0.99), max: ms(micros.max()), count: micros.len() })
    }

    fn of_times(times: &[Duration]) -> Option<Self> {
        let mut micros = Histogram::new(3).ok()?;
        for time in times {
            micros.record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).ok()?;
        }
        Self::of(&micros)
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, channels, participants, connections, connections_lost, seconds, .. } = self;
        writeln!(
            f,
            "{server}: {participants} participants in {channels} calls, {connections} connections, {seconds:.1} s"
        )?;
        if *connections_lost > 0 {
            writeln!(f, "  {connections_lost} connections lost")?;
        }
        writeln!(f, "  sent      {:>10.0} packets/s", self.sent_per_second)?;
        writeln!(f, "  received  {:>10.0} packets/s, {:.1} Mbit/s", self.received_per_second, self.received_megabits)?;
        for (name, traffic) in [("sound", &self.sound), ("pictures", &self.pictures)] {
            let Some(delay) = &traffic.delay else { continue };
            let (rate, lost) = (traffic.packets_per_second, traffic.lost_percent);
            writeln!(f, "  {name:<9} {rate:>10.0} packets/s, {lost:.3} % lost, {delay}")?;
        }
        if let Some(join) = &self.join {
            writeln!(f, "  join to first frame: {join}")?;
        }
        if let Some(Process { cores, cpu_us_per_packet, resident_kib, kib_per_participant }) = &self.process {
            writeln!(
                f,
                "  server    {cores:.2} cores, {cpu_us_per_packet:.2} µs a packet, {resident_kib} KiB, {kib_per_participant:.1} KiB a participant"
            )?;
        }
        match self.own_cores {
            Some(cores) => writeln!(f, "  this program {cores:.2} cores"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p99, max, count } = self;
        write!(f, "{p50:.2} ms (p99 {p99:.2}, worst {max:.2}, of {count})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    #[test]
    fn joins_are_told_in_milliseconds_however_long_they_took() {
        let times = [100, 200, 5_000].map(Duration::from_millis);

        let join = Milliseconds::of_times(&times).unwrap();

        assert!((199.0..=201.0).contains(&join.p50) && (4_990.0..=5_010.0).contains(&join.max), "{join:?}");
        assert_eq!(Milliseconds::of_times(&[]), None);
    }

    #[test]
    fn rates_are_by_the_second_and_what_the_server_took_is_by_the_packet() {
        let used = |ms, resident_kib| Used { cpu: Duration::from_millis(ms), resident_kib };
        let readings = Readings {
            during: Duration::from_secs(2),
            server: Some([used(0, 1_000), used(100, 1_500), used(1_100, 1_600)]),
            own: None,
            connections: 4,
            connections_lost: 0,
        };
        let mut tally = Tally::new();
        tally.datagrams = 200_000;
        tally.sound.delays.saturating_record(1_500);

        let report = Report::new(&plan(1, 2, 2), tally, readings);

        let process = report.process.as_ref().unwrap();
        assert!((process.cpu_us_per_packet - 5.0).abs() < 1e-9 && (process.cores - 0.5).abs() < 1e-9);
        assert!((process.kib_per_participant - 150.0).abs() < 1e-9);
        assert!((report.received_per_second - 100_000.0).abs() < 1e-9);
        assert!(report.to_string().contains("5.00 µs a packet"), "{report}");
        assert!(report.pictures.delay.is_none(), "there were none");
    }
}
