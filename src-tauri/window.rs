//! The windows there are, by name.

/// One of the app's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WindowName {
    /// Sign in, people, recent calls.
    Main,
    /// What rings.
    Ring,
    /// The call.
    Call,
    /// Settings.
    Settings,
}

impl WindowName {
    /// Every one there is.
    pub const ALL: [Self; 4] = [Self::Main, Self::Ring, Self::Call, Self::Settings];

    /// The label that Tauri, the capabilities and the UI know it by.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Ring => "ring",
            Self::Call => "call",
            Self::Settings => "settings",
        }
    }

    /// The window with this label.
    pub fn by_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.label() == label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_known_by_its_label() {
        for window in WindowName::ALL {
            assert_eq!(WindowName::by_label(window.label()), Some(window));
        }
        assert_eq!(WindowName::by_label("other"), None);
    }
}
