//! Whether an installed app runs: it starts where there is no screen, and ends when an installer asks it to.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};

use crate::run::{output, run};

/// Starts the app with a display and a bus of its own, and asks it to end until it has. Its bus has its name before it can be asked anything,
/// so the first questions may come to nothing.
const START_AND_END: &str = r#"
"$1" --data-dir "$2" --secrets file --profile bundle-check & app=$!
asked=0
while kill -0 $app 2>/dev/null; do
    asked=$((asked + 1))
    [ $asked -le 200 ] || { kill -KILL $app; exit 1; }
    "$1" --data-dir "$2" --secrets file --profile bundle-check --quit || true
done
wait $app && [ -e "$2/web" ]
"#;

/// Runs it.
pub(super) fn runs(program: &Path) -> Result<()> {
    let libraries = output(Command::new("ldd").arg(program))?;
    let missing: Vec<_> = libraries.lines().filter(|line| line.contains("not found")).collect();
    ensure!(missing.is_empty(), "{} misses {missing:?}", program.display());
    run(Command::new(program).arg("--version").stdout(std::io::stderr()))?;

    let data = std::env::temp_dir().join(format!("carillon-bundle-app-{}", std::process::id()));
    let mut start = Command::new("dbus-run-session");
    start.args(["--", "xvfb-run", "--auto-servernum", "sh", "-c", START_AND_END, "sh"]).arg(program).arg(&data);
    let ran = run(start.env("GDK_BACKEND", "x11").env("LIBGL_ALWAYS_SOFTWARE", "1").stdout(std::io::stderr()));
    std::fs::remove_dir_all(&data).ok();
    ran
}
