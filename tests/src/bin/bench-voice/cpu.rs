//! What a process and its children, or some of its threads, have used of the CPU, from `/proc`.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result};

/// The kernel counts in these, on every Linux that we know (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// All that `root` and everything below it has used so far.
pub(crate) fn used_by_tree(root: u32) -> Result<Duration> {
    let processes = processes()?;
    let below =
        |pid: u32| std::iter::successors(Some(pid), |pid| processes.get(pid).map(|p| p.parent)).any(|p| p == root);
    Ok(processes.iter().filter(|(pid, _)| below(**pid)).map(|(_, process)| process.used).sum())
}

/// What those threads of a process have used so far that are still there and are not called `aside`.
pub(crate) fn used_by(process: u32, aside: &str) -> Result<Duration> {
    let mut used = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let thread = thread?.path();
        // It may have ended in this moment.
        let (Ok(name), Ok(spent)) =
            (std::fs::read_to_string(thread.join("comm")), std::fs::read_to_string(thread.join("schedstat")))
        else {
            continue;
        };
        if name.trim_end() != aside {
            let nanoseconds = spent.split_whitespace().next().context("schedstat has three numbers")?.parse()?;
            used += Duration::from_nanos(nanoseconds);
        }
    }
    Ok(used)
}

/// Of one core, so much.
pub(crate) fn share(used: Duration, during: Duration) -> f64 {
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
}
