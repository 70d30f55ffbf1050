//! The throughput of an on-demand table, or of an index of one, which has its own.

use crate::assumptions::{
    BURST_SECONDS, HOT_SHARE, NEW_TABLE_UNITS, PARTITION_READ_UNITS, PARTITION_UNITS, SHARDS,
};

/// The seed of the places of the popularity shards among all hashes. With this one the fullest of 4 to 40 partitions
/// has as many shards as in the median of other seeds: a test counts them.
const SHARD_SEED: u64 = 13;

/// The share of a table's limit from which on it is the limit, and no partition.
const NEARLY_ALL: f64 = 0.9;

/// A partition: the share of the writes that each of its keys has, and the seconds at its limit.
#[derive(Debug, Clone)]
struct KeyRange {
    shares: Vec<f64>,
    hot_seconds: f64,
}

impl KeyRange {
    fn share(&self) -> f64 {
        self.shares.iter().sum()
    }

    /// Two halves of about the same traffic. One key is split within, by its sort keys.
    fn halves(self) -> [Self; 2] {
        let half = self.share() / 2.0;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let mut before = 0.0;
        let alone = self.shares.len() == 1;
        for share in self.shares {
            if alone {
                first.push(share / 2.0);
                second.push(share / 2.0);
            } else if before + share / 2.0 <= half + 1e-12 {
                first.push(share);
            } else {
                second.push(share);
            }
            before += share;
        }
        [first, second].map(|shares| Self { shares, hot_seconds: 0.0 })
    }
}

/// What holds writes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Throttle {
    /// All partitions together.
    Whole,
    /// One partition, or few keys at a time.
    Partition,
}

/// What it takes at first and at most, and how long it takes to take more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableSizes {
    pub(crate) warm: f64,
    pub(crate) quota: f64,
    pub(crate) growth_seconds: f64,
    pub(crate) heat_seconds: f64,
}

/// An on-demand table, or an index.
#[derive(Debug, Clone)]
pub(crate) struct OnDemand {
    sizes: TableSizes,
    limit: f64,
    peak: f64,
    window_seconds: f64,
    burst: f64,
    partitions: Vec<KeyRange>,
}

impl OnDemand {
    /// Many small keys: every partition has the same share.
    pub(crate) fn of_many_keys(sizes: TableSizes) -> Self {
        let count = partitions(sizes.warm.min(sizes.quota));
        Self::of(sizes, vec![vec![1.0 / count as f64]; count])
    }

    /// The sixteen keys of `ByPopularity`, where their hashes put them.
    pub(crate) fn of_shards(sizes: TableSizes) -> Self {
        let count = partitions(sizes.warm.min(sizes.quota));
        let shares = shards_of(count, SHARD_SEED).into_iter().map(|shards| vec![1.0 / SHARDS as f64; shards]);
        Self::of(sizes, shares.collect())
    }

    /// The reads of a table of many keys: a partition takes three times as many units as of writes.
    pub(crate) fn of_reads(sizes: TableSizes) -> Self {
        let count = (sizes.warm / PARTITION_READ_UNITS).ceil().max(1.0);
        // Its shares are of writes: a third of those that reads have.
        let share = PARTITION_UNITS / PARTITION_READ_UNITS / count;
        Self::of(sizes, vec![vec![share]; count as usize])
    }

    fn of(sizes: TableSizes, shares: Vec<Vec<f64>>) -> Self {
        let limit = sizes.warm.min(sizes.quota);
        let range = |shares| KeyRange { shares, hot_seconds: 0.0 };
        Self {
            sizes,
            limit,
            peak: 0.0,
            window_seconds: 0.0,
            burst: limit * BURST_SECONDS,
            partitions: shares.into_iter().map(range).collect(),
        }
    }

    /// Units that it takes in each of the next `seconds`, where so many keys are written to at a time, and why not more.
    ///
    /// Writes wait for their partitions as jobs for the servers of a closed network: with N jobs and P servers of one
    /// speed, N / (N + P - 1) of these are busy (Lazowska and others, Quantitative System Performance, 1984, "Balanced
    /// Job Bounds").
    pub(crate) fn takes(&self, keys_at_a_time: f64, seconds: f64) -> (f64, Throttle) {
        let count = self.partitions.len() as f64;
        let busy = 1.0 / (1.0 + (count - 1.0) / keys_at_a_time);
        let partition = busy * PARTITION_UNITS / self.fullest();
        let whole = (self.limit + self.burst / seconds.max(1.0)).min(self.sizes.quota);
        let units = partition.min(whole);
        (units, if units < NEARLY_ALL * self.limit { Throttle::Partition } else { Throttle::Whole })
    }

