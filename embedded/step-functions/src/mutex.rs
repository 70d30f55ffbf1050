//! Locking without a `Result`.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// No code panics while it holds one of the engine's locks; if one did, what it guards is still whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
