//! The installer for Windows and the programs that it is for, under Wine.
//!
//! Wine has no WebView2, so the app itself does not start there: stand-ins take its place and that of Microsoft's bootstrapper where the
//! installer is tried, and what is heard in a call is tried with the server and the command line, which are the real ones.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use super::super::{Kind, nsis::Installer, place::Place, programs};
use crate::{
    run::{output, run, succeeds},
    workspace::Workspace,
};

/// Rust's library imports this of Windows; Wine 8 has it under another name only.
const RANDOM: &str = "#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID data, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, length); }
";

/// Says that WebView2 is there, as Microsoft's own does after its work.
const BOOTSTRAPPER: &str = "#include <windows.h>
int main(void) {
    return RegSetKeyValueA(HKEY_CURRENT_USER,
        \"Software\\\\Microsoft\\\\EdgeUpdate\\\\Clients\\\\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}\", \"pv\", REG_SZ, \"1.2.3.4\", 8);
}
";

/// Runs until another is started with `--quit`, as the app does, and at most a minute.
const APP: &str = "#include <windows.h>
#include <string.h>
int main(int count, char **words) {
    HANDLE end = CreateEventA(0, TRUE, FALSE, \"carillon-stand-in\");
    if (count > 1 && !strcmp(words[1], \"--quit\")) return !SetEvent(end);
    if (count > 1) puts(\"up\"), fflush(stdout);
    return WaitForSingleObject(end, 60000) != WAIT_OBJECT_0;
}
";

const UNINSTALL_KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Carillon";
/// What the installer writes into the registry, below the root of one user or of all.
const KEYS: [&str; 3] =
    [UNINSTALL_KEY, r"Software\Classes\carillon", r"Software\Classes\AppUserModelId\org.carillon.desktop"];

/// Tries the installer, for one user and for all, and a call.
pub(super) fn installer(workspace: &Workspace, profile: &str, shipped: &Path) -> Result<()> {
    let wine = Wine::begin(&workspace.output.join("bundle/work/wine"))?;
    let earlier = Installer {
        program: wine.stand_in("app", APP, &[])?,
        webview2_setup: Some(wine.stand_in("bootstrapper", BOOTSTRAPPER, &["-ladvapi32"])?),
    };
    let earlier = earlier.build(workspace, &Place::earlier(workspace))?;
    for mode in [Mode::ONE_USER, Mode::ALL_USERS] {
        wine.tries(&mode, &earlier, shipped).with_context(|| mode.switch.to_owned())?;
    }
    let built = programs(workspace, Kind::Windows, profile);
    run(&mut workspace.cargo(["build", "--package", "carillon-tests", "--bin", "wine-call"]))?;
    let mut call = Command::new(workspace.built("debug", "wine-call"));
    run(wine.env(call.arg("--programs").arg(built)).stdout(std::io::stderr()))
}

/// For whom it is installed.
struct Mode {
    switch: &'static str,
    root: &'static str,
    program: &'static str,
    menu: &'static str,
}

impl Mode {
    const ONE_USER: Self = Self {
        switch: "/CurrentUser",
        root: "HKCU",
        program: "AppData/Local/Programs/Carillon",
        menu: "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Carillon.lnk",
    };
    const ALL_USERS: Self = Self {
        switch: "/AllUsers",
        root: "HKLM",
        program: "Program Files/Carillon",
        menu: "ProgramData/Microsoft/Windows/Start Menu/Programs/Carillon.lnk",
    };
}

/// A Windows of its own, in a folder.
struct Wine {
    prefix: PathBuf,
    made: PathBuf,
}

impl Wine {
    /// Makes it anew.
    fn begin(folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let wine = Self { prefix: folder.join("prefix"), made: folder.join("made") };
        fs::create_dir_all(&wine.made)?;
        run(wine.command("wineboot").arg("--init").stdout(std::io::stderr()))?;
        wine.settles()?;
        let random = wine.prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
        compile(&wine.made.join("random.c"), RANDOM, &random, &["-shared", "-ladvapi32"])?;
        Ok(wine)
    }

    fn stand_in(&self, name: &str, text: &str, libraries: &[&str]) -> Result<PathBuf> {
        let program = self.made.join(format!("{name}.exe"));
        compile(&self.made.join(format!("{name}.c")), &format!("#include <stdio.h>\n{text}"), &program, libraries)?;
        Ok(program)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.env(&mut command);
        command
    }

    fn env<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all").env_remove("DISPLAY")
    }

    /// Waits until nothing runs there any more: an uninstaller goes on in a copy of itself.
    fn settles(&self) -> Result<()> {
        run(self.command("wineserver").arg("--wait"))
    }

    /// Installs an earlier version, upgrades it while it runs, and uninstalls it.
    fn tries(&self, mode: &Mode, earlier: &Path, shipped: &Path) -> Result<()> {
        self.forget_webview2();
        self.runs_silently(earlier, mode)?;
        ensure!(self.registry("HKCU", r"Software\Microsoft\EdgeUpdate").is_some(), "WebView2 was not installed");
        self.is_installed(mode, "0.0.1")?;

        let folder = self.folder(mode.program);
        let mut start = self.command("wine");
        start.arg(folder.join("carillon-desktop.exe")).arg("--hidden").stdout(Stdio::piped());
        let mut running = start.spawn()?;
        read_line(&mut running)?;
        let data = self.folder("AppData/Local/org.carillon.desktop");
        fs::create_dir_all(&data)?;
        fs::write(data.join("settings.json"), "{}")?;
        self.runs_silently(shipped, mode)?;
        ensure!(running.wait()?.success(), "the app that ran was not asked to end");
        self.is_installed(mode, super::super::place::VERSION)?;

        run(self.command("wine").arg(folder.join("uninstall.exe")).args([mode.switch, "/S"]))?;
        self.settles()?;
        ensure!(!folder.exists() && !self.folder(mode.menu).exists(), "files stay behind in {}", folder.display());
        for key in KEYS {
            ensure!(self.registry(mode.root, key).is_none(), "{}\\{key} stays behind", mode.root);
        }
        ensure!(data.join("settings.json").exists(), "what the user chose is lost");
        eprintln!("The installer {} installed, upgraded and left nothing behind", mode.switch);
        Ok(())
    }

    fn runs_silently(&self, installer: &Path, mode: &Mode) -> Result<()> {
        run(self.command("wine").arg(installer).args(["/S", mode.switch]))
    }

    fn is_installed(&self, mode: &Mode, version: &str) -> Result<()> {
        let program = self.folder(mode.program).join("carillon-desktop.exe");
        ensure!(program.exists(), "{} is missing", program.display());
        ensure!(self.folder(mode.menu).exists(), "the start menu has no entry");
        for key in KEYS {
            ensure!(self.registry(mode.root, key).is_some(), "{}\\{key} is missing", mode.root);
        }
        let said = self.registry(mode.root, UNINSTALL_KEY).unwrap_or_default();
        ensure!(
            said.lines().any(|line| line.contains("DisplayVersion") && line.trim_end().ends_with(version)),
            "{said}"
        );
        let opens = self.registry(mode.root, r"Software\Classes\carillon\shell\open\command").unwrap_or_default();
        ensure!(opens.contains(r#"carillon-desktop.exe" --open-link "%1""#), "links are opened by {opens:?}");
        Ok(())
    }

    /// What a key holds, if it is there.
    fn registry(&self, root: &str, key: &str) -> Option<String> {
        let query = || {
            let mut query = self.command("wine");
            query.args(["reg", "query", &format!("{root}\\{key}"), "/s", "/reg:64"]);
            query
        };
        // First without a word, because it complains of what is not there.
        if succeeds(&mut query()) { output(&mut query()).ok() } else { None }
    }

    fn forget_webview2(&self) {
        // It need not be there.
        let mut forget = self.command("wine");
        succeeds(forget.args(["reg", "delete", r"HKCU\Software\Microsoft\EdgeUpdate", "/f"]));
    }

    /// A place of the user's, or of everybody's.
    fn folder(&self, place: &str) -> PathBuf {
        let disk = self.prefix.join("drive_c");
        if !place.starts_with("AppData") {
            return disk.join(place);
        }
        let users = fs::read_dir(disk.join("users")).into_iter().flatten().flatten().map(|entry| entry.path());
        let own = users.filter(|user| !user.ends_with("Public")).last().unwrap_or_else(|| disk.join("users"));
        own.join(place)
    }
}

fn read_line(program: &mut Child) -> Result<()> {
    use std::io::{BufRead as _, BufReader};
    let mut said = String::new();
    let pipe = program.stdout.as_mut().context("its stdout is a pipe")?;
    BufReader::new(pipe).read_line(&mut said)?;
    ensure!(said.trim() == "up", "the stand-in says {said:?}");
    Ok(())
}

fn compile(source: &Path, text: &str, program: &Path, words: &[&str]) -> Result<()> {
    fs::write(source, text)?;
    run(Command::new("x86_64-w64-mingw32-gcc").arg("-o").arg(program).arg(source).args(words))
}
