//! What other programs play, each by itself: this program's own sound is not among it, nor that of other calls that say they are one.
//!
//! A speaker's monitor has everything in it, the call included: the other end would hear itself. The server lets one listen to one
//! program's stream alone (`direct_on_input`), so that what is shared is put together here from the streams that may be. Another thread
//! finds and opens them ([`Finder`]): the server may take its time.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use pulseaudio::protocol::{self, Command, Prop, SinkInputInfo};

use super::Connection;
use super::finder::{Finder, MOST_PROGRAMS, News, Server};
use super::listening::Listening;
use crate::error::MediaError;
use crate::sound::devices::waiting::CHANNELS;
use crate::sound::frame::PACKET;
use crate::stop::Stop;
use crate::threads;

const THREAD: &str = "programs that play";
/// Whoever begins to play is heard after so long at most.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// More news than one look brings.
const NEWS: usize = 2 * MOST_PROGRAMS;

/// A program that is listened to.
pub(super) trait Heard {
    /// Adds its next 20 ms. `false`: it is heard no more.
    fn add_to(&mut self, into: &mut [f32]) -> bool;
}

/// All other programs of this user, as they come and go.
pub(in crate::sound) struct OtherPrograms(Programs<Listening>);

impl OtherPrograms {
    /// Connects to the sound server, and listens to nobody yet.
    pub(in crate::sound) fn connect() -> Result<Self, MediaError> {
        super::cookie::ensure();
        let server = Control(Connection::open("")?);
        Programs::find(server, || Ok(Control(Connection::open("")?))).map(Self)
    }

    /// The next 20 ms of them all, left and right by turns. Waits for nothing.
    pub(in crate::sound) fn mix(&mut self, into: &mut [f32; PACKET * CHANNELS]) -> Result<(), MediaError> {
        self.0.mix(into)
    }
}

/// The sound of those that were found.
struct Programs<L> {
    playing: BTreeMap<u32, L>,
    news: Receiver<News<L>>,
    /// Which of them have ended by themselves.
    ended: SyncSender<u32>,
    stop: Stop,
}

impl<L: Heard + Send + 'static> Programs<L> {
    /// Begins to look on a thread of its own. Where the server is lost, `connect` is tried at each look.
    fn find<S: Server<Stream = L> + Send + 'static>(
        server: S,
        connect: impl FnMut() -> Result<S, MediaError> + Send + 'static,
    ) -> Result<Self, MediaError> {
        let (news_tx, news) = sync_channel(NEWS);
        let (ended, ended_rx) = sync_channel::<u32>(MOST_PROGRAMS);
        let stop = Stop::default();
        let (stopping, crashed_tx) = (stop.clone(), news_tx.clone());
        let work = move || {
            let mut finder = Finder::new(server, connect);
            let mut look_at = Instant::now();
            while !stopping.wait_until(look_at) {
                ended_rx.try_iter().for_each(|input| finder.ended(input));
                if !finder.look(|news| news_tx.send(news).is_ok()) {
                    return;
                }
                look_at = Instant::now() + LOOK_EVERY;
            }
        };
        threads::start(THREAD, work, move |error| drop(crashed_tx.send(News::Crashed(error))))?;
        Ok(Self { playing: BTreeMap::new(), news, ended, stop })
    }

    fn mix(&mut self, into: &mut [f32; PACKET * CHANNELS]) -> Result<(), MediaError> {
        into.fill(0.0);
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Heard(input, listening) => drop(self.playing.insert(input, listening)),
                News::Gone(input) => drop(self.playing.remove(&input)),
                News::Crashed(error) => return Err(error),
            }
        }
        let ended = &self.ended;
        self.playing.retain(|input, listening| {
            let goes_on = listening.add_to(into);
            if !goes_on {
                let _ = ended.try_send(*input); // there is room for all of them, and each ends once
            }
            goes_on
        });
        into.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        Ok(())
    }
}

