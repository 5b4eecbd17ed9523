//! Which characters names have, and that no name comes in without being asked.

use std::{fs, path::Path};

use carillon_protocol::{GivenName, MAX_NAME_CHARS, NameError, UserId, shown_line, shown_name, shown_person};
use proptest::prelude::*;

/// What was found to pass for a name, or to hide in one.
const UNSEEN: &[char] = &[
    '\u{0}',
    '\u{7}',
    '\u{7f}',
    '\u{ad}',
    '\u{34f}',
    '\u{61c}',
    '\u{115f}',
    '\u{1160}',
    '\u{17b4}',
    '\u{17b5}',
    '\u{180b}',
    '\u{180e}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{200e}',
    '\u{200f}',
    '\u{2028}',
    '\u{2029}',
    '\u{202a}',
    '\u{202e}',
    '\u{2060}',
    '\u{2064}',
    '\u{2066}',
    '\u{2069}',
    '\u{206a}',
    '\u{206f}',
    '\u{2800}',
    '\u{3164}',
    '\u{e000}',
    '\u{fe00}',
    '\u{fe0f}',
    '\u{feff}',
    '\u{ffa0}',
    '\u{fff9}',
    '\u{fffb}',
    '\u{fffc}',
    '\u{ffff}',
    '\u{13441}',
    '\u{16fe4}',
    '\u{1d159}',
    '\u{1d173}',
    '\u{e0001}',
    '\u{e0041}',
    '\u{e007f}',
    '\u{e0100}',
    '\u{e0fff}',
    '\u{f0000}',
];

#[test]
fn what_cannot_be_seen_is_no_name_and_is_in_none() {
    for &c in UNSEEN {
        let (alone, inside) = (check(&c.to_string()), check(&format!("Al{c}ice")));

        assert!(matches!(alone, Err(NameError::Character(_) | NameError::Empty)), "U+{:04X}: {alone:?}", u32::from(c));
        assert_eq!(inside, Err(NameError::Character(c)), "U+{:04X}", u32::from(c));
        assert_eq!(shown_name(&c.to_string()), "", "U+{:04X}", u32::from(c));
        let shown = shown_name(&format!("Al{c}ice"));
        assert!(matches!(shown.as_str(), "Alice" | "Al ice"), "U+{:04X}: {shown:?}", u32::from(c));
    }
}

#[test]
fn names_of_all_the_world_stay_as_they_are() {
    let names = [
        "李雷",
        "نور الدين",
        "Zoë O’Brien-Łuk",
        "דנה",
        "Ana María 🎉",
        "می‌خواهم",
        "किताबें",
        "क्‍ष",
        "ශ්‍රී",
        "র‍্যাব",
        "ന്‍",
        "葛\u{e0100}城",
        "Nguyễn",
        "e\u{301}\u{323}",
        "שָׁ֑לוֹם",
        "བསྒྲུབས",
        "👩‍👩‍👧",
        "👩🏽‍🚀",
        "❤️‍🔥",
        "🏳️‍🌈",
        "1️⃣",
        "🇨🇭",
        "☎︎",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "ᠮᠣᠩᠭᠣᠯ\u{180e}ᠠ",
        "?",
        "…",
    ];
    for name in names {
        assert_eq!(check(name).as_deref(), Ok(name), "{}", name.escape_unicode());
        assert_eq!(shown_name(name), name);
    }
}

#[test]
fn what_joins_letters_or_pictures_joins_nothing_else() {
    for name in [
        "a\u{200d}b",
        "a\u{200c}",
        "\u{200d}👩",
        "👩\u{200d}",
        "👩\u{200d}\u{200d}👧",
        "1\u{fe0f}",
        "a\u{fe0f}",
        "a\u{e0100}",
    ] {
        assert!(matches!(check(name), Err(NameError::Character(_))), "{}", name.escape_unicode());
    }
    let other_flag = "\u{1f3f4}\u{e0075}\u{e0073}\u{e0063}\u{e0061}\u{e007f}";
    assert_eq!(shown_name(other_flag), "\u{1f3f4}", "no flag that is in use");
}

