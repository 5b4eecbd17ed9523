//! `cargo xtask feed`: what an updater reads to learn of a version: where each package is, and its signature.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What Tauri's updater calls it.
const FILE: &str = "latest.json";

/// Of which packages.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the packages are, with their signatures beside them (`FILE.sig`); the feed goes there too
    #[arg(long, value_name = "FOLDER")]
    folder: PathBuf,
    /// Where they can be had, without the file's name
    #[arg(long, value_name = "URL")]
    url: String,
}

/// Writes the feed of the packages that are signed.
pub(crate) fn chore(args: &Args) -> Result<()> {
    let mut signed = Vec::new();
    for entry in fs::read_dir(&args.folder)? {
        let path = entry?.path();
        let name = path.file_name().context("a file has a name")?.to_string_lossy().into_owned();
        let Some(package) = name.strip_suffix(".sig") else { continue };
        signed.push((package.to_owned(), fs::read_to_string(&path)?.trim().to_owned()));
    }
    let feed = feed(VERSION, &args.url, &signed);
    fs::write(args.folder.join(FILE), serde_json::to_string_pretty(&feed)?)?;
    if signed.is_empty() {
        eprintln!("Nothing is signed, so the feed offers nothing");
    }
    Ok(())
}

fn feed(version: &str, url: &str, signed: &[(String, String)]) -> Value {
    let url = url.trim_end_matches('/');
    let entry = |(name, signature): &(String, String)| {
        Some((platform(name)?, json!({ "signature": signature, "url": format!("{url}/{name}") })))
    };
    let platforms: Map<String, Value> = signed.iter().filter_map(entry).collect();
    json!({ "version": version, "platforms": platforms })
}

/// What the updater of an app calls itself that was installed from such a package; `None`: it is of something else.
fn platform(name: &str) -> Option<String> {
    let rest = name.strip_prefix("carillon-desktop")?;
    let machine = if rest.contains("aarch64") || rest.contains("arm64") { "aarch64" } else { "x86_64" };
    let (system, kind) = [
        (".deb", ("linux", "deb")),
        (".rpm", ("linux", "rpm")),
        ("-setup.exe", ("windows", "nsis")),
        (".app.tar.gz", ("darwin", "app")),
    ]
    .into_iter()
    .find_map(|(end, of)| rest.ends_with(end).then_some(of))?;
    Some(format!("{system}-{machine}-{kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feed_has_each_signed_package_of_the_app_under_its_system() {
        let signed = [
            "carillon-desktop_1.2.3_amd64.deb",
            "carillon-desktop-1.2.3-1.x86_64.rpm",
            "carillon-desktop-1.2.3-windows-x86_64-setup.exe",
            "carillon-desktop-1.2.3-macos-aarch64.app.tar.gz",
            "carillon-desktop-1.2.3-linux-x86_64.tar.gz",
            "carillon-server_1.2.3_amd64.deb",
        ]
        .map(|name| (name.to_owned(), format!("signature of {name}")));

        let feed = feed("1.2.3", "https://calls.example.org/app/", &signed);

        let platforms = feed["platforms"].as_object().expect("a table");
        let mut names: Vec<_> = platforms.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["darwin-aarch64-app", "linux-x86_64-deb", "linux-x86_64-rpm", "windows-x86_64-nsis"]);
        assert_eq!(feed["version"], "1.2.3");
        let windows = &platforms["windows-x86_64-nsis"];
        assert_eq!(windows["url"], "https://calls.example.org/app/carillon-desktop-1.2.3-windows-x86_64-setup.exe");
        assert_eq!(windows["signature"], "signature of carillon-desktop-1.2.3-windows-x86_64-setup.exe");
    }
}
