//! Security case S4: accept, cancel, hang-up and a second accept in every order. One winner; the losers fall silent; all devices hear
//! one end.

mod common;

use std::collections::BTreeMap;

use carillon_call::record::{Action, Actor, CallState, Decision, Facts, LegState, Recipient, Rows, decide};
use carillon_protocol::{CallScope, DeviceId, Done, Invitation, Signal, UserId};
use common::{CALL, GROUP_VOICE, VOICE, accept, app, device, grant, invitation, invitee, user};

const DESK: u128 = 1;
const LAPTOP: u128 = 11;
const PHONE: u128 = 12;
const TABLET: u128 = 21;

/// Who has which devices.
const HOUSEHOLDS: [(&str, &[u128]); 3] = [("alice", &[DESK]), ("bob", &[LAPTOP, PHONE]), ("carol", &[TABLET])];

#[test]
fn every_order_of_accepts_and_ends_in_a_call_of_two_has_one_winner_and_one_end() {
    let steps = [
        (LAPTOP, accept()),
        (PHONE, accept()),
        (PHONE, Action::Decline),
        (DESK, Action::HangUp),
        (LAPTOP, Action::HangUp),
        (PHONE, Action::HangUp),
        (DESK, Action::DeviceGone),
    ];

    let orders = in_every_order(&steps, |order| {
        let run = Run::of(&begin(&["bob"], VOICE), order);

        let by_bob = run.joined.iter().filter(|device| **device != id(DESK)).count();
        assert!(by_bob <= 1, "{order:?}");
        assert!(matches!(run.rows.call.state, CallState::Ended { .. }));
        // Every device that rang or was in it heard one end, and the losers of a lost race one "handled".
        for (_, devices) in &HOUSEHOLDS[..2] {
            for number in *devices {
                assert_eq!(run.ends_of(*number), 1, "device {number}, {order:?}: {:?}", run.told);
            }
        }
    });
    assert_eq!(orders, 5_040);
}

#[test]
fn every_order_of_accepts_and_ends_in_a_group_call_has_one_winner_for_each_user() {
    let steps = [
        (LAPTOP, accept()),
        (PHONE, accept()),
        (TABLET, accept()),
        (TABLET, Action::Decline),
        (DESK, Action::HangUp),
        (LAPTOP, Action::HangUp),
        (PHONE, Action::HangUp),
    ];

    let orders = in_every_order(&steps, |order| {
        let run = Run::of(&begin(&["bob", "carol"], GROUP_VOICE), order);

        let by_bob = run.joined.iter().filter(|device| [id(LAPTOP), id(PHONE)].contains(device)).count();
        assert!(by_bob <= 1, "{order:?}");
        for (name, devices) in HOUSEHOLDS {
            let leg = run.rows.legs.iter().find(|leg| leg.user == user(name)).expect("everybody has a leg");
            for number in devices {
                let is_in_it = leg.state == LegState::Accepted && leg.device_id() == Some(id(*number));
                let expected = usize::from(!is_in_it && leg.state != LegState::Ringing);
                assert_eq!(run.ends_of(*number), expected, "device {number}, {order:?}: {:?}", run.told);
            }
        }
        let is_over = matches!(run.rows.call.state, CallState::Ended { .. });
        let anybody = run.rows.legs.iter().any(|leg| matches!(leg.state, LegState::Accepted | LegState::Ringing));
        assert_eq!(is_over, !anybody);
    });
    assert_eq!(orders, 5_040);
}

/// What came of a sequence of requests.
struct Run {
    rows: Rows,
    joined: Vec<DeviceId>,
    told: BTreeMap<DeviceId, Vec<Signal>>,
}

impl Run {
    fn of(begun: &Rows, order: &[(u128, Action)]) -> Self {
        let mut run = Self { rows: begun.clone(), joined: Vec::new(), told: BTreeMap::new() };
        for (number, asked) in order {
            run.ask(*number, asked.clone());
        }
        run
    }

    fn ask(&mut self, number: u128, asked: Action) {
        let before = Facts { call: Some(self.rows.clone()), ..Facts::default() };
        let Ok(Decision { rows, signals, done, .. }) = decide(&before, &actor(number), asked, 1_000) else { return };
        if let Some(rows) = rows {
            assert!(!matches!(self.rows.call.state, CallState::Ended { .. }), "the end is final");
            if matches!(done, Done::Joined { .. }) {
                self.joined.push(id(number));
            }
            self.rows = rows;
        }
        for (recipient, signal) in signals {
            for device in recipients(&recipient) {
                self.told.entry(device).or_default().push(signal.clone());
            }
        }
    }

    /// How often a device heard that it is over for it.
    fn ends_of(&self, number: u128) -> usize {
        let is_end = |signal: &&Signal| matches!(signal, Signal::Ended(_) | Signal::Handled(_));
        self.told.get(&id(number)).map_or(0, |told| told.iter().filter(is_end).count())
    }
}

/// Tells every order of the steps, and how many there are.
fn in_every_order(steps: &[(u128, Action)], mut told: impl FnMut(&[(u128, Action)])) -> usize {
    fn permute(steps: &mut Vec<(u128, Action)>, from: usize, told: &mut impl FnMut(&[(u128, Action)])) -> usize {
        if from == steps.len() {
            told(steps);
            return 1;
        }
        let mut count = 0;
        for next in from..steps.len() {
            steps.swap(from, next);
            count += permute(steps, from + 1, told);
            steps.swap(from, next);
        }
        count
    }
    permute(&mut steps.to_vec(), 0, &mut told)
}

fn begin(whom: &[&str], scope: CallScope) -> Rows {
    let invitees = HOUSEHOLDS.iter().map(|(name, devices)| {
        let devices: Vec<_> = devices.iter().map(|number| (*number, "a device")).collect();
        invitee(name, &devices)
    });
    let before = Facts { invitees: invitees.collect(), ..Facts::default() };
    let to = whom.iter().map(|name| user(name)).collect();
    let invitation = Invitation { scope, to, ..invitation("bob") };
    let asked = Action::Invite { id: CALL, app: app(), invitation, claim: Ok(grant()) };
    decide(&before, &actor(DESK), asked, 0).expect("a good invite").rows.expect("it begins")
}

fn recipients(recipient: &Recipient) -> Vec<DeviceId> {
    let of_user = |user: &UserId| {
        let household = HOUSEHOLDS.iter().find(|(name, _)| *name == user.as_str()).expect("a known user");
        household.1.iter().map(|number| id(*number)).collect::<Vec<_>>()
    };
    match recipient {
        Recipient::Device(device) => vec![*device],
        Recipient::User(user) => of_user(user),
        Recipient::OtherDevices(user, but) => of_user(user).into_iter().filter(|device| device != but).collect(),
    }
}

fn id(number: u128) -> DeviceId {
    device(number)
}

fn actor(number: u128) -> Actor {
    let (name, _) = HOUSEHOLDS.iter().find(|(_, devices)| devices.contains(&number)).expect("a known device");
    Actor {
        user: user(name),
        user_name: (*name).to_owned(),
        avatar: None,
        device: device(number),
        device_name: format!("device {number}"),
        key: None,
    }
}
