//! The first pass: where the rows are, and which keys they have.

use std::collections::{HashMap, HashSet};

use lineup::header::MAX_COLUMNS;

use super::shape::{JsonFault, RowsAt};
use super::tokens::{Token, Tokens};
use crate::container::Stream;
use crate::error::{Amount, ConvertError};
use crate::known;

/// What the first pass found.
pub(super) struct Surveyed {
    pub(super) rows_at: RowsAt,
    /// The keys of the rows.
    pub(super) keys: Keys,
    /// Arrays of objects that are not read.
    pub(super) left_out: Vec<String>,
}

/// Reads the file once.
pub(super) fn survey(stream: &Stream<'_>) -> Result<Surveyed, ConvertError> {
    let mut survey = Survey {
        tokens: Tokens::open(stream)?,
        found: Found::default(),
        levels: Vec::new(),
        path: String::new(),
        number: 0,
    };
    let read = survey.read();
    read.map_err(|fault| fault.in_object(survey.number))?;
    survey.found.choose()
}

/// Keys, in the order of their first object.
#[derive(Default)]
pub(super) struct Keys {
    names: Vec<String>,
    columns: HashMap<String, usize>,
    bytes: usize,
}

impl Keys {
    /// How many bytes the keys may have together.
    const MAX_BYTES: usize = 1 << 20;

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Its column, from 0; `hint` is likely.
    pub(super) fn find(&self, name: &str, hint: usize) -> Option<usize> {
        if self.names.get(hint).is_some_and(|hinted| hinted == name) {
            return Some(hint);
        }
        self.columns.get(name).copied()
    }

    /// Adds a key if it is new. Returns its column, or `None` if there are too many.
    fn add(&mut self, name: &str, hint: usize, most: usize) -> Option<usize> {
        if let Some(column) = self.find(name, hint) {
            return Some(column);
        }
        if self.names.len() >= most || self.bytes + name.len() > Self::MAX_BYTES {
            return None;
        }
        self.bytes += name.len();
        self.columns.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        Some(self.names.len() - 1)
    }

    /// How many of the columns of a lineup are among them.
    fn known(&self) -> usize {
        known::required(self.names.iter().map(String::as_str))
    }
}

/// Objects that are elements of the arrays at one path, or the values of the file.
struct ObjectSet {
    /// "" for the values of the file, else such as `schedule.days[].talks[]`.
    path: String,
    /// Where the rows are, if they are these objects and can be read.
    rows_at: Option<RowsAt>,
    objects: u64,
    keys: Keys,
    /// Whether there are more keys than were kept.
    more_keys: bool,
    /// Whether one holds an array or object.
    nested: bool,
}

impl ObjectSet {
    /// How many keys are kept of objects that cannot be rows.
    const OTHER_KEYS: usize = 64;

    const fn most_keys(&self) -> usize {
        if self.rows_at.is_some() { MAX_COLUMNS } else { Self::OTHER_KEYS }
    }
}

/// An array or object that is open.
struct Level {
    is_object: bool,
    /// How long its path is: of an array without `[]`.
    path: usize,
    /// Of an object, the set it belongs to; of an array, that of its elements.
    set: Option<usize>,
    /// The column of the next key, if it comes in the usual order.
    hint: usize,
}

struct Survey<'m> {
    tokens: Tokens<'m>,
    found: Found,
    levels: Vec<Level>,
    path: String,
    /// The number of the object that is read, from 1.
    number: u64,
}

