//! What the documents say of the tests and of the choices.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

const SECURITY: &str = include_str!("../../../../docs/security.md");
const OPERATING: &str = include_str!("../../../../docs/operating.md");
const ALL_CASES: usize = 28;

#[test]
fn every_test_that_the_security_page_names_exists() {
    let tests = names_of_tests();
    let rows: Vec<&str> = SECURITY.lines().filter(|line| line.starts_with("| S")).collect();
    assert_eq!(rows.len(), ALL_CASES);

    for row in rows {
        let shown_by = row.split('|').nth(3).unwrap();
        for name in shown_by.split('`').skip(1).step_by(2).filter(|name| !name.contains('/')) {
            assert!(tests.contains(name), "{name} is nowhere");
        }
        assert!(shown_by.contains('`') || shown_by.contains("none yet"), "{row}");
    }
}

#[test]
fn every_security_case_among_the_tests_is_on_the_page() {
    for name in names_of_tests() {
        let number = name.strip_prefix('s').and_then(|rest| rest.split_once('_')).map(|(number, _)| number);
        if let Some(number) = number.filter(|number| number.parse::<u32>().is_ok()) {
            assert!(SECURITY.contains(&format!("| S{number} |")), "{name}");
        }
    }
}

#[test]
fn what_operators_are_told_to_choose_are_choices() {
    let example = include_str!("../../packaging/carillon-server.toml");
    for name in OPERATING.split('`').skip(1).step_by(2) {
        let key = name.strip_prefix("CARILLON_").map(|variable| variable.split('=').next().unwrap().to_lowercase());
        let Some(key) = key.filter(|key| key != "config") else { continue };
        let bare = ["tls_", "limits_", "patience_"].iter().find_map(|table| key.strip_prefix(table)).unwrap_or(&key);
        assert!(example.contains(&format!("#{bare} = ")) || example.contains(&format!("#{key} = ")), "{name}");
    }
}

fn names_of_tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["crates", "tests", "src-tauri", "ui"] {
        sources(&root.join(folder), &mut files);
    }
    let name = |line: &str| {
        Some(line.trim_start().trim_start_matches("async ").strip_prefix("fn ")?.split('(').next()?.to_owned())
    };
    files
        .iter()
        .flat_map(|file| std::fs::read_to_string(file).unwrap().lines().filter_map(name).collect::<Vec<_>>())
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("dist") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}
