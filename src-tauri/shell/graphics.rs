//! Web views on machines without a graphics processor: virtual machines, remote desktops, old servers.

use std::{fs, path::Path};

use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

/// Where the kernel has what can be rendered with.
const DEVICES: &str = "/dev/dri";

/// Has the view painted as the machine can. WebKit paints by shaders even where the processor has to play them, and the first
/// picture of a window then takes seconds; without shaders it takes a tenth of one.
pub(super) fn suit(shown: &WebviewWindow) -> tauri::Result<()> {
    if can_render(Path::new(DEVICES)) {
        return Ok(());
    }
    shown.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Screens without one of these only show what others have rendered.
fn can_render(devices: &Path) -> bool {
    let entries = fs::read_dir(devices).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_device_that_renders_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!can_render(&folder.path().join("none")));

        fs::write(folder.path().join("card0"), "").expect("a screen");
        assert!(!can_render(folder.path()));

        fs::write(folder.path().join("renderD128"), "").expect("a renderer");
        assert!(can_render(folder.path()));
    }
}
