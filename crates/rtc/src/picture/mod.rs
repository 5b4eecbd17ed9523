//! Pictures as packets: H.264 over RTP (RFC 6184), packetization mode 1.

mod assembler;
mod depacketizer;
mod gate;
mod key_frames;
mod layers;
mod retransmission;

pub(crate) use assembler::{Assembler, Unit};
pub(crate) use depacketizer::has_parameters as begins_with_parameters;
pub(crate) use gate::ShutTracks;
pub(crate) use key_frames::{KeyFrameRequests, request as request_key_frame, wanted as key_frames_wanted};
pub(crate) use layers::{EXTENSIONS as LAYER_EXTENSIONS, LayerNames};
pub(crate) use retransmission::Unwrapper as RetransmittedPackets;
