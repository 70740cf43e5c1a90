//! What a test does with a session: it moves the clock, waits, looks back, begins anew.
//!
//! Plain values in and out; how they are asked for over HTTP is `http::control`'s business.

mod activity;
pub mod by_hand;
pub mod expect;
mod idle;
pub mod journal;
mod reset;
#[cfg(test)]
mod tests;
mod travel;

pub use activity::{Occupation, Occupied};
pub use idle::IdleWhen;
pub use reset::{Reset, ResetError};
pub use travel::{Arrival, Goal, TimeTravel, Travel};
