//! Floors: a crate's folders in an order, each of which imports only from those below it.

use std::collections::{BTreeMap, BTreeSet};

use super::Crate;

/// A crate's floors from the top down. Rooms side by side are on one floor, and import nothing of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorPlan {
    /// The crate, as `crates/<name>`.
    pub name: String,
    /// Each floor's rooms, by the paths of their modules.
    pub floors: Vec<Vec<String>>,
}

impl FloorPlan {
    /// Reads the drawings in a page: fenced blocks `floors`, in which `<crate>:` begins a plan and each further line is a floor, its
    /// rooms before two spaces or the end of the line, with ` | ` between them.
    #[must_use]
    pub fn drawn(page: &str) -> Vec<Self> {
        let mut plans: Vec<Self> = Vec::new();
        for block in page.split("```floors\n").skip(1) {
            for line in block.split("```").next().unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
                if let Some(name) = line.trim_end().strip_suffix(':') {
                    plans.push(Self { name: name.trim().to_owned(), floors: Vec::new() });
                } else if let Some(plan) = plans.last_mut() {
                    let rooms = line.trim_start().split("  ").next().unwrap_or_default();
                    plan.floors.push(rooms.split('|').map(|room| room.trim().to_owned()).collect());
                }
            }
        }
        plans
    }

    /// The floor of a module and its room: that with the longest path of those that it is in. What is in none is above all of them.
    fn place<'a>(&'a self, module: &str) -> Option<(usize, &'a str)> {
        let rooms =
            self.floors.iter().enumerate().flat_map(|(floor, rooms)| rooms.iter().map(move |room| (floor, room)));
        let is_in = |room: &str| module == room || module.strip_prefix(room).is_some_and(|rest| rest.starts_with("::"));
        let found = rooms.filter(|(_, room)| is_in(room)).max_by_key(|(_, room)| room.len());
        found.map(|(floor, room)| (floor, room.as_str()))
    }
}

/// The arrows of a crate that run upwards between its floors, or from room to room on one: `who ► whom`.
#[must_use]
pub fn upward(of: &Crate, plan: &FloorPlan) -> BTreeSet<String> {
    let imports: BTreeMap<&str, BTreeSet<&str>> = of.imports();
    let arrows = imports.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, *to)));
    arrows.filter(|(from, to)| is_upward(plan, from, to)).map(|(from, to)| format!("{from} ► {to}")).collect()
}

fn is_upward(plan: &FloorPlan, from: &str, to: &str) -> bool {
    let Some((from_floor, from_room)) = plan.place(from) else { return false };
    match plan.place(to) {
        Some((floor, room)) => floor < from_floor || (floor == from_floor && room != from_room),
        // The crate's root only names what is below it.
        None => !to.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "text\n```floors\nserver:\n  doors            who asks\n  services::calls\n  services\n  store | bus\n```\n";

    #[test]
    fn a_drawing_is_read_from_the_top_down() {
        let plans = FloorPlan::drawn(PAGE);

        assert_eq!(plans.len(), 1);
        assert_eq!(plans[0].name, "server");
        assert_eq!(plans[0].floors[0], ["doors"]);
        assert_eq!(plans[0].floors[3], ["store", "bus"]);
    }

    #[test]
    fn arrows_upwards_and_between_rooms_of_one_floor_are_found() {
        let plan = &FloorPlan::drawn(PAGE)[0];
        let of = Crate::of(&[
            ("", "mod doors; mod services; mod store; mod bus;"),
            ("doors", "use crate::services::calls::ask;\nuse crate::store::Store;"),
            ("services", "pub(crate) mod calls; pub(crate) mod people;"),
            ("services::calls", "use crate::services::people::who;"),
            ("services::people", "use super::calls::ask;"),
            ("store", "use crate::bus::Bus;"),
            ("bus", ""),
        ]);

        let found = upward(&of, plan);

        assert_eq!(found, ["services::people ► services::calls", "store ► bus"].map(str::to_owned).into());
    }
}
