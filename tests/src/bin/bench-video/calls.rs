//! Calls between two phones, and what is measured of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use carillon_kit::End;
use carillon_kit::media::measure::frame_number;
use carillon_media::TestPattern;
use carillon_tests::network::{Carried, NETWORK_THREAD, Side};
use carillon_tests::pictures::{Seen, frozen, longest_gap};
use carillon_tests::{cpu, spread, ssim};
use serde_json::{Map, Value, json};

use crate::paths::{self, NARROW_FROM, SEED, STEPS_END, WIDE_FROM};
use crate::phone::{Phone, SIZE, size};
use crate::screen::{self, Page};
use crate::stage::Stage;

/// Both ends have gathered their candidates, as they have when people take their time.
const RING_FOR: Duration = Duration::from_millis(400);
/// In which both ends find out what the network carries.
const SETTLE: Duration = Duration::from_secs(6);
/// For CPU and bitrate, while nobody looks.
const WORK_FOR: Duration = Duration::from_secs(6);
/// For what is seen, and how late.
const LOOK_FOR: Duration = Duration::from_secs(8);
/// So many pictures are compared with what was sent.
const COMPARED: usize = 6;
/// Whatever comes later than this has been shown again by a camera's clip.
const LATEST: Duration = Duration::from_secs(5);

/// Alice calls, Bob answers. What is measured of pictures goes from her to him.
pub(crate) struct Pair<'a, A, B> {
    pub(crate) stage: &'a Stage,
    pub(crate) alice: A,
    pub(crate) bob: B,
}

