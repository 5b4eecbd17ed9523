//! What a process and its children, or some of its threads, have used of the CPU and of memory, from `/proc`. Linux only.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result};

/// The kernel counts in these, on every Linux that we know (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// All that `root` and everything below it has used so far.
///
/// # Errors
/// If there is no `/proc`.
pub fn used_by_tree(root: u32) -> Result<Duration> {
    let processes = processes()?;
    Ok(processes.iter().filter(|(pid, _)| is_below(&processes, **pid, root)).map(|(_, process)| process.used).sum())
}

/// The memory of `root` and everything below it, in bytes; what several processes share is counted once.
///
/// # Errors
/// If there is no `/proc`.
pub fn memory_of_tree(root: u32) -> Result<u64> {
    let processes = processes()?;
    let mut bytes = 0;
    for pid in processes.keys().filter(|pid| is_below(&processes, **pid, root)) {
        // It may have ended in this moment.
        let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        bytes += proportional_bytes(&smaps).unwrap_or(0);
    }
    Ok(bytes)
}

/// The memory of one process, in bytes.
///
/// # Errors
/// If there is no such process.
pub fn memory_of(process: u32) -> Result<u64> {
    let smaps = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    proportional_bytes(&smaps).context("smaps_rollup has a sum")
}

/// `Pss:     1234 kB`
fn proportional_bytes(smaps: &str) -> Option<u64> {
    let line = smaps.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

fn is_below(processes: &BTreeMap<u32, Usage>, pid: u32, root: u32) -> bool {
    std::iter::successors(Some(pid), |pid| processes.get(pid).map(|process| process.parent)).any(|pid| pid == root)
}

/// What those threads of a process have used so far that are still there and have none of the names in `aside`.
///
/// # Errors
/// If there is no such process.
pub fn used_by(process: u32, aside: &[&str]) -> Result<Duration> {
    let mut used = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let thread = thread?.path();
        // It may have ended in this moment.
        let (Ok(name), Ok(spent)) =
            (std::fs::read_to_string(thread.join("comm")), std::fs::read_to_string(thread.join("schedstat")))
        else {
            continue;
        };
        if !aside.contains(&name.trim_end()) {
            let nanoseconds = spent.split_whitespace().next().context("schedstat has three numbers")?.parse()?;
            used += Duration::from_nanos(nanoseconds);
        }
    }
    Ok(used)
}

/// Of one core, so much.
#[must_use]
pub fn share(used: Duration, during: Duration) -> f64 {
    used.as_secs_f64() / during.as_secs_f64()
}

struct Usage {
    parent: u32,
    used: Duration,
}

fn processes() -> Result<BTreeMap<u32, Usage>> {
    let mut processes = BTreeMap::new();
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended in this moment.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        processes.extend(usage(&stat).map(|usage| (pid, usage)));
    }
    Ok(processes)
}

/// `proc_pid_stat(5)`: field 4 is the parent, 14 and 15 are the ticks; the name before them may hold anything.
fn usage(stat: &str) -> Option<Usage> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u32 = [11, 12].iter().map(|&at| fields.get(at)?.parse::<u32>().ok()).sum::<Option<u32>>()?;
    Some(Usage { parent: fields.get(1)?.parse().ok()?, used: TICK * ticks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_shift_the_fields() {
        let stat = "42 (a) b (c) S 7 42 42 0 -1 4194304 1 0 0 0 120 30 0 0 20 0 1 0 100 0 0";

        let usage = usage(stat).expect("a line of proc");

        assert_eq!((usage.parent, usage.used), (7, Duration::from_millis(1_500)));
    }

    #[test]
    fn shared_memory_is_counted_by_its_share() {
        let smaps = "559-7ff ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:    512 kB\nPss_Dirty: 1 kB\n";

        assert_eq!(proportional_bytes(smaps), Some(512 * 1024));
        assert_eq!(proportional_bytes(""), None);
    }
}
