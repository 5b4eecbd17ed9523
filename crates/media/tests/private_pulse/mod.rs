//! Stories with a sound server of their own.

use std::process::{Command, Stdio};

use carillon_media::testing::Pulse;

/// Runs `story` in a process whose sound server is a private one, in a home where sound was not used before: the test starts
/// itself again with that environment.
pub(crate) fn with_pulse(test: &str, sinks: &[&str], story: impl AsyncFnOnce(&Pulse)) {
    if let Some(pulse) = Pulse::inherited() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(story(&pulse));
    }
    let pulse = Pulse::start(sinks).expect("pulseaudio and pactl are installed");
    let home = tempfile::tempdir().expect("a home");
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args([test, "--exact", "--nocapture"]).envs(pulse.environment()).env("HOME", home.path());
    let output = again.stderr(Stdio::inherit()).output().expect("it runs again");
    let said = String::from_utf8_lossy(&output.stdout);
    // Under another name than its own it would find no test, and nothing would be wrong with none.
    assert!(output.status.success() && said.contains("1 passed"), "the story failed; see above:\n{said}");
}
