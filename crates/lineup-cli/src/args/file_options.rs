//! What a planner says about a file, as options of the command line: made of the table of `lineup::options`.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use lineup::options::{FILE_OPTIONS, FileOption, OptionError, ReadOptions};
use lineup_contracts::options::metadata_value;

/// The options of [`FILE_OPTIONS`] that were said.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileOptionArgs {
    said: Vec<(&'static str, Vec<String>)>,
    /// What they mean.
    pub read_options: ReadOptions,
}

impl FileOptionArgs {
    /// Options of [`FILE_OPTIONS`] with values, as a form says them. One that repeats may stand several times.
    ///
    /// # Errors
    /// A value that cannot be used.
    pub(crate) fn of(pairs: &[(&'static str, String)]) -> Result<Self, OptionError> {
        let read_options = ReadOptions::of(pairs.iter().map(|(name, value)| (*name, value.as_str())))?;
        let mut said: Vec<(&'static str, Vec<String>)> = Vec::new();
        for (name, value) in pairs {
            match said.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(value.clone()),
                None => said.push((name, vec![value.clone()])),
            }
        }
        Ok(Self { said, read_options })
    }

    /// The options as metadata of an upload: names and values.
    pub(crate) fn metadata(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.said
            .iter()
            .map(|(name, values)| ((*name).to_owned(), metadata_value(values.iter().map(String::as_str))))
    }
}

fn argument(option: &FileOption) -> Arg {
    let argument = Arg::new(option.name).long(option.name).help(option.help);
    match option.value {
        Some(value) if option.repeats => argument.value_name(value).action(ArgAction::Append),
        Some(value) => argument.value_name(value).action(ArgAction::Set),
        None => argument.action(ArgAction::SetTrue),
    }
}

fn said(option: &FileOption, matches: &ArgMatches) -> Option<(&'static str, Vec<String>)> {
    let values: Vec<String> = match option.value {
        Some(_) => matches.get_many::<String>(option.name)?.cloned().collect(),
        None => matches.get_flag(option.name).then(|| "true".to_owned()).into_iter().collect(),
    };
    (!values.is_empty()).then_some((option.name, values))
}

impl FromArgMatches for FileOptionArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let said: Vec<_> = FILE_OPTIONS.iter().filter_map(|option| said(option, matches)).collect();
        let pairs =
            said.iter().flat_map(|(name, values)| values.iter().map(move |value| (*name, value.as_str())));
        let read_options = ReadOptions::of(pairs)
            .map_err(|error| Error::raw(ErrorKind::ValueValidation, format!("--{error}\n")))?;
        Ok(Self { said, read_options })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for FileOptionArgs {
    fn augment_args(command: Command) -> Command {
        let arguments = FILE_OPTIONS.iter().map(argument);
        command.next_help_heading("How the file is read").args(arguments)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
