//! Both languages say the same things, and everything that code says has a text.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use carillon_ipc::{Arg, Locale, Notice, NoticeCode, NumberName, Texts, end_key};
use carillon_protocol::{HandledHow, HangupReason, RefusalCode, UserId};
use fluent_bundle::FluentResource;

const FILES: [(Locale, &str); 2] = [
    (Locale::English, include_str!("../texts/en.ftl")),
    (Locale::SimplifiedChinese, include_str!("../texts/zh-CN.ftl")),
];

#[test]
fn the_files_have_no_mistakes() {
    for (locale, source) in FILES {
        let parsed = FluentResource::try_new(source.to_owned());
        assert!(parsed.is_ok(), "{locale:?}: {:?}", parsed.err().map(|(_, errors)| errors));
        assert_eq!(messages(source).len(), source.lines().filter(|line| key_of(line).is_some()).count(), "a key twice");
    }
}

#[test]
fn every_language_has_the_same_texts_hints_and_places_to_fill() {
    let [(_, english), (_, chinese)] = FILES;
    let (english, chinese) = (messages(english), messages(chinese));
    for (key, places) in &english {
        assert_eq!(chinese.get(key), Some(places), "{key}");
    }
    assert_eq!(english.len(), chinese.len());
}

#[test]
fn every_notice_says_what_happened_and_what_to_do() {
    for locale in Locale::ALL {
        let texts = Texts::new(*locale);
        for code in NoticeCode::ALL {
            let notice = Notice { code: *code, name: "Bob".into(), detail: String::new() };
            assert_ne!(texts.notice(&notice), code.key(), "{locale:?}");
            assert!(texts.notice_hint(&notice).is_some(), "{locale:?} {code:?}");
        }
    }
}

/// A notice, the end of a call and the state of a message say nothing of a block: those the blocked person reads too.
#[test]
fn blocks_are_spoken_of_only_to_those_who_block() {
    let to_them = [
        "contact-blocked",
        "person-block",
        "person-unblock",
        "person-blocked",
        "composer-blocked",
        "settings-blocked",
        "settings-blocked-none",
        "settings-unblock-label",
    ];
    let of_a_block = |word: &str| ["block", "blocked", "blocking", "unblock", "unblocked"].contains(&word);
    for (locale, source) in FILES {
        let mut speaking = BTreeSet::new();
        let mut key = "";
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            key = key_of(line).unwrap_or(key);
            let text = line.split_once('=').map_or(line, |(_, text)| text).to_lowercase();
            let in_english = text.split(|c: char| !c.is_alphabetic()).any(of_a_block);
            if in_english || ["屏蔽", "拉黑", "黑名单"].iter().any(|word| text.contains(word)) {
                speaking.insert(key);
            }
        }
        assert_eq!(speaking, BTreeSet::from(to_them), "{locale:?}");
    }
}

#[test]
fn every_number_of_a_call_has_a_name() {
    for locale in Locale::ALL {
        let texts = Texts::new(*locale);
        for name in NumberName::ALL {
            assert_ne!(texts.t(name.key()), name.key(), "{locale:?}");
        }
    }
}

#[test]
fn every_end_of_a_call_has_a_text() {
    for locale in Locale::ALL {
        let texts = Texts::new(*locale);
        for reason in every_reason() {
            for in_group in [false, true] {
                assert_ne!(texts.call_end(&reason, in_group, "Bob"), end_key(&reason, in_group), "{locale:?}");
            }
        }
    }
}

fn every_reason() -> Vec<HangupReason> {
    use HangupReason as Reason;
    let refused = Reason::Refused { code: RefusalCode::UnknownUser };
    let elsewhere = [HandledHow::Accepted, HandledHow::Declined].map(|how| elsewhere(how, ""));
    let mut reasons =
        vec![Reason::Normal, Reason::Remote, Reason::Cancelled, Reason::RemoteCancelled, Reason::Declined];
    reasons.extend([Reason::RemoteDeclined, Reason::Busy, Reason::NoAnswer, Reason::Missed, Reason::ConnectionLost]);
    reasons.extend([Reason::MediaFailed, Reason::TokenExpired, refused, Reason::Removed { by: None }]);
    reasons.push(Reason::Removed { by: Some(UserId::new("bob").expect("a good name")) });
    reasons.extend(elsewhere);
    reasons
}

fn elsewhere(how: HandledHow, device: &str) -> HangupReason {
    HangupReason::HandledElsewhere { how, device: device.to_owned() }
}

#[test]
fn an_unknown_device_is_said_as_such() {
    let texts = Texts::new(Locale::English);
    assert_eq!(texts.answered_on(""), "Answered on another device");
    assert_eq!(plain(&texts.answered_on("phone")), "Answered on phone");
    assert_eq!(plain(&texts.call_end(&elsewhere(HandledHow::Accepted, "phone"), false, "Bob")), "Answered on phone");
}

