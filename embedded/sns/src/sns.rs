//! The topic and its messages.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use crate::query::{self, SnsFault, SnsRequest};

/// A message's body is at most this long, in bytes of UTF-8 (SNS API reference, Publish).
const MAX_MESSAGE: usize = 256 * 1024;

/// A subject is at most this long (SNS API reference, Publish).
const MAX_SUBJECT: usize = 100;

/// A message as it was published: a line of `<folder>/<topic>.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The id that SNS gave it.
    pub message_id: Uuid,
    /// The topic's ARN.
    pub topic_arn: String,
    /// What an e-mail has as its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What an e-mail says.
    pub message: String,
    /// When.
    pub timestamp: Timestamp,
}

/// The service: its topic, the folder of the messages, and who hears of them.
#[derive(Debug)]
pub struct Sns {
    folder: PathBuf,
    topics: BTreeSet<String>,
    listener: UnboundedSender<Published>,
    /// One line at a time.
    write: Mutex<()>,
}

impl Sns {
    /// A service with one topic, named by its ARN; messages go to a file in `folder`, and to `listener`.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(folder: &Path, topic_arn: &str, listener: UnboundedSender<Published>) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let topics = BTreeSet::from([topic_arn.to_owned()]);
        Ok(Self { folder: folder.to_owned(), topics, listener, write: Mutex::new(()) })
    }

    /// The API (awsQuery: a form in, XML out).
    pub fn router(self) -> Router {
        let sns = Arc::new(self);
        Router::new().route("/", post(move |body: Bytes| async move { answer(&sns, &body) }))
    }

    fn handle(&self, request: &SnsRequest) -> Result<String, SnsFault> {
        match request.action() {
            "Publish" => self.publish(request),
            "ListTopics" => Ok(query::topics(&self.topics)),
            "ListSubscriptionsByTopic" => {
                self.topic(request)?;
                Ok("<Subscriptions/>".to_owned())
            }
            action => Err(SnsFault::unknown_action(action)),
        }
    }

    fn publish(&self, request: &SnsRequest) -> Result<String, SnsFault> {
        let topic_arn = self.topic(request)?;
        let published = Published {
            message_id: Uuid::new_v4(),
            topic_arn,
            subject: request.get("Subject").map(str::to_owned),
            message: request.get("Message").unwrap_or_default().to_owned(),
            timestamp: Timestamp::now(),
        };
        check(&published)?;
        self.append(&published).map_err(|error| SnsFault::internal(&error))?;
        let id = published.message_id;
        // Nobody needs to listen: the file has it.
        let _ = self.listener.send(published);
        Ok(format!("<MessageId>{id}</MessageId>"))
    }

    fn topic(&self, request: &SnsRequest) -> Result<String, SnsFault> {
        let arn = request.get("TopicArn").or_else(|| request.get("TargetArn")).unwrap_or_default();
        self.topics.get(arn).cloned().ok_or_else(|| SnsFault::not_found(arn))
    }

    fn append(&self, published: &Published) -> io::Result<()> {
        let topic = published.topic_arn.rsplit(':').next().unwrap_or_default();
        let mut line = serde_json::to_vec(published)?;
        line.push(b'\n');
        let _one = self.write.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.folder.join(format!("{topic}.jsonl"));
        OpenOptions::new().create(true).append(true).open(path)?.write_all(&line)
    }
}

/// The limits of a message (SNS API reference, Publish).
fn check(published: &Published) -> Result<(), SnsFault> {
    if published.message.is_empty() {
        return Err(SnsFault::invalid("Empty message"));
    }
    if published.message.len() > MAX_MESSAGE {
        return Err(SnsFault::invalid("Message too long"));
    }
    match &published.subject {
        Some(subject) if !is_subject(subject) => Err(SnsFault::invalid("Subject")),
        _ => Ok(()),
    }
}

/// ASCII text of up to 100 characters that begins with a letter, number or punctuation mark, without line breaks.
fn is_subject(subject: &str) -> bool {
    subject.len() <= MAX_SUBJECT
        && subject.starts_with(|first: char| first.is_ascii_graphic())
        && subject.chars().all(|character| character.is_ascii() && !character.is_ascii_control())
}

fn answer(sns: &Sns, body: &[u8]) -> Response {
    let request = SnsRequest::parse(body);
    let (status, xml) = match sns.handle(&request) {
        Ok(result) => (StatusCode::OK, query::response(request.action(), &result)),
        Err(fault) => (fault.status, fault.xml()),
    };
    (status, [(CONTENT_TYPE, "text/xml")], xml).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_short_line_of_ascii() {
        let long = "x".repeat(101);
        let cases = [
            ("Imported: 3 rows", true),
            (&long[..100], true),
            (&long, false),
            ("two\nlines", false),
            ("Beyoncé", false),
            (" indented", false),
            ("", false),
        ];
        for (subject, valid) in cases {
            assert_eq!(is_subject(subject), valid, "{subject:?}");
        }
    }
}
