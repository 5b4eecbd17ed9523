//! What came of it, side by side.

use serde_json::{Map, Value};

use super::scenario::Scenario;

/// What is shown of each scenario, and where it is in a report.
const ROWS: [(&str, &str); 14] = [
    ("packets/s that arrived", "/received_per_second"),
    ("CPU, µs for each packet", "/process/cpu_us_per_packet"),
    ("cores", "/process/cores"),
    ("memory, KiB for each participant", "/process/kib_per_participant"),
    ("sound, delay p50 ms", "/sound/delay/p50"),
    ("sound, delay p99 ms", "/sound/delay/p99"),
    ("sound, lost %", "/sound/lost_percent"),
    ("pictures, delay p50 ms", "/pictures/delay/p50"),
    ("pictures, delay p99 ms", "/pictures/delay/p99"),
    ("pictures, lost %", "/pictures/lost_percent"),
    ("join ► first packet, p50 ms", "/join/p50"),
    ("calls before it is saturated", "/most_calls"),
    ("four fifths of that: pictures, delay p99 ms", "/at_four_fifths/pictures/delay/p99"),
    ("participants' own cores", "/own_cores"),
];

pub(super) fn print(scenarios: &[&Scenario], ours: &Map<String, Value>, janus: Option<&Map<String, Value>>) {
    for scenario in scenarios {
        println!("\n{:<46} {:>10} {:>10} {:>7}", scenario.name, "Carillon", "Janus", "ratio");
        for (title, at) in ROWS {
            let number = |of: &Map<String, Value>| of.get(scenario.name)?.pointer(at)?.as_f64();
            let (mine, peers) = (number(ours), janus.and_then(number));
            if mine.or(peers).is_none() {
                continue;
            }
            let shown = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
            let ratio = mine.zip(peers).filter(|(_, peers)| *peers > 0.0).map(|(mine, peers)| mine / peers);
            let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
            println!("  {title:<44} {:>10} {:>10} {ratio:>7}", shown(mine), shown(peers));
        }
    }
}

/// One result, while others are still to come.
pub(super) fn tell(report: &Value) {
    let shown = ROWS.iter().filter_map(|(title, at)| Some(format!("{title} {:.2}", report.pointer(at)?.as_f64()?)));
    eprintln!("    {}", shown.collect::<Vec<_>>().join("; "));
}
