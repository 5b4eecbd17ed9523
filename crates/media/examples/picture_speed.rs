//! How long pictures take to encode and to decode: `cargo run --release -p carillon-media --example picture_speed`.
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::time::{Duration, Instant};

use carillon_media::{
    PictureContent, PictureSize, TestPattern, VideoDecoder, VideoEncoder, VideoEncoderConfig, measure::frame_number,
};

const RATE: u32 = 30;
const PICTURES: u32 = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (width, height, bitrate) in [(640, 360, 300_000), (1280, 720, 300_000), (1280, 720, 1_500_000)] {
        let pattern = TestPattern::new(PictureSize::new(width, height)?);
        let config = VideoEncoderConfig { content: PictureContent::Camera, bitrate, frame_rate: RATE };
        let (mut encoder, mut decoder, began_at) = (VideoEncoder::new(config), VideoDecoder::new(), Instant::now());
        let (mut encoding, mut decoding, mut bytes, mut read) = (Vec::new(), Vec::new(), 0, 0);
        for number in 0..PICTURES {
            let at = began_at + Duration::from_secs(1) * number / RATE;
            let picture = pattern.picture(number, at).ok_or("no picture")?;
            let started_at = Instant::now();
            let Some(unit) = encoder.encode(&picture)? else { continue };
            encoding.push(started_at.elapsed());
            bytes += unit.payload.len();
            let started_at = Instant::now();
            let decoded = decoder.decode(&unit.payload, at)?;
            decoding.push(started_at.elapsed());
            read += u32::from(decoded.and_then(|picture| frame_number(&picture)) == Some(number));
        }
        let rate = bytes as u64 * 8 * u64::from(RATE) / u64::from(PICTURES) / 1000;
        println!(
            "{width}x{height} at {} kb/s: {rate} kb/s, {} of {PICTURES} pictures, {read} read back; encode p50 {:?} p95 {:?}, decode p50 {:?} p95 {:?}",
            bitrate / 1000,
            encoding.len(),
            percentile(&mut encoding, 50),
            percentile(&mut encoding, 95),
            percentile(&mut decoding, 50),
            percentile(&mut decoding, 95),
        );
    }
    Ok(())
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}
