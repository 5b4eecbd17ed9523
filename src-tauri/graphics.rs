//! Web views on machines without a graphics processor: virtual machines, remote desktops, old servers.

use std::{env, fs, path::Path};

/// Where the kernel has what can be rendered with.
const DEVICES: &str = "/dev/dri";

/// Has WebKit hand on finished pictures, and compose none with shaders.
const WITHOUT_SHADERS: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Has web views painted as the machine can. WebKit composes with shaders even where the processor has to play them, and the first
/// picture of a window then takes seconds; without shaders it takes a tenth of one. Before anything else in the program: what runs
/// beside this must not look at the environment.
pub fn suit_web_views() {
    if env::var_os(WITHOUT_SHADERS).is_none() && !can_render(Path::new(DEVICES)) {
        #[expect(unsafe_code, reason = "WebKit takes this from the environment alone, and no other thread runs yet")]
        // SAFETY: `main` calls this first, before there is another thread.
        unsafe {
            env::set_var(WITHOUT_SHADERS, "1");
        }
    }
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
