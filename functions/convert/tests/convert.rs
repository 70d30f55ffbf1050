#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! `convert` on an object store in memory.

use std::io::Write;
use std::time::{Duration, Instant};

use convert::{ConvertContext, Error, handle};
use lineup::origin::Origin;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_contracts::layout::Layout;
use lineup_contracts::{Conversion, ConvertInput, ConvertOutput, S3Bucket, S3Detail, S3Object};
use lineup_testing::import::IMPORTS;
use lineup_testing::{FailingStore, Fault, MemoryStore, nth};

const UPLOAD: &str = "uploads/lineup.bin";
/// A text of several parts.
const PART_BYTES: usize = 10_000;

struct Subject {
    objects: MemoryStore,
    store: FailingStore,
    context: ConvertContext,
    detail: S3Detail,
}

impl Subject {
    /// A file that is small enough to be converted in memory.
    fn small(file: Vec<u8>) -> Self {
        let mut subject = Self::of(file);
        subject.context.whole_bytes = u64::MAX;
        subject
    }

    /// A file that is converted on a thread, whatever its size.
    fn of(file: Vec<u8>) -> Self {
        let objects = MemoryStore::default();
        let store = FailingStore::new(objects.clone());
        let imports = Imports::new(Objects::new(store.clone()), IMPORTS);
        let context =
            ConvertContext { part_bytes: PART_BYTES, whole_bytes: 0, ..ConvertContext::new(imports) };
        let etag = objects.put(UPLOAD, file, &[]);
        let key = "lineup.bin".to_owned();
        let detail = S3Detail {
            bucket: S3Bucket { name: "uploads".into() },
            object: S3Object { key, size: 0, etag, version_id: None, sequencer: "1".into() },
        };
        Self { objects, store, context, detail }
    }

    fn layout(&self) -> Layout {
        Layout(self.detail.import_id())
    }

    async fn convert_until(&self, stop_at: Instant) -> Result<ConvertOutput, Error> {
        let input = ConvertInput { detail: self.detail.clone(), execution_arn: "one".into() };
        handle(&self.context, input, stop_at).await
    }

    async fn convert(&self) -> Result<ConvertOutput, Error> {
        self.convert_until(Instant::now() + Duration::from_secs(600)).await
    }

    fn written(&self, key: &str) -> Option<Vec<u8>> {
        Some(self.objects.get(&format!("{IMPORTS}/{key}"))?.body.to_vec())
    }

