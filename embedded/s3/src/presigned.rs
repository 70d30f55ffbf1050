//! Presigned URLs: how long they hold, and the URL without what the signature added.
//!
//! Version 4 of the signature has the time of the signature and the seconds that it holds (S3 API reference, "Authenticating Requests:
//! Using Query Parameters"); version 2, which boto3 and the `aws` command line still make, the moment when it ends (S3 guide, "Signing
//! and authenticating REST requests", section "Query string request authentication alternative"). The signature itself is not checked.

use axum::http::Uri;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use s3s::{S3Result, s3_error};

/// The parameters of version 4, in lower case.
const VERSION_4: [&str; 7] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// The parameters of version 2, in lower case.
const VERSION_2: [&str; 4] = ["awsaccesskeyid", "expires", "signature", "x-amz-security-token"];

/// The longest that a URL holds: a week, in seconds.
const LONGEST: i64 = 604_800;

/// Refuses a presigned URL that does not hold any more at `now`. Any other URL passes.
pub(crate) fn check(uri: &Uri, now: Timestamp) -> S3Result<()> {
    let ends = if has(uri, "x-amz-signature") {
        end_of_version_4(uri)?
    } else if has(uri, "signature") {
        end_of_version_2(uri)?
    } else {
        return Ok(());
    };
    if now > ends { Err(s3_error!(AccessDenied, "Request has expired")) } else { Ok(()) }
}

/// The URL without the parameters of a signature; `None` where it has none.
pub(crate) fn without_signature(uri: &Uri) -> Option<Uri> {
    let signed: &[&str] = if has(uri, "x-amz-signature") {
        &VERSION_4
    } else if has(uri, "signature") {
        &VERSION_2
    } else {
        return None;
    };
    let is_kept = |pair: &&str| !signed.contains(&name(pair).as_str());
    let kept = uri.query().unwrap_or_default().split('&').filter(is_kept).collect::<Vec<_>>().join("&");
    let separator = if kept.is_empty() { "" } else { "?" };
    format!("{}{separator}{kept}", uri.path()).parse().ok()
}

fn end_of_version_4(uri: &Uri) -> S3Result<Timestamp> {
    let date = parameter(uri, "x-amz-date").unwrap_or_default();
    let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", date).and_then(|at| TimeZone::UTC.to_timestamp(at));
    let signed = signed.map_err(|_| {
        let text = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"";
        s3_error!(AuthorizationQueryParametersError, "{text}")
    })?;
    let seconds = parameter(uri, "x-amz-expires").and_then(|seconds| seconds.parse::<i64>().ok());
    let wrong = match seconds {
        None => "X-Amz-Expires should be a number",
        Some(..0) => "X-Amz-Expires must be non-negative",
        Some(seconds @ 0..=LONGEST) => return Ok(after(signed, seconds)),
        Some(_) => {
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
             604800 seconds"
        }
    };
    Err(s3_error!(AuthorizationQueryParametersError, "{wrong}"))
}

fn end_of_version_2(uri: &Uri) -> S3Result<Timestamp> {
    let seconds = parameter(uri, "expires").and_then(|seconds| seconds.parse::<i64>().ok());
    match seconds {
        Some(seconds) => Ok(after(Timestamp::UNIX_EPOCH, seconds)),
        None => Err(s3_error!(
            AccessDenied,
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        )),
    }
}

fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn has(uri: &Uri, wanted: &str) -> bool {
    parameter(uri, wanted).is_some()
}

/// The value of a parameter, whose name is given in lower case. No value that is read here needs to be decoded.
fn parameter<'a>(uri: &'a Uri, wanted: &str) -> Option<&'a str> {
    let pair = uri.query()?.split('&').find(|pair| name(pair) == wanted)?;
    Some(pair.split_once('=').map_or("", |(_, value)| value))
}

fn name(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20261127%2Fus-east-1%2Fs3%2Faws4_request";

    /// What is said of a URL a minute after noon.
    fn said(query: &str) -> Result<(), (String, String)> {
        let now = "2026-11-27T12:01:00Z".parse().unwrap();
        let uri = format!("/up/a%20b.csv?{query}").parse().unwrap();
        check(&uri, now).map_err(|error| {
            (error.code().as_str().to_owned(), error.message().unwrap_or_default().to_owned())
        })
    }

    #[test]
    fn a_url_holds_for_the_seconds_that_it_says_and_at_most_a_week() {
        let version_4 = |date: &str, seconds: &str| {
            said(&format!(
                "{SIGNED}&X-Amz-Date={date}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
            ))
        };
        for (date, seconds) in
            [("20261127T120000Z", "60"), ("20261127T120000Z", "604800"), ("20261120T120100Z", "604800")]
        {
            assert_eq!(version_4(date, seconds), Ok(()), "{date} {seconds}");
        }
        let expired = Err(("AccessDenied".to_owned(), "Request has expired".to_owned()));
        for (date, seconds) in
            [("20261127T120000Z", "59"), ("20261127T110000Z", "0"), ("20261119T120000Z", "604800")]
        {
            assert_eq!(version_4(date, seconds), expired, "{date} {seconds}");
        }
        for (date, seconds, why) in [
            ("20261127T120000Z", "604801", "less than a week"),
            ("20261127T120000Z", "-1", "non-negative"),
            ("20261127T120000Z", "soon", "a number"),
            ("noon", "60", "ISO8601"),
        ] {
            let (code, text) = version_4(date, seconds).unwrap_err();
            assert!(code == "AuthorizationQueryParametersError" && text.contains(why), "{code} {text}");
        }
    }

    #[test]
    fn a_url_of_version_2_holds_until_its_moment() {
        let version_2 = |expires: &str| said(&format!("AWSAccessKeyId=a&Signature=b%3D&Expires={expires}"));
        assert_eq!(version_2("1795780860"), Ok(()));
        assert_eq!(version_2("1795780859").unwrap_err().1, "Request has expired");
        assert_eq!(version_2("soon").unwrap_err().0, "AccessDenied");
    }

    #[test]
    fn what_is_not_of_the_signature_stays() {
        let without = |query: &str| {
            without_signature(&format!("/up/a%20b.csv?{query}").parse().unwrap()).map(|uri| uri.to_string())
        };
        assert_eq!(without("versionId=1&x-id=GetObject"), None);
        assert_eq!(
            without(&format!(
                "versionId=1&{SIGNED}&X-Amz-Date=d&X-Amz-Expires=60&X-Amz-Signature=0&x-id=GetObject"
            )),
            Some("/up/a%20b.csv?versionId=1&x-id=GetObject".to_owned())
        );
        assert_eq!(without("AWSAccessKeyId=a&Signature=b%3D&Expires=1"), Some("/up/a%20b.csv".to_owned()));
        assert_eq!(said("expires=1&versionId=1"), Ok(()), "no signature");
    }
}
