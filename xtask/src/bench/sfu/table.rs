//! What came of it, side by side.

use serde_json::Value;

use super::{results::Results, scenario::Scenario, server::Kind};

/// What is shown of each scenario, and where it is in a report. A delay is what the server adds: all else is one machine.
const ROWS: [(&str, &str); 15] = [
    ("packets/s that arrived", "/received_per_second"),
    ("CPU, µs for each forwarded packet", "/process/cpu_us_per_packet"),
    ("cores", "/process/cores"),
    ("memory, KiB for each participant", "/process/kib_per_participant"),
    ("sound, added delay p50 ms", "/sound/delay/p50"),
    ("sound, added delay p99 ms", "/sound/delay/p99"),
    ("sound, lost %", "/sound/lost_percent"),
    ("pictures, added delay p50 ms", "/pictures/delay/p50"),
    ("pictures, added delay p99 ms", "/pictures/delay/p99"),
    ("pictures, lost %", "/pictures/lost_percent"),
    ("join ► first frame, p50 ms", "/join/p50"),
    ("join ► first frame, p99 ms", "/join/p99"),
    ("calls before it is saturated", "/most_calls"),
    ("four fifths of that: pictures, delay p99 ms", "/at_four_fifths/pictures/delay/p99"),
    ("participants' own cores", "/own_cores"),
];

/// What came of a scenario, side by side.
pub(super) fn print(scenario: &Scenario, results: &Results) {
    println!("\n{:<46} {:>10} {:>10} {:>7}", scenario.name, "Carillon", "Janus", "ratio");
    for (title, at) in ROWS {
        let number = |kind| results.of(kind, scenario.name)?.pointer(at)?.as_f64();
        let (ours, peers) = (number(Kind::Carillon), number(Kind::Janus));
        if ours.or(peers).is_none() {
            continue;
        }
        let shown = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let ratio = ours.zip(peers).filter(|(_, peers)| *peers > 0.0).map(|(ours, peers)| ours / peers);
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        println!("  {title:<44} {:>10} {:>10} {ratio:>7}", shown(ours), shown(peers));
    }
}

/// One result, while others are still to come.
pub(super) fn tell(report: &Value) {
    let shown = ROWS.iter().filter_map(|(title, at)| Some(format!("{title} {:.2}", report.pointer(at)?.as_f64()?)));
    eprintln!("    {}", shown.collect::<Vec<_>>().join("; "));
}
