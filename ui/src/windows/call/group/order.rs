//! Who is shown in a group call, in which order, and who is the large one.

use carillon_ipc::{GroupCallView, LegView};
use carillon_protocol::LegState;

/// What one tile shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) leg: LegView,
    /// Their screen, and not themself.
    pub(super) is_screen: bool,
}

impl Shown {
    /// Names it among all.
    pub(super) fn key(&self) -> String {
        let what = if self.is_screen { "screen" } else { "person" };
        format!("{what}-{}", self.leg.user)
    }
}

/// What is on show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scene {
    /// `None`: all have the same size.
    pub(super) large: Option<Shown>,
    pub(super) others: Vec<Shown>,
}

/// One large and the others, or all the same, as the view has it.
pub(super) fn scene(group: &GroupCallView) -> Scene {
    let mut others = everybody(group);
    let large = large(group, &others).filter(|_| group.is_spotlight).map(|at| others.remove(at));
    Scene { large, others }
}

/// Screens, then people in the order they were called; whoever will not come is last, and who has gone has no tile.
fn everybody(group: &GroupCallView) -> Vec<Shown> {
    let shares = |leg: &&LegView| leg.screen && leg.is_in() && !leg.is_me;
    let screens = group.legs.iter().filter(shares).map(|leg| Shown { leg: leg.clone(), is_screen: true });
    let with = |states: &'static [LegState]| {
        let people = group.legs.iter().filter(|leg| states.contains(&leg.state));
        people.map(|leg| Shown { leg: leg.clone(), is_screen: false })
    };
    let coming = with(&[LegState::Accepted, LegState::Ringing]);
    let not_coming = with(&[LegState::Declined, LegState::Busy, LegState::Missed]);
    screens.chain(coming).chain(not_coming).collect()
}

/// Whoever this user has chosen, else a screen, else who talks, else the first who is there.
pub(super) fn large(group: &GroupCallView, all: &[Shown]) -> Option<usize> {
    let find = |wanted: &dyn Fn(&Shown) -> bool| all.iter().position(wanted);
    let is_person = |shown: &Shown| !shown.is_screen && shown.leg.is_in();
    let pinned = || find(&|shown| is_person(shown) && group.pinned.as_ref() == Some(&shown.leg.user));
    let screen = || find(&|shown| shown.is_screen);
    let speaker = || find(&|shown| is_person(shown) && group.speaker.as_ref() == Some(&shown.leg.user));
    let somebody = || find(&|shown| is_person(shown) && !shown.leg.is_me);
    pinned().or_else(screen).or_else(speaker).or_else(somebody).or_else(|| find(&is_person))
}

/// What stands in the small window: the large one, whether or not the others are as large.
pub(super) fn foremost(group: &GroupCallView) -> Option<Shown> {
    let mut all = everybody(group);
    large(group, &all).map(|at| all.swap_remove(at))
}

#[cfg(test)]
mod tests {
    use carillon_protocol::UserId;

    use super::*;

    #[test]
    fn screens_come_first_and_whoever_will_not_come_last() {
        let mut group = group();
        group.legs[2].screen = true;
        assert_eq!(keys(&scene(&group)), "| screen-cat person-ada person-bob person-cat person-dan person-eve");
    }

    #[test]
    fn whoever_talks_is_large_and_a_screen_before_them_and_the_chosen_one_before_both() {
        let mut group = GroupCallView { is_spotlight: true, ..group() };
        assert_eq!(large_one(&group), "person-bob", "the first who is there");
        group.speaker = user("cat");
        assert_eq!(large_one(&group), "person-cat");
        group.legs[1].screen = true;
        assert_eq!(large_one(&group), "screen-bob");
        group.pinned = user("ada");
        assert_eq!(large_one(&group), "person-ada");
        assert_eq!(keys(&scene(&group)), "person-ada | screen-bob person-bob person-cat person-dan person-eve");
    }

    #[test]
    fn who_is_not_in_the_call_is_never_large() {
        let alone = GroupCallView { is_spotlight: true, speaker: user("dan"), pinned: user("eve"), ..group() };
        assert_eq!(large_one(&alone), "person-bob");
        let mut alone = alone;
        alone.legs.iter_mut().filter(|leg| !leg.is_me).for_each(|leg| leg.state = LegState::Ringing);
        assert_eq!(large_one(&alone), "person-ada", "oneself, where nobody else is");
        alone.legs.clear();
        assert_eq!(scene(&alone), Scene { large: None, others: vec![] });
    }

    #[test]
    fn ones_own_screen_is_nothing_to_look_at() {
        let mut group = GroupCallView { is_spotlight: true, ..group() };
        group.legs[0].screen = true;
        assert_eq!(large_one(&group), "person-bob");
    }

    fn user(name: &str) -> Option<UserId> {
        UserId::new(name).ok()
    }

    fn group() -> GroupCallView {
        use LegState::{Accepted, Declined, Left, Ringing};
        let legs = [
            ("ada", Accepted),
            ("bob", Accepted),
            ("cat", Accepted),
            ("eve", Declined),
            ("dan", Ringing),
            ("fay", Left),
        ];
        let leg = |(name, state): (&str, LegState)| LegView {
            user: user(name).expect("a good name"),
            name: name.to_owned(),
            picture: None,
            state,
            is_me: name == "ada",
            seat: 0,
            camera: false,
            screen: false,
            is_muted: false,
            is_reconnecting: false,
            hand: None,
            can_moderate: false,
            volume: carillon_ipc::VolumeView::default(),
        };
        GroupCallView { legs: legs.map(leg).to_vec(), ..GroupCallView::default() }
    }

    fn keys(scene: &Scene) -> String {
        let large = scene.large.iter().map(Shown::key);
        let all: Vec<_> = large.chain(["|".to_owned()]).chain(scene.others.iter().map(Shown::key)).collect();
        all.join(" ")
    }

    fn large_one(group: &GroupCallView) -> String {
        scene(group).large.map(|large| large.key()).unwrap_or_default()
    }
}
