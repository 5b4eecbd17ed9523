//! How names are compared when people look for them: without case, without accents, and without the difference between characters
//! that mean the same. A name is found by how it begins, or any of its words.

use std::collections::BTreeSet;

use caseless::Caseless as _;
use rusqlite::{Connection, params};
use unicode_normalization::UnicodeNormalization as _;

/// A folded name is not longer: one character may become eighteen.
const MOST_CHARS: usize = 128;
/// Words of one name beyond these are not found by their beginnings.
pub(crate) const MOST_KEYS: u32 = 32;

/// Scripts that are written without spaces, or with names whose second half is a name: each character begins a word.
const UNSPACED: [std::ops::RangeInclusive<char>; 8] = [
    '\u{e00}'..='\u{eff}',     // Thai, Lao
    '\u{1000}'..='\u{109f}',   // Myanmar
    '\u{1780}'..='\u{17ff}',   // Khmer
    '\u{3040}'..='\u{30ff}',   // Hiragana, Katakana
    '\u{3400}'..='\u{9fff}',   // Han
    '\u{ac00}'..='\u{d7af}',   // Hangul
    '\u{f900}'..='\u{faff}',   // Han, for compatibility
    '\u{20000}'..='\u{3ffff}', // Han, the rare ones
];

/// What is looked for: all keys from the first of these texts on, and below the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRange {
    pub(crate) from: String,
    pub(crate) below: String,
}

impl KeyRange {
    /// The keys that a query finds; without a query all of them. `None`: a query by which nothing can be found.
    pub(crate) fn of(query: &str) -> Option<Self> {
        let from = fold(query);
        if from.is_empty() && !query.trim().is_empty() {
            return None;
        }
        Some(Self { below: format!("{from}{}", char::MAX), from })
    }
}

/// A name as it is compared: compatibility forms, case (the full folding of Unicode) and accents are gone, and one space stands
/// between words; a hyphen after a word is one. The dot of a Turkish İ counts as an accent, and a dotless ı is an i: what people
/// type depends on their keyboards. All other characters stand for themselves.
pub(crate) fn fold(name: &str) -> String {
    let letters = name.nfkd().default_case_fold().nfkd().filter(|c| !is_accent(*c) && *c != char::MAX);
    let (mut folded, mut before) = (String::new(), ' ');
    for c in letters.map(|c| if c == 'ı' { 'i' } else { c }).nfc().take(MOST_CHARS) {
        let is_hyphen = matches!(c, '-' | '\u{2010}') && before.is_alphanumeric();
        folded.push(if is_hyphen { ' ' } else { c });
        before = c;
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// By what a name is found: what is left of it from each beginning of a word on. A sign is a word by itself.
pub(crate) fn keys(name: &str) -> BTreeSet<String> {
    let folded = fold(name);
    let (mut keys, mut before) = (BTreeSet::new(), ' ');
    for (at, c) in folded.char_indices() {
        let begins = !c.is_alphanumeric() || !before.is_alphanumeric() || is_unspaced(c);
        if begins && c != ' ' && keys.len() < MOST_KEYS as usize {
            keys.insert(folded[at..].to_owned());
        }
        before = c;
    }
    keys
}

const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn is_unspaced(c: char) -> bool {
    UNSPACED.iter().any(|script| script.contains(&c))
}

/// By what a user is found.
pub(crate) fn user_keys(user: &str, display_name: &str) -> BTreeSet<String> {
    keys(display_name).into_iter().chain(keys(user)).collect()
}

/// Writes the search keys of the users and chat rooms that were there before there were keys.
pub(super) fn fill(conn: &Connection) -> rusqlite::Result<()> {
    let all = |sql| {
        conn.prepare(sql)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<Vec<(String, String, String)>>>()
    };
    let mut insert = conn.prepare("INSERT INTO user_keys (app, user_name, key) VALUES (?1, ?2, ?3)")?;
    let mut fold_name = conn.prepare("UPDATE users SET search_name = ?3 WHERE app = ?1 AND name = ?2")?;
    for (app, user, name) in all("SELECT app, name, display_name FROM users")? {
        fold_name.execute(params![app, user, fold(&name)])?;
        for key in user_keys(&user, &name) {
            insert.execute(params![app, user, key])?;
        }
    }
    let mut insert = conn.prepare("INSERT INTO room_keys (app, chat, key) VALUES (?1, ?2, ?3)")?;
    let mut fold_name = conn.prepare("UPDATE chats SET search_name = ?3 WHERE app = ?1 AND id = ?2")?;
    for (app, chat, name) in all("SELECT app, id, name FROM chats WHERE kind = 'room'")? {
        for key in keys(&name) {
            insert.execute(params![app, chat, key])?;
        }
    }
    for (app, chat, name) in all("SELECT app, id, name FROM chats WHERE kind <> 'pair'")? {
        fold_name.execute(params![app, chat, fold(&name)])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_alike_whatever_their_case_accents_and_form() {
        for (one, other) in [
            ("İstanbul Ofis", "istanbul ofis"),
            ("ISPARTA", "ısparta"),
            ("ÜMİT", "ümit"),
            ("Jose\u{301} Nu\u{303}n\u{303}ez", "José Núñez"),
            ("José", "jose"),
            ("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"),
            ("ΟΔΥΣ", "οδυς"),
            ("Straße", "STRASSE"),
            ("ＡＬＩＣＥ", "alice"),
            ("ﬁne", "FINE"),
            ("Ann-Kathrin", " ann   kathrin "),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_name_is_found_by_the_beginning_of_each_of_its_words() {
        assert_eq!(keys("Ada Lovelace"), BTreeSet::from(["ada lovelace".to_owned(), "lovelace".to_owned()]));
        assert_eq!(keys("王小明"), BTreeSet::from(["王小明".to_owned(), "小明".to_owned(), "明".to_owned()]));
        assert_eq!(keys("(ann)"), BTreeSet::from(["(ann)".to_owned(), "ann)".to_owned(), ")".to_owned()]));
        assert_eq!(keys(" - "), BTreeSet::from(["-".to_owned()]));
    }

    #[test]
    fn wildcards_stand_for_themselves_and_what_says_nothing_finds_nothing() {
        assert!(!finds("50%", "500 people"));
        assert!(finds("50%", "50% off"));
        assert!(!finds("a_b", "axb"));
        assert!(finds("_", "carl_b") && finds("b", "carl_b") && !finds("_", "carl"));
        assert_eq!(KeyRange::of("\u{301}"), None);
        assert!(finds("", "anybody") && finds("  ", "anybody"));
    }

    proptest! {
        #[test]
        fn a_name_is_found_by_itself_and_by_all_that_it_begins_with(name in "\\PC{1,64}", length in 0_usize..64) {
            prop_assume!(!fold(&name).is_empty());
            let folded = fold(&name);
            let part: String = folded.chars().take(length).collect();

            prop_assert!(finds(&name, &name));
            prop_assert!(finds(&part, &name) || fold(&part).is_empty());
            prop_assert_eq!(fold(&folded), folded);
        }
    }

    fn finds(query: &str, name: &str) -> bool {
        let Some(range) = KeyRange::of(query) else { return false };
        keys(name).iter().any(|key| *key >= range.from && *key < range.below)
    }
}
