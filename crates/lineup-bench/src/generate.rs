//! Generates a lineup from a fixed seed: about 56 bytes a row, six columns.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use fastrand::Rng;

const SEED: u64 = 2025;
/// The number of sets on a stage in a day, as in the tables of `docs/data-model.md`.
const SETS: u64 = 24;
const FIRST: [&str; 8] = ["Velvet", "Neon", "Silent", "Golden", "Electric", "Paper", "Midnight", "Wild"];
const SECOND: [&str; 8] = ["Foxes", "Rivers", "Parade", "Tigers", "Machines", "Lanterns", "Echo", "Giants"];

/// Writes a header and `rows` rows with distinct keys, sorted by day as usual. One name in 16 has a comma
/// and is quoted. No field has a line break, so that `wc -l` counts the records. There are `stages`, each with
/// [`SETS`] sets a day on average.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn run(rows: u64, stages: u64, file: &Path) -> anyhow::Result<()> {
    let mut output = BufWriter::with_capacity(1 << 20, File::create(file)?);
    write(&mut output, rows, stages)?;
    Ok(output.flush()?)
}

fn write(output: &mut impl Write, rows: u64, stages: u64) -> std::io::Result<()> {
    let mut rng = Rng::with_seed(SEED);
    output.write_all(b"Performer,Stage,Start,End,Date,Popularity\n")?;
    (0..rows).try_for_each(|row| write_row(output, &mut rng, row, stages))
}

fn write_row(output: &mut impl Write, rng: &mut Rng, row: u64, stages: u64) -> std::io::Result<()> {
    let (first, second) = (FIRST[rng.usize(..FIRST.len())], SECOND[rng.usize(..SECOND.len())]);
    match rng.u8(..16) {
        0 => write!(output, "\"{second}, {first} {row}\"")?,
        _ => write!(output, "{first} {second} {row}")?,
    }
    let (stage, start) = (rng.u64(..stages), rng.u64(..96) * 15);
    let end = (start + 45 + rng.u64(..5) * 15) % 1440;
    write!(output, ",Stage {stage},{:02}:{:02},{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)?;
    let day = row / (stages * SETS);
    let (year, month, date) = (2000 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
    writeln!(output, ",{year}-{month:02}-{date:02},{}", rng.u8(1..=100))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use super::*;

    fn lineup(rows: u64) -> Vec<u8> {
        let mut output = Vec::new();
        write(&mut output, rows, 40).unwrap();
        output
    }

    #[test]
    fn the_same_number_gives_the_same_file() {
        assert_eq!(lineup(1000), lineup(1000));
    }

    #[test]
    fn every_row_has_six_fields_and_a_name_of_its_own() {
        let file = lineup(5000);
        assert_eq!(file.iter().filter(|byte| **byte == b'\n').count(), 5001);
        let mut reader = csv::Reader::from_reader(&file[..]);
        let names: HashSet<_> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
        assert_eq!((names.len(), reader.headers().unwrap().len()), (5000, 6));
    }
}