impl Survey<'_> {
    fn read(&mut self) -> Result<(), JsonFault> {
        while let Some(token) = self.tokens.next()? {
            match token {
                Token::Key => self.key()?,
                Token::ObjectEnd | Token::ArrayEnd => {
                    if let Some(level) = self.levels.pop() {
                        self.path.truncate(level.path);
                    }
                }
                Token::ObjectStart => {
                    self.value(true)?;
                    self.note_container();
                    let set = self.set();
                    self.levels.push(Level { is_object: true, path: self.path.len(), set, hint: 0 });
                }
                Token::ArrayStart => {
                    self.value(false)?;
                    self.note_container();
                    self.levels.push(Level { is_object: false, path: self.path.len(), set: None, hint: 0 });
                    self.path.push_str("[]");
                }
                Token::Text | Token::Literal => self.value(false)?,
            }
        }
        Ok(())
    }

    /// Notes a value of the file, and an element that is no object.
    fn value(&mut self, is_object: bool) -> Result<(), JsonFault> {
        match &self.levels[..] {
            [] => {
                if self.found.values > 0 && (!is_object || !self.found.first_is_object) {
                    return Err(self.tokens.broken("something follows the end of the JSON"));
                }
                self.found.first_is_object |= is_object;
                self.found.values += 1;
            }
            [array] if !array.is_object && !is_object => self.found.others += 1,
            _ => {}
        }
        Ok(())
    }

    /// Notes that a member of the first value of the file is an array or object.
    fn note_container(&mut self) {
        if self.found.values == 1 && self.levels.len() == 1 && self.found.containers.len() < Found::MAX_SETS {
            self.found.containers.insert(self.path.clone());
        }
    }

    fn key(&mut self) -> Result<(), JsonFault> {
        let name = self.tokens.text()?;
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        self.path.truncate(level.path);
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
        let Some(set) = level.set.and_then(|set| self.found.sets.get_mut(set)) else { return Ok(()) };
        match set.keys.add(name, level.hint, set.most_keys()) {
            Some(column) => level.hint = column + 1,
            None => set.more_keys = true,
        }
        Ok(())
    }

    /// The set of the object that begins here: a value of the file, or an element of an array.
    fn set(&mut self) -> Option<usize> {
        let set = match self.levels.last_mut() {
            None => self.found.set(&self.path, Some(RowsAt::Lines)),
            Some(level) if level.is_object => None,
            Some(Level { set: Some(set), .. }) => Some(*set),
            Some(_) => {
                let rows_at = match &self.levels[..] {
                    [_] => Some(RowsAt::Array),
                    [object, array] if object.is_object => {
                        Some(RowsAt::Member(self.path[..array.path].to_owned()))
                    }
                    _ => None,
                };
                let set = self.found.set(&self.path, rows_at);
                if let Some(level) = self.levels.last_mut() {
                    level.set = set;
                }
                set
            }
        };
        if let Some(outer) =
            self.levels.first().and_then(|level| level.set).filter(|_| self.levels[0].is_object)
        {
            self.found.sets[outer].nested = true;
        }
        let objects = set.and_then(|set| self.found.sets.get_mut(set))?;
        objects.objects += 1;
        if objects.rows_at.is_some() {
            self.number = objects.objects;
        }
        set
    }
}

/// What is known of the file so far.
#[derive(Default)]
struct Found {
    sets: Vec<ObjectSet>,
    paths: HashMap<String, usize>,
    /// How many values the file has: one, or the lines of JSON Lines.
    values: u64,
    first_is_object: bool,
    /// The keys under which the first value has arrays or objects.
    containers: HashSet<String>,
    /// How many elements of the array that the file is are no objects.
    others: u64,
}

impl Found {
    /// How many sets are kept.
    const MAX_SETS: usize = 500;

    fn set(&mut self, path: &str, rows_at: Option<RowsAt>) -> Option<usize> {
        if let Some(set) = self.paths.get(path) {
            return Some(*set);
        }
        if self.sets.len() >= Self::MAX_SETS {
            return None;
        }
        self.paths.insert(path.to_owned(), self.sets.len());
        let (path, keys) = (path.to_owned(), Keys::default());
        self.sets.push(ObjectSet { path, rows_at, objects: 0, keys, more_keys: false, nested: false });
        Some(self.sets.len() - 1)
    }

    /// Decides which objects are the rows.
    fn choose(mut self) -> Result<Surveyed, ConvertError> {
        let rows = self.rows()?;
        let likeness = self.sets[rows].keys.known();
        let deeper = self.sets.iter().filter(|set| set.rows_at.is_none());
        if let Some((known, best)) = best(deeper)
            && known > likeness
            && known >= known::ENOUGH
        {
            return Err(self.nested(best));
        }
        let left_out = self
            .sets
            .iter()
            .enumerate()
            .filter(|(index, set)| *index != rows && matches!(set.rows_at, Some(RowsAt::Member(_))));
        let left_out =
            if self.values == 1 { left_out.map(|(_, set)| set.path.clone()).collect() } else { Vec::new() };
        let set = self.sets.swap_remove(rows);
        if set.more_keys {
            return Err(too_many_keys(&set));
        }
        let rows_at = set.rows_at.unwrap_or(RowsAt::Lines);
        Ok(Surveyed { rows_at, keys: set.keys, left_out })
    }

