//! Times and names as people read them.

use carillon_ipc::{Arg, Texts};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A running time: `0:07`, `12:04`, `1:02:03`.
pub(crate) fn timer(ms: u64) -> String {
    let (hours, minutes, seconds) = (ms / HOUR_MS, ms / MINUTE_MS % 60, ms / 1000 % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How long a call took: `45 s`, `12 min`, `1 h 4 min`.
pub(crate) fn duration(texts: &Texts, ms: u64) -> String {
    let (hours, minutes) = (ms / HOUR_MS, ms / MINUTE_MS % 60);
    if hours > 0 {
        texts.with("duration-hours", &[("hours", Arg::Number(hours)), ("minutes", Arg::Number(minutes))])
    } else if minutes > 0 {
        texts.with("duration-minutes", &[("minutes", Arg::Number(minutes))])
    } else {
        texts.with("duration-seconds", &[("seconds", Arg::Number(ms / 1000))])
    }
}

/// How large a file is: `12 KB`, `3 MB`.
pub(crate) fn bytes(texts: &Texts, bytes: u64) -> String {
    const KILO: u64 = 1000;
    let kilobytes = bytes.div_ceil(KILO);
    match kilobytes {
        0..KILO => texts.with("file-kilobytes", &[("count", Arg::Number(kilobytes))]),
        _ => texts.with("file-megabytes", &[("count", Arg::Number(kilobytes.div_ceil(KILO)))]),
    }
}

/// How long ago: `now`, `3 m`, `5 h`, `2 d`.
pub(crate) fn ago(texts: &Texts, at_ms: u64, now_ms: u64) -> String {
    let passed = now_ms.saturating_sub(at_ms);
    match passed {
        0..MINUTE_MS => texts.t("ago-now"),
        MINUTE_MS..HOUR_MS => texts.with("ago-minutes", &[("count", Arg::Number(passed / MINUTE_MS))]),
        HOUR_MS..DAY_MS => texts.with("ago-hours", &[("count", Arg::Number(passed / HOUR_MS))]),
        _ => texts.with("ago-days", &[("count", Arg::Number(passed / DAY_MS))]),
    }
}

/// A time of the day by its minutes after midnight: `09:41`.
pub(crate) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A moment on the wall clock of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalTime {
    pub(crate) year: u64,
    /// 1 to 12.
    pub(crate) month: u64,
    /// 1 to 31.
    pub(crate) day: u64,
    /// 0: Sunday.
    pub(crate) weekday: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    /// Days since some day long ago; two moments of one day have the same.
    pub(crate) day_number: u64,
}

impl LocalTime {
    /// `09:41`.
    pub(crate) fn clock(self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }
}

/// In the time zone of this machine; on the host, where tests render, in UTC.
pub(crate) fn local_time(at_ms: u64) -> LocalTime {
    let offset_minutes = if cfg!(target_arch = "wasm32") {
        js_sys::Date::new(&(at_ms as f64).into()).get_timezone_offset()
    } else {
        0.0
    };
    // What browsers call the offset is what to add to local time to reach UTC.
    from_civil_ms(at_ms.saturating_add_signed(-(offset_minutes as i64) * MINUTE_MS as i64))
}

/// Days to civil date by Howard Hinnant's `civil_from_days`, for days since 1970.
fn from_civil_ms(ms: u64) -> LocalTime {
    let day_number = ms / DAY_MS;
    let z = day_number + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    LocalTime {
        year: year_of_era + era * 400 + u64::from(month <= 2),
        month,
        day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
        weekday: (day_number + 4) % 7,
        hour: ms % DAY_MS / HOUR_MS,
        minute: ms % HOUR_MS / MINUTE_MS,
        day_number,
    }
}

/// The day of a moment: *Today*, *Yesterday*, *Monday*, *20 November*.
pub(crate) fn day(texts: &Texts, at: LocalTime, now: LocalTime) -> String {
    match now.day_number.saturating_sub(at.day_number) {
        0 => texts.t("day-today"),
        1 => texts.t("day-yesterday"),
        2..=6 => texts.with("day-of-week", &[("day", Arg::Number(at.weekday))]),
        _ => date(texts, at, now),
    }
}

fn date(texts: &Texts, at: LocalTime, now: LocalTime) -> String {
    let month = texts.with("month-name", &[("month", Arg::Number(at.month))]);
    let year = at.year.to_string();
    let args = [("day", Arg::Number(at.day)), ("month", Arg::Text(&month)), ("year", Arg::Text(&year))];
    texts.with(if at.year == now.year { "day-of-year" } else { "day-of-past-year" }, &args)
}

/// Up to two letters, for people who have no picture.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let Some(first) = words.next() else { return String::new() };
    // Names in scripts without upper case are short, and one sign of them says enough.
    let last = words.next_back().filter(|_| first.is_uppercase() || first.is_lowercase());
    [Some(first), last].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

/// One of twelve hues, the same for the same user everywhere.
pub(crate) fn hue(user: &str) -> u32 {
    // FNV-1a: stable over versions and machines, which the standard hashers do not promise.
    let hash = user.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % 12
}
