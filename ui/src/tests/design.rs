//! The design's numbers: every text can be read and every control seen, in both themes (WCAG 2.2, 1.4.3 and 1.4.11).

use std::{collections::BTreeMap, fs, path::Path};

const TOKENS: &str = include_str!("../../styles/tokens.css");

/// Text on what it stands on.
const TEXTS: &[(&str, &[&str])] = &[
    ("text", &["ground", "raised", "sunken", "hover", "selected", "warn-tint"]),
    ("quiet", &["ground", "raised", "sunken", "hover", "selected", "warn-tint"]),
    ("accent-text", &["ground", "raised", "sunken", "selected"]),
    ("end-text", &["ground", "raised", "sunken", "end-tint", "end-tint-hover"]),
    ("warn-text", &["warn-tint", "ground"]),
    ("on-accent", &["accent-fill", "accent-fill-hover"]),
    ("on-answer", &["answer-fill", "answer-fill-hover"]),
    ("on-end", &["end-fill", "end-fill-hover"]),
    ("on-stage", &["stage", "stage-tile"]),
    ("accent-fill", &["on-accent"]),
    (
        "on-avatar",
        &["hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5", "hue-6", "hue-7", "hue-8", "hue-9", "hue-10", "hue-11"],
    ),
];

/// What must be seen against what it stands on.
const CONTROLS: &[(&str, &[&str])] = &[
    ("line-strong", &["ground", "raised"]),
    ("focus", &["ground", "raised", "sunken"]),
    ("accent", &["ground", "raised", "sunken"]),
    ("accent-fill", &["ground", "raised"]),
    ("answer-fill", &["raised"]),
    ("end-fill", &["raised", "ground"]),
    ("online", &["ground", "sunken"]),
    ("away", &["ground", "sunken", "raised"]),
    ("end-fill", &["sunken"]),
    ("stage-focus", &["stage", "stage-tile"]),
    ("accent", &["stage"]),
];

/// Variables that the windows' code sets on elements.
const SET_BY_CODE: [&str; 11] =
    ["tip-x", "tip-y", "level", "speaker", "microphone", "drag-x", "drag-y", "aspect", "tile-width", "before", "total"];

#[derive(Clone, Copy)]
struct Colour {
    light: [u8; 3],
    dark: [u8; 3],
}

#[test]
fn every_text_can_be_read_in_both_themes() {
    let poor = poor_pairs(TOKENS, TEXTS, 4.5);
    assert!(poor.is_empty(), "{poor:#?}");
}

#[test]
fn every_control_can_be_seen_in_both_themes() {
    let poor = poor_pairs(TOKENS, CONTROLS, 3.0);
    assert!(poor.is_empty(), "{poor:#?}");
}

#[test]
fn a_poor_colour_would_be_found_in_either_theme() {
    let tokens = "--text: light-dark(#777777, #ffffff);\n--ground: light-dark(#ffffff, #000000);";
    assert_eq!(poor_pairs(tokens, &[("text", &["ground"])], 4.5), ["text on ground, light: 4.48"]);
    let tokens = "--text: light-dark(#000000, #444444);\n--ground: light-dark(#ffffff, #000000);";
    assert_eq!(poor_pairs(tokens, &[("text", &["ground"])], 4.5), ["text on ground, dark: 2.16"]);
}

#[test]
fn black_on_white_is_the_greatest_contrast() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.001);
}

/// What is said and not shown is placed absolutely: in a scroller that is no containing block it would make the whole window scroll.
#[test]
fn whatever_scrolls_holds_what_is_in_it() {
    let styles = Path::new(env!("CARGO_MANIFEST_DIR")).join("styles");
    let mut scrollers = 0;
    for file in fs::read_dir(styles).unwrap() {
        let css = fs::read_to_string(file.unwrap().path()).unwrap();
        for rule in css.split('}').filter(|rule| rule.contains("overflow-y: auto")) {
            scrollers += 1;
            assert!(rule.contains("position:") || rule.contains(".composer-field {"), "{rule}");
        }
    }
    assert!(scrollers > 8, "{scrollers}");
}

#[test]
fn only_the_tokens_have_raw_colours_and_sizes() {
    let styles = Path::new(env!("CARGO_MANIFEST_DIR")).join("styles");
    let mut seen = 0;
    for entry in fs::read_dir(styles).expect("the styles are there").flatten() {
        if entry.file_name() == "tokens.css" {
            continue;
        }
        let source = fs::read_to_string(entry.path()).expect("a style sheet is text");
        let raw: Vec<_> = source.lines().filter(|line| is_raw(line)).collect();
        assert!(raw.is_empty(), "{:?}: {raw:#?}", entry.file_name());
        seen += 1;
    }
    assert!(seen >= 5, "the style sheets are looked at: {seen}");
}

#[test]
fn every_token_that_is_used_exists() {
    let styles = Path::new(env!("CARGO_MANIFEST_DIR")).join("styles");
    for entry in fs::read_dir(styles).expect("the styles are there").flatten() {
        let source = fs::read_to_string(entry.path()).expect("a style sheet is text");
        for used in source.split("var(--").skip(1) {
            let name = used.split([')', ',']).next().unwrap_or_default();
            let is_set_by_code = SET_BY_CODE.contains(&name) || source.contains(&format!("  --{name}: "));
            assert!(is_set_by_code || TOKENS.contains(&format!("--{name}:")), "{:?} uses --{name}", entry.file_name());
        }
    }
}