    fn fullest(&self) -> f64 {
        self.partitions.iter().map(KeyRange::share).fold(0.0, f64::max)
    }

    /// Counts `units` a second, for so many seconds.
    pub(crate) fn took(&mut self, units: f64, seconds: f64) {
        self.burst = (self.burst + (self.limit - units) * seconds).clamp(0.0, self.limit * BURST_SECONDS);
        self.split_hot_ones(units, seconds);
        self.peak = self.peak.max(units);
        self.window_seconds += seconds;
        if self.window_seconds >= self.sizes.growth_seconds {
            self.grow();
        }
    }

    /// Seconds until it may grow.
    pub(crate) fn until_growth(&self) -> f64 {
        self.sizes.growth_seconds - self.window_seconds
    }

    fn grow(&mut self) {
        let limit = (2.0 * self.peak).clamp(self.limit, self.sizes.quota.max(self.limit));
        if limit > self.limit {
            self.partitions =
                std::mem::take(&mut self.partitions).into_iter().flat_map(KeyRange::halves).collect();
        }
        (self.limit, self.peak, self.window_seconds) = (limit, 0.0, 0.0);
    }

    /// Splits partitions that were at their limit for long, while the whole was not.
    fn split_hot_ones(&mut self, units: f64, seconds: f64) {
        let below = units < NEARLY_ALL * self.limit;
        let mut after = Vec::with_capacity(self.partitions.len());
        for mut range in std::mem::take(&mut self.partitions) {
            let hot = below && range.share() * units >= HOT_SHARE * PARTITION_UNITS;
            range.hot_seconds = if hot { range.hot_seconds + seconds } else { 0.0 };
            if range.hot_seconds >= self.sizes.heat_seconds {
                after.extend(range.halves())
            } else {
                after.push(range)
            }
        }
        self.partitions = after;
    }

    /// Units a second, without a burst.
    #[cfg(test)]
    fn limit(&self) -> f64 {
        self.limit
    }
}

/// How many partitions a table has that was warmed for so many units: a new one has four.
fn partitions(units: f64) -> usize {
    (units / PARTITION_UNITS).ceil().max(1.0) as usize
}

/// How many of the shards each partition of a new index has.
pub(crate) fn shards_of_new_index() -> Vec<usize> {
    shards_of(partitions(NEW_TABLE_UNITS), SHARD_SEED)
}

/// How many of the shards each of so many partitions has, when each has as many of all hashes.
fn shards_of(partitions: usize, seed: u64) -> Vec<usize> {
    let mut counts = vec![0; partitions];
    for shard in 0..SHARDS as u64 {
        let place = mixed(seed.wrapping_mul(SHARDS as u64).wrapping_add(shard)) as f64 / 2f64.powi(64);
        let at = (place * partitions as f64) as usize;
        counts[at.min(partitions - 1)] += 1;
    }
    counts
}

