//! The words of a message: which of them are addresses, and whether all of it is one emoji.

use icu_properties::{
    CodePointSetData,
    props::{EmojiModifier, EmojiPresentation, ExtendedPictographic, RegionalIndicator},
};

const SCHEMES: [&str; 2] = ["https://", "http://"];
/// Ends an address wherever it comes: marks that addresses do not have, and those of Chinese sentences.
const ENDS: [char; 19] =
    ['<', '>', '"', '«', '»', '“', '”', '，', '。', '！', '？', '；', '：', '、', '（', '）', '】', '》', '」'];
/// Of the sentence, where an address ends with it.
const SENTENCE: [char; 9] = ['.', ',', ';', ':', '!', '?', '\'', '*', '_'];

const JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// As it is.
    Words(&'a str),
    /// The address of a page.
    Address(&'a str),
}

/// A message in parts; together they are all of it.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest, mut searched) = (Vec::new(), text, 0);
    while let Some(at) = scheme_at(rest, searched) {
        let length = address_length(&rest[at..]);
        if length == 0 {
            searched = at + 1;
            continue;
        }
        if at > 0 {
            parts.push(Part::Words(&rest[..at]));
        }
        parts.push(Part::Address(&rest[at..at + length]));
        (rest, searched) = (&rest[at + length..], 0);
    }
    if !rest.is_empty() {
        parts.push(Part::Words(rest));
    }
    parts
}

/// Where the next address may begin, at this byte at the earliest: not in the middle of a word.
fn scheme_at(text: &str, from: usize) -> Option<usize> {
    let starts = |at: &usize| {
        let begins = |scheme: &&str| {
            text.as_bytes()[*at..].len() >= scheme.len()
                && text.as_bytes()[*at..*at + scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
        };
        let is_in_word = text[..*at].chars().next_back().is_some_and(|before| before.is_ascii_alphanumeric());
        SCHEMES.iter().any(begins) && !is_in_word
    };
    text.char_indices().map(|(at, _)| at).filter(|at| *at >= from).find(starts)
}

/// How many bytes of a text that begins with a scheme are an address; 0: nothing follows the scheme.
fn address_length(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || c.is_control() || ENDS.contains(&c);
    let mut address = text.split(ends).next().unwrap_or_default();
    loop {
        let trimmed = address.trim_end_matches(SENTENCE);
        let is_closed_outside = |open: char, close: char| {
            trimmed.ends_with(close) && trimmed.matches(close).count() > trimmed.matches(open).count()
        };
        let closes = is_closed_outside('(', ')') || is_closed_outside('[', ']') || is_closed_outside('{', '}');
        let next = if closes { &trimmed[..trimmed.len() - 1] } else { trimmed };
        if next.len() == address.len() {
            break;
        }
        address = next;
    }
    let after_scheme = address.split_once("://").map_or("", |(_, after)| after);
    if after_scheme.is_empty() { 0 } else { address.len() }
}

/// Whether a message is one emoji and nothing else.
pub(crate) fn is_lone_emoji(text: &str) -> bool {
    let text = text.trim();
    // The longest families and flags are far shorter.
    if text.is_empty() || text.len() > 80 {
        return false;
    }
    let chars: Vec<char> = text.chars().collect();
    emoji_length(&chars) == chars.len()
}

/// How many characters of the beginning are one emoji (UTS 51); 0: it does not begin with one.
fn emoji_length(chars: &[char]) -> usize {
    let flags = CodePointSetData::new::<RegionalIndicator>();
    match chars {
        [one, other, ..] if flags.contains(*one) && flags.contains(*other) => 2,
        ['0'..='9' | '#' | '*', EMOJI_STYLE, KEYCAP, ..] => 3,
        ['0'..='9' | '#' | '*', KEYCAP, ..] => 2,
        _ => pictures_length(chars),
    }
}

/// Pictures, each as it is, in a colour or with a flag's letters, joined to one.
fn pictures_length(chars: &[char]) -> usize {
    let mut at = 0;
    while let Some(length) = picture_length(&chars[at..]) {
        at += length;
        let is_joined = chars.get(at) == Some(&JOINER) && picture_length(&chars[at + 1..]).is_some();
        if !is_joined {
            return at;
        }
        at += 1;
    }
    0
}

fn picture_length(chars: &[char]) -> Option<usize> {
    let first = *chars.first()?;
    if !CodePointSetData::new::<ExtendedPictographic>().contains(first) {
        return None;
    }
    let (mut at, mut is_emoji) = (1, CodePointSetData::new::<EmojiPresentation>().contains(first));
    if chars.get(at).is_some_and(|next| CodePointSetData::new::<EmojiModifier>().contains(*next)) {
        (at, is_emoji) = (at + 1, true);
    }
    if chars.get(at) == Some(&EMOJI_STYLE) {
        (at, is_emoji) = (at + 1, true);
    }
    while chars.get(at).is_some_and(|next| ('\u{e0020}'..='\u{e007f}').contains(next)) {
        at += 1;
    }
    // Some are letters like any other unless they are joined, as the gender signs are.
    let is_joined = chars.get(at) == Some(&JOINER);
    (is_emoji || is_joined || first == '♀' || first == '♂').then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<&str> {
        let all = parts(text);
        let whole: String = all
            .iter()
            .map(|part| match part {
                Part::Words(text) | Part::Address(text) => *text,
            })
            .collect();
        assert_eq!(whole, text, "nothing is lost");
        all.into_iter()
            .filter_map(|part| match part {
                Part::Address(text) => Some(text),
                Part::Words(_) => None,
            })
            .collect()
    }

    #[test]
    fn an_address_ends_where_a_reader_would_end_it() {
        for (text, expected) in [
            ("https://example.org", "https://example.org"),
            ("see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d"),
            ("(https://example.org/wiki/Bell_(instrument))", "https://example.org/wiki/Bell_(instrument)"),
            ("<HTTP://example.org/>", "HTTP://example.org/"),
            ("请看https://example.org/铃。谢谢", "https://example.org/铃"),
            ("\"https://example.org/x\"!", "https://example.org/x"),
            ("a\u{a0}https://example.org\u{a0}b", "https://example.org"),
        ] {
            assert_eq!(addresses(text), [expected], "{text}");
        }
        assert_eq!(addresses("http://a.example http://b.example"), ["http://a.example", "http://b.example"]);
    }

    #[test]
    fn what_is_no_page_stays_words() {
        for text in
            ["https://", "http:// example.org", "javascript:alert(1)", "xhttps://example.org", "example.org", ""]
        {
            assert_eq!(addresses(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn one_emoji_is_large_however_many_characters_it_is_and_nothing_else_is() {
        for one in [
            "👋",
            " 👍🏽\n",
            "❤️",
            "👩‍👩‍👧‍👦",
            "🇨🇳",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "1️⃣",
            "🤷🏽‍♀️",
            "🏳️‍🌈",
        ] {
            assert!(is_lone_emoji(one), "{one}");
        }
        for other in ["👋👋", "👋 hi", "1", "#", "©", "好", "", "🇨", "a\u{200d}b", "\u{200d}"] {
            assert!(!is_lone_emoji(other), "{other}");
        }
    }
}
