//! Files that are whole or not there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use serde::de::DeserializeOwned;

/// What a file of ours holds; `None` if there is none. One that cannot be understood, of a later version say or damaged, is set aside
/// as `….unreadable-1`, the next one as `….unreadable-2`, so that no save and no later accident writes over what the user may want back.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let bytes = fs::read(path).ok()?;
    let understood = serde_json::from_slice(&bytes);
    if let Err(error) = &understood {
        let names = (1_u32..).map(|number| path.with_extension(format!("json.unreadable-{number}")));
        let aside = names.into_iter().find(|aside| !aside.exists());
        let kept = aside.map(|aside| fs::rename(path, &aside).map(|()| aside));
        tracing::warn!(%error, file = %path.display(), ?kept, "a file is not readable and was set aside");
    }
    understood.ok()
}

/// Replaces a file by way of a sibling, so that neither a crash nor a full disk leaves half of it. Only this user can read it.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("new");
    let written = write_new(&draft, bytes).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // Half a file is of no use, least of all where there is no room; the error that counts is the first.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?; // the mode above is for new files only
    Ok(file)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path) // a profile folder is private by inheritance
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_cannot_be_understood_is_set_aside_and_survives_the_next_save() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("outbox.json");
        let damaged = [r#"{"alice": ["what she wro"#, r#"{"alice": ["what she wrote la"#];

        for text in damaged {
            fs::write(&path, text).expect("the folder is writable");
            assert_eq!(read_json::<BTreeMap<String, Vec<String>>>(&path), None);
            write_private(&path, b"{}").expect("the folder is writable");
        }

        let aside = ["outbox.json.unreadable-1", "outbox.json.unreadable-2"]
            .map(|name| fs::read_to_string(folder.path().join(name)).expect("it was set aside"));
        assert_eq!(aside, damaged);
        assert_eq!(read_json(&path), Some(BTreeMap::<String, Vec<String>>::new()));
    }
}
