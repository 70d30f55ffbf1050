//! The progress bar on stderr. If stderr is not a terminal, nothing is drawn.

use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

const PHASE: &str = "{spinner} {msg} {elapsed}";
const UPLOADING: &str = "{spinner} Uploading [{bar:30}] {msg}";
const LOADING: &str = "{spinner} Loading [{bar:30}] {pos} of {len} chunks, {msg} {elapsed}";
const SURVEYING: &str = "{spinner} Surveying [{bar:30}] {pos} of {len} chunks {elapsed}";

/// One line that shows the progress of an import through all of its phases.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar on stderr.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// A bar that is never drawn.
    pub(crate) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Whether the bar is drawn. If not, callers can skip requests that only serve the bar.
    pub(crate) fn is_visible(&self) -> bool {
        !self.0.is_hidden()
    }

    /// Shows a phase of unknown length.
    pub(crate) fn phase(&self, name: &'static str) {
        self.0.set_style(style(PHASE));
        self.0.set_message(name);
    }

    /// Shows how many bytes are uploaded.
    pub(crate) fn uploaded(&self, bytes: u64, total: u64) {
        self.0.set_style(style(UPLOADING));
        self.0.set_length(total);
        self.0.set_position(bytes);
        self.0.set_message(format!("{} of {}", HumanBytes(bytes), HumanBytes(total)));
    }

    /// Shows how many chunks are loaded, and how many rows were read.
    pub(crate) fn loaded(&self, chunks: u64, total: u64, failed: u64, rows: u64) {
        self.0.set_style(style(LOADING));
        self.0.set_length(total);
        self.0.set_position(chunks);
        let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        self.0.set_message(format!("{} rows{failed}", HumanCount(rows)));
    }

    /// Shows how many chunks of a large file are surveyed.
    pub(crate) fn surveyed(&self, chunks: u64, total: u64) {
        self.0.set_style(style(SURVEYING));
        self.0.set_length(total);
        self.0.set_position(chunks);
    }

    /// Removes the bar from the terminal.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }

    /// Prints `text` to stderr, above the bar.
    pub(crate) fn print_line(&self, text: &str) {
        self.0.suspend(|| eprintln!("{text}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
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
        for template in [PHASE, UPLOADING, SURVEYING, LOADING] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
