//! What is in the server's packages: the server, a unit that locks it in, and the choices of its operator.

use std::path::Path;

use anyhow::Result;

use super::contents::{About, Contents, Kind, Needs};
use crate::workspace::Workspace;

pub(super) const PROGRAM: &str = "carillon-server";

const ABOUT: About = About {
    name: PROGRAM,
    title: "Carillon server",
    summary: "Server for Carillon calls",
    description: &[
        "Accounts, presence and calls for the Carillon desktop app. One program, no",
        "configuration needed, everything in one SQLite file. The first start prints",
        "an invite for the first account: journalctl -u carillon-server",
    ],
    debian: Needs { depends: &["libc6 (>= 2.36)", "libgcc-s1"], recommends: &["ca-certificates"] },
    rpm_recommends: &["ca-certificates"],
};

/// Everything that the server installs on Debian.
pub(super) fn contents(workspace: &Workspace, programs: &Path) -> Result<Contents> {
    let mut contents = of_a_machine(workspace, programs);
    let ours = workspace.root.join("crates/server/packaging");
    for name in ["postinst", "prerm", "postrm"] {
        contents.script(name, &ours.join(format!("carillon-server.{name}")))?;
    }
    Ok(contents)
}

/// The same where RPM is.
pub(super) fn contents_of_rpm(workspace: &Workspace, programs: &Path) -> Result<Contents> {
    let mut contents = of_a_machine(workspace, programs);
    let ours = workspace.root.join("crates/server/packaging");
    for (name, file) in [("%post", "rpm-post.sh"), ("%preun", "rpm-preun.sh"), ("%postun", "rpm-postun.sh")] {
        contents.script(name, &ours.join(file))?;
    }
    Ok(contents)
}

/// The same for one user, who has units of their own where there is systemd.
pub(super) fn contents_for_one_user(workspace: &Workspace, programs: &Path) -> Contents {
    let mut contents = Contents::new(&ABOUT);
    let ours = workspace.root.join("crates/server/packaging");
    contents.file(Kind::Program, &programs.join(PROGRAM), format!("bin/{PROGRAM}"));
    contents.file(Kind::Choices, &ours.join("carillon-server.toml"), "config/carillon-server.toml");
    if cfg!(target_os = "linux") {
        let unit = ours.join("carillon-server.user.service");
        contents.file(Kind::Plain, &unit, "config/systemd/user/carillon-server.service");
    }
    documents(workspace, &mut contents, "share");
    contents
}

fn of_a_machine(workspace: &Workspace, programs: &Path) -> Contents {
    let mut contents = Contents::new(&ABOUT);
    let ours = workspace.root.join("crates/server/packaging");
    contents.file(Kind::Program, &programs.join(PROGRAM), format!("usr/bin/{PROGRAM}"));
    let unit = ours.join("carillon-server.service");
    contents.file(Kind::Plain, &unit, "usr/lib/systemd/system/carillon-server.service");
    contents.file(Kind::Choices, &ours.join("carillon-server.default"), "etc/default/carillon-server");
    contents.file(Kind::Choices, &ours.join("carillon-server.toml"), "etc/carillon-server.toml");
    documents(workspace, &mut contents, "usr/share");
    contents
}

fn documents(workspace: &Workspace, contents: &mut Contents, share: &str) {
    let page = workspace.root.join("docs/operating.md");
    contents.file(Kind::Plain, &page, format!("{share}/doc/{PROGRAM}/operating.md"));
    contents.file(Kind::Plain, &workspace.root.join("LICENSE-MIT"), format!("{share}/doc/{PROGRAM}/copyright"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::tests::workspace;

    #[test]
    fn each_packages_files_are_where_its_system_looks_for_them() {
        let files = |contents: Contents| contents.entries.into_iter().map(|entry| entry.to).collect::<Vec<_>>();
        let (workspace, built) = (workspace(), Path::new("built"));

        let debian = files(contents(&workspace, built).expect("its scripts are here"));
        let rpm = files(contents_of_rpm(&workspace, built).expect("its scripts are here"));
        assert_eq!(debian, rpm);
        assert!(debian.contains(&"usr/lib/systemd/system/carillon-server.service".to_owned()), "{debian:?}");
        let one_user = files(contents_for_one_user(&workspace, built));
        assert!(one_user.contains(&"config/carillon-server.toml".to_owned()), "{one_user:?}");
    }
}
