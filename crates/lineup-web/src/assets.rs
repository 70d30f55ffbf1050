//! The stylesheet and the scripts, all of our own.

use std::sync::LazyLock;

/// Live parts, search as one types, files that are dropped. It makes requests to this server alone.
pub(crate) const SCRIPT: &str = include_str!("../assets/lineup.js");

/// The stylesheet of every page: that of the timetable, and ours.
pub(crate) fn stylesheet() -> &'static str {
    static ALL: LazyLock<String> =
        LazyLock::new(|| lineup_timetable::stylesheet() + include_str!("../assets/lineup.css"));
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_from_elsewhere_and_text_of_a_file_is_never_markup() {
        for word in [
            "http:",
            "https:",
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "import(",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        assert!(!stylesheet().contains("url(") && !stylesheet().contains("@import"));
        assert_eq!(stylesheet().matches('{').count(), stylesheet().matches('}').count());
    }
}