    /// The set that the shape of the file makes the rows.
    fn rows(&self) -> Result<usize, ConvertError> {
        let at = |rows_at: &RowsAt| self.sets.iter().position(|set| set.rows_at.as_ref() == Some(rows_at));
        if !self.first_is_object {
            return at(&RowsAt::Array).ok_or_else(|| self.no_objects());
        }
        let lines = at(&RowsAt::Lines).ok_or_else(|| self.no_objects())?;
        if self.values > 1 {
            return Ok(lines);
        }
        let members: Vec<usize> = (0..self.sets.len())
            .filter(|set| matches!(self.sets[*set].rows_at, Some(RowsAt::Member(_))))
            .collect();
        let known = |set: usize| self.sets[set].keys.known();
        // An object with the lists of artists and stages is no row with an artist and a stage.
        let texts = self.sets[lines].keys.names().iter().filter(|name| !self.containers.contains(*name));
        let known_of_object = known::required(texts.map(String::as_str));
        let most = members.iter().map(|set| known(*set)).max().unwrap_or(0);
        if known_of_object > most {
            return Ok(lines);
        }
        let alike: Vec<usize> = members.iter().copied().filter(|set| known(*set) == most).collect();
        match (&members[..], &alike[..]) {
            ([], _) => self.one_object(lines),
            (&[only], _) => Ok(only),
            (_, &[only]) if most >= known::ENOUGH => Ok(only),
            _ => Err(self.several(&members)),
        }
    }

    /// A file that is one object, without an array of objects in it: a row, unless its values say otherwise.
    fn one_object(&self, lines: usize) -> Result<usize, ConvertError> {
        if let Some((_, deeper)) = best(self.sets.iter().filter(|set| set.rows_at.is_none())) {
            return Err(self.nested(deeper));
        }
        let set = &self.sets[lines];
        if !set.nested || set.keys.known() >= known::ENOUGH {
            return Ok(lines);
        }
        let found =
            format!("the file is one JSON object ({}) without an array of objects in it", some_keys(set));
        Err(ConvertError::JsonShape { found })
    }

    fn no_objects(&self) -> ConvertError {
        let found = match (self.first_is_object, self.others) {
            (false, 0) => "the JSON array is empty".to_owned(),
            _ => "the JSON is an array of other things than objects".to_owned(),
        };
        ConvertError::JsonShape { found }
    }

    fn several(&self, members: &[usize]) -> ConvertError {
        let named = members.iter().take(5).map(|set| {
            let ObjectSet { path, objects, .. } = &self.sets[*set];
            format!("{} ({objects})", path.trim_end_matches("[]"))
        });
        let more = if members.len() > 5 { ", …" } else { "" };
        let names = named.collect::<Vec<_>>().join(", ");
        let found = format!("the JSON object has {} arrays of objects, {names}{more}", members.len());
        ConvertError::JsonShape { found }
    }

    /// The rows lie in arrays that are deeper. Where several arrays of one object have such rows, as those of the
    /// rooms of a day, that object is named.
    fn nested(&self, set: &ObjectSet) -> ConvertError {
        let parent = |path: &str| path.rsplit_once('.').map(|(parent, _)| parent.to_owned());
        let known = set.keys.known();
        let siblings: Vec<&ObjectSet> = self
            .sets
            .iter()
            .filter(|other| parent(&other.path) == parent(&set.path) && other.keys.known() == known)
            .collect();
        let (path, objects) = match (&siblings[..], parent(&set.path)) {
            ([_, _, ..], Some(parent)) => (parent, siblings.iter().map(|set| set.objects).sum()),
            _ => (set.path.clone(), set.objects),
        };
        let keys = some_keys(set);
        let found =
            format!("the rows seem to be in {path} ({objects} objects with {keys}), too deep to be read");
        ConvertError::JsonShape { found }
    }
}

/// The set with the most columns of a lineup, the largest of several.
fn best<'s>(sets: impl Iterator<Item = &'s ObjectSet>) -> Option<(usize, &'s ObjectSet)> {
    sets.map(|set| (set.keys.known(), set)).max_by_key(|(known, set)| (*known, set.objects))
}

fn some_keys(set: &ObjectSet) -> String {
    let names: Vec<&str> = set.keys.names().iter().take(8).map(String::as_str).collect();
    let more = if set.keys.names().len() > names.len() { ", …" } else { "" };
    format!("the keys {}{more}", names.join(", "))
}

fn too_many_keys(set: &ObjectSet) -> ConvertError {
    ConvertError::Limit {
        what: "the number of different keys of the objects".to_owned(),
        reached: Amount::Columns(set.keys.names().len() as u64 + 1),
        limit: Amount::Columns(MAX_COLUMNS as u64),
        advice: "give all objects the same keys",
    }
}
