//! What the file system refuses, as answers.

use std::io::{Error, ErrorKind};

use s3s::{S3Error, S3ErrorCode};

/// S3 is never full, but a disk is. The code is our own. Its status, 400, says that it does not help to try again.
const NO_SPACE: &[u8] = b"NoSpaceLeft";

/// The answer where a file could not be read or written.
pub(crate) fn of_file(error: Error) -> S3Error {
    let code = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            S3ErrorCode::from_bytes(NO_SPACE)
        }
        _ => None,
    };
    let code = code.unwrap_or(S3ErrorCode::InternalError);
    let mut answer = S3Error::with_message(code, error.to_string());
    if answer.code().status_code().is_none() {
        answer.set_status_code(axum::http::StatusCode::BAD_REQUEST);
    }
    answer.set_source(Box::new(error));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_a_code_of_its_own_and_is_not_tried_again() {
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            let answer = of_file(Error::from(kind));
            assert_eq!(answer.code().as_str(), "NoSpaceLeft");
            assert_eq!(answer.status_code().map(|status| status.as_u16()), Some(400));
            assert!(answer.message().is_some_and(|message| !message.is_empty()));
        }
        assert_eq!(*of_file(Error::from(ErrorKind::Other)).code(), S3ErrorCode::InternalError);
    }
}
