//! Finding people.

use std::collections::HashMap;

use carillon_protocol::{Account, AppId, UserId};

use super::{Conn, Result, Store, parse, sql::sql_as};

/// A display name; the account's name for one that is not there.
pub(crate) async fn display_name(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Option<String>> {
    let row: Option<(String,)> =
        sql_as!("SELECT display_name FROM users WHERE app = $1 AND name = $2", app.as_str(), user.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(name,)| name))
}

/// Several display names.
pub(crate) async fn display_names(conn: &mut Conn, app: &AppId, users: &[&UserId]) -> Result<HashMap<UserId, String>> {
    let mut names = HashMap::new();
    for &user in users {
        if !names.contains_key(user) {
            let name = display_name(conn, app, user).await?.unwrap_or_else(|| user.to_string());
            names.insert(user.clone(), name);
        }
    }
    Ok(names)
}

impl Store {
    /// Everybody but `me` whose names contain `query`, by name.
    pub(crate) async fn search(&self, app: &AppId, me: &UserId, query: &str, limit: u32) -> Result<Vec<Account>> {
        let rows: Vec<(String, String)> = sql_as!(
            r"SELECT name, display_name FROM users WHERE app = $1 AND name <> $2
              AND (name LIKE $3 ESCAPE '\' OR search_name LIKE $3 ESCAPE '\') ORDER BY name LIMIT $4",
            app.as_str(),
            me.as_str(),
            pattern(query),
            limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|(user, display_name)| Ok(Account::new(parse(&user, "user")?, display_name))).collect()
    }
}

/// A LIKE pattern in which the query's own wildcards stand for themselves.
pub(super) fn pattern(query: &str) -> String {
    let mut pattern = String::from("%");
    for c in query.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn wildcards_in_a_query_stand_for_themselves() {
        assert_eq!(pattern(" Ada "), "%ada%");
        assert_eq!(pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
