//! Which of a camera's modes a call wants.

use crate::picture::fit::MOST;

/// What calls want: 720p at 30 pictures a second.
const WANTED_PIXELS: u64 = 1280 * 720;
const WANTED_RATE: u32 = 30;

/// How a camera packs its pixels.
#[cfg_attr(target_os = "macos", allow(dead_code, reason = "there the system unpacks whatever a camera sends"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// 4:2:0 in two planes, which is next to what is encoded.
    Nv12,
    /// 4:2:2 in one plane.
    Yuyv,
    /// Each picture a JPEG.
    Mjpeg,
}

/// One of the modes that a camera can run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) packing: Packing,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Pictures a second.
    pub(crate) frame_rate: u32,
}

/// The one that comes nearest to what calls want: first the rate, because people see motion that stutters before they see pixels, then the size, and among equals what is
/// converted with the least work.
pub(crate) fn best(modes: impl IntoIterator<Item = Mode>) -> Option<Mode> {
    modes.into_iter().filter(|mode| mode.width > 0 && mode.height > 0 && mode.frame_rate > 0).min_by_key(cost)
}

fn cost(mode: &Mode) -> (bool, u32, u64, u32, u8) {
    let pixels = u64::from(mode.width) * u64::from(mode.height);
    let is_too_large = pixels > (MOST.0 * MOST.1) as u64;
    // Half as many rates apart as people notice: 24, 25 and 30 are one.
    let too_slow = WANTED_RATE.saturating_sub(mode.frame_rate) / 7;
    // In eighths of the wanted number, so that 16:9 and 4:3 of about the same size are one.
    let from_wanted = (pixels * 8).div_ceil(WANTED_PIXELS).abs_diff(8);
    let too_fast = mode.frame_rate.saturating_sub(WANTED_RATE);
    let work = match mode.packing {
        Packing::Nv12 => 0,
        Packing::Yuyv => 1,
        Packing::Mjpeg => 2,
    };
    (is_too_large, too_slow, from_wanted, too_fast, work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_webcam_runs_at_720p_and_30_by_jpeg_because_it_is_slow_without() {
        let modes = [
            mode(Packing::Yuyv, 640, 480, 30),
            mode(Packing::Yuyv, 1280, 720, 10),
            mode(Packing::Mjpeg, 640, 480, 30),
            mode(Packing::Mjpeg, 1280, 720, 30),
            mode(Packing::Mjpeg, 1920, 1080, 30),
        ];

        assert_eq!(best(modes), Some(modes[3]));
    }

    #[test]
    fn among_equals_the_one_with_the_least_work_wins() {
        let modes = [Packing::Mjpeg, Packing::Yuyv, Packing::Nv12].map(|packing| mode(packing, 1280, 720, 30));

        assert_eq!(best(modes), Some(modes[2]));
        assert_eq!(best([mode(Packing::Nv12, 1280, 720, 60), modes[0]]), Some(modes[0]), "faster is more work");
    }

    #[test]
    fn motion_goes_before_size_and_25_is_as_good_as_30() {
        let slow_and_large = mode(Packing::Yuyv, 1280, 720, 10);
        let fast_and_small = mode(Packing::Yuyv, 640, 480, 30);
        assert_eq!(best([slow_and_large, fast_and_small]), Some(fast_and_small));
        let european = mode(Packing::Yuyv, 1280, 720, 25);
        assert_eq!(best([fast_and_small, european]), Some(european));
    }

    #[test]
    fn what_is_larger_than_is_sent_is_taken_only_where_there_is_nothing_else() {
        let vast = mode(Packing::Mjpeg, 3840, 2160, 30);

        assert_eq!(best([vast, mode(Packing::Yuyv, 320, 240, 5)]).map(|mode| mode.width), Some(320));
        assert_eq!(best([vast]), Some(vast));
        assert_eq!(best([]), None);
        assert_eq!(best([mode(Packing::Yuyv, 0, 480, 30), mode(Packing::Yuyv, 640, 480, 0)]), None);
    }

    fn mode(packing: Packing, width: u32, height: u32, frame_rate: u32) -> Mode {
        Mode { packing, width, height, frame_rate }
    }
}
