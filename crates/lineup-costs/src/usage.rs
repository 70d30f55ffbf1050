//! What AWS counts: the lines of its bill, and how much of each.

use std::collections::BTreeMap;
use std::ops::Mul;

/// A line of the bill. The names are those of the bill, without the region's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is described in `UsageType::unit`")]
pub enum UsageType {
    WriteUnits,
    ReadUnits,
    TableStorage,
    TableBackup,
    Transitions,
    GbSeconds,
    Invocations,
    ObjectWrites,
    ObjectReads,
    ObjectStorage,
    UploadEvents,
    Publishes,
    Emails,
    KeyRequests,
    Keys,
    LogBytes,
    Metrics,
    Alarms,
    Dashboards,
    Traces,
}

impl UsageType {
    /// All of them, in the order of the bill.
    pub const ALL: [Self; 20] = [
        Self::WriteUnits,
        Self::ReadUnits,
        Self::TableStorage,
        Self::TableBackup,
        Self::Transitions,
        Self::GbSeconds,
        Self::Invocations,
        Self::ObjectWrites,
        Self::ObjectReads,
        Self::ObjectStorage,
        Self::UploadEvents,
        Self::Publishes,
        Self::Emails,
        Self::KeyRequests,
        Self::Keys,
        Self::LogBytes,
        Self::Metrics,
        Self::Alarms,
        Self::Dashboards,
        Self::Traces,
    ];

    /// Service, name on the bill, and what one of its quantity is.
    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::WriteUnits => ("DynamoDB", "WriteRequestUnits", "write unit"),
            Self::ReadUnits => ("DynamoDB", "ReadRequestUnits", "read unit"),
            Self::TableStorage => ("DynamoDB", "TimedStorage-ByteHrs", "GB for a month"),
            Self::TableBackup => ("DynamoDB", "TimedPITRStorage-ByteHrs", "GB for a month"),
            Self::Transitions => ("Step Functions", "StateTransition", "transition"),
            Self::GbSeconds => ("Lambda", "Lambda-GB-Second-ARM", "GB for a second"),
            Self::Invocations => ("Lambda", "Request-ARM", "invocation"),
            Self::ObjectWrites => ("S3", "Requests-Tier1", "PUT or LIST"),
            Self::ObjectReads => ("S3", "Requests-Tier2", "GET or HEAD"),
            Self::ObjectStorage => ("S3", "TimedStorage-ByteHrs", "GB for a month"),
            Self::UploadEvents => ("EventBridge", "Event-64K-Chunks", "event of S3"),
            Self::Publishes => ("SNS", "Requests-Tier1", "message"),
            Self::Emails => ("SNS", "DeliveryAttempts-SMTP", "e-mail"),
            Self::KeyRequests => ("KMS", "KMS-Requests", "request"),
            Self::Keys => ("KMS", "KMS-Keys", "key for a month"),
            Self::LogBytes => ("CloudWatch", "DataProcessing-Bytes", "GB of logs"),
            Self::Metrics => ("CloudWatch", "CW:MetricMonitorUsage", "metric for a month"),
            Self::Alarms => ("CloudWatch", "CW:AlarmMonitorUsage", "alarm for a month"),
            Self::Dashboards => ("CloudWatch", "DashboardsUsageHour-Basic", "dashboard for a month"),
            Self::Traces => ("X-Ray", "XRay-TracesStored", "trace"),
        }
    }

    /// The service, `DynamoDB`.
    pub const fn service(self) -> &'static str {
        self.row().0
    }

    /// Its name on the bill, `WriteRequestUnits`.
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// What a quantity of 1 is. Months have 30 days.
    pub const fn unit(self) -> &'static str {
        self.row().2
    }

    /// Its key in a file of prices, `DynamoDB/WriteRequestUnits`.
    ///
    /// ```
    /// use lineup_costs::UsageType;
    ///
    /// assert_eq!(UsageType::WriteUnits.key(), "DynamoDB/WriteRequestUnits");
    /// assert_eq!(UsageType::of_key("SNS/DeliveryAttempts-SMTP"), Some(UsageType::Emails));
    /// ```
    pub fn key(self) -> String {
        format!("{}/{}", self.service(), self.name())
    }

    /// The one that has this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage_type| usage_type.key() == key)
    }
}

/// Quantities of lines of the bill. What is not there is 0.
///
/// ```
/// use lineup_costs::{Usage, UsageType};
///
/// let mut usage = Usage::default();
/// usage.add(UsageType::Emails, 2.0);
/// usage.extend(&(usage.clone() * 3.0));
/// assert_eq!(usage.quantity(UsageType::Emails), 8.0);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage(BTreeMap<UsageType, f64>);

impl Usage {
    /// Adds `quantity` of the line.
    pub fn add(&mut self, usage_type: UsageType, quantity: f64) {
        if quantity != 0.0 {
            *self.0.entry(usage_type).or_default() += quantity;
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        other.iter().for_each(|(usage_type, quantity)| self.add(usage_type, quantity));
    }

    /// How much of the line there is.
    pub fn quantity(&self, usage_type: UsageType) -> f64 {
        self.0.get(&usage_type).copied().unwrap_or_default()
    }

    /// The lines that are not 0, in the order of the bill.
    pub fn iter(&self) -> impl Iterator<Item = (UsageType, f64)> + '_ {
        self.0.iter().map(|(usage_type, quantity)| (*usage_type, *quantity))
    }
}

impl Mul<f64> for Usage {
    type Output = Self;

    fn mul(mut self, times: f64) -> Self {
        self.0.values_mut().for_each(|quantity| *quantity *= times);
        self
    }
}

impl FromIterator<(UsageType, f64)> for Usage {
    fn from_iter<I: IntoIterator<Item = (UsageType, f64)>>(quantities: I) -> Self {
        let mut usage = Self::default();
        quantities.into_iter().for_each(|(usage_type, quantity)| usage.add(usage_type, quantity));
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_key_of_its_own_and_all_are_listed_in_order() {
        for usage_type in UsageType::ALL {
            assert_eq!(UsageType::of_key(&usage_type.key()), Some(usage_type));
        }
        assert!(UsageType::ALL.is_sorted());
        assert_eq!(UsageType::of_key("DynamoDB/writes"), None);
    }
}
