//! A screen of a real Wayland session: a compositor without a display, PipeWire, and the desktop's portal.
//!
//! It takes `sway`, `foot`, `pipewire`, `wireplumber`, `xdg-desktop-portal-wlr` and `setpriv`: compositors and portals refuse to serve root.
#![cfg(all(target_os = "linux", feature = "wayland"))]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use carillon_media::{
    MediaError, Picture, PictureEvent, PictureInput, PictureStream, Screen, ScreenInfo, ScreenKind, Thumbnails, screens,
};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);
/// The brightness that they have in pictures.
const RED_Y: u8 = 82;
const BLUE_Y: u8 = 41;

#[test]
fn what_the_user_picks_is_seen_as_it_changes_until_the_desktop_ends_it() {
    in_a_session("what_the_user_picks_is_seen_as_it_changes_until_the_desktop_ends_it", async || {
        let found = screens(Thumbnails::Made);
        let [ScreenInfo { id, kind: ScreenKind::Picker, .. }] = &found[..] else { panic!("{found:?}") };
        let (shown_tx, mut shown) = watch::channel(None);
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let (told_tx, mut told) = mpsc::unbounded_channel();
        let red = Window::full_of("ff0000");

        let input = PictureInput::Screen(Screen::Device(id.clone()));
        let tell = move |event| drop(told_tx.send(event));
        let stream = PictureStream::open(&input, 1_000_000, shown_tx, pictures_tx, tell).expect("it begins");
        let encoding = tokio::spawn(async move { while pictures.recv().await.is_some() {} });
        let first = until(&mut shown, RED_Y).await;
        assert_eq!((first.size().width(), first.size().height()), (1280, 720));

        drop(red);
        let _blue = Window::full_of("0000ff");
        until(&mut shown, BLUE_Y).await;

        swaymsg("exit");
        let event = timeout(PATIENCE, told.recv()).await.expect("in time").expect("it is told");
        assert!(matches!(event, PictureEvent::Failed(MediaError::Gone(_) | MediaError::Other(_))), "{event:?}");
        drop(stream);
        timeout(PATIENCE, encoding).await.expect("in time").expect("it ends");
    });
}

/// Waits for a picture whose middle has this brightness.
async fn until(shown: &mut watch::Receiver<Option<Picture>>, brightness: u8) -> Picture {
    let is_it = |picture: &Option<Picture>| {
        picture.as_ref().is_some_and(|picture| {
            let (width, height) = (picture.size().width(), picture.size().height());
            picture.y()[height / 2 * width + width / 2].abs_diff(brightness) <= 3
        })
    };
    let found = timeout(PATIENCE, shown.wait_for(is_it)).await.expect("in time").expect("it goes on");
    found.clone().expect("there is one")
}

/// A terminal that fills the screen with one colour.
struct Window(Child);

impl Window {
    fn full_of(colour: &str) -> Self {
        let colour = format!("colors.background={colour}");
        let mut terminal = Command::new("foot");
        terminal.args(["-o", &colour, "-o", "pad=0x0", "sleep", "1000"]);
        Self(terminal.stderr(Stdio::null()).spawn().expect("foot is installed"))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn swaymsg(order: &str) {
    let status = Command::new("swaymsg").arg(order).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.expect("it is installed with sway");
}

/// Runs `story` in a process of a user without rights, in a session of its own: the test starts itself again in there.
fn in_a_session(test: &str, story: impl AsyncFnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(story());
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    write_session(folder.path());
    let run = folder.path().join("session.sh");
    let program = std::env::current_exe().expect("this program");
    let bus = format!("--config-file={}", folder.path().join("bus.conf").display());
    let mut session = Command::new("setpriv");
    session.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "dbus-run-session", &bus, "sh"]);
    session.arg(run).arg(program).args([test, "--exact", "--nocapture"]);
    session.env("XDG_RUNTIME_DIR", folder.path()).env("HOME", folder.path()).env(INSIDE, "1").env_remove("DISPLAY");
    let output = session.stderr(Stdio::inherit()).output().expect("setpriv is there");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "the story failed; see above:\n{said}");
}

const INSIDE: &str = "CARILLON_WAYLAND_STORY";
/// The user that owns nothing.
const NOBODY: &str = "65534";

fn write_session(folder: &Path) {
    use std::os::unix::fs::{PermissionsExt as _, chown};

    let services = folder.join("services");
    let config = folder.join(".config/xdg-desktop-portal-wlr");
    for made in [&services, &config] {
        std::fs::create_dir_all(made).expect("made");
    }
    for (name, program) in [
        ("org.freedesktop.portal.Desktop", "xdg-desktop-portal"),
        ("org.freedesktop.portal.Documents", "xdg-document-portal"),
        ("org.freedesktop.impl.portal.PermissionStore", "xdg-permission-store"),
        ("org.freedesktop.impl.portal.desktop.wlr", "xdg-desktop-portal-wlr"),
    ] {
        let service = format!("[D-BUS Service]\nName={name}\nExec=/usr/libexec/{program}\n");
        std::fs::write(services.join(format!("{name}.service")), service).expect("written");
    }
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).expect("written");
    write(".config/xdg-desktop-portal-wlr/config", PORTAL.into());
    write("sway.conf", SWAY.into());
    write("bus.conf", BUS.replace("SERVICES", &services.display().to_string()));
    write("session.sh", SESSION.into());
    let nobody = NOBODY.parse().ok();
    let config_folder = folder.join(".config");
    for path in [folder, &services, &config_folder, &config] {
        chown(path, nobody, nobody).expect("given away");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).expect("closed");
    }
    for file in std::fs::read_dir(&services).expect("it is there").flatten() {
        chown(file.path(), nobody, nobody).expect("given away");
    }
}

/// The user picks the only screen there is.
const PORTAL: &str = "[screencast]\nchooser_type=none\noutput_name=HEADLESS-1\n";

const SWAY: &str = "output HEADLESS-1 resolution 1280x720\ndefault_border none\nfocus_follows_mouse no\n";

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth><servicedir>SERVICES</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

/// Starts what a session has, and then the test; ends with it.
const SESSION: &str = r#"
export XDG_CURRENT_DESKTOP=sway XDG_SESSION_TYPE=wayland WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1
sway -c "$HOME/sway.conf" 2>/dev/null & sway=$!
until ls "$XDG_RUNTIME_DIR"/wayland-? >/dev/null 2>&1; do sleep 0.05; done
export WAYLAND_DISPLAY="$(basename "$XDG_RUNTIME_DIR"/wayland-?)" SWAYSOCK="$(ls "$XDG_RUNTIME_DIR"/sway-ipc.*.sock)"
pipewire 2>/dev/null & pipewire=$!
until [ -e "$XDG_RUNTIME_DIR/pipewire-0" ]; do sleep 0.05; done
wireplumber >/dev/null 2>&1 & wireplumber=$!
dbus-update-activation-environment --all
"$@"
said=$?
kill $sway $wireplumber $pipewire 2>/dev/null
exit $said
"#;
