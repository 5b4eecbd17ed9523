//! What came of it so far, in a file that is whole after each scenario: a later one that fails throws nothing away.

use std::{fs, path::PathBuf};

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::server::Kind;

/// The reports, by server and scenario.
pub(super) struct Results {
    path: PathBuf,
    carillon: Map<String, Value>,
    janus: Map<String, Value>,
}

impl Results {
    /// None yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, carillon: Map::new(), janus: Map::new() }
    }

    pub(super) fn of(&self, kind: Kind, scenario: &str) -> Option<&Value> {
        self.all_of(kind).get(scenario)
    }

    /// Adds one, and writes all.
    pub(super) fn keep(&mut self, kind: Kind, scenario: &str, report: Value) -> Result<()> {
        let all = match kind {
            Kind::Carillon => &mut self.carillon,
            Kind::Janus => &mut self.janus,
        };
        all.insert(scenario.to_owned(), report);
        let text = serde_json::to_string_pretty(&json!({ "carillon": self.carillon, "janus": self.janus }))?;
        let half = self.path.with_extension("half");
        fs::write(&half, text)?;
        Ok(fs::rename(half, &self.path)?)
    }

    fn all_of(&self, kind: Kind) -> &Map<String, Value> {
        match kind {
            Kind::Carillon => &self.carillon,
            Kind::Janus => &self.janus,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_in_the_file_before_the_next_is() {
        let path = std::env::temp_dir().join(format!("carillon-bench-{}.json", std::process::id()));
        let mut results = Results::new(path.clone());

        results.keep(Kind::Carillon, "voice-8", json!({ "sound": 1 })).unwrap();
        let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        results.keep(Kind::Janus, "voice-8", json!({ "sound": 2 })).unwrap();

        assert_eq!(written, json!({ "carillon": { "voice-8": { "sound": 1 } }, "janus": {} }));
        assert_eq!(results.of(Kind::Janus, "voice-8"), Some(&json!({ "sound": 2 })));
        assert_eq!(results.of(Kind::Janus, "loss"), None);
        fs::remove_file(path).unwrap();
    }
}
