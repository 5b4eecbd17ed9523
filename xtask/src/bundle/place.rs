//! Where packages are made, and for which version.

use std::path::PathBuf;

use crate::workspace::Workspace;

/// The version that the whole workspace has, in the one place where it is written: `Cargo.toml`.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A folder for packages of one version.
pub(super) struct Place {
    folder: PathBuf,
    pub(super) version: String,
}

impl Place {
    /// For what is shipped: `target/bundle`.
    pub(super) fn shipped(workspace: &Workspace) -> Self {
        Self { folder: workspace.output.join("bundle"), version: VERSION.to_owned() }
    }

    /// For packages of an earlier version of the same contents, to upgrade from.
    pub(super) fn earlier(workspace: &Workspace) -> Self {
        Self { folder: workspace.output.join("bundle/earlier"), version: "0.0.1".to_owned() }
    }

    /// A folder to lay something out in.
    pub(super) fn work(&self, name: &str) -> PathBuf {
        self.folder.join("work").join(name)
    }

    /// A file for whoever installs it.
    pub(super) fn result(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
