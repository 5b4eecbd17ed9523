//! Whose descriptions are used.

use carillon_protocol::{
    AppId, CallKind, CallPath, CallScope, ChannelName, DescriptionKind, DeviceId, OtherEnd, Published, Ring,
};
use uuid::Uuid;

use super::*;
use crate::identity::DeviceSecret;

#[test]
fn the_first_key_of_a_device_is_trusted_and_remembered() {
    let (mut trust, known) = trust();
    let secret = DeviceSecret::make().unwrap();
    assert_eq!(trust.notice(&rings(Some(secret.key()))), None);

    assert_eq!(trust.check(call(), &bob(), &signed(&secret)), Ok(()));

    assert_eq!(known.borrow().get(&bob(), device()), Some(&secret.key()));
}

#[test]
fn what_is_unsigned_or_signed_by_somebody_else_is_not_used() {
    let (mut trust, known) = trust();
    let (secret, other) = (DeviceSecret::make().unwrap(), DeviceSecret::make().unwrap());
    trust.notice(&rings(Some(secret.key())));

    assert_eq!(trust.check(call(), &bob(), &signed(&other)), Err(Unverified::WrongSignature));
    let unsigned = Description { signature: None, ..signed(&secret) };
    assert_eq!(trust.check(call(), &bob(), &unsigned), Err(Unverified::Unsigned));
    let changed = Description { sdp: "a=fingerprint:sha-256 EE:EE".into(), ..signed(&secret) };
    assert_eq!(trust.check(call(), &bob(), &changed), Err(Unverified::WrongSignature));
    let turned = Description { kind: DescriptionKind::Answer, ..signed(&secret) };
    assert_eq!(trust.check(call(), &bob(), &turned), Err(Unverified::WrongSignature));
    assert!(known.borrow().is_empty(), "nothing of it is remembered");
}

#[test]
fn another_key_than_the_known_one_is_told_once_and_then_the_known_one() {
    let (mut trust, known) = trust();
    let (old, new) = (DeviceSecret::make().unwrap(), DeviceSecret::make().unwrap());
    known.send_modify(|known| known.insert(bob(), device(), old.key()));

    let warning = trust.notice(&rings(Some(new.key())));
    let again = trust.notice(&rings(Some(new.key())));

    assert_eq!(warning, Some(CallEvent::IdentityChanged { user: bob(), device: device() }));
    assert_eq!(again, None);
    assert_eq!(trust.check(call(), &bob(), &signed(&old)), Err(Unverified::WrongSignature));
    assert_eq!(trust.check(call(), &bob(), &signed(&new)), Ok(()));
    assert_eq!(known.borrow().get(&bob(), device()), Some(&new.key()));
}

#[test]
fn a_device_whose_key_is_known_does_not_lose_it_because_the_server_keeps_silent_about_it() {
    let (mut trust, known) = trust();
    let secret = DeviceSecret::make().unwrap();
    known.send_modify(|known| known.insert(bob(), device(), secret.key()));
    let unsigned = Description { signature: None, ..signed(&secret) };

    assert_eq!(trust.check(call(), &bob(), &unsigned), Err(Unverified::Unsigned), "no device was named");
    trust.notice(&rings(None));
    assert_eq!(trust.check(call(), &bob(), &unsigned), Err(Unverified::Unsigned), "no key was named");
    assert_eq!(trust.check(call(), &bob(), &signed(&secret)), Ok(()));
}

#[test]
fn whoever_rings_in_a_snapshot_is_known_as_if_the_ring_had_come_alone() {
    let (mut trust, known) = trust();
    let secret = DeviceSecret::make().unwrap();
    let Feed::Signal(Signal::Ring(ring)) = rings(Some(secret.key())) else { panic!("it rings") };
    trust.notice(&Feed::Reset(Some(SnapshotCall::Ringing(ring))));

    let unsigned = Description { signature: None, ..signed(&secret) };
    assert_eq!(trust.check(call(), &bob(), &unsigned), Err(Unverified::Unsigned));
    assert_eq!(trust.check(call(), &bob(), &signed(&secret)), Ok(()));
    assert_eq!(known.borrow().len(), 1);
}

#[test]
fn whoever_answered_is_known_from_a_snapshot_where_the_answer_was_missed() {
    let (mut trust, known) = trust();
    let (secret, other) = (DeviceSecret::make().unwrap(), DeviceSecret::make().unwrap());
    known.send_modify(|known| known.insert(bob(), DeviceId::new(Uuid::from_u128(3)), other.key()));
    let device = DeviceCard { device: device(), key: Some(secret.key()) };
    let with = Some(OtherEnd { user: bob(), device, uid: None, published: Published::default(), version: 0 });
    trust.notice(&Feed::Reset(Some(SnapshotCall::Joined { call: call(), with, legs: vec![], path: CallPath::Direct })));

    assert_eq!(trust.check(call(), &bob(), &signed(&other)), Err(Unverified::WrongSignature), "another device of his");
    assert_eq!(trust.check(call(), &bob(), &signed(&secret)), Ok(()));
}

#[test]
fn a_device_without_a_key_is_taken_as_it_is() {
    let (mut trust, known) = trust();
    trust.notice(&rings(None));
    let unsigned = Description { signature: None, ..signed(&DeviceSecret::make().unwrap()) };

    assert_eq!(trust.check(call(), &bob(), &unsigned), Ok(()));
    assert!(known.borrow().is_empty());
}

fn trust() -> (Trust, watch::Sender<KnownKeys>) {
    let (known, _) = watch::channel(KnownKeys::default());
    (Trust::new(known.clone()), known)
}

fn signed(secret: &DeviceSecret) -> Description {
    let (kind, sdp) = (DescriptionKind::Offer, "a=fingerprint:sha-256 AB:CD".to_owned());
    let signature = Some(secret.sign(&description_text(call(), kind, &sdp)));
    Description { kind, sdp, signature }
}

fn rings(key: Option<DeviceKey>) -> Feed {
    Feed::Signal(Signal::Ring(Ring {
        call: call(),
        app: AppId::new("carillon").unwrap(),
        from: bob(),
        from_name: "Bob".into(),
        from_avatar: None,
        from_device: Some(DeviceCard { device: device(), key }),
        from_uid: None,
        scope: CallScope::Pair { kind: CallKind::Voice },
        channel: ChannelName::new("c").unwrap(),
        message: String::new(),
        round: 0,
        ring_left_ms: 30_000,
        also_on: vec![],
        path: CallPath::Direct,
    }))
}

fn call() -> CallId {
    CallId::new(Uuid::from_u128(1))
}

fn device() -> DeviceId {
    DeviceId::new(Uuid::from_u128(2))
}

fn bob() -> UserId {
    UserId::new("bob").unwrap()
}
