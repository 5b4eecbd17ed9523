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
        text_of(&html).contains("Leave Design? You won't get its messages anymore. Cancel Leave"),
        "{}",
        text_of(&html)
    );
}

#[test]
fn handing_a_group_over_asks_once() {
    let owner = text_of(&unfolded("main-group"));
    assert!(
        owner.contains(
            "Make Bob Li the owner of Design? You'll become an admin. You can't undo this. Cancel Make owner"
        ),
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
fn a_group_call_has_the_controls_of_a_call_of_two_and_its_own() {
    let html = sample("group-9");
    let ids = ["call-mute", "call-speakers", "call-camera", "call-share", "call-people", "call-spotlight", "call-more"];
    let places: Vec<_> = ids.iter().map(|id| html.find(&format!("data-testid=\"{id}\""))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    assert!(text_of(&html).contains("Leave"), "{}", text_of(&html));
    assert!(sample("call-group-many").contains("data-testid=\"call-add\""));
    assert!(text_of(&sample("call-group-ringing")).contains("One person in the call"));
}

#[test]
fn everybody_has_a_tile_and_whoever_is_not_there_yet_says_why() {
    let html = sample("call-group");
    for (user, said) in [("wei", "Ringing…"), ("layla", "Declined"), ("max", "No answer")] {
        let tile = tile(&html, user);
        assert!(tile.starts_with("<div") && text_of(tile).contains(said), "{tile}");
    }
    let bob = tile(&html, "bob");
    assert!(bob.starts_with("<button") && bob.contains("aria-pressed=\"false\""), "{bob}");
    assert!(bob.contains("Pin \u{2068}Bob Li\u{2069}") || bob.contains("Pin Bob Li"), "{bob}");
    assert!(!sample("call-group-many").contains("data-testid=\"tile-zoe\""), "whoever has gone has no tile");
}

#[test]
fn a_tile_has_a_live_picture_of_its_own_or_an_avatar_with_the_signs_of_what_is_off() {
    let html = sample("group-4");
    let streams: Vec<_> = html.split("data-stream=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(streams, ["2", "6", "10"], "one's own, and of the first and the third seat");
    let off = tile(&html, "person-1");
    assert!(off.contains("camera is off") && !off.contains("data-stream"), "{off}");
    assert!(tile(&html, "person-2").contains("is muted"));
    assert!(!sample("group-voice-9").contains("camera is off"), "no sign where nobody has pictures");
}

#[test]
fn whoever_does_not_fit_is_on_the_next_page_which_is_said() {
    let html = sample("group-20");
    assert!(text_of(&html).contains("Page 1 of 2"), "{}", text_of(&html));
    assert_eq!(html.matches("data-testid=\"tile-").count(), 16);
    assert_eq!(html.matches("class=\"page-dot\"").count(), 2);
    assert!(!sample("group-9").contains("data-testid=\"call-page\""), "one page says nothing");
    let strip = sample("group-spotlight-20");
    assert!(text_of(&strip).contains("Page 1 of 4"), "{}", text_of(&strip));
}

#[test]
fn one_is_large_in_the_spotlight_and_a_screen_before_all() {
    let large = |name| {
        let html = sample(name);
        let layout = html.split("data-layout=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        let large = html.split("data-large=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        (layout.unwrap_or_default(), large.unwrap_or_default())
    };
    assert_eq!(large("group-9"), ("grid".into(), String::new()));
    assert_eq!(large("group-spotlight-9"), ("spotlight".into(), "person-person-0".into()));
    assert_eq!(large("group-pinned"), ("spotlight".into(), "person-person-2".into()));
    assert_eq!(large("group-screen"), ("spotlight".into(), "screen-person-1".into()));
    assert!(tile(&sample("group-pinned"), "person-2").contains("aria-pressed=\"true\""));
}

#[test]
fn the_list_of_people_says_how_loud_each_is_here() {
    let html = sample("group-people");
    let row = |user: &str| {
        let at = html.find(&format!("data-testid=\"leg-{user}\"")).unwrap_or_else(|| panic!("{user}: {html}"));
        html[at..].split("</li>").next().unwrap_or_default().to_owned()
    };
    assert!(row("person-0").contains("value=\"40\"") && row("person-0").contains("aria-valuetext=\"40 %\""));
    let silenced = row("person-1");
    assert!(silenced.contains("aria-pressed=\"true\"") && silenced.contains("Unmute"), "{silenced}");
    assert!(!row("ada").contains("slider"), "nobody hears themself");
}

#[test]
fn the_small_window_shows_one_of_them() {
    let html = sample("group-mini");
    assert_eq!(html.matches("data-testid=\"tile-").count(), 1);
    assert!(html.contains("data-testid=\"tile-person-0\"") && html.contains("class=\"mini-controls\""), "{html}");
    assert!(sample("group-mini-screen").contains("data-testid=\"screen-tile-person-1\""));
}

/// The tag of somebody's tile, and all in it.
fn tile<'a>(html: &'a str, user: &str) -> &'a str {
    let at = html.find(&format!("data-testid=\"tile-{user}\"")).unwrap_or_else(|| panic!("{user} has a tile: {html}"));
    let begin = html[..at].rfind('<').expect("a tag begins");
    let end = if html[begin..].starts_with("<button") { "</button>" } else { "</div>" };
    html[begin..].split(end).next().expect("it ends")
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

#[test]
fn hands_are_numbered_and_whoever_is_not_reached_is_reconnecting() {
    let html = sample("group-moderated");
    let row = |user: &str| row(&html, user);

    assert!(text_of(&row("ada")).contains("you · In the call 2"), "{}", text_of(&row("ada")));
    assert!(row("person-3").contains("raised a hand, number 1") && row("person-4").contains("number 3"));
    assert!(text_of(&row("person-0")).contains("Reconnecting…"));
    assert!(tile(&html, "person-0").contains("Reconnecting…") && tile(&html, "person-3").contains("tile-hand"));
    let hand = html.split("<button").find(|button| button.contains("call-hand")).expect("the button");
    assert!(hand.contains("aria-pressed=\"true\"") && hand.contains("Lower your hand"), "{hand}");
}

#[test]
fn a_moderator_has_a_menu_for_each_of_the_others_and_removing_asks_once() {
    let html = unfolded("group-moderated");
    let (own, other) = (row(&html, "ada"), row(&html, "person-3"));

    assert!(!own.contains("leg-menu-"), "nobody moderates themself");
    for id in ["leg-menu-person-3", "mute-person-3", "lower-hand-person-3", "remove-person-3"] {
        assert!(other.contains(&format!("data-testid=\"{id}\"")), "{id}: {other}");
    }
    assert!(!row(&html, "person-1").contains("lower-hand-"), "no hand is up");
    assert!(text_of(&other).contains("They can't come back unless somebody adds them again. Cancel Remove"), "{other}");
    assert!(!unfolded("group-people").contains("leg-menu-"), "who is no moderator has none");
}

#[test]
fn whoever_was_removed_reads_by_whom() {
    let text = text_of(&sample("call-group-removed"));
    assert!(text.contains("Bob Li removed you from the call"), "{text}");
}

/// Somebody's row in the list of people.
fn row(html: &str, user: &str) -> String {
    let at = html.find(&format!("data-testid=\"leg-{user}\"")).unwrap_or_else(|| panic!("{user}: {html}"));
    html[at..].split("</li>").next().unwrap_or_default().replace(['\u{2068}', '\u{2069}'], "")
}
