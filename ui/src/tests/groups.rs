//! Groups, rooms, and calls of several.

use super::stage::{sample, text_of, unfolded};

#[test]
fn a_group_says_who_is_in_it_and_what_they_may_do() {
    let html = unfolded("main-group");
    let members =
        html.split("data-testid=\"members\"").nth(1).and_then(|rest| rest.split("</ul>").next()).expect("it ends");
    let text = text_of(members);
    assert!(text.contains("Ada Lovelace you · Owner"), "{text}");
    assert!(text.contains("Bob Li Admin"), "{text}");
    assert!(!members.contains("data-testid=\"member-menu-ada\""), "nothing to do about oneself");
}

#[test]
fn only_who_may_manage_a_group_is_offered_to() {
    let owner = unfolded("main-group");
    for id in ["group-name", "group-add", "group-leave-confirm"] {
        assert!(owner.contains(&format!("data-testid=\"{id}\"")), "{id}");
    }
    assert!(text_of(&owner).contains("Make owner…"));

    let member = unfolded("main-group-member");
    for id in ["group-name", "group-add"] {
        assert!(!member.contains(&format!("data-testid=\"{id}\"")), "{id}");
    }
    assert!(member.contains("data-testid=\"group-leave-confirm\""), "anybody may leave");
    assert!(!text_of(&member).contains("Remove from group"));
}

#[test]
fn leaving_asks_once() {
    let html = unfolded("main-group");
    assert!(
        text_of(&html).contains("Leave Design? You won't get its messages any more. Cancel Leave"),
        "{}",
        text_of(&html)
    );
}

#[test]
fn handing_a_group_over_asks_once() {
    let owner = text_of(&unfolded("main-group"));
    assert!(
        owner.contains("Make Bob Li the owner of Design? You become an admin, and can't undo this. Cancel Make owner"),
        "{owner}"
    );
    assert!(!text_of(&unfolded("main-group-member")).contains("the owner of Design"), "only the owner may");
    assert!(!text_of(&sample("main-group")).contains("the owner of Design"), "only when it is wanted");
}

#[test]
fn in_a_group_everybody_is_named_and_a_call_says_who_called() {
    let text = text_of(&sample("main-group"));
    assert!(text.contains("Bob Li Shall we talk about the bell at three?"), "{text}");
    assert!(text.contains("Group call You called 12 min"), "{text}");
}

#[test]
fn a_room_is_entered_before_anything_is_written() {
    let html = sample("main-room-outside");
    assert!(html.contains("data-testid=\"room-join\"") && !html.contains("data-testid=\"composer\""));
    assert!(text_of(&html).contains("Anyone on this server can join Books"));
}

#[test]
fn an_invitation_says_who_invites_and_is_accepted_or_declined() {
    let html = sample("main-group-invited");
    assert!(text_of(&html).contains("Eve Adeyemi invites you to Design"), "{html}");
    assert!(html.contains("data-testid=\"room-join\"") && html.contains("data-testid=\"group-decline\""));
    assert!(!html.contains("data-testid=\"composer\"") && !html.contains("data-testid=\"group-call\""));
}

#[test]
fn a_group_is_made_with_a_name_and_contacts() {
    let html = sample("main-new-group");
    assert!(html.contains("data-testid=\"new-group-name\"") && html.contains("data-testid=\"choose-bob\""));
    let create = html.split("<button").find(|button| button.contains("new-group-create")).expect("the button");
    assert!(create.contains("disabled"), "without a name there is nothing to make: {create}");
}

#[test]
fn a_group_rings_with_its_name() {
    assert!(text_of(&sample("ring-group")).contains("Bob Li Group call · Design · also on phone"));
    assert!(text_of(&sample("ring-several")).contains("Bob Li Group call · also on phone"));
}

#[test]
fn a_group_call_shows_everybodys_part_in_words() {
    let text = text_of(&sample("call-group-many"));
    for said in [
        "Ada Lovelace you · In the call",
        "Bob Li In the call",
        "Carol Okonkwo Busy",
        "李伟 Ringing…",
        "ليلى حداد Declined",
        "d.ray Left",
        "No answer",
        "Zoë 🌻 Removed",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.contains("Group call"), "it has no name of its own");
}

#[test]
fn a_group_call_can_be_muted_and_says_honestly_that_it_has_no_pictures_yet() {
    let html = sample("call-group");
    assert!(text_of(&html).contains("Pictures of group calls come with a later version."), "{html}");
    assert!(html.contains("data-testid=\"call-mute\""));
    assert!(html.contains("data-testid=\"call-hangup\"") && html.contains("data-testid=\"call-add\""));
    assert!(text_of(&sample("call-group-ringing")).contains("Nobody has joined yet"));
}

#[test]
fn people_are_brought_in_by_ticking_them() {
    let html = sample("call-group-adding");
    assert!(html.contains("role=\"dialog\"") && html.contains("data-testid=\"choose-layla\""), "{html}");
    let done = html.split("<button").find(|button| button.contains("picker-done")).expect("the button");
    assert!(done.contains("disabled"), "nobody is ticked yet: {done}");
}

#[test]
fn a_group_call_that_one_left_can_be_begun_again() {
    let html = sample("call-group-left");
    assert!(text_of(&html).contains("You left the call · 1:34"), "{}", text_of(&html));
    assert!(html.contains("data-testid=\"call-again\""));
}
