//! Places the states of a flow: in rows by how far they are from the first one, with few crossings.
//!
//! The method is that of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System
//! Structures" (1981): arrows that lead back are turned round, states get rows, arrows that pass a row get a place in
//! it, and rows are ordered by the mean of their neighbours.

use super::flow::Flow;

/// How often the rows are ordered anew: more changes nothing for machines of some dozens of states.
const SWEEPS: usize = 12;
/// Units between the middle of a state and that of its neighbour in the row.
const STATE_GAP: f64 = 130.0;
/// Units between the middles of a state and an arrow that passes it.
const MIXED_GAP: f64 = 76.0;
/// Units between the middles of two arrows.
const ARROW_GAP: f64 = 15.0;

/// A flow with places.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Placement {
    /// The middle of each state, and its row, by the index of the state.
    pub(super) states: Vec<(f64, usize)>,
    /// The points of each arrow, from the state that it leaves to the one that it enters: the middle, and the row.
    pub(super) arrows: Vec<Vec<(f64, usize)>>,
    /// The leftmost and the rightmost middle.
    pub(super) middles: (f64, f64),
    /// How many rows there are.
    pub(super) rows: usize,
}

/// A state, or the place in a row at which an arrow passes.
struct PlacedPoint {
    row: usize,
    is_state: bool,
    /// In the row above.
    above: Vec<usize>,
    /// In the row below.
    below: Vec<usize>,
    x: f64,
}

/// Places a flow.
pub(super) fn place(flow: &Flow) -> Placement {
    let rows = rows(flow);
    let mut grid = PlacementGrid::new(&rows);
    let chains: Vec<Vec<usize>> = flow.arrows.iter().map(|arrow| grid.chain(arrow.from, arrow.to)).collect();
    grid.order();
    grid.spread();
    let point = |place: usize| (grid.places[place].x, grid.places[place].row);
    let all = || grid.places.iter().map(|place| place.x);
    Placement {
        states: (0..flow.states.len()).map(point).collect(),
        arrows: chains.into_iter().map(|chain| chain.into_iter().map(point).collect()).collect(),
        middles: (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max)),
        rows: rows.iter().max().map_or(0, |last| last + 1),
    }
}

/// The row of each state: the longest way from the first one, without arrows that lead back.
fn rows(flow: &Flow) -> Vec<usize> {
    let mut search =
        Search { flow, seen: vec![SearchMark::No; flow.states.len()], done: Vec::new(), back: Vec::new() };
    for state in 0..flow.states.len() {
        search.visit(state);
    }
    let mut rows = vec![0; flow.states.len()];
    for from in search.done.into_iter().rev() {
        for arrow in flow.arrows.iter().filter(|arrow| arrow.from == from) {
            if !search.back.contains(&(from, arrow.to)) {
                rows[arrow.to] = rows[arrow.to].max(rows[from] + 1);
            }
        }
    }
    rows
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SearchMark {
    No,
    Open,
    Closed,
}

/// A search in depth. `done` ends with the first state; `back` are the arrows to a state that is still open.
struct Search<'f> {
    flow: &'f Flow,
    seen: Vec<SearchMark>,
    done: Vec<usize>,
    back: Vec<(usize, usize)>,
}

impl Search<'_> {
    fn visit(&mut self, state: usize) {
        if self.seen[state] != SearchMark::No {
            return;
        }
        self.seen[state] = SearchMark::Open;
        for arrow in self.flow.arrows.iter().filter(|arrow| arrow.from == state) {
            match self.seen[arrow.to] {
                SearchMark::Open => self.back.push((state, arrow.to)),
                _ => self.visit(arrow.to),
            }
        }
        self.seen[state] = SearchMark::Closed;
        self.done.push(state);
    }
}

/// The places, the first ones those of the states, and each row's in order.
struct PlacementGrid {
    places: Vec<PlacedPoint>,
    rows: Vec<Vec<usize>>,
}

impl PlacementGrid {
    fn new(rows: &[usize]) -> Self {
        let mut grid =
            Self { places: Vec::new(), rows: vec![Vec::new(); rows.iter().max().map_or(0, |last| last + 1)] };
        for row in rows {
            grid.add(*row, true);
        }
        grid
    }

    fn add(&mut self, row: usize, is_state: bool) -> usize {
        let place = self.places.len();
        self.places.push(PlacedPoint { row, is_state, above: Vec::new(), below: Vec::new(), x: 0.0 });
        self.rows[row].push(place);
        place
    }

