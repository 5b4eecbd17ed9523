//! Where pictures are recorded to: in a group call each person's to a file of their own, which goes on when they are seen again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use carillon_media::{MediaError, PictureRecording, PictureSize};
use carillon_protocol::{PublishedSize, UserId};

use super::{MediaOptions, PictureSource};

/// The files that one call's pictures are recorded to.
#[derive(Clone, Default)]
pub(super) struct Recordings {
    camera: Option<PathBuf>,
    screen: Option<PathBuf>,
    files: Files,
}

/// `None`: it cannot be made.
type Files = Arc<Mutex<BTreeMap<PathBuf, Option<PictureRecording>>>>;

/// A file that is made with the first picture.
#[derive(Clone)]
pub(super) struct RecordedTo {
    path: PathBuf,
    /// Of one of several people, whose pictures come in several sizes: it is as large as they say that theirs are.
    is_as_published: bool,
    files: Files,
}

impl Recordings {
    pub(super) fn new(options: &MediaOptions) -> Self {
        let (camera, screen) = (options.picture_recording.clone(), options.screen_recording.clone());
        Self { camera, screen, files: Files::default() }
    }

    pub(super) fn of(&self, source: PictureSource) -> Option<RecordedTo> {
        let path = match source {
            PictureSource::Camera => self.camera.clone(),
            PictureSource::Screen => self.screen.clone(),
        };
        Some(RecordedTo { path: path?, is_as_published: false, files: Arc::clone(&self.files) })
    }
}

impl RecordedTo {
    /// The file of one of several people: `seen.y4m` becomes `seen-bob.y4m`.
    pub(super) fn of(self, user: &UserId) -> Self {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let mut name = format!("{stem}-{user}");
        if let Some(extension) = self.path.extension() {
            name = format!("{name}.{}", extension.to_string_lossy());
        }
        Self { path: self.path.with_file_name(name), is_as_published: true, files: self.files }
    }

    /// Begins it, or goes on with it. One that cannot be made is an error once, and then none.
    pub(super) fn open(&self, published: Option<PublishedSize>) -> Result<Option<PictureRecording>, MediaError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(begun) = files.get(&self.path) {
            return Ok(begun.clone());
        }
        let size = published.filter(|_| self.is_as_published);
        let size = size.and_then(|size| PictureSize::new(size.width().into(), size.height().into()).ok());
        let begun = PictureRecording::begin_in(&self.path, size);
        files.insert(self.path.clone(), begun.as_ref().ok().cloned());
        begun.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_person_has_a_file_of_their_own_beside_the_one_that_is_named() {
        let of_bob = |path: &str| {
            let options = MediaOptions { picture_recording: Some(path.into()), ..MediaOptions::default() };
            let recorded = Recordings::new(&options).of(PictureSource::Camera).expect("it is wanted");
            recorded.of(&UserId::new("bob.b").expect("a good name")).path
        };

        assert_eq!(of_bob("/tmp/seen.y4m"), Path::new("/tmp/seen-bob.b.y4m"));
        assert_eq!(of_bob("seen"), Path::new("seen-bob.b"));
    }
}
