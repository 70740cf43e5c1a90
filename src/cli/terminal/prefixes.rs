//! Which worker speaks: its name before each of its lines, in a colour of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use super::palette::{PREFIXES, Palette};
use crate::plan::Plan;

/// The names of a session's workers, in the order in which colours were given to them.
#[derive(Default)]
pub struct Prefixes {
    names: RwLock<Vec<String>>,
    /// Whether there are several now.
    several: AtomicBool,
}

impl Prefixes {
    /// Gives colours to workers that have none yet; the others keep theirs.
    pub fn learn(&self, plan: &Plan) {
        self.several.store(plan.workers.len() > 1, Ordering::Relaxed);
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        for worker in &plan.workers {
            if !names.contains(&worker.name) {
                names.push(worker.name.clone());
            }
        }
    }

    /// `[worker]`, where there are several.
    pub fn of(&self, worker: &str, palette: Palette) -> Option<String> {
        self.several.load(Ordering::Relaxed).then(|| self.painted(worker, palette))
    }

    fn painted(&self, worker: &str, palette: Palette) -> String {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let index = names.iter().position(|name| name == worker).unwrap_or_default();
        palette.paint(PREFIXES[index % PREFIXES.len()], &format!("[{worker}]"))
    }
}
