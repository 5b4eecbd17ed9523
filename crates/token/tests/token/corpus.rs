//! The committed inputs of the fuzz target `access_token2`, replayed.

use std::{fs, path::Path};

use carillon_token::fuzz::access_token2;

#[test]
fn the_fuzzers_corpus_breaks_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/access_token2");
    let mut replayed = 0;

    for input in fs::read_dir(corpus).unwrap() {
        access_token2(&fs::read(input.unwrap().path()).unwrap());
        replayed += 1;
    }

    assert!(replayed >= 20, "only {replayed} inputs are there");
}
