//! Converts a file to text: `convert FILE > TEXT`. What it was goes to stderr.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use forms::{ConversionLimits, Reopen, convert};

struct LocalFile(PathBuf);

impl Reopen for LocalFile {
    type Reader = File;

    fn open(&self) -> io::Result<File> {
        File::open(&self.0)
    }
}

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: convert FILE > TEXT");
        return ExitCode::from(2);
    };
    let limits = ConversionLimits::new(std::env::temp_dir(), &|| false);
    match convert(&LocalFile(path.into()), &mut io::stdout().lock(), &limits) {
        Ok(converted) => {
            eprintln!("{}: {} bytes, {:?}", converted.form, converted.bytes, converted.origin);
            if !converted.left_out.is_empty() {
                eprintln!("not read: {}", converted.left_out.join(", "));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
