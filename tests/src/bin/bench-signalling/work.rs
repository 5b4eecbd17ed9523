//! The workloads, the same for every server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::{
    report::{Args, spread},
    system::{Device, System, resident_kib},
};

/// Accounts that have only idle devices; each has as many as a user may.
const DEVICES_PER_USER: usize = 20;
/// How many sign in at once.
const AT_ONCE: usize = 16;
/// After which the memory of the last sign-in is counted as settled.
const SETTLE: Duration = Duration::from_secs(3);
/// Parties that call at the same time while it is counted how many calls are possible: enough that either server is always busy.
const PARTIES: usize = 48;
/// The rate at which latencies are read.
const CALLS_PER_SECOND: u32 = 100;
/// Pairs that write to each other.
const WRITERS: usize = 24;

/// Does everything there is to do with one server.
pub(crate) async fn measure<S: System>(system: Arc<S>, args: &Args) -> Result<Map<String, Value>> {
    let mut results = Map::new();
    eprintln!("    {} idle devices", args.idle);
    let idle = idle(&system, args.idle, &mut results).await?;
    tell(&results);
    eprintln!("    {PARTIES} callers, each with somebody who has two devices");
    let mut parties = Vec::new();
    for party in 0..PARTIES {
        parties.push(Party::ready(&system, party).await?);
    }
    eprintln!("    as many calls as possible, {} s", args.seconds);
    let parties = as_many_as_possible(parties, args, &mut results).await?;
    tell(&results);
    eprintln!("    {CALLS_PER_SECOND} calls a second, {} s", args.seconds);
    at_a_rate(parties, args, &mut results).await?;
    tell(&results);
    eprintln!("    as many messages as possible, {} s", args.seconds);
    messages(&system, args, &mut results).await?;
    tell(&results);
    drop(idle);
    Ok(results)
}

/// The latest results, while others are still to come.
fn tell(results: &Map<String, Value>) {
    eprintln!("      {}", json!(results));
}

async fn idle<S: System>(system: &Arc<S>, count: usize, results: &mut Map<String, Value>) -> Result<Vec<S::Device>> {
    // From the server's first moment on, so that what it needs for one user already is in the figure: rather too much than too little.
    tokio::time::sleep(SETTLE).await;
    let before = resident_kib(system.process())?;
    let users = count.div_ceil(DEVICES_PER_USER);
    for user in 0..users {
        system.sign_up(&format!("idle{user}")).await?;
    }
    let half = count / 2;
    let mut devices = link_many(system, 0..half).await?;
    tokio::time::sleep(SETTLE).await;
    let with_half = resident_kib(system.process())?;
    devices.extend(link_many(system, half..count).await?);
    tokio::time::sleep(SETTLE).await;
    let after = resident_kib(system.process())?;
    let share = |kib: u64, devices: usize| json!((kib as f64 / devices.max(1) as f64 * 10.0).round() / 10.0);
    results.insert("idle_devices".into(), json!(count));
    results.insert("idle_kib_per_device".into(), share(after.saturating_sub(before), count));
    // Without what the first sign-ins warm up: their password hashing alone takes tens of MiB, which the allocator keeps.
    results.insert("one_more_idle_kib".into(), share(after.saturating_sub(with_half), count - half));
    Ok(devices)
}

async fn link_many<S: System>(system: &Arc<S>, which: std::ops::Range<usize>) -> Result<Vec<S::Device>> {
    let (mut devices, mut linking, mut which) = (Vec::new(), JoinSet::new(), which);
    loop {
        while linking.len() < AT_ONCE
            && let Some(device) = which.next()
        {
            let (system, user) = (Arc::clone(system), format!("idle{}", device / DEVICES_PER_USER));
            linking.spawn(async move { system.link(&user).await });
        }
        let Some(linked) = linking.join_next().await else { return Ok(devices) };
        devices.push(linked??);
    }
}

/// A caller, and a callee with two devices.
struct Party<D> {
    callee: String,
    caller: D,
    phone: D,
    laptop: D,
}

/// How long one call's steps took.
struct Took {
    /// From the caller's order to the ring on the later of the two devices.
    ring: Duration,
    /// From the accept on the one device to the silence of the other.
    ring_stop: Duration,
}

impl<D: Device> Party<D> {
    async fn ready<S: System<Device = D>>(system: &Arc<S>, number: usize) -> Result<Self> {
        let (caller, callee) = (format!("caller{number}"), format!("callee{number}"));
        system.sign_up(&caller).await?;
        system.sign_up(&callee).await?;
        Ok(Self {
            caller: system.link(&caller).await?,
            phone: system.link(&callee).await?,
            laptop: system.link(&callee).await?,
            callee,
        })
    }

