//! Runs handlers on the Lambda runtime. No other module uses it.
//!
//! `lambda_runtime` reports the name of a Rust type as `errorType` unless it
//! gets a [`Diagnostic`]. The state machine needs the names of `ErrorName` there.

use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use lineup::shown::{LINE, one_line};
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_contracts::log::chunk_label;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::{Instrument, Span};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::settings;

/// The most time that is reserved for the work after a function stops.
const MARGIN: Duration = Duration::from_secs(30);

/// When to stop long work, so that what is left to do ends before `deadline`. A quarter of the remaining time
/// is reserved, at most 30 seconds.
pub fn stop_at(now: Instant, deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(now);
    now + (left - MARGIN.min(left / 4))
}

/// Runs a handler until the sandbox ends. The handler gets its context, the input, and the
/// moment at which the invocation times out.
///
/// If the environment is wrong, the function answers every invocation with that error,
/// so that the execution and the message show it, not only a log.
pub async fn run<C, I, O, E, H>(
    context: Result<C, settings::Error>,
    handler: H,
) -> Result<(), lambda_runtime::Error>
where
    I: DeserializeOwned,
    O: Serialize,
    E: Named + From<settings::Error>,
    H: AsyncFn(&C, I, Instant) -> Result<O, E>,
{
    let (context, handler) = (&context, &handler);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let deadline = from_now(event.context.deadline(), SystemTime::now());
        let span = span(&event.context.request_id, &event.payload);
        let answered = async {
            let input = parse(event.payload)?;
            let answer = match context {
                // Boxed: otherwise the compiler puts every future of the SDK into one type.
                Ok(context) => Box::pin(handler(context, input, deadline)).await,
                Err(error) => Err(error.clone().into()),
            };
            answer.map_err(|error| reported(&error))
        };
        answered.instrument(span).await
    }))
    .await
}

/// What each line of the log about an invocation begins with: its request, and the chunk that it is about.
fn span(request: &str, payload: &Value) -> Span {
    match chunk(payload) {
        Some(chunk) => tracing::error_span!("invocation", request, chunk),
        None => tracing::error_span!("invocation", request),
    }
}

/// The label of the chunk that an input names.
fn chunk(payload: &Value) -> Option<String> {
    let import_id: Uuid = payload["import_id"].as_str()?.parse().ok()?;
    let chunk = payload["chunk"]["chunk"].as_u64()?;
    Some(chunk_label(import_id, u32::try_from(chunk).ok()?))
}

/// Sets up the log: to stdout, without colours, because CloudWatch shows their bytes. With times, because the files of a
/// local run have no others.
pub fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second call in one process fails; the first subscriber stays.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).try_init();
}

/// `deadline` on the monotonic clock.
fn from_now(deadline: SystemTime, now: SystemTime) -> Instant {
    Instant::now() + deadline.duration_since(now).unwrap_or(Duration::ZERO)
}

/// The input, or an error that names the field that cannot be read.
fn parse<I: DeserializeOwned>(payload: Value) -> Result<I, Diagnostic> {
    serde_path_to_error::deserialize(payload).map_err(|error| Diagnostic {
        error_type: ErrorName::InvalidInput.as_str().to_owned(),
        error_message: format!("the input's field {} is not right: {}", error.path(), error.inner()),
    })
}

/// The error as the state machine sees it.
fn reported(error: &impl Named) -> Diagnostic {
    let diagnostic = Diagnostic { error_type: error.name().as_str().to_owned(), error_message: chain(error) };
    tracing::error!(error = diagnostic.error_type, "{}", one_line(&diagnostic.error_message, LINE));
    diagnostic
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use lineup_contracts::LoadInput;
    use serde_json::json;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the table refused")]
    struct Refused(#[source] std::io::Error);

    impl Named for Refused {
        fn name(&self) -> ErrorName {
            ErrorName::Throttled
        }
    }

    #[test]
    fn an_error_is_reported_under_its_name_with_all_its_causes() {
        let diagnostic = reported(&Refused(std::io::Error::other("too fast")));
        assert_eq!(diagnostic.error_type, "Throttled");
        assert_eq!(diagnostic.error_message, "the table refused: too fast");
    }

    #[test]
    fn the_log_names_the_chunk_of_an_input() {
        let id = "2b1f1ae2-9d3c-5b7e-8f38-0a8f5d1b0f5a";
        let payload = json!({"import_id": id, "chunk": {"chunk": 7, "start": 0, "end": 9, "first_line": 2}});
        assert_eq!(chunk(&payload), Some(format!("chunk-7-of-{id}")));
        assert_eq!(chunk(&json!({"import_id": id})), None);
        assert_eq!(chunk(&json!([1])), None);
    }

    #[test]
    fn input_that_does_not_parse_is_invalid_input_and_names_the_field() {
        let payload = json!({"import_id": "2b1f1ae2-9d3c-5b7e-8f38-0a8f5d1b0f5a", "source": {"bucket": 7}});
        let diagnostic = parse::<LoadInput>(payload).expect_err("a number is no bucket");
        assert_eq!(diagnostic.error_type, "InvalidInput");
        assert!(diagnostic.error_message.contains("source.bucket"), "{}", diagnostic.error_message);
    }

    #[test]
    fn it_stops_a_quarter_of_the_time_before_the_deadline_and_at_most_half_a_minute() {
        let now = Instant::now();
        let after = |seconds| stop_at(now, now + Duration::from_secs(seconds)) - now;
        assert_eq!(after(900), Duration::from_secs(870));
        assert_eq!(after(8), Duration::from_secs(6));
        assert_eq!(after(0), Duration::ZERO);
    }
}
