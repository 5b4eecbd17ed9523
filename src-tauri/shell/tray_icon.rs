//! The tray's icon: the app's own, with a dot that says what is going on.

use tauri::image::Image;

use crate::desktop::TrayState;

/// What the dot says by its colour; the tooltip says it in words. From the look's tokens.
const fn dot(state: &TrayState) -> Option<[u8; 3]> {
    match state {
        TrayState::Ringing { .. } => Some([0x1e, 0x9e, 0x5a]),
        TrayState::InCall { .. } => Some([0xe0, 0xa4, 0x58]),
        TrayState::Missed { .. } => Some([0xd9, 0x3a, 0x3a]),
        TrayState::Unread { .. } => Some([0x3a, 0x7f, 0xd9]),
        TrayState::Silent => Some([0x8a, 0x5a, 0x12]),
        TrayState::Offline => Some([0x8a, 0x84, 0x7a]),
        TrayState::Idle => None,
    }
}

/// The icon for a state.
pub(super) fn icon(base: &Image<'_>, state: &TrayState) -> Image<'static> {
    let mut rgba = base.rgba().to_vec();
    if let Some(colour) = dot(state) {
        paint_dot(&mut rgba, base.width(), colour);
    }
    Image::new_owned(rgba, base.width(), base.height())
}

/// A disc in the lower right corner, a quarter of the icon's width in radius, with a clear rim that sets it apart.
fn paint_dot(rgba: &mut [u8], width: u32, [red, green, blue]: [u8; 3]) {
    let radius = f64::from(width) / 4.0;
    let rim = radius + f64::from(width) / 16.0;
    let centre = f64::from(width) - radius - 0.5;
    let columns = usize::try_from(width).unwrap_or(usize::MAX).max(1);
    for (index, pixel) in rgba.chunks_exact_mut(4).enumerate() {
        let (x, y) = ((index % columns) as f64, (index / columns) as f64);
        let distance = (x - centre).hypot(y - centre);
        if distance <= radius {
            pixel.copy_from_slice(&[red, green, blue, 0xff]);
        } else if distance <= rim {
            pixel[3] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Image<'static> {
        Image::new_owned(vec![0x40; 32 * 32 * 4], 32, 32)
    }

    #[test]
    fn a_ring_changes_the_icon_and_its_end_changes_it_back() {
        let idle = icon(&plain(), &TrayState::Idle);
        let ringing = icon(&plain(), &TrayState::Ringing { name: "Ada".into() });

        assert_eq!(idle.rgba(), plain().rgba());
        assert_ne!(ringing.rgba(), idle.rgba());
        assert_eq!(ringing.rgba()[(24 * 32 + 24) * 4..][..4], [0x1e, 0x9e, 0x5a, 0xff]);
        assert_eq!(ringing.rgba()[..4], [0x40; 4], "the bell itself stays");
    }
}
