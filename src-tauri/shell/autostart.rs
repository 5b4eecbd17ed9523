//! Starting in the tray when the user logs in: one entry of the system's own kind.
//!
//! The library for this writes paths as they are, and a path may have spaces: on Windows another program could then be started in our place.

use std::{io, path::PathBuf};

use crate::options::{Options, Profile};

/// The entry of this profile.
#[derive(Debug, Clone)]
pub(crate) struct Autostart {
    /// What the entry is called.
    id: String,
    /// What it starts, the program first.
    words: Vec<String>,
    /// The user's folder that such entries are below, where the system has them in files.
    #[cfg_attr(windows, expect(dead_code, reason = "Windows has them in its registry"))]
    folder: PathBuf,
}

impl Autostart {
    /// The entry that starts this program as it was started now, hidden.
    pub(crate) fn new(id: String, options: &Options, folder: PathBuf) -> io::Result<Self> {
        let program = std::env::current_exe()?.display().to_string();
        Ok(Self { id, words: words(program, options), folder })
    }

    /// Makes the entry, or takes it away.
    pub(crate) fn set(&self, on: bool) -> io::Result<()> {
        if on { self.enter() } else { self.take_away() }
    }

    #[cfg(windows)]
    fn enter(&self) -> io::Result<()> {
        let key = windows_registry::CURRENT_USER.create(RUN_KEY)?;
        Ok(key.set_string(&self.id, command_line(&self.words))?)
    }

    #[cfg(windows)]
    fn take_away(&self) -> io::Result<()> {
        let key = windows_registry::CURRENT_USER.create(RUN_KEY)?;
        if key.get_string(&self.id).is_err() {
            return Ok(()); // there is none
        }
        Ok(key.remove_value(&self.id)?)
    }

    #[cfg(not(windows))]
    fn enter(&self) -> io::Result<()> {
        let (file, text) = self.file();
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, text)
    }

    #[cfg(not(windows))]
    fn take_away(&self) -> io::Result<()> {
        match std::fs::remove_file(self.file().0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    #[cfg(target_os = "macos")]
    fn file(&self) -> (PathBuf, String) {
        let file = self.folder.join("LaunchAgents").join(format!("{}.plist", self.id));
        (file, launch_agent(&self.id, &self.words))
    }

    #[cfg(not(any(windows, target_os = "macos")))]
    fn file(&self) -> (PathBuf, String) {
        (self.folder.join("autostart").join(format!("{}.desktop", self.id)), desktop_entry(&self.words))
    }
}

#[cfg(windows)]
const RUN_KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

/// Nothing of a profile's own is lost by the next start.
fn words(program: String, options: &Options) -> Vec<String> {
    let mut words = vec![program, "--hidden".to_owned()];
    if options.profile != Profile::default() {
        words.extend(["--profile".to_owned(), options.profile.to_string()]);
    }
    if let Some(folder) = &options.data_dir {
        words.extend(["--data-dir".to_owned(), folder.display().to_string()]);
    }
    words
}

/// As the XDG Desktop Entry Specification quotes arguments, and then strings.
#[cfg(any(test, not(any(windows, target_os = "macos"))))]
fn desktop_entry(words: &[String]) -> String {
    let quoted = |word: &String| {
        let mut argument = String::from('"');
        for character in word.chars() {
            match character {
                '"' | '`' | '$' | '\\' => argument.extend(['\\', character]),
                '%' => argument.push_str("%%"),
                _ => argument.push(character),
            }
        }
        argument.push('"');
        argument.replace('\\', r"\\")
    };
    let exec = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
    format!(
        "[Desktop Entry]\nType=Application\nName={name}\nExec={exec}\nIcon={icon}\nTerminal=false\nX-GNOME-Autostart-enabled=true\n",
        name = crate::APP_NAME,
        icon = crate::APP_ID,
    )
}

/// As programs for Windows split what they are started with.
#[cfg(any(test, windows))]
fn command_line(words: &[String]) -> String {
    // No path of Windows' has a quotation mark; a backslash at the end would take the closing one with it.
    let quoted = |word: &String| {
        let escape = if word.ends_with('\\') { "\\" } else { "" };
        format!("\"{word}{escape}\"")
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// For `launchd`, which starts it in the user's own session.
#[cfg(any(test, target_os = "macos"))]
fn launch_agent(id: &str, words: &[String]) -> String {
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let words: String = words.iter().map(|word| format!("    <string>{}</string>\n", text(word))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{}</string>\n  <key>ProgramArguments</key>\n  <array>\n{words}  \
         </array>\n  <key>RunAtLoad</key>\n  <true/>\n  <key>ProcessType</key>\n  <string>Interactive</string>\n</dict>\n</plist>\n",
        text(id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(args: &[&str]) -> Options {
        Options::from_args([&["carillon-desktop"][..], args].concat()).expect("these are options")
    }

    #[test]
    fn the_next_start_is_hidden_and_of_the_same_profile() {
        let of = |args: &[&str]| words("/bin/app".into(), &options(args)).join(" ");

        assert_eq!(of(&[]), "/bin/app --hidden");
        assert_eq!(of(&["--profile", "bob", "--data-dir", "/x"]), "/bin/app --hidden --profile bob --data-dir /x");
    }

    #[test]
    fn a_path_is_one_word_on_every_system_whatever_is_in_it() {
        let words = ["/opt/my $apps/100% \"a\\b\"/app", "--hidden"].map(str::to_owned);

        let desktop = desktop_entry(&words);
        let exec = r#"Exec="/opt/my \\$apps/100%% \\"a\\\\b\\"/app" "--hidden""#;
        assert!(desktop.lines().any(|line| line == exec), "{desktop}");

        let words = [r"C:\Program Files\Carillon\carillon-desktop.exe", "--data-dir", r"D:\"].map(str::to_owned);
        assert_eq!(command_line(&words), r#""C:\Program Files\Carillon\carillon-desktop.exe" "--data-dir" "D:\\""#,);

        let agent = launch_agent("org.example", &["/Applications/A & B.app/x".to_owned(), "--hidden".to_owned()]);
        assert!(agent.contains("    <string>/Applications/A &amp; B.app/x</string>\n    <string>--hidden</string>\n"));
    }

    #[cfg(not(windows))]
    #[test]
    fn the_entry_is_there_while_it_is_wanted() {
        let folder = tempfile::tempdir().expect("a folder");
        let entry = Autostart::new("org.example".into(), &options(&[]), folder.path().join("new")).expect("a program");
        let file = entry.file().0;

        entry.set(false).expect("there is nothing to take away, which is as good");
        entry.set(true).expect("the folder can be written to");
        assert!(std::fs::read_to_string(&file).expect("it is there").contains("--hidden"));
        entry.set(false).expect("it can be taken away");
        assert!(!file.exists());
    }
}
