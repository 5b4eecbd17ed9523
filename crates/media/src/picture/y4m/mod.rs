//! Y4M files: pictures one after another, uncompressed, behind a line of text. They stand in for cameras, and record what is seen.

mod read;
mod write;

use super::picture::PictureSizeError;

pub use read::{Y4mFrame, Y4mReader};
pub use write::Y4mWriter;

/// What every file begins with.
const MAGIC: &str = "YUV4MPEG2";
/// What every picture begins with.
const FRAME: &str = "FRAME";
/// Lines of text are shorter, in any file that is one.
const MAX_LINE: u64 = 512;
/// No camera is faster.
const MAX_FRAME_RATE: u32 = 240;

/// Why a Y4M file is not used.
#[derive(Debug, thiserror::Error)]
pub enum Y4mError {
    /// The system does not let it be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It does not begin as such a file does.
    #[error("this is no Y4M file")]
    NotY4m,
    /// Its header says something that is not understood.
    #[error("the header says {0:?}, which is not understood")]
    BadHeader(String),
    /// Its colours are kept in another way.
    #[error("the chroma is {0}, and only 4:2:0 with eight bits is read: convert it with `-pix_fmt yuv420p`")]
    Chroma(String),
    /// Its pictures are two half pictures each.
    #[error("the pictures are interlaced, and only progressive ones are read")]
    Interlaced,
    /// Its pictures have a size that cannot be.
    #[error(transparent)]
    Size(#[from] PictureSizeError),
    /// It ends within a picture.
    #[error("the file ends within picture {0}")]
    Truncated(u64),
    /// What should be the beginning of a picture is none.
    #[error("picture {0} does not begin with FRAME")]
    NoFrame(u64),
    /// There is no picture in it.
    #[error("the file has no picture")]
    Empty,
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;
    use crate::picture::{Picture, PictureSize, TestPattern, counter::frame_number};

    #[test]
    fn what_was_written_is_read_back() {
        let size = PictureSize::new(320, 180).expect("a size");
        let file = written(size, &[3, 4, 9]);

        let mut reader = Y4mReader::new(file.as_slice()).expect("a good header");

        assert_eq!((reader.size(), reader.frame_rate()), (size, 15));
        let mut numbers = Vec::new();
        while let Some(frame) = reader.next_frame().expect("whole") {
            let picture = Picture::new(size, Instant::now(), frame.planes).expect("whole");
            numbers.push((frame_number(&picture).expect("it has a number"), frame.note.expect("it has a note")));
        }
        assert_eq!(numbers, [(3, "at=3".to_owned()), (4, "at=4".to_owned()), (9, "at=9".to_owned())]);
    }

    #[test]
    fn all_ways_to_say_4_2_0_are_read() {
        for chroma in ["", " C420", " C420jpeg", " C420mpeg2", " C420paldv"] {
            let header = format!("YUV4MPEG2 W32 H16 F30000:1001 Ip A1:1{chroma} XCOLORRANGE=LIMITED\n");
            let reader = Y4mReader::new(header.as_bytes()).expect(chroma);
            assert_eq!((reader.size().width(), reader.frame_rate()), (32, 30), "{chroma}");
        }
    }

    #[test]
    fn files_that_cannot_be_read_are_refused_by_name() {
        let refused = |header: &str| Y4mReader::new(header.as_bytes()).err().expect(header).to_string();

        assert!(refused("YUV4MPEG2 W32 H16 F30:1 C444\n").contains("chroma is 444"));
        assert!(refused("YUV4MPEG2 W32 H16 F30:1 C420p10\n").contains("chroma is 420p10"));
        assert!(refused("YUV4MPEG2 W31 H16 F30:1\n").contains("31 × 16 is odd"));
        assert!(refused("YUV4MPEG2 W99999 H16 F30:1\n").contains("too large"));
        assert!(refused("YUV4MPEG2 H16 F30:1\n").contains("0 × 16 is too small"));
        assert!(refused("YUV4MPEG2 W32 H16 F30:1 It\n").contains("interlaced"));
        assert!(refused("YUV4MPEG2 W32 H16 F30:0\n").contains("F30:0"));
        assert!(refused("YUV4MPEG2 W32 H16 F9000:1\n").contains("F9000:1"));
        assert!(refused("YUV4MPEG2 Wide H16 F30:1\n").contains("Wide"));
        assert!(refused("RIFF....WAVE").contains("no Y4M"));
        assert!(refused("").contains("no Y4M"));
        assert!(refused(&"YUV4MPEG2 ".repeat(100)).contains("no Y4M"), "a line without an end");
    }

    #[test]
    fn a_file_that_ends_within_a_picture_says_in_which() {
        let file = written(PictureSize::new(320, 180).expect("a size"), &[1, 2, 3]);
        let mut reader = Y4mReader::new(&file[..file.len() - 1]).expect("a good header");

        reader.next_frame().expect("the first is whole");
        reader.next_frame().expect("the second is whole");

        assert!(matches!(reader.next_frame(), Err(Y4mError::Truncated(2))));
    }

    #[test]
    fn what_is_no_picture_is_not_read_as_one() {
        let mut reader = Y4mReader::new(b"YUV4MPEG2 W32 H16 F30:1\nFRIES\n".as_slice()).expect("a good header");

        assert!(matches!(reader.next_frame(), Err(Y4mError::NoFrame(0))));
    }

    proptest! {
        #[test]
        fn whatever_a_file_holds_reading_it_ends(bytes: Vec<u8>, header in "YUV4MPEG2( [WHFICAX][0-9a-z:]{0,6}){0,6}\n?") {
            for file in [bytes.clone(), [header.into_bytes(), bytes].concat()] {
                if let Ok(mut reader) = Y4mReader::new(file.as_slice()) {
                    while let Ok(Some(_)) = reader.next_frame() {}
                }
            }
        }
    }

    fn written(size: PictureSize, numbers: &[u32]) -> Vec<u8> {
        let pattern = TestPattern::new(size);
        let mut writer = Y4mWriter::new(Vec::new(), size, 15).expect("written");
        for number in numbers {
            let picture = pattern.picture(*number, Instant::now()).expect("whole");
            writer.write(&picture, Some(&format!("at={number}"))).expect("written");
        }
        writer.finish().expect("written")
    }
}