#[test]
fn the_list_counts_with_the_height_that_its_rows_have() {
    assert!(TOKENS.contains(&format!("--list-row: {}px;", crate::windows::main_parts::ROW_PX)));
}

/// Windows are mirrored for people who read from right to left: by themselves, where no style says *left* and *right*.
#[test]
fn no_style_knows_left_and_right() {
    let sided = |line: &&str| {
        let (property, value) = line.trim().split_once(':').unwrap_or_default();
        let by_property = property.split('-').any(|part| ["left", "right"].contains(&part)) && !property.contains('.');
        // Four values of a padding or a margin go round from the top, and so name left and right as well.
        let parts =
            value.trim().trim_end_matches(';').split(' ').filter(|part| part.starts_with("var(") || *part == "0");
        let by_place = ["padding", "margin"].contains(&property) && parts.count() > 3;
        by_property || by_place || ["left", "right"].contains(&value.trim().trim_end_matches(';'))
    };
    assert!(sided(&"  margin-left: 0;") && sided(&"  text-align: right;") && sided(&"  left: 50%;"));
    assert!(sided(&"  padding: var(--s1) 0 var(--s1) var(--s2);") && !sided(&"  padding: var(--s1) 0 var(--s2);"));
    assert!(!sided(&"  margin-inline: 0;") && !sided(&".top-left {") && !sided(&".tile-small.top-left:hover {"));
    let styles = Path::new(env!("CARGO_MANIFEST_DIR")).join("styles");
    for entry in fs::read_dir(styles).expect("the styles are there").flatten() {
        let source = fs::read_to_string(entry.path()).expect("a style sheet is text");
        let found: Vec<_> = source.lines().filter(|line| !line.ends_with(['{', ','])).filter(sided).collect();
        assert!(found.is_empty(), "{:?}: {found:#?}", entry.file_name());
    }
}

/// What the web view draws by itself is in no theme of ours.
#[test]
fn every_control_is_our_own() {
    let native =
        ["<select", "<dialog", "<datalist", "<progress", "type=\"date", "type=\"time", "type=\"number", "type=\"color"];
    let page = |html: &str| native.iter().find(|control| html.contains(**control)).copied();
    assert_eq!(page("<p><select></select></p>"), Some("<select"));
    for (name, sample) in crate::samples::all(carillon_ipc::WindowBase::default(), super::stage::NOW_MS) {
        let html = super::stage::html_unfolded(sample);
        assert_eq!(page(&html), None, "{name}");
        assert!(!html.contains(" title=\""), "{name}: the tooltips are our own");
    }
    let styles = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("styles/components.css"));
    let styles = styles.expect("the styles are there");
    for class in [".checkbox {", ".switch {", ".slider {"] {
        let rule = styles.split(class).nth(1).and_then(|rest| rest.split('}').next()).unwrap_or_default();
        assert!(rule.contains("appearance: none"), "{class}");
    }
}

fn is_raw(line: &str) -> bool {
    let value = line.split_once(": ").map_or("", |(_, value)| value);
    // Media queries cannot use variables.
    !line.starts_with('@') && (value.contains('#') || value.contains("rgb(") || value.contains("px"))
}

fn poor_pairs(tokens: &str, pairs: &[(&str, &[&str])], least: f64) -> Vec<String> {
    let colours = colours(tokens);
    let colour = |name: &str| *colours.get(name).unwrap_or_else(|| panic!("there is no colour --{name}"));
    let mut poor = Vec::new();
    for (front, backs) in pairs {
        for back in *backs {
            let (front_colour, back_colour) = (colour(front), colour(back));
            let themes =
                [("light", front_colour.light, back_colour.light), ("dark", front_colour.dark, back_colour.dark)];
            for (theme, front_rgb, back_rgb) in themes {
                let ratio = contrast(front_rgb, back_rgb);
                if ratio < least {
                    poor.push(format!("{front} on {back}, {theme}: {ratio:.2}"));
                }
            }
        }
    }
    poor
}

/// Every `--name: #rrggbb;` and `--name: light-dark(#rrggbb, #rrggbb);`.
fn colours(tokens: &str) -> BTreeMap<&str, Colour> {
    let lines = tokens.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": "));
    lines
        .filter_map(|(name, value)| {
            let hexes: Vec<_> = value.split('#').skip(1).filter_map(rgb).collect();
            match hexes[..] {
                [both] => Some((name, Colour { light: both, dark: both })),
                [light, dark] => Some((name, Colour { light, dark })),
                _ => None,
            }
        })
        .collect()
}

fn rgb(hex: &str) -> Option<[u8; 3]> {
    let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// Contrast ratio as WCAG 2.2 defines it.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance as WCAG 2.2 defines it.
fn luminance(rgb: [u8; 3]) -> f64 {
    let linear = rgb.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}
