//! Reading a definition's objects field by field, so that no field is ignored.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::load_error::LoadError;
use crate::path::Path;
use crate::template::Template;

/// The fields of an object that nothing has asked for yet.
pub(crate) struct StateFields<'a> {
    place: String,
    left: BTreeMap<&'a str, &'a Value>,
}

impl<'a> StateFields<'a> {
    pub(crate) fn of(value: &'a Value, place: &str) -> Result<Self, LoadError> {
        let object = value.as_object().ok_or_else(|| LoadError::new(place, "must be an object"))?;
        Ok(Self {
            place: place.into(),
            left: object.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        })
    }

    /// The place of a field: `States.Load.Resource`.
    pub(crate) fn place(&self, field: &str) -> String {
        if self.place.is_empty() { field.into() } else { format!("{}.{field}", self.place) }
    }

    pub(crate) fn error(&self, field: &str, problem: impl Into<String>) -> LoadError {
        LoadError::new(&self.place(field), problem)
    }

    pub(crate) fn take(&mut self, field: &str) -> Option<&'a Value> {
        self.left.remove(field)
    }

    pub(crate) fn require(&mut self, field: &str) -> Result<&'a Value, LoadError> {
        self.take(field).ok_or_else(|| self.error(field, "missing"))
    }

    pub(crate) fn string(&mut self, field: &str) -> Result<Option<&'a str>, LoadError> {
        self.take(field)
            .map(|value| value.as_str().ok_or_else(|| self.error(field, "must be text")))
            .transpose()
    }

    pub(crate) fn require_string(&mut self, field: &str) -> Result<&'a str, LoadError> {
        self.string(field)?.ok_or_else(|| self.error(field, "missing"))
    }

    /// A field that may have one of a few texts.
    pub(crate) fn one_of(&mut self, field: &str, known: &[&str]) -> Result<Option<&'a str>, LoadError> {
        let Some(text) = self.string(field)? else { return Ok(None) };
        if known.contains(&text) {
            return Ok(Some(text));
        }
        Err(self.error(field, format!("'{text}' is not supported; {} is", known.join(" or "))))
    }

    pub(crate) fn integer(&mut self, field: &str, least: u64) -> Result<Option<u64>, LoadError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        match value.as_u64() {
            Some(number) if number >= least => Ok(Some(number)),
            _ => Err(self.error(field, format!("must be a whole number of at least {least}"))),
        }
    }

    pub(crate) fn path(&mut self, field: &str) -> Result<Option<Path>, LoadError> {
        let Some(text) = self.string(field)? else { return Ok(None) };
        Path::parse(text).map(Some).map_err(|error| self.error(field, error.to_string()))
    }

    /// `InputPath`, `OutputPath`, `ResultPath`: `$` where absent, `None` where null.
    pub(crate) fn path_or_null(&mut self, field: &str) -> Result<Option<Path>, LoadError> {
        match self.left.get(field) {
            None => Ok(Some(Path::root())),
            Some(Value::Null) => Ok(self.take(field).and(None)),
            Some(_) => self.path(field),
        }
    }

    /// A path into the state's input, which the context object is not.
    pub(crate) fn result_path(&mut self, field: &str) -> Result<Option<Path>, LoadError> {
        let path = self.path_or_null(field)?;
        if path.as_ref().is_some_and(Path::is_context) {
            return Err(self.error(field, "the context object cannot be written"));
        }
        Ok(path)
    }

    pub(crate) fn template(&mut self, field: &str) -> Result<Option<Template>, LoadError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        Template::parse(value)
            .map(Some)
            .map_err(|error| self.error(&format!("{field}.{}", error.place), error.problem))
    }

    /// Refuses the two forms of a field together.
    pub(crate) fn not_both(&self, one: &str, other: &str) -> Result<(), LoadError> {
        if self.left.contains_key(one) && self.left.contains_key(other) {
            return Err(self.error(other, format!("{one} is there too; only one of them may be")));
        }
        Ok(())
    }

    /// Refuses what is left.
    pub(crate) fn finish(self) -> Result<(), LoadError> {
        match self.left.keys().next() {
            Some(field) => Err(self.error(field, "not supported")),
            None => Ok(()),
        }
    }
}
