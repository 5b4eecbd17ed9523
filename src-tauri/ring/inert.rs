//! Names that can do nothing but be read.

/// What fits a notification's first line on every system.
const MAX_CHARS: usize = 64;

/// A name without control characters and without marks that change the direction of what follows, on one line and not too
/// long: it cannot pass for text of the program or of the system.
pub fn inert(name: &str) -> String {
    let visible = name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_trick(*c));
    let one_line = visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= MAX_CHARS {
        return one_line;
    }
    one_line.chars().take(MAX_CHARS - 1).chain(['…']).collect()
}

/// Controls, bidirectional marks (Unicode TR 9), and characters that show nothing at all.
fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_names_are_inert() {
        assert_eq!(inert("Bob\u{202E}gnp.exe"), "Bobgnp.exe");
        assert_eq!(inert("Bob\n\nSystem: \u{7}click\u{0}"), "Bob System: click");
        assert_eq!(inert("  \u{2066}Ada\u{2069}\u{200B} "), "Ada");
        assert_eq!(inert(&"x".repeat(10_000)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn real_names_stay_as_they_are() {
        for name in ["李雷", "نور الدين", "Zoë O’Brien-Łuk", "דנה", "Ana María 🎉"] {
            assert_eq!(inert(name), name);
        }
    }
}
