//! Who imports whom inside one of our crates, read from the sources themselves.
//!
//! A name counts where it is meant: what a module only hands on (`pub(crate) use`) leads to the file that has it. Tests do not count.

mod circles;
mod floors;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

pub use self::floors::{FloorPlan, upward};
pub use self::text::code;
use self::text::{Use, modules, paths, uses};

/// Names lead to names at most so often.
const MOST_HOPS: usize = 16;

/// The modules of a crate that are files, by their paths: `store::sql`, and `` for its root.
#[derive(Debug, Default)]
pub struct Crate {
    files: BTreeMap<String, Source>,
}

#[derive(Debug, Default)]
struct Source {
    file: PathBuf,
    /// What it imports, and its code without that.
    uses: Vec<Use>,
    code: String,
}

/// Files that import each other, however many lie between.
pub type Circle = Vec<PathBuf>;

impl Crate {
    /// Reads a crate from its root, `lib.rs`, along its `mod` lines.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut read = Self::default();
        read.add(String::new(), root.to_owned())?;
        Ok(read)
    }

    /// From sources that are no files, for tests.
    #[cfg(test)]
    fn of(sources: &[(&str, &str)]) -> Self {
        let source = |(module, text): &(&str, &str)| {
            let (uses, code) = uses(&code(text));
            ((*module).to_owned(), Source { file: PathBuf::from(module), uses, code })
        };
        Self { files: sources.iter().map(source).collect() }
    }

    fn add(&mut self, module: String, file: PathBuf) -> io::Result<()> {
        let code = code(&fs::read_to_string(&file)?);
        let is_root = module.is_empty() || file.ends_with("mod.rs");
        let folder = if is_root { file.with_file_name("") } else { file.with_extension("") };
        for (name, path) in modules(&code) {
            let file = match path {
                Some(path) => file.with_file_name(path),
                None => module_file(&folder, &name),
            };
            self.add(join(&module, &name), file)?;
        }
        let (uses, code) = uses(&code);
        self.files.insert(module, Source { file, uses, code });
        Ok(())
    }

    /// Which modules each module imports.
    #[must_use]
    pub fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let of = |module: &String, source: &Source| {
            let mut imported: BTreeSet<&str> = BTreeSet::new();
            for one in source.uses.iter().filter(|one| !one.is_handed_on || is_used(&source.code, &one.name)) {
                imported.extend(self.file_of(module, &one.path, 0));
            }
            for path in paths(&source.code) {
                imported.extend(self.file_of(module, &path, 0));
            }
            imported.remove(module.as_str());
            imported
        };
        self.files.iter().map(|(module, source)| (module.as_str(), of(module, source))).collect()
    }

    /// Files that import each other, the largest circle first.
    #[must_use]
    pub fn circles(&self) -> Vec<Circle> {
        let found = circles::circles(&self.imports()).into_iter();
        found.map(|circle| circle.iter().map(|module| self.files[*module].file.clone()).collect()).collect()
    }

    /// How many files it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file that has what a path means, as `module` says it; `None` for what is of other crates.
    fn file_of(&self, module: &str, path: &[String], hops: usize) -> Option<&str> {
        let (first, rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => String::new(),
            "self" => module.to_owned(),
            "super" => parent(module).to_owned(),
            _ => return self.named(module, path, hops),
        };
        let mut rest = rest;
        while rest.first().is_some_and(|name| name == "super") {
            (at, rest) = (parent(&at).to_owned(), &rest[1..]);
        }
        if rest.is_empty() {
            return self.files.get_key_value(&at).map(|(module, _)| module.as_str());
        }
        // What the root has itself does not count as an import of a file.
        let own = || self.files.get_key_value(&at).filter(|(module, _)| !module.is_empty());
        self.named(&at, rest, hops).or_else(|| own().map(|(module, _)| module.as_str()))
    }

    /// What a name means in a module: a module below it, or what it imports by that name.
    fn named(&self, module: &str, path: &[String], hops: usize) -> Option<&str> {
        let (name, rest) = path.split_first()?;
        let below = join(module, name);
        if let Some((below, _)) = self.files.get_key_value(&below) {
            let further = (!rest.is_empty()).then(|| self.named(below, rest, hops)).flatten();
            return Some(further.unwrap_or(below));
        }
        let import = self.files.get(module)?.uses.iter().find(|one| one.name == *name)?;
        if hops >= MOST_HOPS || import.path.first() == Some(name) {
            return None;
        }
        let whole: Vec<String> = import.path.iter().chain(rest).cloned().collect();
        self.file_of(module, &whole, hops + 1)
    }
}

/// Whether a name stands somewhere in the code.
fn is_used(code: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name)
        .any(|(at, _)| !code[..at].ends_with(is_word) && !code[at + name.len()..].starts_with(is_word))
}

fn module_file(folder: &Path, name: &str) -> PathBuf {
    let flat = folder.join(format!("{name}.rs"));
    if flat.exists() { flat } else { folder.join(name).join("mod.rs") }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_handed_on_leads_to_the_file_that_has_it() {
        let read = Crate::of(&[
            ("", "mod store; mod door;"),
            ("store", "mod sql;\npub(crate) use self::sql::Row;"),
            ("store::sql", "pub(crate) struct Row;"),
            ("door", "use crate::store::{self, Row};\nfn f(row: Row) { store::sql::run() }"),
        ]);

        let imports = read.imports();

        assert_eq!(imports["door"], BTreeSet::from(["store", "store::sql"]));
        assert_eq!(imports["store"], BTreeSet::new(), "it only hands the row on");
    }

    #[test]
    fn files_that_import_each_other_are_a_circle_whatever_lies_between() {
        let read = Crate::of(&[
            ("", "mod a; mod b; mod c; mod d;"),
            ("a", "use crate::b::B;"),
            ("b", "fn f() { crate::c::g() }"),
            ("c", "use super::a;\nuse crate::d::D;"),
            ("d", "//! `crate::a` is only spoken of here.\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}"),
        ]);

        assert_eq!(read.circles(), [["a", "b", "c"].map(PathBuf::from)]);
    }
}
