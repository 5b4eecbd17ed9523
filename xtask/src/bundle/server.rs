//! What is in the server's package: the server, a unit that locks it in, and the choices of its operator.

use anyhow::Result;

use super::deb::{Control, Package};
use crate::workspace::Workspace;

const CONTROL: Control = Control {
    name: "carillon-server",
    section: "net",
    depends: &["libc6 (>= 2.36)", "libgcc-s1"],
    recommends: &["ca-certificates"],
    summary: "Server for Carillon calls",
    description: &[
        "Accounts, presence and calls for the Carillon desktop app. One program, no",
        "configuration needed, everything in one SQLite file. The first start prints",
        "an invite for the first account: journalctl -u carillon-server",
    ],
};

/// Stages everything that the server installs.
pub(super) fn package(workspace: &Workspace) -> Result<Package> {
    let mut package = Package::stage(workspace, CONTROL)?;
    let ours = workspace.root.join("crates/server/packaging");
    package.program(&workspace.built("release", "carillon-server"))?;
    package.file(&ours.join("carillon-server.service"), "usr/lib/systemd/system/carillon-server.service", 0o644)?;
    package.file(&workspace.root.join("docs/operating.md"), "usr/share/doc/carillon-server/operating.md", 0o644)?;
    package.conffile(&ours.join("carillon-server.default"), "etc/default/carillon-server")?;
    package.conffile(&ours.join("carillon-server.toml"), "etc/carillon-server.toml")?;
    for script in ["postinst", "prerm", "postrm"] {
        package.script(&ours.join(format!("carillon-server.{script}")), script)?;
    }
    Ok(package)
}
