//! The settings of one profile. No secrets are in here.

use std::{io, path::PathBuf};

use carillon_ipc::{Locale, Processing, QuietHours, Ringtone, Theme};
use carillon_kit::DeviceId;
use serde::{Deserialize, Serialize};

use super::files::{read_json, write_private};

/// Everything that the user has chosen on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The server as last used.
    pub server: String,
    /// The account's name as last used.
    pub user: String,
    /// The id that the last sign-in gave this installation.
    pub device: Option<DeviceId>,
    /// The chosen microphone's id; `None`: the system's default.
    pub microphone: Option<String>,
    /// The chosen speaker's id; `None`: the system's default.
    pub speaker: Option<String>,
    /// The chosen camera's id; `None`: the system's default.
    pub camera: Option<String>,
    /// Whether video calls begin, and are accepted, with the camera on.
    pub camera_in_video_calls: bool,
    /// The chosen ring output's id; `None`: the system's default.
    pub ring_output: Option<String>,
    /// Parts of the sound processing.
    pub processing: Processing,
    /// Whether this device rings at all.
    pub ring_here: bool,
    /// Whether a ring makes a sound.
    pub ring_sound: bool,
    /// How a ring sounds.
    pub ringtone: Ringtone,
    /// How loud a ring is, in percent.
    pub ring_volume: u8,
    /// Whether a ring shows the system's notification.
    pub notifications: bool,
    /// Whether notifications show what messages say.
    pub previews: bool,
    /// When *do not disturb* ends by itself, in milliseconds since the Unix epoch.
    pub quiet_until_ms: Option<u64>,
    /// At which hours of each day all devices keep silent.
    pub quiet_hours: QuietHours,
    /// Whether those hours were going on when they were last looked at.
    pub in_quiet_hours: bool,
    /// Whether those hours have turned *do not disturb* on.
    pub silenced_by_hours: bool,
    /// How large everything in the windows is, in percent.
    pub zoom: u16,
    /// Whether what rings can be answered by keys while another program has the focus.
    pub ring_shortcuts: bool,
    /// Whether calls of two go through the server, so that others do not learn this device's address.
    pub hide_address: bool,
    /// Dark or light.
    pub theme: Theme,
    /// `None`: the system's language.
    pub locale: Option<Locale>,
    /// Whether the program starts when the user logs in; `None`: they have not said.
    pub autostart: Option<bool>,
    /// Whether the user chose to keep the sign-in in a file.
    pub login_in_file: bool,
    /// Whether the user has chosen to be away.
    pub away: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            server: String::new(),
            user: String::new(),
            device: None,
            microphone: None,
            speaker: None,
            camera: None,
            camera_in_video_calls: true,
            ring_output: None,
            processing: Processing::default(),
            ring_here: true,
            ring_sound: true,
            ringtone: Ringtone::default(),
            ring_volume: 100,
            notifications: true,
            previews: true,
            quiet_until_ms: None,
            quiet_hours: QuietHours::default(),
            in_quiet_hours: false,
            silenced_by_hours: false,
            zoom: 100,
            ring_shortcuts: false,
            hide_address: false,
            theme: Theme::default(),
            locale: None,
            autostart: None,
            login_in_file: false,
            away: false,
        }
    }
}

/// Where the settings are.
#[derive(Debug, Clone)]
pub struct SettingsFile(PathBuf);

impl SettingsFile {
    /// `settings.json` in the profile's data folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into().join("settings.json"))
    }

    /// The settings as they were saved. An unreadable file costs the choices in it, never the start of the program.
    pub fn load(&self) -> Settings {
        read_json(&self.0).unwrap_or_default()
    }

    /// Saves them, whole or not at all.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, settings: &Settings) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(settings).map_err(io::Error::other)?;
        write_private(&self.0, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = SettingsFile::in_folder(folder.path().join("new"));
        let chosen = Settings {
            ring_sound: false,
            theme: Theme::Dark,
            locale: Some(Locale::SimplifiedChinese),
            ..Settings::default()
        };

        file.save(&chosen).expect("the folder is writable");

        assert_eq!(file.load(), chosen);
    }

    #[test]
    fn a_file_of_another_version_keeps_what_it_can() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = SettingsFile::in_folder(folder.path());
        fs::write(&file.0, r#"{"ring_here": false, "of_a_later_version": 3}"#).expect("the folder is writable");

        let loaded = file.load();

        assert!(!loaded.ring_here && loaded.ring_sound);
    }

    #[test]
    fn a_broken_file_gives_the_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = SettingsFile::in_folder(folder.path());
        fs::write(&file.0, "{\"ring_here\": fal").expect("the folder is writable");

        assert_eq!(file.load(), Settings::default());
    }
}
