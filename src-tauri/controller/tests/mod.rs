//! Stories of the controller: a fake desktop, a fake kit, virtual time.

mod accounts;
mod fakes;
mod house;
mod rings;
mod settings;
mod talking;

use house::House;
