//! Files of conversations: as they come from a window, and as they are saved.

use std::{
    io,
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    fs::File,
    io::{AsyncRead, AsyncWriteExt as _, ReadBuf},
    sync::mpsc,
};

/// More files of one name are nobody's.
const MOST_NAMES: u32 = 1000;
const MAX_NAME_CHARS: usize = 120;
/// What Windows takes for devices, whatever follows.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The content of a file, as a window gives it; it ends where no more comes.
pub(super) struct Parts {
    parts: mpsc::Receiver<Vec<u8>>,
    current: io::Cursor<Vec<u8>>,
}

impl Parts {
    pub(super) fn new(parts: mpsc::Receiver<Vec<u8>>) -> Self {
        Self { parts, current: io::Cursor::default() }
    }
}

impl AsyncRead for Parts {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.current.position() >= self.current.get_ref().len() as u64 {
            let Some(part) = ready!(self.parts.poll_recv(context)) else { return Poll::Ready(Ok(())) };
            self.current = io::Cursor::new(part);
        }
        Pin::new(&mut self.current).poll_read(context, into)
    }
}

/// A file that is being saved. It is gone again if it is dropped before its end.
pub(super) struct Saving {
    file: File,
    path: PathBuf,
    is_kept: bool,
}

impl Saving {
    /// Begins a file under a name that is free, as much as possible what its sender called it. It is never opened by us, and not a program
    /// that could be run.
    pub(super) async fn begin(folder: &Path, name: &str) -> io::Result<Self> {
        tokio::fs::create_dir_all(folder).await?;
        let name = safe_name(name);
        for number in 0..MOST_NAMES {
            let path = folder.join(numbered(&name, number));
            match File::create_new(&path).await {
                Ok(file) => return Ok(Self { file, path, is_kept: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// It is whole; gives what it is called.
    pub(super) async fn keep(mut self) -> io::Result<String> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        self.is_kept = true;
        Ok(self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        if !self.is_kept {
            // It may be gone already.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The server says what a file is called, and is not to be trusted with it: no folder, no device, nothing hidden, on any system.
fn safe_name(name: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let shown = carillon_kit::shown_line(name, MAX_NAME_CHARS);
    let plain: String = shown.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let plain = plain.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem =
        plain.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase();
    match plain {
        "" => "file".to_owned(),
        _ if RESERVED.contains(&stem.as_str()) => format!("_{plain}"),
        _ => plain.to_owned(),
    }
}

/// `bell.tar.gz`, `bell (1).tar.gz`.
fn numbered(name: &str, number: u32) -> String {
    match name.split_once('.') {
        _ if number == 0 => name.to_owned(),
        Some((stem, ending)) => format!("{stem} ({number}).{ending}"),
        None => format!("{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn a_file_is_called_nothing_that_could_be_somewhere_or_something_else() {
        assert_eq!(safe_name("图纸 v2.pdf"), "图纸 v2.pdf");
        for (bad, safe) in [
            ("../../.bashrc", "_.._.bashrc"),
            ("", "file"),
            ("..", "file"),
            ("NUL.txt", "_NUL.txt"),
            ("com7", "_com7"),
            ("a:b", "a_b"),
        ] {
            assert_eq!(safe_name(bad), safe, "{bad}");
        }
        assert!(!safe_name("cv\u{202e}fdp.exe").contains('\u{202e}'));
    }

    #[tokio::test]
    async fn a_file_takes_no_others_place_and_half_a_file_does_not_stay() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let begin = async || Saving::begin(folder.path(), "bell.tar.gz").await.expect("the folder is writable");

        let first = begin().await.keep().await.expect("the disk has room");
        let second = begin().await;
        let third = begin().await.keep().await.expect("the disk has room");
        drop(second);

        assert_eq!((first.as_str(), third.as_str()), ("bell.tar.gz", "bell (2).tar.gz"));
        assert_eq!(folder.path().read_dir().expect("it is there").count(), 2);
    }

    #[tokio::test]
    async fn parts_are_read_as_one_whole() {
        let (parts_tx, parts) = mpsc::channel(4);
        for part in [&b"he"[..], b"", b"llo"] {
            parts_tx.send(part.to_vec()).await.expect("it is read");
        }
        drop(parts_tx);

        let mut whole = String::new();
        Parts::new(parts).read_to_string(&mut whole).await.expect("memory");

        assert_eq!(whole, "hello");
    }
}
