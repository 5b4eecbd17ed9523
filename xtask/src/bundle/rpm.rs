//! A package for Fedora, openSUSE and their kin: a laid-out tree, a spec file, and `rpmbuild`, which finds the libraries that it takes.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use super::{
    contents::{Contents, Kind},
    place::Place,
};
use crate::run::run;

/// Packs it.
pub(super) fn build(contents: &Contents, place: &Place) -> Result<PathBuf> {
    let name = contents.about.name;
    let stage = place.work(&format!("{name}.rpm"));
    let top = place.work(&format!("{name}.rpmbuild"));
    contents.lay_out(&stage)?;
    fs::create_dir_all(&top)?;
    let spec = top.join("package.spec");
    fs::write(&spec, spec_file(contents, &place.version))?;
    let mut pack = Command::new("rpmbuild");
    pack.args(["-bb", "--quiet", "--target", std::env::consts::ARCH]);
    for (name, value) in [("_topdir", top.display().to_string()), ("stage", stage.display().to_string())] {
        pack.arg("--define").arg(format!("{name} {value}"));
    }
    run(pack.arg(&spec).stdout(std::io::stderr()))?;
    let file = format!("{name}-{}-1.{arch}.rpm", place.version, arch = std::env::consts::ARCH);
    let result = place.result(&file);
    fs::copy(top.join("RPMS").join(std::env::consts::ARCH).join(file), &result)?;
    Ok(result)
}

fn spec_file(contents: &Contents, version: &str) -> String {
    let about = contents.about;
    let mut text = format!(
        "Name: {}\nVersion: {version}\nRelease: 1\nSummary: {}\nLicense: MIT OR Apache-2.0\nURL: https://carillon.example\n",
        about.name, about.summary,
    );
    text.extend(about.rpm_recommends.iter().map(|package| format!("Recommends: {package}\n")));
    // The tree is laid out already: nothing in it is to be stripped, compressed or linked to once more.
    text.push_str("%global debug_package %{nil}\n%global __os_install_post %{nil}\n%global _build_id_links none\n");
    text.push_str(&format!("\n%description\n{}\n", about.description.join("\n")));
    text.push_str("\n%install\nmkdir -p %{buildroot}\ncp -a %{stage}/. %{buildroot}/\n");
    for script in &contents.scripts {
        text.push_str(&format!("\n{}\n{}", script.name, script.text));
    }
    text.push_str("\n%files\n%defattr(-,root,root,-)\n");
    // The other folders are the system's own, or are shared.
    text.push_str(&format!("%dir \"/usr/share/doc/{}\"\n", about.name));
    text.extend(contents.entries.iter().map(|entry| {
        let whose = match entry.kind {
            Kind::Choices => "%config(noreplace) ",
            Kind::Program | Kind::Plain => "",
        };
        format!("{whose}%attr({:04o},root,root) \"/{}\"\n", entry.kind.mode(), entry.to)
    }));
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bundle::{server, tests::workspace};

    #[test]
    fn the_spec_file_lists_every_file_with_its_owner_and_its_mode() {
        let contents = server::contents_of_rpm(&workspace(), Path::new("built")).expect("its scripts are here");

        let text = spec_file(&contents, "1.2.3");

        assert!(text.starts_with("Name: carillon-server\nVersion: 1.2.3\nRelease: 1\n"), "{text}");
        assert!(text.contains("\n%attr(0755,root,root) \"/usr/bin/carillon-server\"\n"), "{text}");
        assert!(text.contains("\n%config(noreplace) %attr(0644,root,root) \"/etc/carillon-server.toml\"\n"), "{text}");
        assert!(text.contains("\n%preun\n"), "{text}");
        assert!(!text.contains("#!/bin/sh"), "the manager has its own shell: {text}");
    }
}
