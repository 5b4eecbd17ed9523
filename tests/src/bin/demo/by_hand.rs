//! Two windows for one person to click: Alice has the real microphone and speaker, Bob speaks from a file and hears into one.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

use anyhow::{Context as _, Result};
use carillon_kit::{Register, register};
use carillon_media::measure::{Pitch, write_voice};
use carillon_server::{Config, Server};

/// How long Bob speaks before he begins again.
const BOBS_VOICE: Duration = Duration::from_secs(30);

/// Runs until both windows are closed, or the user has had enough.
pub(crate) async fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(Config::local(folder.path().join("server"))).await?;
    let voice = folder.path().join("bob.wav");
    write_voice(&voice, Pitch::Low, BOBS_VOICE)?;
    let heard = folder.path().join("bob-hears.wav");
    let test_devices = ["--fake-mic".into(), voice, "--fake-speaker".into(), heard];

    let mut windows = Vec::new();
    for (user, name, args) in [("alice", "Alice", &[][..]), ("bob", "Bob", &test_devices[..])] {
        let login = folder.path().join(format!("{user}.json"));
        let invite = server.mint_invites(1).await?.pop().context("one invite was asked for")?;
        let login_text = serde_json::to_vec(&register(typed(server.url(), invite, user, name)).await?)?;
        std::fs::write(&login, login_text)?;
        windows.push(open(user, &login, &folder.path().join(user), args)?);
    }
    println!("{} serves Alice and Bob. Choose Bob in Alice's window and call him; accept in Bob's.", server.url());
    println!(
        "Bob speaks like a counting machine, and Alice's microphone is yours. Close both windows to end the demo."
    );

    tokio::select! {
        () = closed(&mut windows) => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    for mut window in windows {
        window.kill().ok();
        window.wait().ok();
    }
    server.shutdown().await;
    Ok(())
}

fn typed(server: String, invite: String, user: &str, name: &str) -> Register {
    Register {
        server,
        allow_insecure: false,
        invite,
        user: user.to_owned(),
        display_name: name.to_owned(),
        password: format!("{user}'s password"),
        device_name: "demo".to_owned(),
    }
}

fn open(profile: &str, login: &Path, data: &Path, args: &[PathBuf]) -> Result<Child> {
    let app = std::env::current_exe()?.with_file_name(format!("carillon-desktop{}", std::env::consts::EXE_SUFFIX));
    let mut window = Command::new(&app);
    window.args(["--profile", profile, "--secrets", "file", "--login-from"]).arg(login).arg("--data-dir").arg(data);
    window.args(args).spawn().with_context(|| format!("{} does not start", app.display()))
}

async fn closed(windows: &mut [Child]) {
    const LOOK: Duration = Duration::from_millis(300);
    while windows.iter_mut().any(|window| matches!(window.try_wait(), Ok(None))) {
        tokio::time::sleep(LOOK).await;
    }
}
