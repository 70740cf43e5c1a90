//! From many faults to the fewest that still make a run fail.

/// Delta debugging, one run at a time: try [`Shrinking::candidate`], report whether it still fails, until
/// there is no candidate left.
///
/// The result is minimal in the sense that leaving out any single item makes the run pass. After Zeller and
/// Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), with complements only.
#[derive(Clone, Debug)]
pub struct Shrinking<T> {
    smallest: Vec<T>,
    chunk: usize,
    start: usize,
    shrunk_in_pass: bool,
    finished: bool,
}

impl<T: Clone> Shrinking<T> {
    /// Begins with items that make a run fail. The first candidate has none of them.
    pub fn new(failing: Vec<T>) -> Self {
        let finished = failing.is_empty();
        Self { chunk: failing.len(), smallest: failing, start: 0, shrunk_in_pass: false, finished }
    }

    /// What to try next; `None` when nothing smaller fails.
    pub fn candidate(&self) -> Option<Vec<T>> {
        if self.finished {
            return None;
        }
        let end = (self.start + self.chunk).min(self.smallest.len());
        Some([&self.smallest[..self.start], &self.smallest[end..]].concat())
    }

    /// Takes note whether the run with the candidate failed.
    pub fn report(&mut self, failed: bool) {
        let Some(candidate) = self.candidate() else { return };
        if failed {
            self.smallest = candidate;
            self.shrunk_in_pass = true;
        } else {
            self.start += self.chunk;
        }
        if self.start >= self.smallest.len() {
            self.next_pass();
        }
    }

    /// The fewest items found so far with which a run fails.
    pub fn smallest(&self) -> &[T] {
        &self.smallest
    }

    fn next_pass(&mut self) {
        let again = self.chunk == 1 && self.shrunk_in_pass;
        self.finished = self.smallest.is_empty() || (self.chunk == 1 && !again);
        self.chunk = self.chunk.min(self.smallest.len()).div_ceil(2).max(1);
        self.start = 0;
        self.shrunk_in_pass = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shrink(items: Vec<u32>, fails: impl Fn(&[u32]) -> bool) -> (Vec<u32>, usize) {
        let mut shrinking = Shrinking::new(items);
        let mut runs = 0;
        while let Some(candidate) = shrinking.candidate() {
            shrinking.report(fails(&candidate));
            runs += 1;
            assert!(runs < 10_000, "it never ends");
        }
        (shrinking.smallest().to_vec(), runs)
    }

    #[test]
    fn the_items_that_matter_remain() {
        let all: Vec<u32> = (1..=100).collect();
        let (smallest, runs) = shrink(all.clone(), |items| items.contains(&37));
        assert_eq!(smallest, [37]);
        assert!(runs < 30, "{runs}");
        let (smallest, runs) =
            shrink(all.clone(), |items| [3, 50, 99].iter().all(|item| items.contains(item)));
        assert_eq!(smallest, [3, 50, 99]);
        assert!(runs < 100, "{runs}");
        assert_eq!(shrink(all.clone(), |_| true).0, Vec::<u32>::new());
        assert_eq!(shrink(Vec::new(), |_| true), (Vec::new(), 0));
        // Either of two is enough: one of them remains.
        assert_eq!(shrink(all, |items| items.contains(&2) || items.contains(&98)).0.len(), 1);
    }

    #[test]
    fn no_single_item_can_be_left_out() {
        // Fails with any three items: nothing else matters.
        let (smallest, _) = shrink((1..=40).collect(), |items| items.len() >= 3);
        assert_eq!(smallest.len(), 3);
    }
}
