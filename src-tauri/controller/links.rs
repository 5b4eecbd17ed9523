//! Links of ours (`carillon:…`) that the system was asked to open, on all systems and however they came.

use super::Controller;
use crate::{desktop::Desktop, options::is_ours};

impl<D: Desktop> Controller<D> {
    /// Brings up the main window, where what the link asks for is asked of the user: anybody can write a link, so it does nothing by itself.
    pub(super) fn opened_link(&mut self, link: &str) {
        if !is_ours(link) {
            tracing::warn!("the system handed over a link that is not ours");
            return;
        }
        tracing::info!("a link was opened"); // not which one: an invite may be in it
        self.open_main();
    }
}
