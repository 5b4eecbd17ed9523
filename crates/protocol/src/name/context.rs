//! Where characters that cannot be seen are needed: inside emoji, and in scripts whose letters join.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory, Ideographic, JoiningType,
    },
};

/// What follows the black flag in the flags of England, Scotland and Wales (UTS 51, annex C); no others are in use.
pub(super) const FLAGS: [&[char]; 3] = [
    &['\u{e0067}', '\u{e0062}', '\u{e0065}', '\u{e006e}', '\u{e0067}', '\u{e007f}'],
    &['\u{e0067}', '\u{e0062}', '\u{e0073}', '\u{e0063}', '\u{e0074}', '\u{e007f}'],
    &['\u{e0067}', '\u{e0062}', '\u{e0077}', '\u{e006c}', '\u{e0073}', '\u{e007f}'],
];

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
const TEXT_STYLE: char = '\u{fe0e}';
const EMOJI_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// What stands around a character.
pub(super) struct Context<'a> {
    /// What is shown of the text so far; its last character is right before this one.
    pub(super) before: &'a str,
    /// What is still to come.
    pub(super) after: &'a [char],
    /// Whether one more mark is taken here.
    pub(super) takes_mark: bool,
}

impl Context<'_> {
    /// Whether a character that cannot be seen changes here what its neighbours look like, as their script wants it.
    pub(super) fn needs(&self, c: char) -> bool {
        let Some(last) = self.before.chars().next_back() else { return false };
        match c {
            JOINER => self.is_in_emoji(last) || self.is_between_letters(last),
            NON_JOINER => self.is_between_letters(last),
            TEXT_STYLE | EMOJI_STYLE => self.takes_style(last),
            '\u{180b}'..='\u{180d}' | '\u{180f}' => is_mongolian(last),
            '\u{180e}' => is_mongolian(last) && self.after.first().is_some_and(|next| is_mongolian(*next)),
            '\u{e0100}'..='\u{e01ef}' => CodePointSetData::new::<Ideographic>().contains(last),
            _ => false,
        }
    }

    /// `ExtPict Extend* ZWJ × ExtPict`, rule GB11 of UAX 29, as emoji use it.
    fn is_in_emoji(&self, last: char) -> bool {
        let pictures = CodePointSetData::new::<ExtendedPictographic>();
        let ends_picture =
            pictures.contains(last) || last == EMOJI_STYLE || CodePointSetData::new::<EmojiModifier>().contains(last);
        ends_picture && self.after.first().is_some_and(|next| pictures.contains(*next))
    }

    /// As RFC 5892, appendix A, has it, for both joiners: beside a virama, or between two letters that would join or not.
    fn is_between_letters(&self, last: char) -> bool {
        let next_is_virama = self.takes_mark && self.after.first().is_some_and(|next| is_virama(*next));
        if is_virama(last) || (next_is_virama && is_letter(last)) {
            return true;
        }
        let joins = CodePointMapData::<JoiningType>::new();
        let is_letter = |c: &char| !is_mark(*c);
        let before = self.before.chars().rev().find(is_letter).map(|c| joins.get(c));
        let after = self.after.iter().copied().find(is_letter).map(|c| joins.get(c));
        matches!(before, Some(JoiningType::LeftJoining | JoiningType::DualJoining))
            && matches!(after, Some(JoiningType::RightJoining | JoiningType::DualJoining))
    }

    /// Digits have a style as keys only.
    fn takes_style(&self, last: char) -> bool {
        let is_key = self.after.first() == Some(&KEYCAP);
        CodePointSetData::new::<Emoji>().contains(last) && (!last.is_ascii() || is_key)
    }
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

fn is_letter(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::OtherLetter
}

fn is_mark(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::NonspacingMark
}

fn is_mongolian(c: char) -> bool {
    matches!(c, '\u{1820}'..='\u{18aa}')
}
