//! A real lineup: Glastonbury 2022, 3,315 performances on 81 stages, with quoted
//! commas and line breaks, CRLF, non-ASCII names, and 12 rows that repeat a key.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::command::{Lineup, skip, workspace};

/// The file is not part of the project. It lies beside it, or in the folder `LINEUP_SHARED_DATA`.
fn glastonbury() -> Option<PathBuf> {
    let folder = std::env::var_os("LINEUP_SHARED_DATA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| workspace().join("../shared/data"));
    Some(folder.join("glastonbury-2022.csv")).filter(|file| file.is_file())
}

#[test]
fn every_performance_of_glastonbury_2022_is_in_the_table_as_python_reads_it() {
    let Some(file) = glastonbury() else {
        return skip("glastonbury", "there is no glastonbury-2022.csv; LINEUP_SHARED_DATA names its folder");
    };
    let lineup = Lineup::new();
    let (report, code) = lineup.import(&file, &["--chunk-bytes", "16384"]);
    assert_eq!((code, &report["outcome"]), (0, &json!("SUCCEEDED")), "{report}");
    assert_eq!((&report["rows"]["read"], &report["rows"]["rejected"]), (&json!(3315), &json!(0)));
    assert!(report["chunks"]["total"].as_u64().unwrap() > 10, "{report}");
    assert_eq!(lineup.items().len(), 3303);

    let export = lineup.run(["export", "--format", "csv"]).succeeded();
    let export = lineup.file("export.csv", export);
    let script = workspace().join("crates/lineup-cli/tests/slow/compare_export.py");
    let compared = Command::new("python3").arg(script).arg(&file).arg(&export).output().unwrap();
    let said = String::from_utf8_lossy(&compared.stdout);
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stderr));
    assert_eq!(said.trim(), "3303 items, 12 rows whose key repeats, 7 columns");

    let site = lineup.data().with_extension("site");
    lineup.run(["timetable", "--html", site.to_str().unwrap()]).succeeded();
    let sizes = compressed_pages(&site);
    let (largest, all) = (sizes.iter().max().unwrap(), sizes.iter().sum::<usize>());
    assert!(*largest < 45_000 && all < 150_000, "the largest page has {largest} bytes, all have {all}");
}

/// Bytes of the sheets of all days, of their stylesheet and of their script, each compressed as a web server does.
fn compressed_pages(site: &Path) -> Vec<usize> {
    let files = std::fs::read_dir(site).unwrap().map(|entry| entry.unwrap().path());
    let is_loaded = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        name != "calendars.html" && [".html", ".css", ".js"].iter().any(|end| name.ends_with(end))
    };
    let compressed = |file: PathBuf| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&std::fs::read(file).unwrap()).unwrap();
        encoder.finish().unwrap().len()
    };
    files.filter(is_loaded).map(compressed).collect()
}
