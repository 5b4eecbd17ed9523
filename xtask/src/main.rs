//! Every chore of this repository, and all the set-up that it takes.
//!
//! A chore says what it is doing on stderr; stdout carries results only. Nothing heavy lives here: this program is
//! compiled before anything else can start, so what needs the product's own crates is a program of `carillon-tests`.

// stdout is where a chore's results go.
#![allow(clippy::print_stdout)]

use anyhow::Result;
use clap::{Parser, Subcommand};
use workspace::Workspace;

mod arrows;
mod bench;
mod bundle;
mod demo;
mod feed;
mod figures;
mod icons;
mod macos;
mod progress;
mod run;
mod setup;
mod sim;
mod test;
mod ui;
mod workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Every chore of Carillon", arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build everything, start a server and two signed-in windows, Alice and Bob
    Demo(demo::Args),
    /// Check everything that has to hold before a change is merged
    Test(test::Args),
    /// Run random calls in virtual time, and look whether an invariant breaks
    Sim(sim::Args),
    /// Measure, and print a table
    Bench(bench::Args),
    /// Make the packages of the app and of the server: .deb, .rpm, .tar.gz, and installers for Windows and macOS
    Bundle(bundle::Args),
    /// Write what an updater reads of a version's signed packages
    Feed(feed::Args),
    /// Build the windows' front end into ui/dist
    Ui(ui::Args),
    /// Print which files of the server and of the call machine import each other in circles, and which arrows run upwards
    Imports,
    /// Print how large each crate is, and what of it is hard to read: clones, long functions, import circles
    Figures(figures::Args),
    /// Draw every size of the icons from icons/*.svg
    Icons,
    /// Install what a chore needs, and nothing else
    Setup {
        /// For which chore
        #[arg(value_enum, default_value_t = setup::Purpose::Build)]
        purpose: setup::Purpose,
    },
}

fn main() -> Result<()> {
    let args = Args::parse();
    let workspace = Workspace::locate()?;
    match args.chore {
        Chore::Demo(args) => demo::chore(&workspace, &args),
        Chore::Test(args) => test::chore(&workspace, &args),
        Chore::Sim(args) => sim::chore(&workspace, &args),
        Chore::Bench(args) => bench::chore(&workspace, &args),
        Chore::Bundle(args) => bundle::chore(&workspace, &args),
        Chore::Feed(args) => feed::chore(&args),
        Chore::Ui(args) => ui::chore(&workspace, &args),
        Chore::Imports => arrows::chore(&workspace),
        Chore::Figures(args) => figures::chore(&workspace, &args),
        Chore::Icons => icons::chore(&workspace),
        Chore::Setup { purpose } => setup::ensure(&workspace, purpose),
    }
}
