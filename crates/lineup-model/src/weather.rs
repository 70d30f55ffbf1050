//! How much goes wrong, and for how long.

use std::time::Duration;

use lineup_testing::Fault;

use crate::dice::{happens, one};

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// S3.
    S3,
    /// DynamoDB.
    DynamoDb,
    /// SNS.
    Sns,
}

impl Service {
    /// Of an operation as [`lineup_testing::Faults`] gets it.
    pub fn of(operation: &str) -> Self {
        match operation {
            "BatchWriteItem" | "Query" => Self::DynamoDb,
            "Publish" => Self::Sns,
            _ => Self::S3,
        }
    }
}

/// What goes wrong during one life of the process. All are probabilities, from 0 to 1.
#[derive(Debug, Clone)]
pub struct Weather {
    /// Of a request to S3.
    pub s3: f64,
    /// Of a request to DynamoDB.
    pub dynamodb: f64,
    /// Of a request to SNS.
    pub sns: f64,
    /// That an invocation is refused by Lambda, or its answer lost.
    pub lambda: f64,
    /// That a function is killed during an invocation.
    pub kill: f64,
    /// A service that denies everything, as with a role that lacks a permission.
    pub denies: Option<Service>,
    /// The functions' timeout.
    pub timeout: Duration,
    /// The longest way of a request to its service, and of its answer back.
    pub latency: Duration,
    /// When the process ends, and all that runs in it.
    pub end: End,
}

/// When the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Not before it is done.
    Never,
    /// At its n-th request.
    AtRequest(u64),
    /// After this time.
    After(Duration),
}

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// What a service or a connection does.
    Fault(Fault),
    /// No answer ever comes; whether it takes effect.
    Silence(bool),
}

impl Weather {
    /// Nothing goes wrong.
    pub fn calm() -> Self {
        Self {
            s3: 0.0,
            dynamodb: 0.0,
            sns: 0.0,
            lambda: 0.0,
            kill: 0.0,
            denies: None,
            timeout: Duration::from_secs(900),
            latency: Duration::from_millis(5),
            end: End::Never,
        }
    }

    /// Some of it goes wrong, some of it often.
    pub fn stormy(rng: &mut fastrand::Rng) -> Self {
        let mut often = || *one(rng, &[0.0, 0.0, 0.02, 0.1, 0.3, 0.7]);
        let (s3, dynamodb, sns, lambda) = (often() / 2.0, often(), often(), often() / 3.0);
        let kill = *one(rng, &[0.0, 0.05, 0.2, 0.5]);
        let denies = [Some(Service::S3), Some(Service::DynamoDb), Some(Service::Sns), None];
        let denies = if happens(rng, 0.1) { *one(rng, &denies) } else { None };
        let timeout = Duration::from_millis(*one(rng, &[150, 400, 1_000, 5_000, 60_000]));
        let latency = Duration::from_millis(*one(rng, &[0, 5, 50]));
        Self { s3, dynamodb, sns, lambda, kill, denies, timeout, latency, end: end(rng) }
    }

    /// What goes wrong with the next request for this operation.
    pub fn trouble(&self, rng: &mut fastrand::Rng, operation: &str) -> Option<Trouble> {
        let service = Service::of(operation);
        if self.denies == Some(service) {
            return Some(Trouble::Fault(Fault::AccessDenied));
        }
        let probability = match service {
            Service::S3 => self.s3,
            Service::DynamoDb => self.dynamodb,
            Service::Sns => self.sns,
        };
        happens(rng, probability).then(|| Self::some_trouble(rng, operation))
    }

    fn some_trouble(rng: &mut fastrand::Rng, operation: &str) -> Trouble {
        Trouble::Fault(match (rng.u8(..10), operation) {
            (0..=3, "BatchWriteItem") => Fault::WritesOnly(rng.usize(..25)),
            (0..=1, get) if get.starts_with("GET ") => Fault::BreaksAfter(rng.usize(..400)),
            (0, put) if put.starts_with("PUT ") => Fault::Refused(409, "ConditionalRequestConflict"),
            (4, _) => return Trouble::Silence(rng.bool()),
            (5..=6, _) => Fault::AnswerLost,
            (7, _) => Fault::Reset,
            (8, _) => Fault::InternalError,
            _ => Fault::Throttled,
        })
    }
}

fn end(rng: &mut fastrand::Rng) -> End {
    match rng.u8(..4) {
        0 => End::AtRequest(rng.u64(1..60)),
        1 => End::After(Duration::from_millis(rng.u64(..20_000))),
        _ => End::Never,
    }
}