    /// The conversion, after a check that it pins the text that is there.
    async fn conversion(&self) -> Conversion {
        let conversion = self.context.imports.conversion(self.detail.import_id()).await.unwrap().unwrap();
        let text = self.objects.get(&format!("{IMPORTS}/{}", self.layout().converted_text())).unwrap();
        assert_eq!(conversion.text.bucket, IMPORTS);
        assert_eq!(conversion.text.key, self.layout().converted_text());
        assert_eq!((&conversion.text.etag, conversion.text.size), (&text.etag, text.body.len() as u64));
        conversion
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

fn lineup(rows: usize) -> Vec<u8> {
    let mut text = b"Performer,Stage,Start,End,Date\n".to_vec();
    for n in 0..rows {
        writeln!(text, "Band {n},Stage {},20:00,21:00,2025-07-12", n % 7).unwrap();
    }
    text
}

#[tokio::test]
async fn a_gzip_becomes_its_text_under_the_import() {
    for subject in [Subject::of, Subject::small].map(|subject| subject(gzip(&lineup(1_000)))) {
        becomes_its_text(&subject).await;
    }
}

#[tokio::test]
async fn a_small_file_with_much_in_it_is_converted_like_a_large_one() {
    let subject = Subject::small(gzip(&b"x".repeat(65 << 20)));
    let output = subject.convert().await.unwrap();
    assert_eq!(output.bytes, 65 << 20);
}

async fn becomes_its_text(subject: &Subject) {
    let output = subject.convert().await.unwrap();
    assert_eq!((output.form.as_str(), output.bytes), ("gzip", lineup(1_000).len() as u64));
    assert_eq!(subject.written(&subject.layout().converted_text()).unwrap(), lineup(1_000));
    let conversion = subject.conversion().await;
    assert_eq!((conversion.form.as_str(), conversion.origin), ("gzip", Origin::Lines));
}

#[tokio::test]
async fn json_becomes_a_line_for_each_object() {
    let subject =
        Subject::of(br#"[{"Performer": "Stormzy", "Stage": "Main"}, {"Performer": "Hozier"}]"#.to_vec());
    subject.convert().await.unwrap();
    let text = subject.written(&subject.layout().converted_text()).unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap().replace('\r', "\n"),
        "Performer,Stage\nStormzy,Main\nHozier,\n"
    );
    assert_eq!(subject.conversion().await.origin, Origin::Objects);
}

#[tokio::test]
async fn what_is_converted_is_not_converted_again() {
    let subject = Subject::of(gzip(&lineup(10)));
    let first = subject.convert().await.unwrap();
    subject.store.fail(|operation| (!operation.ends_with("converted.json")).then_some(Fault::AccessDenied));
    assert_eq!(subject.convert().await.unwrap(), first);
}

/// After any one failed call the next try comes to the same text, and to one only.
#[tokio::test]
async fn after_any_call_that_fails_another_try_completes_the_conversion() {
    for fault in [Fault::Reset, Fault::AnswerLost, Fault::AccessDenied, Fault::BreaksAfter(700)] {
        after_any_call_that_fails_with(&fault, Subject::of).await;
        after_any_call_that_fails_with(&fault, Subject::small).await;
    }
}

async fn after_any_call_that_fails_with(fault: &Fault, subject: fn(Vec<u8>) -> Subject) {
    {
        let mut failed = 0;
        for call in 1.. {
            let subject = subject(gzip(&lineup(1_000)));
            let (fault, reached) =
                (fault.clone(), std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0)));
            let calls = std::sync::Arc::clone(&reached);
            subject.store.order(nth(
                |_| true,
                move |number| {
                    calls.store(number, std::sync::atomic::Ordering::Relaxed);
                    (number == call).then(|| fault.clone())
                },
            ));
            let first = subject.convert().await;
            subject.store.heal();
            if reached.load(std::sync::atomic::Ordering::Relaxed) < call {
                first.unwrap();
                break;
            }
            failed += usize::from(first.is_err());
            subject.convert().await.unwrap();
            assert_eq!(
                subject.written(&subject.layout().converted_text()).unwrap(),
                lineup(1_000),
                "call {call}"
            );
            subject.conversion().await;
            let keys = subject.objects.paths(IMPORTS).len();
            assert_eq!(keys, 2, "call {call}: converted.csv and converted.json");
        }
        assert!(failed > 0, "{fault:?} failed no try");
    }
}

#[tokio::test]
async fn two_tries_at_the_same_time_come_to_one_text() {
    let subject = Subject::of(gzip(&lineup(1_000)));
    let (one, other) = tokio::join!(subject.convert(), subject.convert());
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(subject.written(&subject.layout().converted_text()).unwrap(), lineup(1_000));
    subject.conversion().await;
    assert_eq!(subject.objects.pending_uploads(), 0);
}

#[tokio::test]
async fn a_file_that_changed_since_its_event_is_named_so() {
    let subject = Subject::of(gzip(&lineup(1_000)));
    subject.objects.put(UPLOAD, "another", &[]);
    assert_eq!(subject.convert().await.unwrap_err().name(), ErrorName::SourceChanged);
    // Between the request for its size and the one for its bytes.
    let subject = Subject::of(gzip(&lineup(1_000)));
    let objects = subject.objects.clone();
    subject.store.fail(move |operation| {
        if operation.starts_with("GET uploads") {
            objects.put(UPLOAD, "another", &[]);
        }
        None
    });
    let error = subject.convert().await.unwrap_err();
    assert_eq!(error.name(), ErrorName::SourceChanged, "{}", chain(&error));
    assert!(subject.objects.paths(IMPORTS).is_empty());
}

#[tokio::test]
async fn a_damaged_file_is_invalid_input_and_leaves_nothing() {
    let mut file = gzip(&lineup(3_000));
    file.truncate(file.len() - 100);
    let subject = Subject::of(file);
    let error = subject.convert().await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
    let text = chain(&error);
    assert!(text.starts_with("s3://uploads/lineup.bin cannot be imported: the gzip data"), "{text}");
    assert!(subject.objects.paths(IMPORTS).is_empty());
    assert_eq!(subject.objects.pending_uploads(), 0);
}

#[tokio::test]
async fn near_the_deadline_it_stops_and_says_how_far_it_came() {
    let subject = Subject::of(gzip(&lineup(60_000)));
    let error = subject.convert_until(Instant::now()).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(chain(&error).contains("takes too long to convert"), "{}", chain(&error));
    assert!(subject.objects.paths(IMPORTS).is_empty());
    assert_eq!(subject.objects.pending_uploads(), 0);
}
