//! Warnings about the configuration, each told once.

use std::collections::BTreeSet;

use crate::base::{Diagnostic, Severity};

/// The warnings that the person has read.
#[derive(Default)]
pub struct Warnings {
    told: BTreeSet<String>,
}

impl Warnings {
    /// Leaves out warnings that were told before; errors are told each time. What is no longer among
    /// `diagnostics` will be told again should it come back.
    pub fn untold(&mut self, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let present = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning);
        let present = present.map(|diagnostic| diagnostic.message.clone()).collect();
        diagnostics.retain(|diagnostic| {
            diagnostic.severity == Severity::Error || !self.told.contains(&diagnostic.message)
        });
        self.told = present;
        diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_told_once_until_it_has_gone_and_an_error_each_time() {
        let mut warnings = Warnings::default();
        let both = || vec![Diagnostic::warning("w"), Diagnostic::error("e")];
        let told = |diagnostics: Vec<Diagnostic>| {
            diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect::<Vec<_>>()
        };
        assert_eq!(told(warnings.untold(both())), ["w", "e"]);
        assert_eq!(told(warnings.untold(both())), ["e"]);
        assert!(warnings.untold(Vec::new()).is_empty());
        assert_eq!(told(warnings.untold(both())), ["w", "e"]);
    }
}
