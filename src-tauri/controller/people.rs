//! The people of the main window: found by name, sorted, kept up to date.

use carillon_kit::{Person, Presence, UserId};

/// Who was found, and for what.
#[derive(Debug, Default)]
pub(super) struct People {
    query: String,
    found: Option<Vec<Person>>,
    selected: Option<Person>,
}

impl People {
    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// What was found so far; `None` before the first answer.
    pub(super) fn found(&self) -> Option<&[Person]> {
        self.found.as_deref()
    }

    pub(super) const fn selected(&self) -> Option<&Person> {
        self.selected.as_ref()
    }

    pub(super) fn search_for(&mut self, query: &str) {
        query.clone_into(&mut self.query);
    }

    /// Takes an answer, unless something else is searched for by now.
    pub(super) fn take(&mut self, query: &str, mut people: Vec<Person>) {
        if query != self.query {
            return;
        }
        people.sort_by_key(|person| (person.presence == Presence::Offline, person.display_name.to_lowercase()));
        if let Some(selected) = &mut self.selected
            && let Some(newer) = people.iter().find(|person| person.user == selected.user)
        {
            selected.clone_from(newer);
        }
        self.found = Some(people);
    }

    pub(super) fn find(&self, user: &UserId) -> Option<&Person> {
        self.selected.iter().chain(self.found.iter().flatten()).find(|person| person.user == *user)
    }

    pub(super) fn select(&mut self, person: Option<Person>) {
        self.selected = person;
    }

    /// False: somebody who is not known here, and may be new. While something is searched for, most people are not.
    pub(super) fn set_presence(&mut self, user: &UserId, presence: Presence) -> bool {
        let is_known = self.find(user).is_some() || !self.query.is_empty();
        let known = self.selected.iter_mut().chain(self.found.iter_mut().flatten());
        for person in known.filter(|person| person.user == *user) {
            person.presence = presence;
        }
        if let Some(found) = self.found.take() {
            let query = self.query.clone();
            self.take(&query, found);
        }
        is_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, presence: Presence) -> Person {
        let user = UserId::new(name.to_lowercase()).expect("a good name");
        Person { user, display_name: name.to_owned(), presence }
    }

    fn names(people: &People) -> Vec<&str> {
        people.found().into_iter().flatten().map(|person| person.display_name.as_str()).collect()
    }

    #[test]
    fn whoever_can_be_reached_comes_first_and_then_the_alphabet_rules() {
        let mut people = People::default();
        people.take(
            "",
            vec![person("Zoe", Presence::Online), person("Ada", Presence::Offline), person("bob", Presence::InCall)],
        );
        assert_eq!(names(&people), ["bob", "Zoe", "Ada"]);

        people.set_presence(&UserId::new("ada").expect("a good name"), Presence::Online);
        assert_eq!(names(&people), ["Ada", "bob", "Zoe"]);
    }

    #[test]
    fn an_answer_to_an_older_search_is_ignored() {
        let mut people = People::default();
        people.search_for("zo");
        people.take("z", vec![person("Zack", Presence::Online)]);
        assert_eq!(people.found(), None);
    }

    #[test]
    fn the_selected_person_stays_through_a_search_that_does_not_find_them() {
        let mut people = People::default();
        people.select(Some(person("Ada", Presence::Offline)));
        people.take("", vec![person("Zoe", Presence::Online)]);
        people.set_presence(&UserId::new("ada").expect("a good name"), Presence::Online);
        assert_eq!(people.selected().map(|person| person.presence), Some(Presence::Online));
    }
}
