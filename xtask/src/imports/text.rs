//! What a source file says of others, read without a compiler: comments, literals and tests are left out.

/// One name that a file imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// What it is called here.
    pub(super) name: String,
    pub(super) path: Vec<String>,
    /// It is there for others: `pub use`, `pub(crate) use`.
    pub(super) is_handed_on: bool,
}

/// A source without comments, literals, and what is compiled for tests alone.
#[must_use]
pub fn code(text: &str) -> String {
    let text = without_literals(text);
    // Tests come last in a file.
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    without_test_items(text)
}

/// An item of one line behind `#[cfg(test)]`: a module, an import.
fn without_test_items(text: &str) -> String {
    let (mut kept, mut is_of_tests) = (String::with_capacity(text.len()), false);
    for line in text.lines() {
        let is_attribute = line.trim_start().starts_with("#[");
        if line.trim_start().starts_with("#[cfg(test)]") {
            is_of_tests = true;
        } else if !(is_of_tests && line.trim_end().ends_with(';')) {
            kept.push_str(line);
            kept.push('\n');
        }
        is_of_tests &= is_attribute;
    }
    kept
}

fn without_literals(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let after = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if first == '"' {
            end_of_text(rest)
        } else if first == '\'' {
            end_of_letter(rest)
        } else {
            0
        };
        if after == 0 {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            // A path of a module's file is read; nothing else in a literal means a file.
            if kept.ends_with("#[path = ") {
                kept.push_str(&rest[..after]);
            }
            rest = &rest[after..];
        }
    }
    kept
}

fn end_of_text(text: &str) -> usize {
    let (mut is_escaped, mut at) = (false, 1);
    for c in text.chars().skip(1) {
        at += c.len_utf8();
        match c {
            '"' if !is_escaped => return at,
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    text.len()
}

/// The end of `'x'`; 0 for a lifetime.
fn end_of_letter(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => text[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 3),
        Some(_) => letters.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

/// The modules that a file declares, with the files of those that name one.
pub(super) fn modules(code: &str) -> Vec<(String, Option<String>)> {
    let (mut found, mut path) = (Vec::new(), None);
    for line in code.lines().map(str::trim) {
        if let Some(named) = line.strip_prefix("#[path = \"") {
            path = named.split('"').next().map(str::to_owned);
        } else if let Some(name) = declared(line) {
            found.push((name.to_owned(), path.take()));
        } else {
            found.extend(line.split(';').filter_map(|part| declared(&format!("{};", part.trim())).map(owned)));
        }
    }
    let mut names: Vec<(String, Option<String>)> = Vec::new();
    // Where a module has a file for each system, the first stands for both.
    for one in found {
        if names.iter().all(|(name, _)| *name != one.0) {
            names.push(one);
        }
    }
    names
}

fn owned(name: &str) -> (String, Option<String>) {
    (name.to_owned(), None)
}

fn declared(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) ")).unwrap_or(line);
    let name = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

/// All that a file imports, one name each; and the rest of its code.
pub(super) fn uses(code: &str) -> (Vec<Use>, String) {
    let (mut found, mut rest, mut from) = (Vec::new(), String::with_capacity(code.len()), 0);
    for (at, _) in code.match_indices("use ") {
        // Not in the middle of what was read as an import: in a text, say.
        if at < from {
            continue;
        }
        let before = code[from..at].rsplit(['\n', ';', '{', '}']).next().unwrap_or_default();
        let is_handed_on = before.trim().starts_with("pub");
        if before.trim().is_empty() || is_handed_on {
            let tree = code[at + 4..].split(';').next().unwrap_or_default();
            rest.push_str(&code[from..at - before.len()]);
            from = at + 4 + tree.len();
            let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
            names(&tree, &[], is_handed_on, &mut found);
        }
    }
    rest.push_str(&code[from..]);
    (found, rest)
}

fn names(tree: &str, before: &[String], is_handed_on: bool, found: &mut Vec<Use>) {
    let tree = tree.trim();
    let (head, list) = match tree.split_once('{') {
        Some((head, list)) => (head.trim_end_matches("::"), Some(list.strip_suffix('}').unwrap_or(list))),
        None => (tree, None),
    };
    let (head, renamed) = match head.split_once(" as ") {
        Some((head, name)) => (head, Some(name.trim())),
        None => (head, None),
    };
    let mut path = before.to_vec();
    path.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    if let Some(list) = list {
        split(list).into_iter().for_each(|one| names(one, &path, is_handed_on, found));
        return;
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self" || last == "*") {
        path.pop();
    }
    let name = renamed.map(str::to_owned).or_else(|| path.last().cloned()).unwrap_or_default();
    if !name.is_empty() {
        found.push(Use { name, path, is_handed_on });
    }
}

/// The parts of a list, whose own lists stay whole.
fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[from..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// All paths in the code: `a::b`, `crate::c::D`.
pub(super) fn paths(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c| !is_part(c)).filter(|word| word.contains("::") && !word.starts_with(':'));
    let parts = words.map(|word| word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
    parts.filter(|path: &Vec<String>| path.len() > 1 && path.iter().all(|part| !part.contains(':'))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_like_an_import_ends_at_its_semicolon() {
        let (found, rest) = uses("use a::b\n{ use c }; use d::E; f();");

        assert!(!found.is_empty());
        assert_eq!(rest, ";; f();");
    }

    #[test]
    fn only_code_counts() {
        let text = "//! crate::a\nuse b::C; // d::E\nlet f = \"g::h\"; let i = 'j'; fn k<'l>() {}\n#[cfg(test)]\nmod m;\n\
                    #[cfg(test)]\nmod tests {\n    use n::O;\n}\n";

        let code = code(text);

        assert_eq!(paths(&code), [["b", "C"]]);
        assert!(code.contains("fn k<'l>") && modules(&code).is_empty(), "{code}");
    }

    #[test]
    fn every_name_of_a_list_is_found_with_its_path() {
        let (found, rest) = uses("use crate::{a::{self, B as C}, d::*};\npub(crate) use self::e::F;\nfn f() {}");

        let of = |name: &str, path: &[&str], is_handed_on| Use {
            name: name.into(),
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            is_handed_on,
        };
        let expected = [
            of("a", &["crate", "a"], false),
            of("C", &["crate", "a", "B"], false),
            of("d", &["crate", "d"], false),
            of("F", &["self", "e", "F"], true),
        ];
        assert_eq!(found, expected);
        assert!(rest.contains("fn f() {}") && paths(&rest).is_empty(), "{rest}");
    }

    #[test]
    fn modules_are_found_with_the_files_that_they_name() {
        let code = code(
            "pub(crate) mod a;\n#[cfg(unix)]\nmod b;\n#[cfg(not(unix))]\n#[path = \"no_b.rs\"]\nmod b;\nmod c {\n}\n",
        );

        assert_eq!(modules(&code), [("a".to_owned(), None), ("b".to_owned(), None)]);
    }
}
