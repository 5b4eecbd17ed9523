//! Finds the programs that play, and listens to each. Works on a thread of its own, on which the server may take its time.

use std::collections::BTreeMap;

use crate::error::MediaError;

/// More programs than play at once. Each has a connection to the server, which has few.
pub(super) const MOST_PROGRAMS: usize = 8;
/// A program that could not be listened to so often in a row is left alone, until it plays something else.
const MOST_REFUSALS: u32 = 3;
/// What was heard for so many looks is well: 10 s.
const WELL_AFTER: u32 = 20;

/// The sound server, as it is asked here.
pub(super) trait Server {
    /// A program that is listened to.
    type Stream;

    /// Who plays now, of those that may be shared.
    fn playing(&mut self) -> Result<Vec<u32>, MediaError>;

    /// Begins to listen to one of them.
    fn listen(&mut self, input: u32) -> Result<Self::Stream, MediaError>;
}

/// What has changed, for whoever mixes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News<Stream> {
    Heard(u32, Stream),
    Gone(u32),
    /// Nobody looks any more.
    Crashed(MediaError),
}

/// A program that plays.
#[derive(Clone, Copy, Default)]
struct Known {
    /// For how many looks it has been heard; `None`: it is not.
    heard_for: Option<u32>,
    /// How often it was refused, or ended soon after it was heard.
    refusals: u32,
}

/// Who plays, and which of them are heard.
pub(super) struct Finder<S, Connect> {
    /// `None` while it is lost.
    server: Option<S>,
    connect: Connect,
    known: BTreeMap<u32, Known>,
}

impl<S: Server, Connect: FnMut() -> Result<S, MediaError>> Finder<S, Connect> {
    pub(super) fn new(server: S, connect: Connect) -> Self {
        Self { server: Some(server), connect, known: BTreeMap::new() }
    }

    /// Looks who plays now. Who is heard stays so where the server does not answer. `false`: nobody wants to know any more.
    pub(super) fn look(&mut self, mut tell: impl FnMut(News<S::Stream>) -> bool) -> bool {
        let inputs = match self.ask() {
            Ok(inputs) => inputs,
            Err(error) => {
                tracing::debug!(%error, "the sound server does not say who plays");
                self.server = None;
                return true;
            }
        };
        let gone: Vec<u32> = self.known.keys().filter(|input| !inputs.contains(input)).copied().collect();
        for input in gone {
            let was_heard = self.known.remove(&input).is_some_and(|known| known.heard_for.is_some());
            if was_heard && !tell(News::Gone(input)) {
                return false;
            }
        }
        inputs.into_iter().all(|input| self.listen(input).is_none_or(|stream| tell(News::Heard(input, stream))))
    }

    /// It is heard no more, though it may go on playing: on another speaker, say.
    pub(super) fn ended(&mut self, input: u32) {
        if let Some(known) = self.known.get_mut(&input)
            && let Some(looks) = known.heard_for.take()
        {
            known.refusals = if looks < WELL_AFTER { known.refusals + 1 } else { 0 };
        }
    }

    fn ask(&mut self) -> Result<Vec<u32>, MediaError> {
        if self.server.is_none() {
            self.server = Some((self.connect)()?);
        }
        self.server.as_mut().map_or_else(|| Ok(Vec::new()), Server::playing)
    }