impl<L> Drop for Programs<L> {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// The connection that is asked who plays.
struct Control(Connection);

impl Server for Control {
    type Stream = Listening;

    fn playing(&mut self) -> Result<Vec<u32>, MediaError> {
        let inputs: protocol::SinkInputInfoList = self.0.ask(Command::GetSinkInputInfoList)?;
        Ok(inputs.iter().filter(|input| may_be_shared(input)).map(|input| input.index).collect())
    }

    fn listen(&mut self, input: u32) -> Result<Listening, MediaError> {
        Listening::begin(input)
    }
}

/// Not what this program plays, nor what another call plays that says it is one: who speaks there did not agree to be heard here. Streams without a program
/// are filters of the server, which play again what programs have played.
fn may_be_shared(input: &SinkInputInfo) -> bool {
    let says = |prop, value: &[u8]| {
        let told = input.props.get(prop);
        told.is_some_and(|told| told.strip_suffix(&[0]).unwrap_or(told) == value)
    };
    let is_ours = says(Prop::ApplicationProcessId, std::process::id().to_string().as_bytes());
    // One that stands still has a place of those that play only when it goes on.
    input.client_index.is_some() && !input.corked && !is_ours && !says(Prop::MediaRole, b"phone")
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn music_is_shared_and_neither_calls_nor_filters_nor_this_program_are() {
        let own = std::ffi::CString::new(std::process::id().to_string()).expect("digits");
        let player: &[(Prop, &CStr)] = &[(Prop::ApplicationProcessId, c"7"), (Prop::MediaRole, c"music")];

        assert!(may_be_shared(&input(Some(1), player)) && may_be_shared(&input(Some(1), &[])));
        assert!(!may_be_shared(&input(None, player)));
        assert!(!may_be_shared(&input(Some(1), &[(Prop::MediaRole, c"phone")])));
        assert!(!may_be_shared(&input(Some(1), &[(Prop::ApplicationProcessId, &own)])));
    }

    #[test]
    fn a_server_that_takes_its_time_to_open_one_program_keeps_nobody_waiting() {
        let (allow, allowed) = mpsc::channel();
        let mut programs = Programs::find(Slow(allowed), || Err(MediaError::NoSoundSystem)).expect("it begins");

        // It waits for the first to be opened, and mixing goes on.
        assert!(loudest(&mut programs).abs() < 0.001);
        allow.send(()).expect("it waits");
        while loudest(&mut programs) < 0.4 {}

        // It waits for the second, and the first is heard.
        assert!((loudest(&mut programs) - 0.5).abs() < 0.001);
        allow.send(()).expect("it waits");
        while loudest(&mut programs) < 0.9 {}
    }

    fn loudest(programs: &mut Programs<Tone>) -> f32 {
        let mut into = [0.0; PACKET * CHANNELS];
        programs.mix(&mut into).expect("it goes on");
        into.into_iter().fold(0.0, f32::max)
    }

    /// Has two programs, and opens each when it is allowed to.
    struct Slow(mpsc::Receiver<()>);

    impl Server for Slow {
        type Stream = Tone;

        fn playing(&mut self) -> Result<Vec<u32>, MediaError> {
            Ok(vec![1, 2])
        }

        fn listen(&mut self, _: u32) -> Result<Tone, MediaError> {
            self.0.recv().map(|()| Tone).map_err(|_| MediaError::Closed)
        }
    }

    struct Tone;

    impl Heard for Tone {
        fn add_to(&mut self, into: &mut [f32]) -> bool {
            into.iter_mut().for_each(|sample| *sample += 0.5);
            true
        }
    }

    fn input(client_index: Option<u32>, told: &[(Prop, &CStr)]) -> SinkInputInfo {
        let mut props = protocol::Props::new();
        told.iter().for_each(|(prop, value)| props.set(*prop, value));
        SinkInputInfo { client_index, props, ..SinkInputInfo::default() }
    }
}
