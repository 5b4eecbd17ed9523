//! Times and names as people read them.

use carillon_ipc::{Locale, Texts};

use crate::format::{self, local_time};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

fn plain(text: String) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

#[test]
fn a_timer_grows_by_hours_only_when_it_must() {
    assert_eq!(format::timer(7_900), "0:07");
    assert_eq!(format::timer(724_000), "12:04");
    assert_eq!(format::timer(3_723_000), "1:02:03");
}

#[test]
fn a_duration_is_as_exact_as_it_is_useful() {
    let texts = Texts::new(Locale::English);
    assert_eq!(plain(format::duration(&texts, 45_900)), "45 s");
    assert_eq!(plain(format::duration(&texts, 12 * MINUTE_MS + 59_000)), "12 min");
    assert_eq!(plain(format::duration(&texts, 64 * MINUTE_MS)), "1 h 4 min");
}

#[test]
fn how_long_ago_is_one_number() {
    let texts = Texts::new(Locale::SimplifiedChinese);
    let ago = |ms| plain(format::ago(&texts, 1_000_000_000_000 - ms, 1_000_000_000_000));
    assert_eq!(ago(30_000), "刚刚");
    assert_eq!(ago(3 * MINUTE_MS), "3 分钟");
    assert_eq!(ago(50 * DAY_MS), "50 天");
}

#[test]
fn a_clock_that_is_behind_says_now_not_nonsense() {
    let texts = Texts::new(Locale::English);
    assert_eq!(format::ago(&texts, 2_000, 1_000), "now");
}

#[test]
fn days_are_told_from_the_calendar() {
    let texts = Texts::new(Locale::English);
    // 2024-03-01 12:00 UTC: the day after a leap day; a Friday.
    let now_ms = 1_709_294_400_000;
    let day = |ms| plain(format::day(&texts, local_time(now_ms - ms), local_time(now_ms)));
    assert_eq!(day(0), "Today");
    assert_eq!(day(DAY_MS / 2 + 1), "Yesterday");
    assert_eq!(day(2 * DAY_MS), "Wednesday");
    assert_eq!(day(7 * DAY_MS), "23 February");
    assert_eq!(day(366 * DAY_MS), "1 March 2023");
    let leap_day = local_time(now_ms - DAY_MS);
    assert_eq!((leap_day.year, leap_day.month, leap_day.day), (2024, 2, 29));
    assert_eq!(leap_day.clock(), "12:00");
}

#[test]
fn initials_are_letters_of_the_first_and_last_word() {
    assert_eq!(format::initials("Ada King Lovelace"), "AL");
    assert_eq!(format::initials("bob"), "B");
    assert_eq!(format::initials("李伟"), "李");
    assert_eq!(format::initials("ليلى حداد"), "ل");
    assert_eq!(format::initials("(Dr.) Éva Nagy"), "DN");
    assert_eq!(format::initials("🌻"), "", "a drawing stands in for it");
}

#[test]
fn the_hue_of_a_user_never_changes() {
    assert_eq!(format::hue("ada"), format::hue("ada"));
    let hues: std::collections::BTreeSet<_> = (0..200).map(|i| format::hue(&format!("user{i}"))).collect();
    assert_eq!(hues.len(), 12, "all of them are used");
}
