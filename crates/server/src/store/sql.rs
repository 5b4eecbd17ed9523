//! SQL texts whose binds are counted while compiling: SQLite takes a missing bind for NULL without a word.

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
        sqlx::query($text)$(.bind($bind))*
    }};
}

/// `sql_as!("SELECT a, b …", …)`: the same, its rows read as tuples.
macro_rules! sql_as {
    ($text:expr $(, $bind:expr)* $(,)?) => {{
        const { assert!($crate::store::sql::highest_bind($text) == <[&str]>::len(&[$(stringify!($bind)),*]), "binds") };
        sqlx::query_as($text)$(.bind($bind))*
    }};
}

pub(crate) use {sql, sql_as};

#[cfg(test)]
mod tests {
    use super::highest_bind;

    #[test]
    fn binds_are_counted_by_their_highest_number() {
        assert_eq!(highest_bind("SELECT 1"), 0);
        assert_eq!(highest_bind("SELECT $1, $2, $1"), 2);
        assert_eq!(highest_bind("VALUES ($1, $12)"), 12);
    }
}