    fn listen(&mut self, input: u32) -> Option<S::Stream> {
        let heard = self.known.values().filter(|known| known.heard_for.is_some()).count();
        let known = self.known.entry(input).or_default();
        if let Some(looks) = &mut known.heard_for {
            *looks = looks.saturating_add(1);
            return None;
        }
        if heard >= MOST_PROGRAMS || known.refusals >= MOST_REFUSALS {
            return None;
        }
        match self.server.as_mut()?.listen(input) {
            Ok(stream) => {
                known.heard_for = Some(0);
                Some(stream)
            }
            Err(error) => {
                tracing::debug!(%error, "a program is not heard");
                known.refusals += 1;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn a_program_that_is_refused_is_asked_three_times_and_again_when_it_plays_anew() {
        let world = World::playing(&[1, 2]);
        world.0.borrow_mut().refused = vec![2];
        let mut finder = world.finder();

        let heard: Vec<_> = (0..10).flat_map(|_| seen(&mut finder)).collect();
        assert_eq!(heard, [News::Heard(1, "sound")]);
        assert_eq!(world.asked(), [1, 2, 2, 2]);

        world.plays(&[1]);
        assert_eq!(seen(&mut finder), []);
        world.plays(&[1, 2]);
        seen(&mut finder);
        assert_eq!(world.asked(), [2]);
    }

    #[test]
    fn a_list_that_fails_ends_nothing_and_the_server_is_asked_again() {
        let world = World::playing(&[1]);
        let mut finder = world.finder();
        seen(&mut finder);

        world.0.borrow_mut().is_silent = true;
        assert_eq!((0..5).flat_map(|_| seen(&mut finder)).collect::<Vec<_>>(), [], "what is heard is heard");
        assert_eq!(world.0.borrow().connections, 4, "at each look after the first");

        world.0.borrow_mut().is_silent = false;
        world.plays(&[3]);
        assert_eq!(seen(&mut finder), [News::Gone(1), News::Heard(3, "sound")]);
    }

    #[test]
    fn what_was_moved_to_another_speaker_is_heard_again_and_what_ends_at_once_is_left_alone() {
        let world = World::playing(&[1]);
        let mut finder = world.finder();
        seen(&mut finder);
        (0..WELL_AFTER).for_each(|_| assert_eq!(seen(&mut finder), []));

        finder.ended(1);
        assert_eq!(seen(&mut finder), [News::Heard(1, "sound")]);

        world.asked();
        (0..10).for_each(|_| {
            finder.ended(1);
            seen(&mut finder);
        });
        assert_eq!(world.asked(), [1, 1]);
    }

    #[test]
    fn of_more_programs_than_have_room_the_first_are_heard_and_another_when_one_ends() {
        let world = World::playing(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let mut finder = world.finder();

        assert_eq!(seen(&mut finder).len(), MOST_PROGRAMS);
        world.plays(&[2, 3, 4, 5, 6, 7, 8, 9]);

        assert_eq!(seen(&mut finder), [News::Gone(1), News::Heard(9, "sound")]);
    }

    #[test]
    fn nobody_is_looked_for_once_nobody_wants_to_know() {
        assert!(!World::playing(&[1]).finder().look(|_| false));
    }

    fn seen<C: FnMut() -> Result<World, MediaError>>(finder: &mut Finder<World, C>) -> Vec<News<&'static str>> {
        let mut seen = Vec::new();
        assert!(finder.look(|news| {
            seen.push(news);
            true
        }));
        seen
    }

    /// A server, and what is asked of it.
    #[derive(Clone, Default)]
    struct World(Rc<RefCell<State>>);

    #[derive(Default)]
    struct State {
        playing: Vec<u32>,
        refused: Vec<u32>,
        is_silent: bool,
        asked: Vec<u32>,
        connections: u32,
    }

    impl World {
        fn playing(inputs: &[u32]) -> Self {
            let world = Self::default();
            world.plays(inputs);
            world
        }

        fn plays(&self, inputs: &[u32]) {
            self.0.borrow_mut().playing = inputs.to_vec();
        }

        /// Since the last time.
        fn asked(&self) -> Vec<u32> {
            std::mem::take(&mut self.0.borrow_mut().asked)
        }

        fn finder(&self) -> Finder<Self, impl FnMut() -> Result<Self, MediaError> + use<>> {
            let again = self.clone();
            let connect = move || {
                again.0.borrow_mut().connections += 1;
                Ok(again.clone())
            };
            Finder::new(self.clone(), connect)
        }
    }

    impl Server for World {
        type Stream = &'static str;

        fn playing(&mut self) -> Result<Vec<u32>, MediaError> {
            let state = self.0.borrow();
            if state.is_silent { Err(MediaError::NoSoundSystem) } else { Ok(state.playing.clone()) }
        }

        fn listen(&mut self, input: u32) -> Result<Self::Stream, MediaError> {
            let mut state = self.0.borrow_mut();
            state.asked.push(input);
            if state.refused.contains(&input) { Err(MediaError::PermissionDenied) } else { Ok("sound") }
        }
    }
}
