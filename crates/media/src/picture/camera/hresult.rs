//! What Windows says of a camera, in terms a user can act on.

use crate::error::MediaError;

/// `E_ACCESSDENIED`: the privacy settings refuse cameras to this program.
const ACCESS_DENIED: u32 = 0x8007_0005;
/// `ERROR_BUSY` and `ERROR_SHARING_VIOLATION`, `MF_E_HW_MFT_FAILED_START_STREAMING`, which is what a camera says that another program has, and
/// `MF_E_VIDEO_RECORDING_DEVICE_PREEMPTED`.
const BUSY: [u32; 4] = [0x8007_00aa, 0x8007_0020, 0xc00d_3704, 0xc00d_3ea3];
/// `MF_E_VIDEO_RECORDING_DEVICE_INVALIDATED`, `ERROR_DEVICE_NOT_CONNECTED`, `ERROR_DEV_NOT_EXIST`, `ERROR_FILE_NOT_FOUND`, `ERROR_NOT_FOUND`
/// and `MF_E_SHUTDOWN`: unplugged.
const UNPLUGGED: [u32; 6] = [0xc00d_3ea2, 0x8007_048f, 0x8007_0037, 0x8007_0002, 0x8007_0490, 0xc00d_3e85];
/// `MF_E_NO_CAPTURE_DEVICES_AVAILABLE`.
const NONE: u32 = 0xc00d_abe0;
/// `MF_E_INVALIDMEDIATYPE` and `MF_E_TOPO_CODEC_NOT_FOUND`.
const UNUSABLE: [u32; 2] = [0xc00d_36b4, 0xc00d_5212];

/// Of a camera that is called so.
pub(super) fn error_of(name: &str, code: i32, text: &str) -> MediaError {
    match code.cast_unsigned() {
        ACCESS_DENIED => MediaError::PermissionDenied,
        code if BUSY.contains(&code) => MediaError::Busy,
        code if UNPLUGGED.contains(&code) => MediaError::Gone(name.to_owned()),
        NONE => MediaError::NoCamera,
        code if UNUSABLE.contains(&code) => MediaError::UnsupportedFormat(name.to_owned()),
        code => MediaError::Other(format!("{name}: {text} ({code:#010x})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_says_of_a_camera_becomes_what_a_user_can_act_on() {
        let said = |code: u32| error_of("Webcam", code.cast_signed(), "text");

        assert_eq!(said(0x8007_0005), MediaError::PermissionDenied);
        assert_eq!(said(0xc00d_3704), MediaError::Busy);
        assert_eq!(said(0xc00d_3ea2), MediaError::Gone("Webcam".into()));
        assert_eq!(said(0xc00d_abe0), MediaError::NoCamera);
        assert!(matches!(said(0xc00d_36b4), MediaError::UnsupportedFormat(_)));
        assert_eq!(said(0x8000_4005), MediaError::Other("Webcam: text (0x80004005)".into()));
    }
}
