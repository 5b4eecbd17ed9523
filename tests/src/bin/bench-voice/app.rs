//! The app by itself: how soon its window can be used, and what it costs while nothing happens.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Result;
use carillon_tests::{
    cpu,
    desktop::{Display, Person, Process, ServerProcess, SessionBus, SoundServer, built, until},
    spread,
};
use serde_json::{Map, Value, json};

const PATIENCE: Duration = Duration::from_secs(30);
const STARTS: usize = 5;
/// Caches are filled and the first views drawn.
const SETTLE: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(10);

pub(crate) async fn measure(folder: &Path, sound: &SoundServer) -> Result<Map<String, Value>> {
    let stage = Stage {
        display: Display::start(1280, 800)?,
        bus: SessionBus::start()?,
        server: ServerProcess::start(&folder.join("server"))?,
    };
    let alice = stage.server.register("alice", "Alice", "bench").await?;
    let mut starts = Vec::new();
    let mut idle = 0.0;
    for run in 0..STARTS {
        let started_at = Instant::now();
        let app = stage.start(&folder.join(format!("app-{run}")), &alice, sound)?;
        until("the app's window", PATIENCE, || async { stage.display.window("Carillon").ok() }).await?;
        starts.push(started_at.elapsed().as_secs_f64() * 1_000.0);
        if run + 1 == STARTS {
            tokio::time::sleep(SETTLE).await;
            let before = cpu::used_by_tree(app.id())?;
            tokio::time::sleep(IDLE).await;
            idle = cpu::share(cpu::used_by_tree(app.id())?.saturating_sub(before), IDLE);
        }
    }
    let mut results = Map::new();
    results.insert("app_start_ms".into(), spread(starts));
    results.insert("app_idle_cpu_cores".into(), json!((idle * 1_000.0).round() / 1_000.0));
    Ok(results)
}

struct Stage {
    display: Display,
    bus: SessionBus,
    server: ServerProcess,
}

impl Stage {
    /// As a user starts it who has signed in before.
    fn start(&self, folder: &Path, who: &Person, sound: &SoundServer) -> Result<Process> {
        std::fs::create_dir_all(folder)?;
        let login = folder.join("login.json");
        std::fs::write(&login, serde_json::to_vec(&who.login)?)?;
        let mut app = Command::new(built("carillon-desktop")?);
        app.args(["--profile", "bench", "--secrets", "file", "--login-from"]).arg(login).arg("--data-dir").arg(folder);
        app.env("DISPLAY", self.display.name()).env("DBUS_SESSION_BUS_ADDRESS", self.bus.address());
        app.env("PULSE_SERVER", sound.address()).env("HOME", folder).env("XDG_RUNTIME_DIR", folder);
        app.env("GDK_BACKEND", "x11").env("LIBGL_ALWAYS_SOFTWARE", "1");
        app.env_remove("WAYLAND_DISPLAY").stderr(std::process::Stdio::null());
        Process::start(&mut app)
    }
}
