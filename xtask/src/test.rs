//! `cargo xtask test`: everything that has to hold before a change is merged. The build server runs this and nothing else.

use anyhow::{Context, Result, bail};

use crate::{
    demo, macos,
    progress::Progress,
    run::{run, run_and_listen},
    setup::{self, Purpose},
    ui,
    workspace::Workspace,
};

const WASM: &str = "wasm32-unknown-unknown";
const NEXTEST: &str = "0.9.143";
const DENY: &str = "0.20.2";

/// What to leave out while working; the build server leaves out nothing.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the checks that need neither a display nor another compiler: format, lints, tests
    #[arg(long)]
    quick: bool,
}

/// Runs every check, even after one has failed, and tells the time that each took.
pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    // Only Linux builds for other systems, and runs windows where there is no screen.
    let (is_linux, is_unix) = (cfg!(target_os = "linux"), cfg!(unix));
    let mut progress =
        Progress::new(7 + if args.quick { 0 } else { 3 + 3 * usize::from(is_linux) + usize::from(is_unix) });
    let mut tally = Tally::default();
    progress.step("what the machine needs", || prepare(workspace, args.quick))?;
    progress.check("format", || cargo(workspace, &["fmt", "--all", "--", "--check"]));
    progress.step("the windows' front end", || ui::bundle(workspace))?;
    progress.check("lints", || cargo(workspace, LINTS));
    if !args.quick {
        progress.check("lints of what runs in the web view", || cargo(workspace, LINTS_OF_WASM));
    }
    if !args.quick && is_linux {
        progress.check("lints of what is in the packages only", || cargo(workspace, LINTS_OF_PACKAGES));
    }
    if !args.quick {
        progress.step("every window in every state, for a browser", || ui::gallery_to_judge(workspace))?;
    }
    progress.step("compiling everything", || cargo(workspace, &["build", "--workspace", "--all-targets"]))?;
    progress.check("tests", || tally.nextest(workspace));
    progress.check("examples in the documentation", || tally.doctests(workspace));
    if !args.quick {
        progress.check("dependencies: bans, licences, sources", || cargo(workspace, DEPENDENCIES));
    }
    if !args.quick && is_unix {
        progress.check("types of sound and pictures on macOS", || macos::check(workspace));
    }
    if !args.quick && is_linux {
        progress.check("the app compiles and links for Windows", || cargo(workspace, WINDOWS));
        progress.check("a call clicked through in two windows", || demo::drive(workspace, true));
    }

    progress.summary();
    tally.report();
    progress.verdict()
}

const LINTS: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];

/// `call`, `ipc` and `protocol` must stay free of anything that a browser lacks; `ui` only exists there.
const LINTS_OF_WASM: &[&str] = &[
    "clippy",
    "--target",
    WASM,
    "--package",
    "carillon-ui",
    "--package",
    "carillon-ipc",
    "--package",
    "carillon-call",
    "--package",
    "carillon-protocol",
    "--",
    "--deny",
    "warnings",
];

/// The screens of Wayland sessions, which need headers that not everybody has.
const LINTS_OF_PACKAGES: &[&str] =
    &["clippy", "--workspace", "--features", "carillon-desktop/wayland", "--", "--deny", "warnings"];

const DEPENDENCIES: &[&str] = &["deny", "--all-features", "check", "bans", "licenses", "sources"];

/// Linking too: that is where a missing system library shows.
const WINDOWS: &[&str] = &["build", "--target", "x86_64-pc-windows-gnu", "--package", "carillon-desktop", "--bins"];

fn prepare(workspace: &Workspace, quick: bool) -> Result<()> {
    setup::ensure(workspace, if quick { Purpose::Headless } else { Purpose::Test })?;
    setup::ensure_cargo_tool(workspace, "cargo-nextest", NEXTEST, "it runs the tests, some minutes to compile")?;
    if !quick {
        setup::ensure_cargo_tool(workspace, "cargo-deny", DENY, "it reads licences, some minutes to compile")?;
    }
    Ok(())
}

fn cargo(workspace: &Workspace, words: &[&str]) -> Result<()> {
    run(workspace.cargo([]).args(words))
}

/// How many tests ran, and how they ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
    nextest: Option<String>,
}

impl Tally {
    fn nextest(&mut self, workspace: &Workspace) -> Result<()> {
        let mut nextest = workspace.cargo(["nextest", "run", "--workspace", "--no-fail-fast"]);
        let (well, said) = run_and_listen(&mut nextest)?;
        let summary = said.lines().rev().find(|line| line.contains("Summary [")).context("nextest gave no summary")?;
        self.count(summary);
        self.nextest = Some(summary.trim().to_owned());
        if !well {
            bail!("nextest: {}", summary.trim());
        }
        Ok(())
    }

    fn doctests(&mut self, workspace: &Workspace) -> Result<()> {
        let mut doctests = workspace.cargo(["test", "--workspace", "--doc", "--no-fail-fast"]);
        let (well, said) = run_and_listen(&mut doctests)?;
        said.lines().filter(|line| line.starts_with("test result:")).for_each(|line| self.count(line));
        if !well {
            bail!("an example in the documentation does not hold");
        }
        Ok(())
    }

    /// Adds the numbers of a summary line: `… 12 passed, 1 failed`, where a number that is missing is 0.
    fn count(&mut self, summary: &str) {
        let mut words = summary.split([' ', ',', ';']).filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            let Ok(number) = word.parse::<usize>() else { continue };
            match words.peek() {
                Some(&"passed") => self.passed += number,
                Some(&("failed" | "timed")) => self.failed += number,
                _ => {}
            }
        }
    }

    /// The last words on stdout, which build servers read.
    fn report(&self) {
        println!("{}", self.nextest.as_deref().unwrap_or("the tests did not run"));
        println!("{} passed, {} failed", self.passed, self.failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_taken_from_the_lines_of_both_test_runners() {
        let mut tally = Tally::default();

        tally.count("     Summary [   0.046s] 12/14 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped");
        tally.count("test result: ok. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");

        assert_eq!((tally.passed, tally.failed), (13, 4));
    }
}
