//! What a list of names costs: size, time, memory.
//!
//!     cargo run -p lineup-versions --release --example names -- 1000000
//!
//! makes the list of so many performers, finds one whose name is written differently, and looks all of them through for a part of
//! a name and for similar ones. Figures in documents are from here.

use std::error::Error;
use std::time::Instant;

use allocation_counter::measure;
use fastrand::Rng;
use lineup::asked::AskedName;
use lineup_versions::{ItemKey, NameIndex, NameKind, NameListBuilder, read_names};

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let mut rng = Rng::with_seed(1);
    let mut names: Vec<String> = (0..count).map(|number| name(&mut rng, number)).collect();
    names.sort_unstable();
    let mut list = Ok(None);
    report("make the list", || {
        let mut builder = NameListBuilder::default();
        for name in &names {
            builder.add(&ItemKey::new(name.as_str(), "2025-07-12#20:00#Main Stage"));
        }
        list = builder.finish();
        count
    });
    let list = list?.ok_or("there are too many names")?;
    println!("{count} performers: {:.1} bytes a name", list.len() as f64 / count as f64);
    let index = NameIndex::of_list(&list)?;
    let asked = names[count / 2].to_uppercase();
    for (what, places) in [
        ("find an equal name", index.equal(NameKind::Performer, &asked)),
        ("look all names through", index.of_kind(NameKind::Performer)),
    ] {
        let name = AskedName::new(&asked);
        report(what, || {
            let mut found = 0;
            for place in places {
                let each = |_, other: &str| found += usize::from(name.likeness(other).is_some());
                // The list was made above.
                let _ = read_names(place, &list[place.bytes()], each);
            }
            found
        });
    }
    Ok(())
}

/// Two or three words, some with an accent.
fn name(rng: &mut Rng, number: usize) -> String {
    const PARTS: [&str; 12] = ["ma", "lo", "rin", "tö", "ke", "vá", "san", "dri", "oc", "el", "wu", "ny"];
    let mut word = |parts: usize| -> String {
        let word: String = (0..parts).map(|_| PARTS[rng.usize(..PARTS.len())]).collect();
        word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
    };
    format!("{} {} {}", word(2), word(3), base36(number))
}

fn base36(mut number: usize) -> String {
    let mut text = String::new();
    while number > 0 || text.is_empty() {
        text.extend(char::from_digit((number % 36) as u32, 36));
        number /= 36;
    }
    text
}

/// Prints how long something takes, and its peak of memory.
fn report(what: &str, work: impl FnOnce() -> usize) {
    let started = Instant::now();
    let mut found = 0;
    let memory = measure(|| found = work());
    println!(
        "{what}: {:.3} s, {:.1} MB at most, {found} found",
        started.elapsed().as_secs_f64(),
        memory.bytes_max as f64 / 1e6
    );
}
