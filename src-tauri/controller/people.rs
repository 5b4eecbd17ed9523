//! The people of the main window: contacts, people whom a search has found, and what is known of them.

use carillon_kit::{ContactState, Person, Presence, UserId};

/// Who there is, and what is searched for.
#[derive(Debug, Default)]
pub(super) struct People {
    query: String,
    contacts: Option<Vec<Person>>,
    found: Option<Vec<Person>>,
    /// Who is looked at, whatever is searched for next.
    looked_at: Option<Person>,
}

impl People {
    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// Whether the server has not answered yet.
    pub(super) const fn is_loading(&self) -> bool {
        self.contacts.is_none() || self.found.is_none()
    }

    /// Contacts, requests, and blocked people.
    pub(super) fn contacts(&self) -> &[Person] {
        self.contacts.as_deref().unwrap_or_default()
    }

    /// People whom the search has found.
    pub(super) fn found(&self) -> &[Person] {
        self.found.as_deref().unwrap_or_default()
    }

    pub(super) fn search_for(&mut self, query: &str) {
        query.clone_into(&mut self.query);
    }

    /// Takes an answer, unless something else is searched for by now.
    pub(super) fn take(&mut self, query: &str, mut people: Vec<Person>) {
        if query == self.query {
            people.sort_by_key(order);
            self.found = Some(people);
        }
    }

    pub(super) fn set_contacts(&mut self, mut people: Vec<Person>) {
        people.sort_by_key(order);
        self.contacts = Some(people);
    }

    pub(super) fn find(&self, user: &UserId) -> Option<&Person> {
        self.contacts().iter().chain(self.found()).chain(&self.looked_at).find(|person| person.user == *user)
    }

    /// This is who is looked at now.
    pub(super) fn look_at(&mut self, user: &UserId) {
        self.looked_at = self.find(user).cloned();
    }

    /// A person has changed, or whether they are a contact.
    pub(super) fn changed(&mut self, person: Person) {
        let matters = person.contact != ContactState::None || person.blocked;
        let known = self.found.iter_mut().flatten().chain(&mut self.looked_at);
        known.filter(|other| other.user == person.user).for_each(|other| other.clone_from(&person));
        let contacts = self.contacts.get_or_insert_default();
        contacts.retain(|other| other.user != person.user);
        if matters {
            contacts.push(person);
            contacts.sort_by_key(order);
        }
    }

    /// False: a person who is not known here, and may be new. While a search is on, most people are not known.
    pub(super) fn set_presence(&mut self, user: &UserId, presence: Presence) -> bool {
        let is_known = self.find(user).is_some() || !self.query.is_empty();
        let listed = [&mut self.contacts, &mut self.found].into_iter().flatten().flatten();
        let all = listed.chain(&mut self.looked_at).filter(|person| person.user == *user);
        all.for_each(|person| person.presence = presence);
        is_known
    }
}

/// By name, and never by presence: rows that move on their own are clicked by mistake.
fn order(person: &Person) -> (String, UserId) {
    (person.display_name.to_lowercase(), person.user.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, presence: Presence) -> Person {
        let user = UserId::new(name.to_lowercase()).expect("a good name");
        let (contact, blocked) = (ContactState::Contact, false);
        Person { user, display_name: name.to_owned(), avatar: None, presence, contact, blocked }
    }

    fn names(people: &[Person]) -> Vec<String> {
        people.iter().map(|person| person.display_name.clone()).collect()
    }

    #[test]
    fn the_alphabet_rules_whoever_comes_and_goes() {
        let mut people = People::default();
        let all = || {
            vec![
                person("Zoe", Presence::Online),
                person("Ada", Presence::Offline),
                person("bob", Presence::InCall),
                person("Bob", Presence::Hidden),
            ]
        };
        people.set_contacts(all());
        people.take("", all());
        let (contacts, found) = (names(people.contacts()), names(people.found()));
        assert_eq!(contacts.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(), ["ada", "bob", "bob", "zoe"]);

        for presence in [Presence::Online, Presence::Away, Presence::InCall, Presence::Offline, Presence::Hidden] {
            for user in ["ada", "bob", "zoe"] {
                people.set_presence(&UserId::new(user).expect("a good name"), presence);
                assert_eq!((names(people.contacts()), names(people.found())), (contacts.clone(), found.clone()));
            }
        }
    }

    #[test]
    fn an_answer_to_an_older_search_is_ignored() {
        let mut people = People::default();
        people.search_for("zo");
        people.take("z", vec![person("Zack", Presence::Online)]);
        assert!(people.found().is_empty() && people.is_loading());
    }

    #[test]
    fn who_is_looked_at_stays_known_whatever_is_searched_for_next() {
        let mut people = People::default();
        let user = UserId::new("zoe").expect("a good name");
        people.search_for("zo");
        people.take("zo", vec![person("Zoe", Presence::Hidden)]);
        people.look_at(&user);

        people.search_for("");
        people.take("", vec![person("Ada", Presence::Online)]);
        people.set_presence(&user, Presence::Away);

        assert_eq!(people.find(&user).map(|person| person.presence), Some(Presence::Away));
    }

    #[test]
    fn somebody_who_is_no_contact_any_more_leaves_the_list_and_stays_among_those_who_were_found() {
        let mut people = People::default();
        people.set_contacts(vec![person("Ada", Presence::Online)]);
        people.take("", vec![person("Ada", Presence::Online)]);

        people.changed(Person { contact: ContactState::None, ..person("Ada", Presence::Hidden) });

        assert!(people.contacts().is_empty());
        assert_eq!(people.found()[0].presence, Presence::Hidden);
    }
}
