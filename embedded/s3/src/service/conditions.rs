//! Conditions of reads and writes.

use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Result, s3_error};

use super::answer;
use crate::object::Footer;
use crate::store::Condition;

/// What a condition names: an entity tag, or `*`.
fn etag_of(condition: ETagCondition) -> String {
    match condition {
        ETagCondition::Any => "*".to_owned(),
        ETagCondition::ETag(etag) => etag.into_value(),
    }
}

/// The conditions of a write. S3 knows no other `If-None-Match` than `*` there, no `If-Match: *`, and not both.
pub(super) fn of_write(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<Condition> {
    let unknown =
        || s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented");
    match (if_match, if_none_match) {
        (None, None) => Ok(Condition::default()),
        (Some(ETagCondition::ETag(etag)), None) => {
            Ok(Condition { etag: Some(etag.into_value()), ..Condition::default() })
        }
        (None, Some(ETagCondition::Any)) => Ok(Condition { absent: true, ..Condition::default() }),
        _ => Err(unknown()),
    }
}

/// The conditions of a read.
#[derive(Default)]
pub(super) struct ReadCondition {
    pub(super) matches: Option<ETagCondition>,
    pub(super) differs: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl ReadCondition {
    /// Checks them; the entity tag outranks the time (S3 API reference, "GetObject").
    pub(super) fn check(self, footer: &Footer) -> S3Result<()> {
        let is = |condition: ETagCondition| {
            let etag = etag_of(condition);
            etag == "*" || etag == footer.etag
        };
        // Times in headers have whole seconds.
        let seconds = answer::time(footer.modified / 1000 * 1000);
        let unmodified = self.unmodified_since.filter(|_| self.matches.is_none());
        let modified = self.modified_since.filter(|_| self.differs.is_none());
        if self.matches.is_some_and(|condition| !is(condition)) || unmodified.is_some_and(|at| seconds > at) {
            return Err(s3_error!(PreconditionFailed, "the object's entity tag is now {:?}", footer.etag));
        }
        if self.differs.is_some_and(is) || modified.is_some_and(|at| seconds <= at) {
            return Err(s3_error!(NotModified));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use s3s::dto::ETag;

    use super::*;

    /// AWS captures, row 28 of what AWS was recorded doing.
    #[test]
    fn a_write_takes_one_condition_and_an_entity_tag_or_a_star_where_s3_does() {
        let etag = || Some(ETagCondition::ETag(ETag::Strong("a".to_owned())));
        let any = || Some(ETagCondition::Any);
        for (matches, none_matches) in [(any(), None), (etag(), any()), (any(), any()), (None, etag())] {
            let refused = of_write(matches, none_matches).unwrap_err();
            assert_eq!(*refused.code(), s3s::S3ErrorCode::NotImplemented);
            assert_eq!(refused.code().status_code().map(|status| status.as_u16()), Some(501));
        }
        assert!(of_write(None, None).is_ok_and(|condition| !condition.absent && condition.etag.is_none()));
        assert!(of_write(etag(), None).is_ok_and(|condition| condition.etag.as_deref() == Some("a")));
        assert!(of_write(None, any()).is_ok_and(|condition| condition.absent));
    }
}
