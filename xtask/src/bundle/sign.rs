//! Signatures that Windows looks at, by a command of the environment: certificates are in places of many kinds.

use std::{env, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::run::run;

/// The command, with `%1` where the file goes; without it nothing is signed.
const VARIABLE: &str = "CARILLON_SIGN";

/// The command, if there is one.
pub(super) fn command() -> Option<String> {
    env::var(VARIABLE).ok().filter(|command| !command.trim().is_empty())
}

/// Signs a file, where there is a command for it.
pub(super) fn windows(file: &Path) -> Result<()> {
    let Some(command) = command() else { return Ok(()) };
    let words = words(&command, file);
    let (program, rest) = words.split_first().context("the command has a program")?;
    run(Command::new(program).args(rest).stdout(std::io::stderr())).with_context(|| format!("{VARIABLE} signs nothing"))
}

fn words(command: &str, file: &Path) -> Vec<String> {
    command
        .split_whitespace()
        .map(|word| if word == "%1" { file.display().to_string() } else { word.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_one_word_of_the_command() {
        let words = words("signtool sign /fd sha256 %1", Path::new("a folder/setup.exe"));

        assert_eq!(words, ["signtool", "sign", "/fd", "sha256", "a folder/setup.exe"]);
    }
}
