//! What a test does with a session: it moves the clock, waits, looks back, begins anew.
//!
//! Plain values in and out; how they are asked for over HTTP is `http::control`'s business.

mod activity;
#[cfg(test)]
mod tests;
mod travel;

pub use activity::{Occupation, Occupied};
pub use travel::{Goal, TimeTravel, Travel};
