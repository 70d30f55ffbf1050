//! What a warm sandbox keeps between invocations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The latest value that was read, by its key. A warm sandbox works on many chunks of one import, which all need
/// the same object.
#[derive(Debug)]
pub struct Latest<K, V>(Mutex<Option<(K, Arc<V>)>>);

impl<K, V> Default for Latest<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: PartialEq, V> Latest<K, V> {
    /// The value of `key`: the one that is kept, or what `read` returns. Two invocations at the same time may both
    /// read.
    ///
    /// # Errors
    /// That of `read`; what was kept stays.
    pub async fn get<E>(&self, key: K, read: impl Future<Output = Result<V, E>>) -> Result<Arc<V>, E> {
        let kept = self.kept().as_ref().filter(|(of, _)| *of == key).map(|(_, value)| Arc::clone(value));
        if let Some(value) = kept {
            return Ok(value);
        }
        let value = Arc::new(read.await?);
        *self.kept() = Some((key, Arc::clone(&value)));
        Ok(value)
    }

    /// Ignores poisoning: the value is replaced as a whole, so a panic leaves a valid one.
    fn kept(&self) -> MutexGuard<'_, Option<(K, Arc<V>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn the_value_of_the_latest_key_is_read_once() {
        let latest = Latest::default();
        assert_eq!(latest.get(1, async { Ok::<_, ()>("one") }).await, Ok("one".into()));
        assert_eq!(latest.get(1, async { Err("not read again") }).await, Ok("one".into()));
        assert_eq!(latest.get(2, async { Err("failed") }).await, Err("failed"));
        assert_eq!(latest.get(1, async { Err("not read again") }).await, Ok("one".into()));
        assert_eq!(latest.get(2, async { Ok::<_, ()>("two") }).await, Ok("two".into()));
        assert_eq!(latest.get(1, async { Err("read again") }).await, Err("read again"));
    }
}
