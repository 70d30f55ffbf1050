//! Several imports of one lineup at a time, in random order, with everything that may go wrong.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::imports::{Care, Status, World};

/// How many random orders are tried.
const SEEDS: u64 = 3_000;

fn world(rng: &mut Rng) -> World {
    let rows = |rng: &mut Rng| {
        let mut rows = BTreeMap::new();
        for key in 0..12 {
            if rng.u8(..3) > 0 {
                rows.insert(key, rng.u16(..));
            }
        }
        rows
    };
    let uploads = rng.usize(1..5);
    World::new((0..uploads).map(|_| rows(rng)).collect())
}

/// One thing that happens. Uploads start in any order: EventBridge promises none.
fn something_happens(world: &mut World, waiting: &mut Vec<usize>, rng: &mut Rng) {
    let execution = (!world.executions.is_empty()).then(|| rng.usize(..world.executions.len()));
    let invocation = (!world.invocations.is_empty()).then(|| rng.usize(..world.invocations.len()));
    let status = execution.map(|execution| world.executions[execution].status);
    match (rng.u8(..100), execution, invocation) {
        (0..8, ..) if !waiting.is_empty() => {
            let upload = waiting.swap_remove(rng.usize(..waiting.len()));
            world.start(upload);
        }
        (8..18, ..) => world.clock += rng.i64(1..4),
        (18..20, Some(execution), _) if status == Some(Status::Running) => world.stop(execution),
        (20..22, Some(execution), _) if status == Some(Status::Running) => world.give_up(execution),
        (22..24, Some(execution), _) => world.forget_invocations(execution),
        (24..28, Some(execution), _) if matches!(status, Some(Status::Failed | Status::Aborted)) => {
            world.redrive(execution)
        }
        (28..29, Some(execution), _) => world.start(world.executions[execution].upload),
        (29..31, _, Some(invocation)) => world.kill_invocation(invocation),
        (31..65, _, Some(invocation)) => world.step_invocation(invocation),
        (_, Some(execution), _) => world.step_execution(execution),
        _ => {}
    }
    world.check();
}

/// People redrive what belongs to the newest upload, and some of the rest; then nothing goes wrong any more.
fn all_goes_well(world: &mut World, waiting: Vec<usize>, rng: &mut Rng) {
    let newest = world.uploads.len() - 1;
    waiting.into_iter().for_each(|upload| world.start(upload));
    let goes_on: Vec<bool> =
        world.executions.iter().map(|execution| execution.upload == newest || rng.bool()).collect();
    for _ in 0..5_000 {
        // One that had given up, and was stopped before it said so, fails once more.
        for (number, _) in goes_on.iter().enumerate().filter(|(_, goes_on)| **goes_on) {
            if matches!(world.executions[number].status, Status::Failed | Status::Aborted) {
                world.redrive(number);
            }
        }
        let running = world.executions.iter().any(|execution| execution.status == Status::Running);
        if !running && world.invocations.is_empty() {
            return;
        }
        (0..world.executions.len()).for_each(|execution| world.step_execution(execution));
        (0..world.invocations.len()).rev().for_each(|invocation| world.step_invocation(invocation));
        world.clock += i64::from(rng.bool());
        world.check();
    }
    let states: Vec<_> = world.executions.iter().map(|one| (one.upload, one.status, one.state)).collect();
    panic!("it does not end: {states:?}, {:?}", world.document);
}

/// Everything of a seed; panics if something is not as it must be. `care` may be less than is needed.
fn run(seed: u64, care: Care) {
    let mut rng = Rng::with_seed(seed);
    let mut world = world(&mut rng);
    world.care = care;
    let mut waiting: Vec<usize> = (0..world.uploads.len()).collect();
    for _ in 0..rng.usize(..400) {
        something_happens(&mut world, &mut waiting, &mut rng);
    }
    all_goes_well(&mut world, waiting, &mut rng);

    let newest = world.uploads.last().unwrap();
    let rows: BTreeMap<u8, u16> = world.table.iter().map(|(key, (_, value))| (*key, *value)).collect();
    assert_eq!(rows, newest.rows, "seed {seed}");
    assert_eq!(world.document.current.as_ref(), Some(&newest.version), "seed {seed}");
    assert_eq!(world.document.may_hold, std::slice::from_ref(&newest.version), "seed {seed}");
    assert_eq!(world.document.holder, None, "seed {seed}");
}

#[test]
fn whatever_happens_one_import_writes_at_a_time_and_in_the_end_the_newest_upload_is_the_table() {
    (0..SEEDS).for_each(|seed| run(seed, Care::default()));
}

/// Both waits are needed, and the random orders show it: without one of them two imports write at a time.
#[test]
fn an_import_that_does_not_wait_for_what_still_runs_is_caught() {
    let needed = Care::default();
    for care in [Care { take_over: 0, ..needed }, Care { release: false, ..needed }] {
        let caught = (0..SEEDS).any(|seed| std::panic::catch_unwind(|| run(seed, care)).is_err());
        assert!(caught, "{care:?}");
    }
}

/// Without this the test above could pass because nothing ever goes wrong in it.
#[test]
fn the_random_orders_have_every_end_of_an_execution_and_every_kind_of_waiting() {
    let mut ends = BTreeMap::new();
    let (mut waited_for_a_holder, mut waited_for_invocations) = (false, false);
    for seed in 0..300 {
        let mut rng = Rng::with_seed(seed);
        let mut world = world(&mut rng);
        let mut waiting: Vec<usize> = (0..world.uploads.len()).collect();
        for _ in 0..400 {
            something_happens(&mut world, &mut waiting, &mut rng);
            let document = &world.document;
            let holder = document.holder.as_ref().map(|holder| &holder.version);
            waited_for_a_holder |= holder.is_some_and(|holder| document.wanted.as_ref() > Some(holder));
            waited_for_invocations |= document.holder.is_none() && document.still_running.is_some();
        }
        for execution in &world.executions {
            *ends.entry(format!("{:?}", execution.status)).or_insert(0) += 1;
        }
    }
    assert_eq!(ends.len(), 5, "{ends:?}");
    assert!(waited_for_a_holder && waited_for_invocations);
}
