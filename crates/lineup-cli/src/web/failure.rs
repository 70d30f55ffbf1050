//! Errors of commands, for pages.

use lineup_web::DataError;

use crate::exit::{CommandError, Exit};

/// A page says what the command would say.
pub(super) fn data_error(error: anyhow::Error) -> DataError {
    match CommandError::exit(&error) {
        Exit::NothingFound => DataError::NotFound(format!("{error:#}")),
        Exit::Usage => DataError::Refused(format!("{error:#}")),
        _ => DataError::Failed("the services did not answer".to_owned(), Some(error.into())),
    }
}
