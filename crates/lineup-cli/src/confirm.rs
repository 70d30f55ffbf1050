//! Asks before something is done that nobody wants to do by mistake.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::exit::CommandError;

/// Fails, as a usage error, if the question could be asked nobody and `yes` was not said.
pub(crate) fn check(yes: bool) -> Result<(), CommandError> {
    if yes || io::stdin().is_terminal() {
        return Ok(());
    }
    Err(CommandError::Usage("there is no terminal to ask on, so nothing was done: say --yes".to_owned()))
}

/// Asks on the terminal, unless `yes` was said. Returns whether the answer is yes.
pub(crate) fn asked(question: &str, yes: bool) -> io::Result<bool> {
    if yes {
        return Ok(true);
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(["y", "yes\n", " Y \n", "YES"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "yeah", "yes please"].into_iter().any(is_yes));
    }
}
