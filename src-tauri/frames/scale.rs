//! From a picture to the message that the window gets.

use std::ops::Range;

use carillon_kit::media::{Picture, Plane, PlaneScaler, Sharpness};

use super::message::{HEADER_BYTES, Header, Size};

/// The size of a picture. None is larger than 4096.
pub(super) fn size_of(picture: &Picture) -> Size {
    let side = |pixels: usize| u16::try_from(pixels).unwrap_or(u16::MAX);
    Size::new(side(picture.size().width()), side(picture.size().height()))
}

/// Makes pictures smaller. It keeps its buffers from one picture to the next.
#[derive(Default)]
pub(super) struct Scaler(PlaneScaler);

impl Scaler {
    /// A picture in its header's size, behind the header.
    pub(super) fn message(&mut self, header: Header, picture: &Picture) -> Result<Vec<u8>, ScaleError> {
        let (from, to) = (size_of(picture), header.size.unwrap_or_default());
        let (luma, chroma) = to.plane_bytes();
        let mut message = Vec::with_capacity(HEADER_BYTES + luma + 2 * chroma);
        message.extend(header.to_bytes());
        if from == to {
            message.extend_from_slice(picture.planes());
            return Ok(message);
        }
        message.resize(HEADER_BYTES + luma + 2 * chroma, 0);
        let sharpness = if header.stream.is_screen() { Sharpness::Sharp } else { Sharpness::Soft };
        let (u, v) = (HEADER_BYTES + luma, HEADER_BYTES + luma + chroma);
        let planes: [(&[u8], Size, Size, Range<usize>); 3] = [
            (picture.y(), from, to, HEADER_BYTES..u),
            (picture.u(), half(from), half(to), u..v),
            (picture.v(), half(from), half(to), v..v + chroma),
        ];
        for (bytes, from, to, place) in planes {
            let scaled = self.0.scale(plane(from, bytes), plane(to, &mut message[place]), sharpness);
            scaled.ok_or(ScaleError)?;
        }
        Ok(message)
    }
}

const fn half(size: Size) -> Size {
    Size::new(size.width.div_ceil(2), size.height.div_ceil(2))
}

fn plane<B>(size: Size, bytes: B) -> Plane<B> {
    Plane { width: size.width.into(), height: size.height.into(), bytes }
}

/// A picture that cannot be made smaller.
#[derive(Debug, thiserror::Error)]
#[error("a plane is not of its size")]
pub(super) struct ScaleError;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use carillon_ipc::Stream;
    use carillon_kit::media::PictureSize;

    use super::*;

    #[test]
    fn a_picture_keeps_its_colours_and_halves_in_a_smaller_size() {
        let picture = half_black_half_white(128, 64);
        let header = header(Size::new(64, 32));

        let message = Scaler::default().message(header, &picture).expect("it can be made smaller");

        assert_eq!(message.len(), HEADER_BYTES + 64 * 32 * 3 / 2);
        assert_eq!(message[..HEADER_BYTES], header.to_bytes());
        let row = &message[HEADER_BYTES + 64..][..64];
        assert_eq!((row[0], row[20], row[43], row[63]), (16, 16, 235, 235));
        let (u, v) = message[HEADER_BYTES + 64 * 32..].split_at(32 * 16);
        assert!(u.iter().all(|byte| *byte == 90) && v.iter().all(|byte| *byte == 160));
    }

    #[test]
    fn a_picture_that_fits_goes_as_it_is() {
        let picture = half_black_half_white(32, 16);

        let message = Scaler::default().message(header(Size::new(32, 16)), &picture).expect("as it is");

        assert_eq!(message[HEADER_BYTES..], picture.planes()[..]);
    }

    fn header(size: Size) -> Header {
        Header { stream: Stream::TheirCamera, size: Some(size), captured_at_us: 7, sequence: 9 }
    }

    fn half_black_half_white(width: usize, height: usize) -> Picture {
        let row: Vec<u8> = (0..width).map(|x| if x < width / 2 { 16 } else { 235 }).collect();
        let mut planes = row.repeat(height);
        planes.extend(vec![90; width * height / 4]);
        planes.extend(vec![160; width * height / 4]);
        let size = PictureSize::new(width, height).expect("a size");
        Picture::new(size, Instant::now(), planes).expect("all its planes")
    }
}
