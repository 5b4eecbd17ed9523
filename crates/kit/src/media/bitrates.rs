//! Who gets how much of what the path carries: the sound first, a screen before the camera.

/// What a call's pictures may have, in bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bitrates {
    pub(super) camera: u32,
    pub(super) screen: u32,
}

/// What each picture has beside its own bits: headers, and packets that are sent again.
const CONTENT: f64 = 0.92;
/// The estimate is of what is left beside the sound. Where it is less than this, it leaves room for its own mistakes: half of what a voice
/// takes with its copies.
const MUCH: u32 = 400_000;
const SPARE: u32 = 32_000;
/// Beyond it a screen is not sharp any sooner.
const MOST_OF_SCREEN: u32 = 2_500_000;
/// With less than this beside a screen a camera shows nothing.
const LEAST_OF_CAMERA: u32 = 60_000;
/// A screen stands still most of the time; so much stays with the camera beside one.
const CAMERAS_SHARE: f64 = 0.2;

/// Parts what the path carries between the pictures that are shown.
pub(super) fn part(available: u32, has_camera: bool, has_screen: bool) -> Bitrates {
    // On a narrow path a bad estimate must not cost the sound.
    let spare = if available < MUCH { available.saturating_sub(SPARE) } else { available };
    let content = (f64::from(spare) * CONTENT) as u32;
    match (has_camera, has_screen) {
        (false, false) => Bitrates::default(),
        (true, false) => Bitrates { camera: content, screen: 0 },
        (false, true) => Bitrates { camera: 0, screen: content.min(MOST_OF_SCREEN) },
        (true, true) => {
            let kept = (f64::from(content) * CAMERAS_SHARE) as u32;
            let kept = if kept < LEAST_OF_CAMERA { 0 } else { kept };
            let screen = (content - kept).min(MOST_OF_SCREEN);
            Bitrates { camera: if kept == 0 { 0 } else { content - screen }, screen }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_picture_has_all_but_what_headers_and_repetition_need() {
        assert_eq!(part(1_000_000, true, false), Bitrates { camera: 920_000, screen: 0 });
        assert_eq!(part(1_000_000, false, true), Bitrates { camera: 0, screen: 920_000 });
        assert_eq!(part(1_000_000, false, false), Bitrates::default());
    }

    #[test]
    fn a_screen_goes_before_the_camera_until_it_has_enough() {
        let both = part(1_000_000, true, true);
        assert_eq!(both, Bitrates { camera: 184_000, screen: 736_000 });
        let plenty = part(6_000_000, true, true);
        assert_eq!(plenty, Bitrates { camera: 3_020_000, screen: 2_500_000 });
    }

    #[test]
    fn where_there_is_little_the_camera_pauses_beside_a_screen() {
        let both = part(300_000, true, true);
        assert_eq!(both, Bitrates { camera: 0, screen: part(300_000, false, true).screen });
    }

    #[test]
    fn on_a_narrow_path_something_is_left_for_the_sound() {
        assert_eq!(part(100_000, true, false).camera, 62_560);
        assert_eq!(part(20_000, true, false).camera, 0);
    }

    #[test]
    fn never_more_is_given_than_there_is() {
        for available in (0..8_000_000).step_by(37_000) {
            for (has_camera, has_screen) in [(true, true), (true, false), (false, true)] {
                let Bitrates { camera, screen } = part(available, has_camera, has_screen);
                assert!(camera + screen <= available, "{available}");
            }
        }
    }
}
