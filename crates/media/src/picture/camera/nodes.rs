//! Which device files are cameras. To ask one it is opened, which may wake the camera: a file is asked once, and again when it is another one.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A device file with its number, by which the system orders cameras.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    number: u32,
    pub(super) path: PathBuf,
    identity: Identity,
}

/// Differs between a file and one that takes its place, and between a file before and after the system has let this user open it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    device: u64,
    inode: u64,
    changed: (i64, i64),
}

/// What files have said of themselves.
#[derive(Debug, Default)]
pub(super) struct KnownNodes(BTreeMap<Node, Option<String>>);

impl KnownNodes {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Path and name of each camera. `ask` says what a file is called, if it is a camera; outer `None`: it cannot be asked now.
    pub(super) fn cameras(
        &mut self,
        nodes: Vec<Node>,
        mut ask: impl FnMut(&Path) -> Option<Option<String>>,
    ) -> Vec<(PathBuf, String)> {
        let mut known = std::mem::take(&mut self.0);
        for node in nodes {
            if let Some(said) = known.remove(&node).or_else(|| ask(&node.path)) {
                self.0.insert(node, said);
            }
        }
        self.0.iter().filter_map(|(node, name)| Some((node.path.clone(), name.clone()?))).collect()
    }
}

/// Everything in `folder` that may be a camera, by number.
pub(super) fn nodes(folder: &Path) -> Vec<Node> {
    let node = |path: PathBuf| {
        let number = path.file_name()?.to_str()?.strip_prefix("video")?.parse().ok()?;
        let told = path.metadata().ok()?;
        let identity = Identity { device: told.rdev(), inode: told.ino(), changed: (told.ctime(), told.ctime_nsec()) };
        Some(Node { number, path, identity })
    };
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut nodes: Vec<Node> = found.filter_map(|entry| node(entry.path())).collect();
    nodes.sort();
    nodes
}

/// The names by which udev knows device files, which stay when cameras are plugged in another order.
#[derive(Debug, Default)]
pub(super) struct StableNames(BTreeMap<PathBuf, PathBuf>);

impl StableNames {
    /// Reads all that are in udev's folder. `follow` says where a link leads to: once for each.
    pub(super) fn read(by_id: &Path, mut follow: impl FnMut(&Path) -> std::io::Result<PathBuf>) -> Self {
        let mut names = Self::default();
        for entry in std::fs::read_dir(by_id).into_iter().flatten().flatten() {
            let link = entry.path();
            let Ok(file) = follow(&link) else { continue };
            let name = names.0.entry(file).or_insert_with(|| link.clone());
            if link < *name {
                *name = link;
            }
        }
        names
    }

    /// A file's name; its own path where udev has none.
    pub(super) fn of(&self, path: &Path) -> PathBuf {
        self.0.get(path).cloned().unwrap_or_else(|| path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_has_the_name_that_stays_where_there_is_one_and_each_link_is_followed_once() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let by_id = folder.path().join("by-id");
        std::fs::create_dir(&by_id).expect("made");
        let node = |number: u32| folder.path().join(format!("video{number}"));
        for (name, number) in [("usb-B-index0", 0), ("usb-A-index0", 0), ("usb-C-index0", 1)] {
            std::fs::write(node(number), "").expect("written");
            std::os::unix::fs::symlink(node(number), by_id.join(name)).expect("linked");
        }

        let mut followed = 0;
        let names = StableNames::read(&by_id, |link| {
            followed += 1;
            std::fs::read_link(link)
        });

        let named = [0, 1, 2].map(|number| names.of(&node(number)));
        assert_eq!(named, [by_id.join("usb-A-index0"), by_id.join("usb-C-index0"), node(2)]);
        assert_eq!(followed, 3, "however many cameras there are");
    }

    #[test]
    fn a_file_is_asked_once_and_again_when_another_one_takes_its_place() {
        let mut desk = Desk::new();
        desk.plug("video10", "Webcam");
        desk.plug("video2", "Built-in");
        desk.plug("video3", "");
        desk.plug("audio0", "no camera at all");

        assert_eq!(desk.look(), ("Built-in, Webcam".to_owned(), 3));
        assert_eq!(desk.look(), ("Built-in, Webcam".to_owned(), 0));

        desk.plug("video10", "Another one");
        assert_eq!(desk.look(), ("Built-in, Another one".to_owned(), 1));

        std::fs::remove_file(desk.folder.path().join("video2")).expect("unplugged");
        assert_eq!(desk.look(), ("Another one".to_owned(), 0));
        assert_eq!(desk.known.0.len(), 2, "of what is gone nothing is kept");
    }

    #[test]
    fn a_file_that_could_not_be_asked_is_asked_again() {
        let mut desk = Desk::new();
        desk.plug("video0", "Webcam");
        let found = nodes(desk.folder.path());

        assert!(desk.known.cameras(found, |_| None).is_empty());

        assert_eq!(desk.look(), ("Webcam".to_owned(), 1));
    }

    /// Files that say what they are called.
    struct Desk {
        folder: tempfile::TempDir,
        known: KnownNodes,
    }

    impl Desk {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().expect("a scratch folder"), known: KnownNodes::default() }
        }

        fn plug(&self, node: &str, name: &str) {
            // The place of the one before, which is another file.
            let made = self.folder.path().join("made");
            std::fs::write(&made, name).expect("written");
            std::fs::rename(made, self.folder.path().join(node)).expect("plugged in");
        }

        /// The names of the cameras, and how many files were asked.
        fn look(&mut self) -> (String, usize) {
            let mut asked = 0;
            let found = self.known.cameras(nodes(self.folder.path()), |path| {
                asked += 1;
                let name = std::fs::read_to_string(path).expect("it is there");
                Some(Some(name).filter(|name| !name.is_empty()))
            });
            let names: Vec<String> = found.into_iter().map(|(_, name)| name).collect();
            (names.join(", "), asked)
        }
    }
}
