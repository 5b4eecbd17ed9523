//! What is measured. More than sixteen people are in more calls, at both servers.

/// One kind of work.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) shape: Shape,
    /// How many calls, or how many it begins with.
    pub(super) channels: u32,
    /// How many calls in a quick run; `None`: it is not in one unless it is asked for.
    pub(super) quick: Option<u32>,
    /// In each call.
    speak: u32,
    only_receive: u32,
    video: Option<Video>,
    more: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Once,
    /// More and more calls.
    UntilSaturated,
}

struct Video {
    kilobits: u32,
    is_in_sizes: bool,
    height: u32,
}

const CAMERA: Video = Video { kilobits: 1_500, is_in_sizes: false, height: 720 };
const IN_SIZES: Video = Video { kilobits: 1_200, is_in_sizes: true, height: 360 };

impl Scenario {
    const fn voice(name: &'static str, about: &'static str, channels: u32, speak: u32, only_receive: u32) -> Self {
        Self { name, about, shape: Shape::Once, channels, quick: None, speak, only_receive, video: None, more: &[] }
    }

    const fn video_of_eight(name: &'static str, about: &'static str, more: &'static [&'static str]) -> Self {
        Self { video: Some(IN_SIZES), more, ..Self::voice(name, about, 1, 8, 0) }
    }

    /// It is in a quick run, with so many calls.
    const fn quick(self, channels: u32) -> Self {
        Self { quick: Some(channels), ..self }
    }

    /// What `carillon load` is told of it.
    pub(super) fn participants(&self) -> Vec<String> {
        let mut words = format!("--publishers {} --subscribers {}", self.speak, self.only_receive);
        if let Some(Video { kilobits, is_in_sizes, height }) = &self.video {
            let sizes = if *is_in_sizes { " --sizes" } else { "" };
            words += &format!(" --video --kilobits {kilobits} --height {height}{sizes}");
        }
        words.split(' ').chain(self.more.iter().copied()).map(str::to_owned).collect()
    }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::voice("voice-8", "eight speak in one call", 1, 8, 0).quick(1),
    Scenario::voice("voice-30", "thirty speak, fifteen in each of two calls", 2, 15, 0).quick(2),
    Scenario {
        shape: Shape::UntilSaturated,
        video: Some(CAMERA),
        more: &["--decrypt-one-of", "8"],
        quick: Some(4),
        ..Scenario::voice("viewers", "one shows a camera to fifteen, in more and more calls", 1, 1, 15)
    },
    Scenario::video_of_eight("video-8", "eight see each other, each in three sizes", &[]).quick(1),
    Scenario::video_of_eight("loss", "the same, and of a hundred packets two are lost, each way", &["--lose", "20"]),
    Scenario::video_of_eight("churn", "the same, and one goes and comes back every two seconds", &["--churn", "2s"])
        .quick(1),
    Scenario {
        video: Some(CAMERA),
        more: &["--decrypt-one-of", "4"],
        ..Scenario::voice("hundred", "a hundred in ten calls, in each of which one shows a camera", 10, 1, 9)
    },
    Scenario {
        more: &["--decrypt-one-of", "10"],
        ..Scenario::voice("thousand", "a thousand in a hundred calls, in each of which one speaks", 100, 1, 9)
    },
];
