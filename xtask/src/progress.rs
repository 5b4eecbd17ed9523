//! A chore as a list of steps that says how far it is.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Runs steps one after the other, counts them and times them.
pub(crate) struct Progress {
    total: usize,
    started: Instant,
    finished: Vec<Step>,
}

struct Step {
    name: String,
    took: Duration,
    failed: bool,
}

impl Progress {
    /// A chore of `total` steps.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, started: Instant::now(), finished: Vec::new() }
    }

    /// A step that the rest builds on.
    ///
    /// # Errors
    /// Those of the step.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.announce(name);
        let started = Instant::now();
        let result = work();
        self.note(name, started.elapsed(), result.is_err());
        result
    }

    /// A step that the others do not need: its failure is told at once and fails the chore at its end.
    pub(crate) fn check<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        match self.step(name, work) {
            Ok(value) => Some(value),
            Err(error) => {
                eprintln!("✗ {name}: {error:#}");
                None
            }
        }
    }

    /// A table of what was done and how long it took.
    pub(crate) fn summary(&self) {
        eprintln!();
        for step in &self.finished {
            eprintln!("  {} {:<52} {:>9}", if step.failed { "✗" } else { "✓" }, step.name, shown(step.took));
        }
        eprintln!("    {:<52} {:>9}", "altogether", shown(self.started.elapsed()));
    }

    /// # Errors
    /// Names the checks that failed.
    pub(crate) fn verdict(&self) -> Result<()> {
        let failed: Vec<_> = self.finished.iter().filter(|step| step.failed).map(|step| step.name.as_str()).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    fn announce(&self, name: &str) {
        let elapsed = shown(self.started.elapsed());
        eprintln!("\n[{}/{}] {name} ({elapsed} so far)", self.finished.len() + 1, self.total);
    }

    fn note(&mut self, name: &str, took: Duration, failed: bool) {
        self.finished.push(Step { name: name.to_owned(), took, failed });
    }
}

/// `48 s` or `3 min 07 s`.
pub(crate) fn shown(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{:.1} s", duration.as_secs_f32()),
        seconds @ 1..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_lets_the_next_one_run_and_fails_the_chore() {
        let mut progress = Progress::new(2);

        let failed = progress.check::<()>("first", || bail!("no"));
        let passed = progress.check("second", || Ok(7));

        assert_eq!((failed, passed), (None, Some(7)));
        let verdict = progress.verdict().expect_err("the first check failed");
        assert_eq!(verdict.to_string(), "failed: first");
    }

    #[test]
    fn durations_read_like_a_kitchen_clock() {
        assert_eq!(shown(Duration::from_millis(420)), "0.4 s");
        assert_eq!(shown(Duration::from_secs(48)), "48 s");
        assert_eq!(shown(Duration::from_secs(187)), "3 min 07 s");
    }
}
