//! How good the network of a call is: three steps, and the numbers behind them.

use std::time::{Duration, Instant};

use carillon_ipc::{NumberName, NumberView, Quality};
use carillon_kit::{CallStats, CandidateKind, Codec, End, MediaPath, PictureCodec, PictureSource, PictureStats, Wire};

/// Opus hides single losses; more than these are heard, and more than those cut words.
const POOR_LOSS: f32 = 0.03;
const BAD_LOSS: f32 = 0.12;
/// Longer than these, people begin to talk at the same time (ITU-T G.114), and then can hardly talk at all.
const POOR_ROUND_TRIP: Duration = Duration::from_millis(400);
const BAD_ROUND_TRIP: Duration = Duration::from_millis(900);

/// What the figures of a call say, from one second to the next.
#[derive(Debug, Default)]
pub(super) struct NetworkWatch {
    latest: Option<(Instant, CallStats)>,
    /// Of the second before, so that one bad second says nothing.
    before: Quality,
    quality: Quality,
    numbers: Vec<NumberView>,
}

impl NetworkWatch {
    /// The figures are like this now; `None`: no media flow.
    pub(super) fn see(&mut self, stats: Option<CallStats>, now: Instant) {
        let Some(stats) = stats else { return *self = Self::default() };
        let judged = judge(&stats);
        self.quality = judged.min(self.before);
        self.before = judged;
        self.numbers = numbers(&stats, self.latest.as_ref().map(|(at, before)| (now - *at, before)));
        self.latest = Some((now, stats));
    }

    /// `is_poor` is what the kit hears of the sound.
    pub(super) fn quality(&self, is_poor: bool) -> Quality {
        if is_poor { self.quality.max(Quality::Poor) } else { self.quality }
    }

    pub(super) fn numbers(&self) -> Vec<NumberView> {
        self.numbers.clone()
    }
}

/// The worse of what is lost and how long it takes.
fn judge(stats: &CallStats) -> Quality {
    let of_pictures = stats.pictures.iter().map(|picture| picture.loss);
    let loss = of_pictures.fold(stats.sent.loss.max(stats.received.loss), f32::max);
    let is_paused = stats.pictures.iter().any(|picture| picture.is_paused);
    let round_trip = stats.round_trip.unwrap_or_default();
    if is_paused || loss >= BAD_LOSS || round_trip >= BAD_ROUND_TRIP {
        Quality::Bad
    } else if loss >= POOR_LOSS || round_trip >= POOR_ROUND_TRIP {
        Quality::Poor
    } else {
        Quality::Good
    }
}

fn numbers(stats: &CallStats, before: Option<(Duration, &CallStats)>) -> Vec<NumberView> {
    use NumberName as Name;
    let rate = |end: End, bytes: fn(&CallStats) -> u64| {
        let (elapsed, before) = before?;
        let passed = bytes(stats).saturating_sub(bytes(before)) as f64;
        let pictures = stats.pictures.iter().filter(|picture| picture.end == end).map(|picture| picture.bitrate);
        let of_pictures: f64 = pictures.map(f64::from).sum();
        (!elapsed.is_zero()).then(|| shown_rate(passed * 8.0 / elapsed.as_secs_f64() + of_pictures))
    };
    let picture = |end, source| {
        let pictures = stats.pictures.iter().filter(|picture| picture.end == end && picture.source == source);
        match end {
            // One for each size that is sent.
            End::This => some(pictures.map(shown_picture).collect::<Vec<_>>().join(" + ")),
            End::Other => pictures.map(shown_picture).next(),
        }
    };
    let percent = |loss: f32| format!("{:.1} %", loss * 100.0);
    let milliseconds = |time: Duration| format!("{} ms", time.as_millis());
    let all = [
        (Name::Sent, rate(End::This, |stats| stats.sent.bytes)),
        (Name::Received, rate(End::Other, |stats| stats.received.bytes)),
        (Name::SentPicture, picture(End::This, PictureSource::Camera)),
        (Name::ReceivedPicture, picture(End::Other, PictureSource::Camera)),
        (Name::ReceivedScreen, picture(End::Other, PictureSource::Screen)),
        (Name::SentLoss, Some(percent(stats.sent.loss))),
        (Name::ReceivedLoss, Some(percent(stats.received.loss))),
        (Name::RoundTrip, stats.round_trip.map(milliseconds)),
        (Name::Jitter, Some(milliseconds(stats.received.jitter))),
        (Name::Codec, Some(codecs(stats))),
        (Name::Path, stats.path.map(path)),
    ];
    let way = |name| stats.path.filter(|_| name == Name::Path).map(|path| path.way);
    all.into_iter().filter_map(|(name, value)| Some(NumberView { name, value: value?, path: way(name) })).collect()
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn shown_rate(bits_per_second: f64) -> String {
    if bits_per_second >= 1e6 {
        format!("{:.1} Mb/s", bits_per_second / 1e6)
    } else {
        format!("{:.0} kb/s", bits_per_second / 1e3)
    }
}

fn shown_picture(picture: &PictureStats) -> String {
    format!("{}×{}, {:.0}/s", picture.width, picture.height, picture.frame_rate)
}

fn codecs(stats: &CallStats) -> String {
    let pictures = stats.pictures.first().map(|picture| match picture.codec {
        PictureCodec::H264 => "H.264",
    });
    [Some(codec(stats.sent.codec)), pictures].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

const fn codec(codec: Codec) -> &'static str {
    match codec {
        Codec::Opus => "Opus",
    }
}

fn path(path: MediaPath) -> String {
    let wire = match path.wire {
        Wire::Udp => "UDP",
        Wire::Tcp => "TCP",
    };
    format!("{} – {}, {wire}", candidate(path.local), candidate(path.remote))
}

const fn candidate(kind: CandidateKind) -> &'static str {
    match kind {
        CandidateKind::Host => "host",
        CandidateKind::Srflx => "srflx",
        CandidateKind::Prflx => "prflx",
        CandidateKind::Relay => "relay",
    }
}
