//! The injected faults: their kinds, their rates, and the end of the process.

use std::time::Duration;

use lineup_testing::Fault;

use crate::random::{chance, choice};

/// The service of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultedService {
    /// S3.
    S3,
    /// DynamoDB.
    DynamoDb,
    /// SNS.
    Sns,
}

impl FaultedService {
    /// The service of an operation, in the form that [`lineup_testing::Faults`] gets.
    pub fn of(operation: &str) -> Self {
        match operation {
            "BatchWriteItem" | "DeleteItem" | "Query" => Self::DynamoDb,
            "Publish" => Self::Sns,
            _ => Self::S3,
        }
    }
}

/// The faults of one process. All rates are probabilities, from 0 to 1.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    /// The rate of faults of requests to S3.
    pub s3: f64,
    /// The rate of faults of requests to DynamoDB.
    pub dynamodb: f64,
    /// The rate of faults of requests to SNS.
    pub sns: f64,
    /// The rate at which Lambda refuses an invocation, or loses its answer.
    pub lambda: f64,
    /// How many functions the account runs at a time; `None` if nothing limits it.
    pub lambda_concurrency: Option<usize>,
    /// The rate at which a function is killed during an invocation.
    pub kill: f64,
    /// A service that denies everything, as with a role that lacks a permission.
    pub denies: Option<FaultedService>,
    /// The functions' timeout.
    pub timeout: Duration,
    /// The longest delay of a request, and of its answer.
    pub latency: Duration,
    /// When the process ends, with all its tasks.
    pub end: ProcessEnd,
    /// Whether every second invocation of `split` has no time left when it begins.
    pub hurries: bool,
}

/// When the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessEnd {
    /// When its work has ended.
    WhenDone,
    /// At its n-th request, counted from 1.
    AtRequest(u64),
    /// After this time.
    After(Duration),
}

/// The fault of a request.
#[derive(Debug, Clone)]
pub enum RequestFault {
    /// A fault of the service or the connection.
    Fault(Fault),
    /// No answer ever comes.
    NoAnswer {
        /// Whether the request takes effect all the same.
        takes_effect: bool,
    },
}

impl FaultPlan {
    /// No faults.
    pub fn none() -> Self {
        Self {
            s3: 0.0,
            dynamodb: 0.0,
            sns: 0.0,
            lambda: 0.0,
            lambda_concurrency: None,
            kill: 0.0,
            denies: None,
            timeout: Duration::from_secs(900),
            latency: Duration::from_millis(5),
            end: ProcessEnd::WhenDone,
            hurries: false,
        }
    }

    /// Random faults, of which some are frequent.
    pub fn random(rng: &mut fastrand::Rng) -> Self {
        let mut often = || *choice(rng, &[0.0, 0.0, 0.02, 0.1, 0.3, 0.7]);
        let (s3, dynamodb, sns, lambda) = (often() / 2.0, often(), often(), often() / 3.0);
        let kill = *choice(rng, &[0.0, 0.05, 0.2, 0.5]);
        let denies =
            [Some(FaultedService::S3), Some(FaultedService::DynamoDb), Some(FaultedService::Sns), None];
        let denies = if chance(rng, 0.1) { *choice(rng, &denies) } else { None };
        let timeout = Duration::from_millis(*choice(rng, &[150, 400, 1_000, 5_000, 60_000]));
        let latency = Duration::from_millis(*choice(rng, &[0, 5, 50]));
        let (lambda_concurrency, hurries) = (None, rng.bool());
        let end = end(rng);
        Self { s3, dynamodb, sns, lambda, lambda_concurrency, kill, denies, timeout, latency, end, hurries }
    }

    /// The fault of the next request for this operation.
    pub fn of_request(&self, rng: &mut fastrand::Rng, operation: &str) -> Option<RequestFault> {
        let service = FaultedService::of(operation);
        if self.denies == Some(service) {
            return Some(RequestFault::Fault(Fault::AccessDenied));
        }
        let probability = match service {
            FaultedService::S3 => self.s3,
            FaultedService::DynamoDb => self.dynamodb,
            FaultedService::Sns => self.sns,
        };
        chance(rng, probability).then(|| request_fault(rng, operation))
    }
}

fn request_fault(rng: &mut fastrand::Rng, operation: &str) -> RequestFault {
    RequestFault::Fault(match (rng.u8(..10), operation) {
        (0..=3, "BatchWriteItem") => Fault::WritesOnly(rng.usize(..25)),
        (0..=1, get) if get.starts_with("GET ") => Fault::BreaksAfter(rng.usize(..400)),
        (0, put) if put.starts_with("PUT ") => Fault::Refused(409, "ConditionalRequestConflict"),
        (4, _) => return RequestFault::NoAnswer { takes_effect: rng.bool() },
        (5..=6, _) => Fault::AnswerLost,
        (7, _) => Fault::Reset,
        (8, _) => Fault::InternalError,
        _ => Fault::Throttled,
    })
}

fn end(rng: &mut fastrand::Rng) -> ProcessEnd {
    match rng.u8(..4) {
        0 => ProcessEnd::AtRequest(rng.u64(1..60)),
        1 => ProcessEnd::After(Duration::from_millis(rng.u64(..20_000))),
        _ => ProcessEnd::WhenDone,
    }
}