    /// The places of an arrow, one a row, in its direction.
    fn chain(&mut self, from: usize, to: usize) -> Vec<usize> {
        let leads_back = self.places[from].row > self.places[to].row;
        let (upper, lower) = if leads_back { (to, from) } else { (from, to) };
        let mut chain = vec![upper];
        for row in self.places[upper].row + 1..self.places[lower].row {
            chain.push(self.add(row, false));
        }
        chain.push(lower);
        for pair in chain.windows(2) {
            // A state that leads to itself has no row between.
            if let [above, below] = *pair
                && self.places[above].row < self.places[below].row
            {
                self.places[above].below.push(below);
                self.places[below].above.push(above);
            }
        }
        if leads_back {
            chain.reverse();
        }
        chain
    }

    /// Orders each row by the mean place of its neighbours, downwards and upwards by turns.
    fn order(&mut self) {
        for sweep in 0..SWEEPS {
            let downwards = sweep % 2 == 0;
            let count = self.rows.len();
            for step in 1..count {
                let row = if downwards { step } else { count - 1 - step };
                let keys: Vec<f64> =
                    self.rows[row].iter().map(|place| self.mean_order(*place, downwards)).collect();
                let mut keyed: Vec<(f64, usize)> =
                    keys.into_iter().zip(self.rows[row].iter().copied()).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.rows[row] = keyed.into_iter().map(|(_, place)| place).collect();
            }
        }
    }

    fn mean_order(&self, place: usize, downwards: bool) -> f64 {
        let position = |of: usize| self.rows[self.places[of].row].iter().position(|other| *other == of);
        let position = |of: usize| position(of).unwrap_or_default() as f64;
        let neighbours = if downwards { &self.places[place].above } else { &self.places[place].below };
        mean(neighbours.iter().map(|other| position(*other))).unwrap_or_else(|| position(place))
    }

    /// Gives each place its middle: near those of its neighbours, in order, with room between.
    fn spread(&mut self) {
        for row in self.rows.clone() {
            self.settle(&row, &vec![0.0; row.len()]);
        }
        for sweep in 0..SWEEPS * 2 {
            let count = self.rows.len();
            for step in 0..count {
                let row = self.rows[if sweep % 2 == 0 { step } else { count - 1 - step }].clone();
                let wanted: Vec<f64> = row.iter().map(|place| self.mean_middle(*place)).collect();
                self.settle(&row, &wanted);
            }
        }
    }

    fn mean_middle(&self, place: usize) -> f64 {
        let PlacedPoint { above, below, x, .. } = &self.places[place];
        mean(above.iter().chain(below).map(|other| self.places[*other].x)).unwrap_or(*x)
    }

    /// The mean of the leftmost and the rightmost places at which the row has its order and its room.
    fn settle(&mut self, row: &[usize], wanted: &[f64]) {
        let (mut right, mut left) = (wanted.to_vec(), wanted.to_vec());
        for at in 1..row.len() {
            right[at] = right[at].max(right[at - 1] + self.gap(row[at - 1], row[at]));
        }
        for at in (1..row.len()).rev() {
            left[at - 1] = left[at - 1].min(left[at] - self.gap(row[at - 1], row[at]));
        }
        for (at, place) in row.iter().enumerate() {
            self.places[*place].x = (left[at] + right[at]) / 2.0;
        }
    }

    fn gap(&self, left: usize, right: usize) -> f64 {
        match (self.places[left].is_state, self.places[right].is_state) {
            (true, true) => STATE_GAP,
            (false, false) => ARROW_GAP,
            _ => MIXED_GAP,
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The definition of this workspace, whatever it is now.
    const IMPORT: &str = include_str!("../../../../statemachine/import.asl.json");

    #[test]
    fn states_of_a_row_have_room_and_every_arrow_goes_row_by_row() {
        let flow = Flow::read(IMPORT, &BTreeSet::new());
        let placement = place(&flow);
        assert!(placement.states.len() > 10 && placement.rows < placement.states.len());
        for (at, one) in placement.states.iter().enumerate() {
            for other in &placement.states[at + 1..] {
                assert!(one.1 != other.1 || (one.0 - other.0).abs() >= STATE_GAP - 1e-6, "{one:?} {other:?}");
            }
        }
        for (arrow, points) in flow.arrows.iter().zip(&placement.arrows) {
            assert_eq!(
                (points.first(), points.last()),
                (placement.states.get(arrow.from), placement.states.get(arrow.to))
            );
            assert!(points.windows(2).all(|pair| pair[0].1.abs_diff(pair[1].1) == 1), "{points:?}");
        }
    }

    #[test]
    fn a_loop_ends_and_a_state_that_leads_to_itself_stays_in_its_row() {
        let looped = r#"{"StartAt": "A", "States": {
            "A": {"Type": "Task", "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"Next": "A"}], "Default": "B"}}}"#;
        let placement = place(&Flow::read(looped, &BTreeSet::new()));
        assert_eq!(placement.states.iter().map(|state| state.1).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(place(&Flow::default()).rows, 0);
    }
}