    /// Invite, ring twice, accept, silence, hang up.
    async fn call(&mut self) -> Result<Took> {
        let invited_at = Instant::now();
        let (call, phone, laptop) =
            tokio::try_join!(self.caller.invite(&self.callee), self.phone.ring(), self.laptop.ring())?;
        let ring = invited_at.elapsed();
        anyhow::ensure!(phone == call && laptop == call, "another call rings");
        let accepted_at = Instant::now();
        let silenced = async {
            self.laptop.silenced(&call).await?;
            anyhow::Ok(accepted_at.elapsed())
        };
        let (ring_stop, (), ()) = tokio::try_join!(silenced, self.phone.accept(&call), self.caller.accepted(&call))?;
        tokio::try_join!(self.caller.hang_up(&call), self.phone.ended(&call))?;
        Ok(Took { ring, ring_stop })
    }
}

async fn as_many_as_possible<D: Device>(
    parties: Vec<Party<D>>,
    args: &Args,
    results: &mut Map<String, Value>,
) -> Result<Vec<Party<D>>> {
    let began_at = Instant::now();
    let until = began_at + args.duration();
    let mut calling = JoinSet::new();
    for mut party in parties {
        calling.spawn(async move {
            let mut calls = 0_u32;
            while Instant::now() < until {
                party.call().await?;
                calls += 1;
            }
            anyhow::Ok((party, calls))
        });
    }
    let (mut parties, mut calls) = (Vec::new(), 0);
    while let Some(done) = calling.join_next().await {
        let (party, made) = done??;
        parties.push(party);
        calls += made;
    }
    results.insert("calls_per_second".into(), rate(calls, began_at.elapsed()));
    Ok(parties)
}

/// Every pair calls on its own beat, so that a slow call delays no other.
async fn at_a_rate<D: Device>(parties: Vec<Party<D>>, args: &Args, results: &mut Map<String, Value>) -> Result<()> {
    let beat = Duration::from_secs(1) * u32::try_from(parties.len())? / CALLS_PER_SECOND;
    let began_at = Instant::now();
    let until = began_at + args.duration();
    let mut calling = JoinSet::new();
    for (number, mut party) in parties.into_iter().enumerate() {
        let offset = beat * u32::try_from(number)? / u32::try_from(PARTIES)?;
        calling.spawn(async move {
            let mut beats = tokio::time::interval_at((began_at + offset).into(), beat);
            let mut took = Vec::new();
            while Instant::now() < until {
                beats.tick().await;
                took.push(party.call().await?);
            }
            anyhow::Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = calling.join_next().await {
        all.extend(done??);
    }
    let millis = |of: fn(&Took) -> Duration| all.iter().map(|took| of(took).as_secs_f64() * 1_000.0).collect();
    results.insert("reached_calls_per_second".into(), rate(u32::try_from(all.len())?, began_at.elapsed()));
    results.insert("invite_to_ring_ms".into(), spread(millis(|took| took.ring)));
    results.insert("accept_to_ring_stop_ms".into(), spread(millis(|took| took.ring_stop)));
    Ok(())
}

/// A text is done when it is taken, kept, and read at the other end.
async fn messages<S: System>(system: &Arc<S>, args: &Args, results: &mut Map<String, Value>) -> Result<()> {
    let mut pairs = Vec::new();
    for number in 0..WRITERS {
        let (writer, reader) = (format!("writer{number}"), format!("reader{number}"));
        system.sign_up(&writer).await?;
        system.sign_up(&reader).await?;
        pairs.push((system.link(&writer).await?, system.link(&reader).await?, reader));
    }
    let began_at = Instant::now();
    let until = began_at + args.duration();
    let mut writing = JoinSet::new();
    for (mut writer, mut reader, to) in pairs {
        writing.spawn(async move {
            let mut written = 0_u32;
            while Instant::now() < until {
                tokio::try_join!(writer.write(&to, "The bells are in tune, come and listen."), reader.read())?;
                written += 1;
            }
            anyhow::Ok(written)
        });
    }
    let mut written = 0;
    while let Some(done) = writing.join_next().await {
        written += done.context("a writer")??;
    }
    results.insert("messages_per_second".into(), rate(written, began_at.elapsed()));
    Ok(())
}

fn rate(count: u32, during: Duration) -> Value {
    json!((f64::from(count) / during.as_secs_f64() * 10.0).round() / 10.0)
}
