//! SQL texts with their binds, and what they give.
//!
//! A statement runs on the thread of its connection's owner. A change runs where it is made: SQLite in this process answers in
//! microseconds, and a thread of its own costs more than the statement. A question runs on a thread that may wait
//! ([`super::Store::ask`]), and so does what waits for the disk: commits ([`super::writer`]) and copies ([`super::copies`]).
//!
//! Binds are counted while compiling: SQLite takes a missing bind for NULL without a word.

use std::{future::Future, marker::PhantomData};

use rusqlite::{
    Connection,
    types::{FromSql, Value},
};

use super::Conn;

/// What a statement runs on.
pub(crate) trait Executor: Send {
    /// Runs something on a connection.
    fn on_connection<T: Send + 'static>(
        self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = rusqlite::Result<T>> + Send;
}

impl Executor for &mut Conn {
    fn on_connection<T: Send + 'static>(
        self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = rusqlite::Result<T>> + Send {
        std::future::ready(work(self.engine()))
    }
}

/// A statement with its binds; its rows are read as `R`.
pub(crate) struct Statement<R> {
    text: &'static str,
    order: &'static Order,
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

/// What can be bound.
pub(crate) trait Bind {
    fn value(self) -> Value;
}

macro_rules! bind {
    ($($type:ty: $value:ident => $bound:expr),* $(,)?) => {
        $(impl Bind for $type {
            fn value(self) -> Value {
                let $value = self;
                $bound
            }
        })*
    };
}

bind! {
    String: text => Value::Text(text),
    &String: text => Value::Text(text.clone()),
    &str: text => Value::Text(text.to_owned()),
    i64: number => Value::Integer(number),
    i32: number => Value::Integer(number.into()),
    u32: number => Value::Integer(number.into()),
    bool: is_so => Value::Integer(is_so.into()),
    &[u8]: bytes => Value::Blob(bytes.to_owned()),
}

impl<T: Bind> Bind for Option<T> {
    fn value(self) -> Value {
        self.map_or(Value::Null, T::value)
    }
}

impl<R: FromRow + 'static> Statement<R> {
    pub(crate) fn new(text: &'static str, order: &'static Order) -> Self {
        Self { text, order, binds: Vec::with_capacity(order.count()), rows: PhantomData }
    }

    /// The next `$n`.
    pub(crate) fn bind(mut self, bind: impl Bind) -> Self {
        self.binds.push(bind.value());
        self
    }

    /// Runs it, and passes over the rows that it gives.
    pub(crate) async fn execute(self, on: impl Executor) -> rusqlite::Result<Outcome> {
        let run = move |conn: &Connection| {
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
        R: Send + 'static,
    {
        on.on_connection(move |conn| self.rows(conn, usize::MAX)).await
    }

    /// Its first row, if it gives any.
    pub(crate) async fn fetch_optional(self, on: impl Executor) -> rusqlite::Result<Option<R>>
    where
        R: Send + 'static,
    {
        on.on_connection(move |conn| Ok(self.rows(conn, 1)?.pop())).await
    }

    /// Its first row.
    pub(crate) async fn fetch_one(self, on: impl Executor) -> rusqlite::Result<R>
    where
        R: Send + 'static,
    {
        self.fetch_optional(on).await?.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    fn rows(&self, conn: &Connection, most: usize) -> rusqlite::Result<Vec<R>> {
        let mut statement = self.prepare(conn)?;
        let (mut rows, mut read) = (statement.raw_query(), Vec::new());
        while read.len() < most
            && let Some(row) = rows.next()?
        {
            read.push(R::from_row(row)?);
        }
        Ok(read)
    }

    fn prepare<'c>(&self, conn: &'c Connection) -> rusqlite::Result<rusqlite::CachedStatement<'c>> {
        let mut statement = conn.prepare_cached(self.text)?;
        #[cfg(test)]
        super::counted::note(self.text);
        for (index, number) in (1..).zip(self.order.numbers()) {
            statement.raw_bind_parameter(index, &self.binds[usize::from(*number) - 1])?;
        }
        Ok(statement)
    }
}

/// What can be read from a row.
pub(crate) trait FromRow: Sized {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self>;
}

/// A row's columns, read one after the other.
pub(crate) struct Columns<'a> {
    row: &'a rusqlite::Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) const fn of(row: &'a rusqlite::Row<'_>) -> Self {
        Self { row, next: 0 }
    }

    pub(crate) fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: FromSql),*> FromRow for ($($name,)*) {
            fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                Ok(($(row.get::<_, $name>($index)?,)*))
            }
        }
    };
}

