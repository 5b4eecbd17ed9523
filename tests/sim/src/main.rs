//! Random runs of devices, record, outbox, crashes and partitions in virtual time, as many as you like: `cargo xtask sim`.
//!
//! A seed that breaks an invariant is named, and its run is told from the first step; the same seed alone is the same run.

#![allow(clippy::print_stdout, reason = "what a run has seen is its result")]

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use carillon_call::record;
use carillon_sim::{Report, run_seed, run_seed_with_log};
use clap::Parser;

/// How often is said how far it is.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

#[derive(Parser)]
#[command(name = "sim", about = "Random runs of calls in virtual time")]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> Result<()> {
    let Args { seeds, from } = Args::parse();
    let began = Instant::now();
    let sweep = Sweep::new(from..from.saturating_add(seeds));

    let bad = sweep.run();

    let done = sweep.done.load(Ordering::Relaxed);
    match bad.into_iter().min_by_key(|report| report.seed) {
        None => {
            println!("{done} seeds, all good, in {:.1} s", began.elapsed().as_secs_f64());
            Ok(())
        }
        Some(report) => {
            tell(&run_seed_with_log(report.seed));
            bail!("seed {} breaks an invariant; replay it with: cargo xtask sim --seeds 1 --from {0}", report.seed)
        }
    }
}

fn tell(report: &Report) {
    for line in &report.log {
        println!("{line}");
    }
    println!();
    for violation in &report.violations {
        println!("seed {}: {violation}", report.seed);
    }
}

/// Seeds that are handed out to all cores until one is bad.
struct Sweep {
    seeds: Range<u64>,
    next: AtomicU64,
    done: AtomicU64,
    is_over: AtomicBool,
}

impl Sweep {
    fn new(seeds: Range<u64>) -> Self {
        Self { next: AtomicU64::new(seeds.start), seeds, done: AtomicU64::new(0), is_over: AtomicBool::new(false) }
    }

    fn run(&self) -> Vec<Report> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..cores).map(|_| scope.spawn(|| self.work())).collect();
            let progress = scope.spawn(|| self.tell_progress());
            let bad = workers.into_iter().filter_map(|worker| worker.join().expect("a run does not panic")).collect();
            self.is_over.store(true, Ordering::Relaxed);
            progress.thread().unpark();
            bad
        })
    }

    /// Runs seeds until there are none, or one is bad.
    fn work(&self) -> Option<Report> {
        while !self.is_over.load(Ordering::Relaxed) {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.seeds.end {
                return None;
            }
            let report = run_seed(seed, record::decide);
            self.done.fetch_add(1, Ordering::Relaxed);
            if !report.violations.is_empty() {
                self.is_over.store(true, Ordering::Relaxed);
                return Some(report);
            }
        }
        None
    }

    fn tell_progress(&self) {
        let (began, all) = (Instant::now(), self.seeds.end - self.seeds.start);
        while !self.is_over.load(Ordering::Relaxed) {
            thread::park_timeout(PROGRESS_EVERY);
            let done = self.done.load(Ordering::Relaxed);
            let per_second = done as f64 / began.elapsed().as_secs_f64();
            eprintln!("{done} of {all} seeds, {per_second:.0} a second");
        }
    }
}
