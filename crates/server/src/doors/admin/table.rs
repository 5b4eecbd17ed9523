//! The result of a command: rows under columns, for people or, one JSON object a row, for programs.
#![allow(clippy::print_stdout, reason = "the operator asked for it")]

use std::time::{Duration, SystemTime};

use carillon_protocol::shown_line;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Rows under columns. A command that only does something has none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl Table {
    pub(super) fn new<const N: usize>(columns: [&str; N]) -> Self {
        Self { columns: columns.map(str::to_owned).into(), rows: Vec::new() }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [Value; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.into());
    }

    /// The value of a field, in a table of fields and values.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.rows.iter().find(|row| row.first().is_some_and(|field| field == name))?.get(1)
    }
}

pub(super) fn print(table: &Table, json: bool) {
    if json {
        for row in &table.rows {
            let object: Map<String, Value> = table.columns.iter().cloned().zip(row.iter().cloned()).collect();
            println!("{}", Value::Object(object));
        }
    } else {
        print!("{}", aligned(table));
    }
}

/// In columns, with their names above unless there is only one.
fn aligned(table: &Table) -> String {
    let mut lines: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    if table.columns.len() > 1 && !lines.is_empty() {
        lines.insert(0, table.columns.iter().map(|column| column.replace('_', " ").to_uppercase()).collect());
    }
    let width =
        |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|text| text.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let padded = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(padded).collect()
}

/// Names are other people's text: what could move the cursor or hide something is left out.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => shown_line(text, usize::MAX).into_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// A time as people and programs read it: UTC, in whole seconds.
pub(super) fn at(at_ms: u64) -> Value {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(at_ms);
    humantime_serde::re::humantime::format_rfc3339_seconds(time).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_nothing_moves_the_cursor() {
        let mut table = Table::new(["user", "display_name", "devices"]);
        table.row(["ada".into(), "Ada \u{1b}[2J\u{202e}".into(), 2.into()]);
        table.row(["grace.hopper".into(), Value::Null, 0.into()]);

        let text = aligned(&table);

        assert_eq!(
            text,
            "USER          DISPLAY NAME  DEVICES\n\
             ada           Ada [2J       2\n\
             grace.hopper  -             0\n"
        );
    }

    #[test]
    fn one_column_needs_no_name() {
        let mut table = Table::new(["code"]);
        table.row(["k7fq-2m9x".into()]);
        assert_eq!(aligned(&table), "k7fq-2m9x\n");
    }

    #[test]
    fn a_time_is_written_in_utc() {
        assert_eq!(at(1_700_000_000_000), "2023-11-14T22:13:20Z");
    }
}