/// Of a statement that gives none.
impl FromRow for () {
    fn from_row(_: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(())
    }
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

const MOST_BINDS: usize = 64;

/// The different `$n` of an SQL text, as they come first. SQLite takes `$7` for a name, and numbers names as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    numbers: [u8; MOST_BINDS],
    count: usize,
}

impl Order {
    #[expect(clippy::cast_possible_truncation, reason = "an array of MOST_BINDS is checked by its index first")]
    pub(crate) const fn of(sql: &str) -> Self {
        let (sql, mut seen) = (sql.as_bytes(), [false; MOST_BINDS + 1]);
        let mut order = Self { numbers: [0; MOST_BINDS], count: 0 };
        let mut at = 0;
        while at < sql.len() {
            let is_bind = sql[at] == b'$';
            let mut number = 0;
            at += 1;
            while is_bind && at < sql.len() && sql[at].is_ascii_digit() {
                number = number * 10 + (sql[at] - b'0') as usize;
                at += 1;
            }
            if number > 0 && !seen[number] {
                seen[number] = true;
                order.numbers[order.count] = number as u8;
                order.count += 1;
            }
        }
        order
    }

    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    fn numbers(&self) -> &[u8] {
        &self.numbers[..self.count]
    }
}

/// `sql!("… $1 … $2 …", a, b)`: a statement with all of its binds, whose rows are of no interest.
macro_rules! sql {
    ($text:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::sql::statement!($crate::store::sql::Statement::<()>::new, $text $(, $bind)*)
    };
}

/// `sql_as!("SELECT a, b …", …)`: the same, its rows read as tuples.
macro_rules! sql_as {
    ($text:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::sql::statement!($crate::store::sql::Statement::new, $text $(, $bind)*)
    };
}

macro_rules! statement {
    ($new:expr, $text:expr $(, $bind:expr)*) => {{
        const ORDER: $crate::store::sql::Order = $crate::store::sql::Order::of($text);
        const { assert!(ORDER.count() == <[&str]>::len(&[$(stringify!($bind)),*]), "binds") };
        #[cfg(test)]
        inventory::submit! { $crate::store::plans::Known { text: $text, module: module_path!() } }
        $new($text, &ORDER)$(.bind($bind))*
    }};
}

pub(crate) use {sql, sql_as, statement};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_are_counted_and_ordered_as_they_come() {
        assert_eq!(Order::of("SELECT 1").numbers(), [0; 0]);
        assert_eq!(Order::of("SELECT $2, $1, $2").numbers(), [2, 1]);
        assert_eq!(Order::of("VALUES ($1, $12) -- $3").numbers(), [1, 12, 3]);
    }

    #[tokio::test]
    async fn binds_go_by_their_numbers_wherever_they_stand() {
        let mut conn = Conn::new(Connection::open_in_memory().unwrap());

        let read: (i64, String, Option<i64>, bool) =
            sql_as!("SELECT $2, $1, $3, $4 WHERE $1 = 'one'", "one", 2, None::<i64>, true)
                .fetch_one(&mut conn)
                .await
                .unwrap();

        assert_eq!(read, (2, "one".to_owned(), None, true));
    }
}
