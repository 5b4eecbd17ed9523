//! Circles: modules each of which reaches all others of them.

use std::collections::{BTreeMap, BTreeSet};

/// Groups of modules that reach each other, the largest first. There are some hundred modules, so nothing clever is needed.
pub(super) fn circles<'a>(imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|module| (*module, reached_from(imports, module))).collect();
    let (mut found, mut placed) = (Vec::new(), BTreeSet::new());
    for (module, reaches) in &reached {
        if !reaches.contains(module) || placed.contains(module) {
            continue;
        }
        let circle: Vec<&str> = reaches.iter().filter(|other| reached[*other].contains(module)).copied().collect();
        placed.extend(circle.iter().copied());
        found.push(circle);
    }
    found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    found
}

fn reached_from<'a>(imports: &BTreeMap<&'a str, BTreeSet<&'a str>>, module: &str) -> BTreeSet<&'a str> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![module]);
    while let Some(one) = open.pop() {
        for next in imports.get(one).into_iter().flatten() {
            if reached.insert(*next) {
                open.push(next);
            }
        }
    }
    reached
}
