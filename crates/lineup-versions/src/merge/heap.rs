//! The runs of a merge, that with the first key on top.

use super::input::Input;

/// A binary heap of numbers of runs. The standard one cannot compare by what lies elsewhere.
#[derive(Debug, Default)]
pub(super) struct Heap(Vec<usize>);

impl Heap {
    /// The run with the first key.
    pub(super) fn first(&self) -> Option<usize> {
        self.0.first().copied()
    }

    pub(super) fn push(&mut self, run: usize, inputs: &[Input]) {
        self.0.push(run);
        let mut at = self.0.len() - 1;
        while at > 0 && self.is_before(at, (at - 1) / 2, inputs) {
            self.0.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    pub(super) fn remove_first(&mut self, inputs: &[Input]) {
        if self.0.is_empty() {
            return;
        }
        self.0.swap_remove(0);
        let mut at = 0;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let Some(child) = [left, right]
                .into_iter()
                .filter(|child| *child < self.0.len())
                .reduce(|one, other| if self.is_before(other, one, inputs) { other } else { one })
            else {
                return;
            };
            if !self.is_before(child, at, inputs) {
                return;
            }
            self.0.swap(child, at);
            at = child;
        }
    }

    fn is_before(&self, one: usize, other: usize, inputs: &[Input]) -> bool {
        inputs[self.0[one]].is_before(&inputs[self.0[other]])
    }
}
