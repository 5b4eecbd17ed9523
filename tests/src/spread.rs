//! What many measured values come to.

use serde_json::{Value, json};

/// The middle and the nearly worst, rounded to tenths.
#[must_use]
pub fn spread(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get(((values.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied();
    let rounded = |value: Option<f64>| value.map(|value| (value * 10.0).round() / 10.0);
    json!({ "p50": rounded(at(0.5)), "p95": rounded(at(0.95)), "max": rounded(values.last().copied()), "runs": values.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let spread = spread((1..=100).rev().map(f64::from).collect());

        assert_eq!(spread, json!({ "p50": 50.0, "p95": 95.0, "max": 100.0, "runs": 100 }));
    }

    #[test]
    fn nothing_measured_is_no_number() {
        assert_eq!(spread(vec![]), json!({ "p50": null, "p95": null, "max": null, "runs": 0 }));
    }
}
