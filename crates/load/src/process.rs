//! What another process of this machine has used, as `/proc` has it. Linux only.

use std::time::Duration;

/// The kernel counts in these, on every Linux that we know (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// What a process has used so far, and holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) cpu: Duration,
    pub(crate) resident_kib: u64,
}

/// `None`: there is no such process, or no `/proc`.
pub(crate) fn used(process: u32) -> Option<Used> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    Some(Used { cpu: cpu(&stat)?, resident_kib: resident(&status)? })
}

/// `proc_pid_stat(5)`: fields 14 and 15; the name before them may hold anything.
fn cpu(stat: &str) -> Option<Duration> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = [11, 12].iter().map(|at| fields.get(*at)?.parse::<u32>().ok()).sum::<Option<u32>>()?;
    Some(TICK * ticks)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_shift_the_fields() {
        let stat = "42 (a) b (c) S 7 42 42 0 -1 4194304 1 0 0 0 120 30 0 0 20 0 1 0 100 0 0";

        assert_eq!(cpu(stat), Some(Duration::from_millis(1_500)));
        assert_eq!(resident("Name:\tx\nVmRSS:\t  512 kB\n"), Some(512));
    }
}
