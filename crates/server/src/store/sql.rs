//! SQL texts with their binds, and what they give.
//!
//! A statement runs on the calling thread: SQLite in this process answers in microseconds, and a thread of its own costs more than
//! the statement. What waits for the disk does not run here: commits ([`super::writer`]) and copies ([`super::copies`]).
//!
//! Binds are counted while compiling: SQLite takes a missing bind for NULL without a word.

use std::{future::Future, marker::PhantomData, sync::Arc};

use rusqlite::{
    ToSql,
    types::{FromSql, ToSqlOutput, Value, ValueRef},
};

use super::Conn;

/// What a statement runs on.
pub(crate) trait Executor: Send {
    /// Runs something on a connection.
    fn on_connection<T: Send>(
        self,
        work: impl FnOnce(&Conn) -> rusqlite::Result<T> + Send,
    ) -> impl Future<Output = rusqlite::Result<T>> + Send;
}

impl Executor for &mut Conn {
    fn on_connection<T: Send>(
        self,
        work: impl FnOnce(&Conn) -> rusqlite::Result<T> + Send,
    ) -> impl Future<Output = rusqlite::Result<T>> + Send {
        std::future::ready(work(self))
    }
}

/// A statement with its binds; its rows are read as `R`.
pub(crate) struct Statement<R> {
    text: &'static str,
    binds: Vec<Value>,
    rows: PhantomData<fn() -> R>,
}

/// What a statement did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    rows_affected: u64,
}

impl Outcome {
    /// How many rows it wrote, changed or deleted.
    pub(crate) const fn rows_affected(self) -> u64 {
        self.rows_affected
    }
}

impl<R: FromRow> Statement<R> {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, binds: Vec::new(), rows: PhantomData }
    }

    /// The next `$n`.
    pub(crate) fn bind(mut self, bind: impl ToSql) -> Self {
        let bound = match bind.to_sql().expect("texts and numbers that fit are always bound") {
            ToSqlOutput::Borrowed(value) => value.try_into().expect("a text is UTF-8"),
            ToSqlOutput::Owned(value) => value,
            _ => unreachable!("nothing else is made without optional features"),
        };
        self.binds.push(bound);
        self
    }

    /// Runs it, whatever rows it gives.
    pub(crate) async fn execute(self, on: impl Executor) -> rusqlite::Result<Outcome> {
        let run = move |conn: &Conn| {
            let mut statement = self.prepare(conn)?;
            if statement.column_count() > 0 {
                let mut rows = statement.raw_query();
                while rows.next()?.is_some() {}
                return Ok(Outcome { rows_affected: conn.changes() });
            }
            let rows_affected = statement.raw_execute()? as u64;
            Ok(Outcome { rows_affected })
        };
        on.on_connection(run).await
    }

    /// All of its rows.
    pub(crate) async fn fetch_all(self, on: impl Executor) -> rusqlite::Result<Vec<R>>
    where
        R: Send,
    {
        on.on_connection(move |conn| self.rows(conn, usize::MAX)).await
    }

    /// Its first row, if it gives any.
    pub(crate) async fn fetch_optional(self, on: impl Executor) -> rusqlite::Result<Option<R>>
    where
        R: Send,
    {
        on.on_connection(move |conn| Ok(self.rows(conn, 1)?.pop())).await
    }

    /// Its first row.
    pub(crate) async fn fetch_one(self, on: impl Executor) -> rusqlite::Result<R>
    where
        R: Send,
    {
        self.fetch_optional(on).await?.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    fn rows(&self, conn: &Conn, most: usize) -> rusqlite::Result<Vec<R>> {
        let mut statement = self.prepare(conn)?;
        let names = R::names(&statement);
        let (mut rows, mut read) = (statement.raw_query(), Vec::new());
        while read.len() < most
            && let Some(row) = rows.next()?
        {
            read.push(R::from_row(row, &names)?);
        }
        Ok(read)
    }

    fn prepare<'c>(&self, conn: &'c Conn) -> rusqlite::Result<rusqlite::CachedStatement<'c>> {
        let mut statement = conn.prepare_cached(self.text)?;
        for index in 1..=statement.parameter_count() {
            // `$7` is a name to SQLite, which numbers names as they come.
            let number = statement.parameter_name(index).and_then(|name| name[1..].parse::<usize>().ok());
            let bind = number.and_then(|number| self.binds.get(number.checked_sub(1)?));
            statement.raw_bind_parameter(
                index,
                bind.ok_or(rusqlite::Error::InvalidParameterCount(self.binds.len(), index))?,
            )?;
        }
        Ok(statement)
    }
}