#[test]
fn counts_choose_the_plural() {
    let texts = Texts::new(Locale::English);
    let ringing = |devices: u32| plain(&texts.with("call-state-ringing", &[("devices", Arg::from(devices))]));
    assert_eq!(ringing(0), "Ringing…");
    assert_eq!(ringing(1), "Ringing on one device");
    assert_eq!(ringing(3), "Ringing on 3 devices");
}

#[test]
fn a_name_cannot_turn_a_sentence_round_or_break_its_line() {
    let texts = Texts::new(Locale::English);
    let said = texts.with("window-ring", &[("name", Arg::Text("Eve\u{202e}\nYour bank"))]);
    assert_eq!(said, "\u{2068}Eve Your bank\u{2069} is calling", "isolated, one line, no override");
    let long = texts.with("window-ring", &[("name", Arg::Text(&"a".repeat(10_000)))]);
    assert_eq!(long.chars().filter(|c| *c == 'a').count(), 120, "cut, with an ellipsis; the other is of the sentence");
    let foreign = texts.with("window-ring", &[("name", Arg::Text("ليلى 🌻 <b>"))]);
    assert_eq!(foreign, "\u{2068}ليلى 🌻 <b>\u{2069} is calling", "scripts, emoji and markup are just text");
}

#[test]
fn the_mirrored_language_of_tests_is_english_from_right_to_left_and_offered_to_nobody() {
    let (mirrored, english) = (Texts::new(Locale::Mirrored), Texts::new(Locale::English));
    for key in messages(FILES[0].1).into_keys() {
        let said = mirrored.t(&key);
        let has_words = english.t(&key).chars().any(char::is_alphabetic);
        assert!(said.contains('\u{202e}') || !has_words, "{key}: {said:?}");
        assert_eq!(said.replace(['\u{202e}', '\u{202c}'], ""), english.t(&key));
    }
    assert_eq!((Locale::Mirrored.direction(), Locale::English.direction()), ("rtl", "ltr"));
    assert!(!Locale::ALL.contains(&Locale::Mirrored));
}

#[test]
fn every_key_that_code_asks_for_exists() {
    let known = messages(FILES[0].1);
    let mut asked = BTreeMap::new();
    for folder in ["ui/src", "src-tauri", "crates/ipc/src"] {
        for file in rust_files(&workspace().join(folder)) {
            let source = fs::read_to_string(&file).expect("the sources of the workspace can be read");
            asked.extend(asked_keys(&source).into_iter().map(|key| (key, file.clone())));
        }
    }
    let unknown: Vec<_> = asked.iter().filter(|(key, _)| !known.contains_key(*key)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(asked.len() > 50, "the search for keys finds them: {}", asked.len());
}

#[test]
fn no_text_is_left_over() {
    let sources = ["ui/src", "src-tauri", "crates/ipc/src"].map(|folder| rust_files(&workspace().join(folder)));
    let read = |file: &PathBuf| fs::read_to_string(file).expect("the sources of the workspace can be read");
    let code: String = sources.iter().flatten().map(read).collect();

    let unused: Vec<_> = messages(FILES[0].1).into_keys().filter(|key| !code.contains(&format!("\"{key}\""))).collect();

    assert!(unused.is_empty(), "nothing says {unused:?}");
}

#[test]
fn the_search_for_keys_would_find_a_missing_one() {
    let asked =
        asked_keys(r#"let a = texts.t("no-such-key"); texts.with("other", &[]); t(if x { "one" } else { "two" })"#);
    assert_eq!(asked, ["no-such-key", "one", "other", "two"].map(String::from).into());
}

/// What code asks for: literals in the first argument of `t(…)`, `.with(…)` and `.hint(…)`.
fn asked_keys(source: &str) -> BTreeSet<String> {
    let calls = ["texts.t(", "t(if ", ".with(\"", ".hint(\""];
    let found = calls.iter().flat_map(|call| source.match_indices(call).map(|(at, call)| (at, call.len())));
    let ends_with_quote = |at: usize, len: usize| source[..at + len].ends_with('"');
    found
        .flat_map(|(at, len)| {
            let start = if ends_with_quote(at, len) { at + len - 1 } else { at + len };
            let argument = source[start..].split([')', ',', ';', '\n']).next().unwrap_or_default();
            argument.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|key| key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') && !key.is_empty())
        .collect()
}

/// Each text's key, with the names of the places in it and in its hint.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some(key) = key_of(line) {
            current = key.to_owned();
            messages.insert(current.clone(), BTreeSet::new());
        }
        let Some(parts) = messages.get_mut(&current) else { continue };
        let places = line.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap_or_default());
        parts.extend(places.map(str::to_owned));
        if line.trim_start().starts_with(".hint") {
            parts.insert(".hint".to_owned());
        }
    }
    messages
}

fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(" =")?;
    key.starts_with(|c: char| c.is_ascii_lowercase()).then_some(key)
}

fn plain(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => rust_files(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