/// A hash of a number (splitmix64, Steele, Lea and Flood 2014).
fn mixed(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(warm: f64) -> TableSizes {
        TableSizes { warm, quota: 40_000.0, growth_seconds: 1_800.0, heat_seconds: 600.0 }
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-6 * one.abs().max(other.abs())
    }

    #[test]
    fn a_new_table_takes_4000_units_and_twice_as_many_after_each_half_hour_up_to_the_quota() {
        let mut table = OnDemand::of_many_keys(sizes(4_000.0));
        let mut taken = Vec::new();
        for _ in 0..6 {
            taken.push(table.limit().round());
            for _ in 0..1_800 {
                let (units, throttle) = table.takes(1e12, 1.0);
                assert_eq!(throttle, Throttle::Whole);
                table.took(units, 1.0);
            }
        }
        assert_eq!(taken, [4_000.0, 8_000.0, 16_000.0, 32_000.0, 40_000.0, 40_000.0]);
    }

    #[test]
    fn a_table_that_is_used_less_than_half_does_not_grow() {
        let mut table = OnDemand::of_many_keys(sizes(4_000.0));
        (0..4_000).for_each(|_| table.took(1_000.0, 1.0));
        assert_eq!(table.limit(), 4_000.0);
    }

    #[test]
    fn a_burst_lasts_for_what_was_not_used_and_never_passes_1000_units_of_a_partition() {
        let mut table = OnDemand::of_many_keys(TableSizes { growth_seconds: 1e9, ..sizes(4_500.0) });
        let mut more = 0.0;
        loop {
            let (units, _) = table.takes(1e12, 1.0);
            if !near(units, 5_000.0) {
                break;
            }
            table.took(units, 1.0);
            more += units - 4_500.0;
        }
        // The last second of it is not whole.
        assert!((4_500.0 * 300.0 - 2_000.0..=4_500.0 * 300.0).contains(&more), "{more}");
        assert_eq!(OnDemand::of_many_keys(sizes(4_000.0)).takes(1e12, 1.0).0.round(), 4_000.0);
    }

    #[test]
    fn a_hot_partition_is_split_until_the_whole_is_the_limit() {
        let mut shards = OnDemand::of_shards(sizes(40_000.0));
        let mut taken = Vec::new();
        for second in 0..1_700 {
            let (units, _) = shards.takes(1e9, 1.0);
            if second % 600 == 1 {
                taken.push(units);
            }
            shards.took(units, 1.0);
        }
        assert!(taken.is_sorted() && taken[0] < 9_000.0 && taken[2] > 15_000.0, "{taken:?}");
        let shares: f64 = shards.partitions.iter().map(KeyRange::share).sum();
        assert!(near(shares, 1.0));
    }

    #[test]
    fn halves_have_all_keys_and_about_the_same_traffic() {
        let range = |shares: &[f64]| KeyRange { shares: shares.to_vec(), hot_seconds: 600.0 };
        let cases: [(&[f64], f64); 4] =
            [(&[1.0], 0.5), (&[1.0, 1.0], 1.0), (&[1.0, 1.0, 1.0], 2.0), (&[3.0, 1.0, 1.0, 1.0], 3.0)];
        for (shares, larger) in cases {
            let [first, second] = range(shares).halves();
            assert!(near(first.share() + second.share(), range(shares).share()), "{shares:?}");
            assert!(near(first.share().max(second.share()), larger), "{shares:?}");
        }
    }

    /// Nobody knows DynamoDB's hash, so the seed stands for the median.
    #[test]
    fn the_fullest_partition_has_as_many_shards_as_in_the_median_of_seeds() {
        for partitions in [4, 8, 16, 32, 40] {
            let fullest = |seed| shards_of(partitions, seed).into_iter().max().unwrap_or_default();
            let mut all: Vec<usize> = (0..1_001).map(fullest).collect();
            all.sort_unstable();
            assert_eq!(fullest(SHARD_SEED), all[500], "{partitions}");
        }
    }

    /// The formula against jobs that are moved: each busy partition serves one in a step, which goes to a random one.
    #[test]
    fn keys_wait_for_their_partitions_about_as_the_formula_says() {
        for (keys, count) in [(10, 10), (40, 40), (100, 40), (400, 40), (10, 40)] {
            let mut waiting = vec![0u32; count];
            let mut number = 0;
            let mut place = || {
                number += 1;
                (mixed(number) % count as u64) as usize
            };
            (0..keys).for_each(|_| waiting[place()] += 1);
            let mut served = 0;
            for _ in 0..2_000 {
                let busy: Vec<usize> = (0..count).filter(|at| waiting[*at] > 0).collect();
                served += busy.len();
                for at in busy {
                    waiting[at] -= 1;
                    waiting[place()] += 1;
                }
            }
            let (moved, formula) =
                (served as f64 / 2_000.0 / count as f64, keys as f64 / (keys + count - 1) as f64);
            // Jobs of one size wait less than those of the formula, whose sizes differ.
            assert!((formula - 0.01..formula + 0.12).contains(&moved), "{keys} {count}: {moved} {formula}");
        }
    }
}
