//! The app's installer for Windows: `src-tauri/packaging/installer.nsi`, compiled by NSIS, on Windows and on Linux alike.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use super::{place::Place, sign};
use crate::{run::run, workspace::Workspace};

/// What an installer is made of.
pub(super) struct Installer {
    /// The app.
    pub(super) program: PathBuf,
    /// What installs WebView2 where it is missing; without one the installer gets Microsoft's when it runs.
    pub(super) webview2_setup: Option<PathBuf>,
}

impl Installer {
    /// Compiles it.
    pub(super) fn build(&self, workspace: &Workspace, place: &Place) -> Result<PathBuf> {
        let file = place.result(&format!("carillon-desktop-{}-windows-x86_64-setup.exe", place.version));
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        sign::windows(&self.program)?;
        let mut compile = Command::new("makensis");
        compile.args(["-V2", "-WX", "-INPUTCHARSET", "UTF8"]);
        for (name, value) in self.defines(workspace, &place.version, &file) {
            compile.arg(format!("-D{name}={value}"));
        }
        run(compile.arg(workspace.root.join("src-tauri/packaging/installer.nsi")).stdout(std::io::stderr()))?;
        sign::windows(&file)?;
        Ok(file)
    }

    fn defines(&self, workspace: &Workspace, version: &str, file: &Path) -> Vec<(&'static str, String)> {
        let shown = |path: &Path| path.display().to_string();
        let mut defines = vec![
            ("VERSION", version.to_owned()),
            ("PROGRAM", shown(&self.program)),
            ("ICON", shown(&workspace.root.join("icons/icon.ico"))),
            ("PICTURE", shown(&workspace.root.join("icons/256x256.png"))),
            ("LICENSE", shown(&workspace.root.join("LICENSE-MIT"))),
            ("OUT", shown(file)),
        ];
        // Debian's NSIS makes 64-bit installers too, which need no 32-bit Wine to be tried; the makers' own does not.
        if cfg!(target_os = "linux") {
            defines.push(("TARGET", "amd64-unicode".into()));
        }
        // Programs by MinGW have the loader beside them, those by MSVC inside.
        let loader = self.program.with_file_name("WebView2Loader.dll");
        if loader.exists() {
            defines.push(("LOADER", shown(&loader)));
        }
        if let Some(command) = sign::command() {
            defines.push(("SIGN", command));
        }
        if let Some(setup) = &self.webview2_setup {
            defines.push(("WEBVIEW2_SETUP", shown(setup)));
        }
        defines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::tests::workspace;

    const SCRIPT: &str = include_str!("../../../src-tauri/packaging/installer.nsi");

    #[test]
    fn the_script_is_told_all_that_it_asks_for() {
        let installer =
            Installer { program: "built/carillon-desktop.exe".into(), webview2_setup: Some("setup.exe".into()) };

        let defines = installer.defines(&workspace(), "1.2.3", Path::new("out.exe"));

        let value = |name| defines.iter().find(|(defined, _)| *defined == name).map(|(_, value)| value.as_str());
        assert_eq!((value("VERSION"), value("OUT")), (Some("1.2.3"), Some("out.exe")));
        assert_eq!(value("WEBVIEW2_SETUP"), Some("setup.exe"));
        assert_eq!(value("LOADER"), None, "there is none beside the program");
        for name in defines.iter().map(|(name, _)| name) {
            assert!(SCRIPT.contains(&format!("${{{name}}}")), "the script has no use for {name}");
        }
    }

    #[test]
    fn what_is_installed_is_taken_away_again() {
        let uninstall = SCRIPT.split_once("Section \"Uninstall\"").expect("it can be taken away").1;

        let installed = SCRIPT.lines().filter_map(|line| line.trim().strip_prefix("File \"/oname="));
        for file in installed.filter(|file| !file.starts_with("$PLUGINSDIR")) {
            let name = file.split('"').next().expect("a name");
            assert!(uninstall.contains(&format!("Delete \"$INSTDIR\\{name}\"")), "{name} stays behind");
        }
        for key in ["UNINSTALL_KEY", "SCHEME_KEY", "AUMID_KEY"] {
            assert!(uninstall.contains(&format!("DeleteRegKey SHCTX \"${{{key}}}\"")), "{key} stays behind");
        }
    }

    #[test]
    fn a_link_is_handed_over_as_the_app_takes_it() {
        assert!(SCRIPT.contains(r#"'"$INSTDIR\${EXE}" --open-link "%1"'"#));
    }
}
