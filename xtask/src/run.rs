//! Starting other programs: quietly, loudly, or loudly while listening.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use anyhow::{Context, Result, bail};

/// Runs a program with our own terminal.
///
/// # Errors
/// It cannot be started, or does not end well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a program and takes what it says on stdout.
///
/// # Errors
/// It cannot be started, does not end well, or does not speak UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", shown(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} does not speak UTF-8", shown(command)))
}

/// Whether a program exists and ends well; it says nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|end| end.success())
}

/// Runs a program, passes on to stderr what it says, and keeps a copy, whether it ends well or not.
///
/// # Errors
/// It cannot be started.
pub(crate) fn run_and_listen(command: &mut Command) -> Result<(bool, String)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    let heard = Arc::new(Mutex::new(String::new()));
    let ears = [
        child.stdout.take().map(|pipe| listen(pipe, Arc::clone(&heard))),
        child.stderr.take().map(|pipe| listen(pipe, Arc::clone(&heard))),
    ];
    let status = child.wait()?;
    for ear in ears.into_iter().flatten() {
        ear.join().ok();
    }
    let heard = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((status.success(), heard))
}

#[expect(clippy::disallowed_methods, reason = "it is joined")]
fn listen(pipe: impl Read + Send + 'static, heard: Arc<Mutex<String>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            writeln!(std::io::stderr(), "{line}").ok();
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push_str(&line);
            heard.push('\n');
        }
    })
}

/// The command as one would type it, for messages.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