/// What can be read from a row.
pub(crate) trait FromRow: Sized {
    /// The columns' names, where they are wanted.
    fn names(_: &rusqlite::Statement<'_>) -> Arc<[String]> {
        Arc::default()
    }

    fn from_row(row: &rusqlite::Row<'_>, names: &Arc<[String]>) -> rusqlite::Result<Self>;
}

/// A row whose columns are read by their names.
#[derive(Debug)]
pub(crate) struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn get<T: FromSql>(&self, column: &str) -> rusqlite::Result<T> {
        let index = self.names.iter().position(|name| name == column);
        let index = index.ok_or_else(|| rusqlite::Error::InvalidColumnName(column.to_owned()))?;
        let value = ValueRef::from(&self.values[index]);
        T::column_result(value)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, value.data_type(), Box::new(error)))
    }
}

impl FromRow for Row {
    fn names(statement: &rusqlite::Statement<'_>) -> Arc<[String]> {
        statement.column_names().map(str::to_owned).collect()
    }

    fn from_row(row: &rusqlite::Row<'_>, names: &Arc<[String]>) -> rusqlite::Result<Self> {
        let values = (0..names.len()).map(|index| row.get(index)).collect::<rusqlite::Result<_>>()?;
        Ok(Self { names: Arc::clone(names), values })
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: FromSql),*> FromRow for ($($name,)*) {
            fn from_row(row: &rusqlite::Row<'_>, _: &Arc<[String]>) -> rusqlite::Result<Self> {
                Ok(($(row.get::<_, $name>($index)?,)*))
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);

/// The highest `$n` in an SQL text.
pub(crate) const fn highest_bind(sql: &str) -> usize {
    let bytes = sql.as_bytes();
    let (mut at, mut highest) = (0, 0);
    while at < bytes.len() {
        let mut number = 0;
        if bytes[at] == b'$' {
            while at + 1 < bytes.len() && bytes[at + 1].is_ascii_digit() {
                at += 1;
                number = number * 10 + (bytes[at] - b'0') as usize;
            }
        }
        if number > highest {
            highest = number;
        }
        at += 1;
    }
    highest
}

/// `sql!("… $1 … $2 …", a, b)`: a statement with all of its binds.
macro_rules! sql {
    ($text:expr $(, $bind:expr)* $(,)?) => {{
        const { assert!($crate::store::sql::highest_bind($text) == <[&str]>::len(&[$(stringify!($bind)),*]), "binds") };
        $crate::store::sql::Statement::<$crate::store::sql::Row>::new($text)$(.bind($bind))*
    }};
}

/// `sql_as!("SELECT a, b …", …)`: the same, its rows read as tuples.
macro_rules! sql_as {
    ($text:expr $(, $bind:expr)* $(,)?) => {{
        const { assert!($crate::store::sql::highest_bind($text) == <[&str]>::len(&[$(stringify!($bind)),*]), "binds") };
        $crate::store::sql::Statement::new($text)$(.bind($bind))*
    }};
}

pub(crate) use {sql, sql_as};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_are_counted_by_their_highest_number() {
        assert_eq!(highest_bind("SELECT 1"), 0);
        assert_eq!(highest_bind("SELECT $1, $2, $1"), 2);
        assert_eq!(highest_bind("VALUES ($1, $12)"), 12);
    }

    #[tokio::test]
    async fn binds_go_by_their_numbers_wherever_they_stand() {
        let mut conn = Conn::open_in_memory().unwrap();

        let read: (i64, String, Option<i64>, bool) =
            sql_as!("SELECT $2, $1, $3, $4 WHERE $1 = 'one'", "one", 2, None::<i64>, true)
                .fetch_one(&mut conn)
                .await
                .unwrap();

        assert_eq!(read, (2, "one".to_owned(), None, true));
    }

    #[tokio::test]
    async fn a_row_is_read_by_names_and_says_what_is_missing() {
        let mut conn = Conn::open_in_memory().unwrap();

        let row = sql!("SELECT 7 AS number, 'text' AS words").fetch_one(&mut conn).await.unwrap();

        assert_eq!((row.get::<i64>("number").unwrap(), row.get::<String>("words").unwrap()), (7, "text".to_owned()));
        assert!(row.get::<i64>("words").is_err() && row.get::<i64>("nothing").is_err());
    }
}