impl<A: Phone, B: Phone> Pair<'_, A, B> {
    /// Everything, over the network as it is; how soon pictures come in so many calls.
    pub(crate) async fn measure(&self, runs: usize) -> Result<Map<String, Value>> {
        let mut results = Map::new();
        let (mut callee, mut caller) = (Vec::new(), Vec::new());
        for run in 1..=runs {
            let accepted_at = self.connect().await?;
            for (times, first) in
                [(&mut callee, self.bob.first_picture().await?), (&mut caller, self.alice.first_picture().await?)]
            {
                times.push(milliseconds(first.saturating_duration_since(accepted_at)));
            }
            if run == runs {
                self.measure_call(&mut results).await?;
            }
            self.hang_up().await?;
        }
        results.insert("accept_to_callee_sees_ms".into(), spread(callee));
        results.insert("accept_to_caller_sees_ms".into(), spread(caller));
        Ok(results)
    }

    /// How sharp the text of a shared screen is, and how soon after a scroll.
    pub(crate) async fn measure_screen(&self, page: &Page) -> Result<Map<String, Value>> {
        let mut results = Map::new();
        self.connect().await?;
        self.bob.first_picture().await?;
        tokio::time::sleep(SETTLE).await;
        let recorded = self.bob.record(screen::STANDS..screen::CLIP).await?;
        self.hang_up().await?;
        page.judge(&recorded, &mut results)?;
        Ok(results)
    }

    /// What is made of a network whose rate changes, from its beginning on.
    pub(crate) async fn measure_steps(&self) -> Result<Map<String, Value>> {
        self.connect().await?;
        self.bob.first_picture().await?;
        self.stage.network.become_course(paths::steps(), SEED);
        let (seen, carried) = tokio::join!(self.bob.look(End::Other, STEPS_END), self.carried_in_steps());
        self.hang_up().await?;
        let [narrow, wide, again] = carried;
        let kilobits = |carried: &Carried, during: Duration| {
            json!((carried.bytes as f64 * 8.0 / 1e3 / during.as_secs_f64()).round())
        };
        let queued = again.sound_queued.iter().copied().map(milliseconds).collect();
        let moments: Vec<Instant> = seen?.iter().map(|seen| seen.at).collect();
        let (first, last) = moments.first().copied().zip(moments.last().copied()).context("no picture")?;
        let mut results = Map::new();
        results.insert("steps_narrow_kbps".into(), kilobits(&narrow, WIDE_FROM));
        results.insert("steps_wide_kbps".into(), kilobits(&wide, NARROW_FROM - WIDE_FROM));
        results.insert("steps_again_kbps".into(), kilobits(&again, STEPS_END - NARROW_FROM));
        results.insert("steps_sound_queued_ms".into(), spread(queued));
        results.insert("steps_frozen_ms".into(), json!(milliseconds(frozen(&moments, first, last)).round()));
        Ok(results)
    }

    /// What comes to Bob while the network is narrow, wide, and narrow again.
    async fn carried_in_steps(&self) -> [Carried; 3] {
        let _ = self.stage.network.carried_to(Side::Second);
        [
            self.carried_in(WIDE_FROM).await,
            self.carried_in(NARROW_FROM - WIDE_FROM).await,
            self.carried_in(STEPS_END - NARROW_FROM).await,
        ]
    }

    async fn carried_in(&self, during: Duration) -> Carried {
        tokio::time::sleep(during).await;
        self.stage.network.carried_to(Side::Second)
    }

    /// Looks for a long time, and says how long pictures stood still at either end.
    pub(crate) async fn endure(&self, minutes: u32) -> Result<Map<String, Value>> {
        self.connect().await?;
        self.alice.first_picture().await?;
        self.bob.first_picture().await?;
        let (from, during) = (Instant::now(), Duration::from_secs(60) * minutes);
        let (at_alices, at_bobs) = tokio::join!(self.alice.look(End::Other, during), self.bob.look(End::Other, during));
        self.hang_up().await?;
        let mut results = Map::new();
        for (key, seen) in [("ours", at_alices?), ("chromium", at_bobs?)] {
            let moments: Vec<Instant> = seen.iter().map(|seen| seen.at).collect();
            // The page's look begins and ends a little later than it is told to.
            let (first, last) = (*moments.first().context("no picture")?, *moments.last().context("no picture")?);
            ensure!(last - from > during.mul_f64(0.9), "the pictures at {key} end after {:?}", last - from);
            results.insert(format!("frozen_at_{key}_ms"), json!(milliseconds(frozen(&moments, first, last))));
            results.insert(format!("longest_gap_at_{key}_ms"), json!(milliseconds(longest_gap(&moments, first, last))));
            results.insert(format!("pictures_at_{key}"), json!(moments.len()));
        }
        Ok(results)
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.alice.close().await?;
        self.bob.close().await
    }

    async fn measure_call(&self, results: &mut Map<String, Value>) -> Result<()> {
        tokio::time::sleep(SETTLE).await;
        self.work(results).await?;
        let (own, seen) = tokio::join!(self.alice.look(End::This, LOOK_FOR), self.bob.look(End::Other, LOOK_FOR));
        judge(&own?, &seen?, results)?;
        let mut likenesses = Vec::new();
        for _ in 0..COMPARED {
            likenesses.push(self.likeness().await?);
        }
        let mean = likenesses.iter().sum::<f64>() / likenesses.len() as f64;
        results.insert("ssim".into(), json!((mean * 10_000.0).round() / 10_000.0));
        Ok(())
    }

    async fn work(&self, results: &mut Map<String, Value>) -> Result<()> {
        let _ = self.stage.network.carried_to(Side::Second);
        let (began_at, before) = (Instant::now(), self.cpu_used()?);
        tokio::time::sleep(WORK_FOR).await;
        let (used, took) = (self.cpu_used()?.saturating_sub(before), began_at.elapsed());
        let carried = self.stage.network.carried_to(Side::Second);
        let kilobits = carried.bytes as f64 * 8.0 / 1_000.0 / took.as_secs_f64();
        results.insert("call_cpu_cores".into(), json!((cpu::share(used, took) * 1_000.0).round() / 1_000.0));
        results.insert("bitrate_kbps".into(), json!(kilobits.round()));
        results.insert("sound_queued_ms".into(), spread(carried.sound_queued.into_iter().map(milliseconds).collect()));
        results.insert("memory_mib".into(), json!((self.memory()? as f64 / 1024.0 / 1024.0).round()));
        Ok(())
    }

    /// What is left of the other end's next picture.
    async fn likeness(&self) -> Result<f64> {
        let received = self.bob.picture().await?;
        let number = frame_number(&received).context("a picture without a number")?;
        let sent = TestPattern::new(size()?).picture(number, Instant::now()).context("a whole picture")?;
        let skipped = SIZE.1 / 12;
        Ok(tokio::task::spawn_blocking(move || ssim(&sent, &received, skipped)).await?)
    }

    /// Calls, lets it ring, and accepts. Returns when the user pressed *Accept*, once both ends talk.
    async fn connect(&self) -> Result<Instant> {
        self.alice.call(self.bob.user()).await?;
        self.bob.rings().await?;
        tokio::time::sleep(RING_FOR).await;
        let accepted_at = self.bob.accept().await?;
        self.alice.talks().await?;
        self.bob.talks().await?;
        Ok(accepted_at)
    }

    async fn hang_up(&self) -> Result<()> {
        self.alice.hang_up().await?;
        self.alice.is_idle().await?;
        self.bob.is_idle().await
    }

    fn processes(&self) -> Vec<u32> {
        let mut processes = vec![self.alice.process(), self.bob.process()];
        processes.dedup();
        processes
    }

    fn cpu_used(&self) -> Result<Duration> {
        self.processes().into_iter().map(used_by).sum()
    }

    fn memory(&self) -> Result<u64> {
        let own = std::process::id();
        // What Chromium's processes need is not ours, though they are below this one.
        let below = self
            .processes()
            .into_iter()
            .map(|process| if process == own { cpu::memory_of(own) } else { cpu::memory_of_tree(process) });
        below.sum()
    }
}

/// Our phones are in this process, and so is the network.
fn used_by(process: u32) -> Result<Duration> {
    if process == std::process::id() { cpu::used_by(process, &[NETWORK_THREAD]) } else { cpu::used_by_tree(process) }
}

/// What Bob saw of what Alice's camera took.
fn judge(own: &[Seen], seen: &[Seen], results: &mut Map<String, Value>) -> Result<()> {
    let taken: BTreeMap<u32, Instant> = own.iter().filter_map(|own| Some((own.number?, own.at))).collect();
    ensure!(!taken.is_empty(), "the camera took no picture");
    let late = |seen: &Seen| seen.at.checked_duration_since(*taken.get(&seen.number?)?);
    let lateness: Vec<f64> = seen.iter().filter_map(late).filter(|late| *late < LATEST).map(milliseconds).collect();
    let moments: Vec<Instant> = seen.iter().map(|seen| seen.at).collect();
    let to = moments.last().copied().context("no picture at all")?;
    let from = to.checked_sub(LOOK_FOR.mul_f64(0.95)).context("a moment ago")?;
    let whole = moments.iter().filter(|at| **at >= from).count();
    results.insert("glass_to_glass_ms".into(), spread(lateness));
    results.insert("frozen_ms".into(), json!(milliseconds(frozen(&moments, from, to)).round()));
    let rate = whole as f64 / (to - from).as_secs_f64();
    results.insert("pictures_a_second".into(), json!((rate * 10.0).round() / 10.0));
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
