//! `cargo xtask bench sfu`: what forwards the media of group calls, ours and then Janus, under the same participants.
//!
//! The server under test has core 0, the participants (`carillon load`) core 1. Both servers do the same work: the same packets by the same
//! connections, though ours passes on five voices at most and Janus all of them; so what counts is CPU for each packet that arrived.

mod results;
mod scenario;
mod server;
mod table;

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use self::{
    results::Results,
    scenario::{SCENARIOS, Scenario, Shape},
    server::{Kind, Server},
};
use crate::{progress::Progress, run, setup, workspace::Workspace};

/// The cores of the server under test and of the participants.
const SERVER_CORE: &str = "0";
const OWN_CORE: &str = "1";

/// Losing more than this, in percent, or being later than that, in milliseconds, a server is saturated.
const MOST_LOST: f64 = 0.1;
const LATEST: f64 = 50.0;
/// More than this of its core, and the participants are what is measured.
const MOST_OF_OWN_CORE: f64 = 0.97;

/// How long each scenario is measured, in seconds, unless it is said; and in a quick run, where three have to go and come back in it.
const SECONDS: u32 = 10;
const QUICK_SECONDS: u32 = 8;

pub(super) fn chore(workspace: &Workspace, args: &super::Args) -> Result<()> {
    let chosen = chosen(&args.scenario, args.quick)?;
    let mut progress = Progress::new(2 + chosen.len());
    progress.step("what the machine needs", || setup::ensure(workspace, setup::Purpose::Bench))?;
    progress.step("a release build (minutes the first time)", || {
        let packages = ["--package", "carillon-server", "--package", "carillon-cli"];
        run::run(workspace.cargo(["build", "--release"]).args(packages))
    })?;
    let bench = Bench {
        workspace,
        seconds: args.seconds.unwrap_or(if args.quick { QUICK_SECONDS } else { SECONDS }),
        is_quick: args.quick,
        kinds: if args.alone { &[Kind::Carillon] } else { &[Kind::Carillon, Kind::Janus] },
        folder: workspace.output.join("bench"),
    };
    std::fs::create_dir_all(&bench.folder)?;
    let path = bench.folder.join("sfu.json");
    let mut results = Results::new(path.clone());
    for scenario in chosen {
        progress.check(scenario.name, || bench.measure(scenario, &mut results));
    }
    println!("\n{}", path.display());
    progress.summary();
    progress.verdict()
}

fn chosen(names: &[String], is_quick: bool) -> Result<Vec<&'static Scenario>> {
    if names.is_empty() {
        return Ok(SCENARIOS.iter().filter(|scenario| !is_quick || scenario.quick.is_some()).collect());
    }
    let find = |name: &String| SCENARIOS.iter().find(|scenario| scenario.name == name);
    names.iter().map(|name| find(name).with_context(|| format!("there is no scenario {name}"))).collect()
}

struct Bench<'a> {
    workspace: &'a Workspace,
    seconds: u32,
    is_quick: bool,
    kinds: &'static [Kind],
    folder: PathBuf,
}

impl Bench<'_> {
    /// Ours, then Janus: close together, so that the machine is the same for both. One that fails does not keep the other from it.
    fn measure(&self, scenario: &Scenario, results: &mut Results) -> Result<()> {
        eprintln!("  {}", scenario.about);
        let mut failed = Ok(());
        for kind in self.kinds {
            eprintln!("    {}", kind.name());
            match self.run(*kind, scenario) {
                Ok(report) => results.keep(*kind, scenario.name, report)?,
                Err(error) => failed = Err(error.context(kind.name())),
            }
        }
        table::print(scenario, results);
        failed
    }

    fn run(&self, kind: Kind, scenario: &Scenario) -> Result<Value> {
        match (scenario.quick.filter(|_| self.is_quick), scenario.shape) {
            (Some(channels), _) => self.once(kind, scenario, channels),
            (None, Shape::Once) => self.once(kind, scenario, scenario.channels),
            (None, Shape::UntilSaturated) => self.until_saturated(kind, scenario),
        }
    }

    /// Every time with a fresh server: its memory is counted from its start.
    fn once(&self, kind: Kind, scenario: &Scenario, channels: u32) -> Result<Value> {
        let server = Server::start(kind, self.workspace, &self.folder)?;
        let mut load = Command::new("taskset");
        load.args(["-c", OWN_CORE]).arg(self.workspace.built("release", "carillon"));
        load.arg("--json").args(server.load()).args(["--process", &server.id().to_string()]);
        load.args(["--channels", &channels.to_string(), "--seconds", &self.seconds.to_string()]);
        load.args(scenario.participants()).env("CARILLON_PASSWORD", "eight bells at noon");
        let said = run::output(&mut load)?;
        let report = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let report = report.into_iter().find(|line| line["event"] == "load").context("no report")?["report"].take();
        table::tell(&report);
        Ok(report)
    }

    /// Doubles the calls until it is too much, looks once between, and once more at four fifths of the most that was good.
    fn until_saturated(&self, kind: Kind, scenario: &Scenario) -> Result<Value> {
        let (mut channels, mut good) = (scenario.channels, None);
        let bad = loop {
            let report = self.once(kind, scenario, channels)?;
            if is_own_limit(&report) {
                eprintln!("    the participants have no time for more: the server may bear more than this");
            }
            if is_saturated(&report) || is_own_limit(&report) {
                break (channels, report);
            }
            good = Some((channels, report));
            channels *= 2;
        };
        let Some((mut most, mut report)) = good else { bail!("the smallest load is too much: {}", bad.1) };
        let between = most.midpoint(bad.0);
        if between > most {
            let middle = self.once(kind, scenario, between)?;
            if !is_saturated(&middle) && !is_own_limit(&middle) {
                (most, report) = (between, middle);
            }
        }
        let at_four_fifths = self.once(kind, scenario, (most * 4 / 5).max(1))?;
        report["most_calls"] = json!(most);
        report["at_four_fifths"] = at_four_fifths;
        report["beyond"] = bad.1;
        Ok(report)
    }
}

fn is_saturated(report: &Value) -> bool {
    let kinds = ["sound", "pictures"].map(|kind| &report[kind]);
    let is_lossy = kinds.iter().any(|kind| kind["lost_percent"].as_f64().is_some_and(|lost| lost > MOST_LOST));
    let is_late = kinds.iter().any(|kind| kind["delay"]["p99"].as_f64().is_some_and(|late| late > LATEST));
    is_lossy || is_late || report["connections_lost"].as_u64() != Some(0)
}

fn is_own_limit(report: &Value) -> bool {
    report["own_cores"].as_f64().is_some_and(|cores| cores > MOST_OF_OWN_CORE)
}
