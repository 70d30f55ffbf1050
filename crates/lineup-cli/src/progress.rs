//! How far an import is, on stderr: a bar on a terminal, else a line every ten seconds.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};

const PHASE: &str = "{spinner} {msg} {elapsed}";
const STEPS: &str = "{spinner} {prefix} [{bar:20}] {msg}";

/// The time between two lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// How much is said while a command works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Detail {
    /// Nothing.
    Quiet,
    /// The bar, or a line every ten seconds.
    #[default]
    Normal,
    /// Also a line for each phase and each chunk.
    Verbose,
}

/// The progress of an import through all of its phases.
pub(crate) struct Progress {
    bar: ProgressBar,
    detail: Detail,
    /// What the last phase was, and when the last line was printed, where no bar is drawn.
    last: Mutex<(&'static str, Instant)>,
}

impl Progress {
    /// A bar on stderr, or lines if that is no terminal.
    pub(crate) fn new(detail: Detail) -> Self {
        if detail == Detail::Quiet {
            return Self::hidden();
        }
        let bar = ProgressBar::new(0);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, detail, last: Mutex::new(("", Instant::now())) }
    }

    /// Says nothing.
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), detail: Detail::Quiet, last: Mutex::new(("", Instant::now())) }
    }

    /// Whether anything is said. If not, callers can skip requests that only serve this.
    pub(crate) fn is_visible(&self) -> bool {
        self.detail != Detail::Quiet
    }

    /// Whether each chunk has a line of its own.
    pub(crate) fn is_verbose(&self) -> bool {
        self.detail == Detail::Verbose
    }

    /// Shows a phase of unknown length.
    pub(crate) fn phase(&self, name: &'static str) {
        self.bar.set_style(style(PHASE));
        self.bar.set_message(name);
        self.line(name, format_args!(""));
    }

    /// Shows how many bytes are uploaded.
    pub(crate) fn uploaded(&self, bytes: u64, total: u64) {
        self.steps("Uploading", bytes, total, format_args!("{} of {}", HumanBytes(bytes), HumanBytes(total)));
    }

    /// Shows how many chunks are loaded.
    pub(crate) fn loaded(&self, amount: &LoadedAmount) {
        self.steps("Loading", amount.chunks, amount.all_chunks, format_args!("{amount}"));
    }

    /// Shows how many chunks of a large file are surveyed.
    pub(crate) fn surveyed(&self, chunks: u64, total: u64) {
        self.steps("Surveying", chunks, total, format_args!("{chunks} of {total} chunks"));
    }

    fn steps(&self, name: &'static str, done: u64, total: u64, text: fmt::Arguments<'_>) {
        self.bar.set_style(style(STEPS));
        self.bar.set_prefix(name);
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(text.to_string());
        self.line(name, text);
    }

    /// Prints a line where no bar is drawn, unless one was printed a short time ago; with `--verbose` also where a phase begins.
    fn line(&self, name: &'static str, text: fmt::Arguments<'_>) {
        if self.detail == Detail::Quiet || (!self.bar.is_hidden() && !self.is_verbose()) {
            return;
        }
        // What it holds is whole also after a panic.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let begins = self.is_verbose() && last.0 != name;
        if begins || (self.bar.is_hidden() && last.1.elapsed() >= BETWEEN_LINES) {
            *last = (name, Instant::now());
            self.print_line(format!("{name} {text}").trim_end());
        }
    }

    /// Removes the bar from the terminal.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Prints `text` to stderr, above the bar.
    pub(crate) fn print_line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// How much of an import is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct LoadedAmount {
    /// Chunks that are loaded.
    pub chunks: u64,
    /// All chunks.
    pub all_chunks: u64,
    /// Chunks that failed.
    pub failed: u64,
    /// Rows of the loaded chunks.
    pub rows: u64,
    /// Bytes of the loaded chunks.
    pub bytes: u64,
    /// Bytes of all chunks; 0 if they are not known.
    pub all_bytes: u64,
    /// Since the first look.
    pub elapsed: Duration,
    /// Rows that were loaded at the first look. A redrive finds some.
    pub rows_before: u64,
    /// Bytes that were loaded at the first look.
    pub bytes_before: u64,
}

impl LoadedAmount {
    /// Rows a second, since the first look.
    fn rate(&self) -> Option<u64> {
        per_second(self.rows.saturating_sub(self.rows_before), self.elapsed).filter(|rate| *rate > 0)
    }

    /// The time that the rest takes at the same rate.
    fn time_left(&self) -> Option<Duration> {
        let rate = per_second(self.bytes.saturating_sub(self.bytes_before), self.elapsed)?;
        let left = self.all_bytes.checked_sub(self.bytes).filter(|left| *left > 0)?;
        left.checked_div(rate).map(Duration::from_secs)
    }
}

fn per_second(amount: u64, elapsed: Duration) -> Option<u64> {
    let milliseconds = u64::try_from(elapsed.as_millis()).ok()?;
    amount.checked_mul(1_000)?.checked_div(milliseconds)
}

impl fmt::Display for LoadedAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} chunks, {} rows", self.chunks, self.all_chunks, HumanCount(self.rows))?;
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        if self.all_bytes > 0 {
            write!(f, ", {} of {}", HumanBytes(self.bytes), HumanBytes(self.all_bytes))?;
        }
        if let Some(rate) = self.rate() {
            write!(f, ", {} rows/s", HumanCount(rate))?;
        }
        if let Some(left) = self.time_left() {
            write!(f, ", {} left", HumanDuration(left))?;
        }
        Ok(())
    }
}

/// A template that does not parse would give the default style. The test below checks that
/// all of them parse.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        for template in [PHASE, STEPS] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn the_rate_and_the_time_left_are_those_of_what_was_loaded_since_the_first_look() {
        let begun =
            LoadedAmount { chunks: 2, all_chunks: 20, all_bytes: 20 << 20, ..LoadedAmount::default() };
        assert_eq!(begun.to_string(), "2 of 20 chunks, 0 rows, 0 B of 20.00 MiB");
        let halfway = LoadedAmount {
            chunks: 12,
            rows: 220_000,
            rows_before: 20_000,
            bytes: 12 << 20,
            bytes_before: 2 << 20,
            elapsed: Duration::from_secs(20),
            failed: 1,
            ..begun
        };
        assert_eq!(
            halfway.to_string(),
            "12 of 20 chunks, 220,000 rows, 1 failed, 12.00 MiB of 20.00 MiB, 10,000 rows/s, 16 seconds left"
        );
        let done = LoadedAmount { bytes: 20 << 20, ..halfway };
        assert!(!done.to_string().contains("left"), "{done}");
    }
}
