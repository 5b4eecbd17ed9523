//! Lines of the log that strangers and users can cause: of each kind only so many a minute, and how many were left out.
//!
//! Lines that a request can cause are written by [`limited`]; a test below finds those that are not.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What an operator can still read; a disk takes it for years.
const LINES_PER_WINDOW: u32 = 30;
const WINDOW: Duration = Duration::from_secs(60);

/// What one place in the code may still write.
pub(crate) struct LogBudget(Mutex<Window>);

struct Window {
    began: Option<Instant>,
    written: u32,
    left_out: u64,
}

impl LogBudget {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Window { began: None, written: 0, left_out: 0 }))
    }

    /// Whether a line may be written; then also how many were left out since the last one, if any.
    pub(crate) fn take(&self) -> Option<Option<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now())
    }
}

impl Window {
    fn take(&mut self, now: Instant) -> Option<Option<u64>> {
        if self.began.is_none_or(|began| now.duration_since(began) >= WINDOW) {
            (self.began, self.written) = (Some(now), 0);
        }
        if self.written >= LINES_PER_WINDOW {
            self.left_out += 1;
            return None;
        }
        self.written += 1;
        let left_out = std::mem::take(&mut self.left_out);
        Some((left_out > 0).then_some(left_out))
    }
}

/// `limited!(info, …)` is `tracing::info!(…)` for what strangers and users can cause.
macro_rules! limited {
    ($level:ident, target: $target:literal, $($line:tt)+) => {{
        static BUDGET: $crate::runtime::log_budget::LogBudget = $crate::runtime::log_budget::LogBudget::new();
        if let Some(left_out) = BUDGET.take() {
            tracing::$level!(target: $target, left_out, $($line)+);
        }
    }};
    ($level:ident, $($line:tt)+) => {{
        static BUDGET: $crate::runtime::log_budget::LogBudget = $crate::runtime::log_budget::LogBudget::new();
        if let Some(left_out) = BUDGET.take() {
            tracing::$level!(left_out, $($line)+);
        }
    }};
}
pub(crate) use limited;

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::Write,
        path::{Path, PathBuf},
        sync::Arc,
    };

    use super::*;

    /// What happens once, at the start, at the stop, or by the operator's, the sweeper's or the clock's own doing.
    const OF_THE_OPERATOR: [&str; 11] = [
        "main.rs",
        "server.rs",
        "server/",
        "runtime/tasks.rs",
        "runtime/failpoint.rs",
        "services/drain.rs",
        "services/sweeper.rs",
        "ground/clock.rs",
        "doors/admin/",
        "doors/tls/",
        "runtime/log_budget.rs",
    ];

    #[test]
    fn a_flood_leaves_so_many_lines_and_the_next_one_says_how_many_are_missing() {
        let log = Log::default();
        let reader = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || log.clone()).finish();

        tracing::subscriber::with_default(subscriber, || {
            for number in 0..10_000 {
                limited!(info, number, "an unknown frame is ignored");
            }
        });

        assert_eq!(reader.lines().len(), 30, "{:?}", reader.lines());
    }

    #[test]
    fn after_a_minute_there_are_lines_again_and_the_first_says_how_many_were_left_out() {
        let (mut window, began) = (Window { began: None, written: 0, left_out: 0 }, Instant::now());

        let during: Vec<_> = (0..100).map_while(|_| window.take(began)).collect();
        for _ in 0..69 {
            assert_eq!(window.take(began + WINDOW / 2), None);
        }

        assert_eq!(during, [None; 30]);
        assert_eq!(window.take(began + WINDOW), Some(Some(70)));
        assert_eq!(window.take(began + WINDOW), Some(None));
    }

    #[test]
    fn whatever_can_be_caused_by_others_is_written_within_a_budget() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        for file in sources(&root) {
            let name = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&file).unwrap();
            let unlimited = ["info", "warn", "error"].map(|level| format!("tracing::{level}!("));
            let is_unlimited = unlimited.iter().any(|line| text.contains(line));
            if is_unlimited && !OF_THE_OPERATOR.iter().any(|allowed| name.starts_with(allowed)) {
                found.push(name);
            }
        }
        assert_eq!(found, [] as [String; 0], "these write to the log without `limited!`");
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let of = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
        entries.flat_map(of).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn lines(&self) -> Vec<String> {
            let bytes = self.0.lock().unwrap().clone();
            String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
        }
    }

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
