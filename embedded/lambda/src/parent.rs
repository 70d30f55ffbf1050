//! A sandbox does not outlive the run that started it.

use std::io::Read;
use std::thread;

/// Ends this process as soon as its standard input ends.
///
/// The run holds the other end of that pipe, and the operating system closes it
/// however the run ends, also by SIGKILL. (`PR_SET_PDEATHSIG` is Linux only, and
/// fires when the thread that started the process ends.) Call it first thing in
/// a program that is started as a sandbox, never in a packaged Lambda, whose
/// standard input is empty.
pub fn exit_with_parent() {
    let watch = || {
        let mut byte = [0];
        while matches!(std::io::stdin().read(&mut byte), Ok(1)) {}
        std::process::exit(1);
    };
    if let Err(error) = thread::Builder::new().name("parent".to_owned()).spawn(watch) {
        tracing::warn!(%error, "this sandbox may outlive the run that started it");
    }
}
