//! The source as a file, on a store in memory whose calls fail.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lineup_aws::Error;
use lineup_aws::objects::Objects;
use lineup_aws::source_file::{SourceBlocks, SourceFile};
use lineup_contracts::Source;
use lineup_contracts::error::{ErrorName, Named};
use lineup_testing::import::put_source;
use lineup_testing::{FailingStore, Fault, MemoryStore};
use tokio::runtime::Handle;

const MIB: usize = 1 << 20;

struct Subject {
    memory: MemoryStore,
    store: FailingStore,
    source: Source,
    requests: Arc<AtomicUsize>,
}

impl Subject {
    fn of(size: usize) -> Self {
        let memory = MemoryStore::default();
        let store = FailingStore::new(memory.clone());
        let source = put_source(&memory, bytes(size));
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        store.fail(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            None
        });
        Self { memory, store, source, requests }
    }

    /// Runs `work` on a thread that may block.
    async fn read<T: Send + 'static>(&self, work: impl FnOnce(Arc<SourceBlocks>) -> T + Send + 'static) -> T {
        let objects = Objects::new(self.store.clone());
        let blocks = SourceBlocks::new(objects, self.source.clone(), Handle::current());
        tokio::task::spawn_blocking(move || work(blocks)).await.unwrap()
    }
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8).collect()
}

fn whole(mut file: SourceFile) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    file.read_to_end(&mut read)?;
    Ok(read)
}

#[tokio::test]
async fn read_from_start_to_end_each_block_is_one_request() {
    for (size, requests) in [(0, 0), (1, 1), (8 * MIB, 1), (8 * MIB + 1, 2), (20 * MIB, 3)] {
        let subject = Subject::of(size);
        assert!(subject.read(|blocks| whole(blocks.open())).await.unwrap() == bytes(size), "{size}");
        assert_eq!(subject.requests.load(Ordering::Relaxed), requests, "{size}");
    }
}

/// As a zip is read: its directory at the end, then each entry, by several readers.
#[tokio::test]
async fn readers_share_the_blocks_and_seek_where_they_like() {
    let subject = Subject::of(20 * MIB);
    let body = bytes(20 * MIB);
    let read = move |mut file: SourceFile, to: SeekFrom| {
        let position = file.seek(to).unwrap() as usize;
        let expected = body.get(position..body.len().min(position + 1_000)).unwrap_or_default();
        let mut part = vec![0; expected.len()];
        file.read_exact(&mut part).unwrap();
        assert!(part == expected, "{to:?}");
        assert_eq!(file.stream_position().unwrap() as usize, position + part.len());
    };
    subject
        .read(move |blocks| {
            for _ in 0..3 {
                read(blocks.open(), SeekFrom::End(-5_000));
                read(blocks.open(), SeekFrom::Start(8 * MIB as u64 - 500));
                read(blocks.open(), SeekFrom::Current(12_345));
                read(blocks.open(), SeekFrom::End(10));
            }
            let before = blocks.open().seek(SeekFrom::Current(-1)).unwrap_err();
            assert_eq!(before.kind(), io::ErrorKind::InvalidInput);
        })
        .await;
    assert_eq!(subject.requests.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_block_goes_on_where_its_connection_broke() {
    let subject = Subject::of(MIB);
    subject.store.fail(|_| Some(Fault::BreaksAfter(MIB / 3)));
    assert!(subject.read(|blocks| whole(blocks.open())).await.unwrap() == bytes(MIB));
}

#[tokio::test]
async fn an_error_of_the_store_is_the_cause_of_that_of_the_file() {
    let subject = Subject::of(20 * MIB);
    subject.store.fail(|_| Some(Fault::AccessDenied));
    let denied = subject.read(|blocks| whole(blocks.open())).await.unwrap_err();
    assert_eq!(denied.downcast::<Error>().unwrap().name(), ErrorName::AccessDenied);
    let (memory, mut gets) = (subject.memory.clone(), 0);
    subject.store.fail(move |_| {
        gets += 1;
        if gets == 2 {
            memory.put("uploads/a.csv", "another", &[]);
        }
        None
    });
    let changed = subject.read(|blocks| whole(blocks.open())).await.unwrap_err();
    assert_eq!(changed.downcast::<Error>().unwrap().name(), ErrorName::SourceChanged);
}