#[test]
fn marks_stand_on_something_and_not_too_many_of_them() {
    assert_eq!(check("\u{301}"), Err(NameError::Character('\u{301}')));
    assert_eq!(check("a \u{20dd}"), Err(NameError::Character('\u{20dd}')));
    let piled = format!("Z{}algo", "\u{30d}".repeat(5));
    assert_eq!(check(&piled), Err(NameError::Character('\u{30d}')));
    assert_eq!(shown_name(&piled), format!("Z{}algo", "\u{30d}".repeat(4)));
}

#[test]
fn spaces_are_one_space_and_a_name_is_on_one_line() {
    assert_eq!(check(" \u{a0}Ada \u{2003}\u{3000} Lovelace\n").as_deref(), Ok("Ada Lovelace"));
    assert_eq!(check("Ada\nSystem: click"), Err(NameError::Character('\n')));
    assert_eq!(shown_name("Bob\n\nSystem: \u{7}click\u{0}"), "Bob System: click");
    assert_eq!(check(" \t\n"), Err(NameError::Empty));
}

#[test]
fn a_name_has_an_end() {
    assert_eq!(check(&"é".repeat(MAX_NAME_CHARS)).map(|name| name.chars().count()), Ok(MAX_NAME_CHARS));
    assert_eq!(check(&"x".repeat(MAX_NAME_CHARS + 1)), Err(NameError::TooLong));
    assert_eq!(shown_name(&"x".repeat(10_000)), format!("{}…", "x".repeat(MAX_NAME_CHARS - 1)));
    assert_eq!(shown_line("one\ntwo three", 9), "one two …");
}

#[test]
fn a_name_that_may_be_left_out_is_another_one() {
    let user = UserId::new("ada").expect("a good name");

    assert_eq!(GivenName::new(" ").check_or("ada").as_deref(), Ok("ada"));
    assert_eq!(GivenName::new("\u{200b}").check_or("ada"), Err(NameError::Character('\u{200b}')));
    assert_eq!(shown_person("\u{3164}\u{3164}", &user), "ada", "an old row may have such a name");
}

/// The rule: what a client sends and people see is a [`GivenName`], out of which nothing comes unchecked.
#[test]
fn every_name_that_a_client_sends_is_a_given_one() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |file: &str| fs::read_to_string(sources.join(file)).expect("the sources are here");
    let (account, request, call) = (read("account.rs"), read("link/request.rs"), read("call.rs"));
    let sent = account.matches("Request {").count();
    let types = account
        .split("pub struct ")
        .filter(|text| text.split_once(" {").is_some_and(|(name, _)| name.ends_with("Request")));
    let bodies = types.chain([body(&request, "pub enum Request {"), body(&call, "pub struct Invitation {")]);

    let names: Vec<String> = bodies.flat_map(names).collect();

    assert!(sent >= 5 && names.len() >= 7, "the search finds them: {names:?}");
    let unchecked: Vec<_> = names.iter().filter(|field| !field.contains("GivenName")).collect();
    assert!(unchecked.is_empty(), "{unchecked:?}");
}

proptest! {
    #[test]
    fn what_is_shown_is_shown_the_same_again_and_is_a_name(text in "[a \u{301}\u{200c}\u{200d}\u{fe0f}\u{94d}\u{915}\u{628}\u{9cd}\u{9b0}👩🏽1\u{20e3}🏴\u{e0067}\u{180e}\u{1820}\u{202e}\n\u{845b}\u{e0100}]{0,24}|.*") {
        let shown = shown_name(&text);

        prop_assert_eq!(&shown_name(&shown), &shown);
        if shown.is_empty() {
            prop_assert!(check(&text).is_err());
        } else {
            prop_assert_eq!(check(&shown), Ok(shown));
        }
    }
}

fn check(text: &str) -> Result<String, NameError> {
    GivenName::new(text).check()
}

/// What stands between the braces after `head`.
fn body<'a>(source: &'a str, head: &str) -> &'a str {
    let (_, rest) = source.split_once(head).expect("the type is there");
    rest.split_once("\n}").map_or(rest, |(body, _)| body)
}

/// The fields that are called a name.
fn names(body: &str) -> Vec<String> {
    let body = body.split_once("\n}").map_or(body, |(body, _)| body);
    let fields = body.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let is_name = |line: &&str| line.split_once(':').is_some_and(|(field, _)| field.ends_with("name"));
    fields.filter(is_name).map(str::to_owned).collect()
}
