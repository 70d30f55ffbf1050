//! The report of `lineup check`.

use std::path::PathBuf;

use lineup::header::{Columns, Role};
use lineup::reading::Reading;
use lineup::shown::{NAME, one_line};
use lineup::survey::Warning;
use lineup_costs::{CostModel, ImportFile, Prices, rounded};
use lineup_web::CheckedLineup;
use serde::Serialize;

use crate::output;

/// What an import would read of a file. The field names are a contract.
#[derive(Debug, Serialize)]
pub(crate) struct CheckReport {
    /// The file.
    pub file: PathBuf,
    /// `text`, or what was converted to text.
    pub form: String,
    /// The line of the header, from 1.
    pub header_line: u64,
    /// The delimiter of the text.
    pub delimiter: char,
    /// The columns with their meanings.
    pub columns: Columns,
    /// How values are read.
    pub reading: Reading,
    /// What was understood, in sentences.
    pub notes: Vec<String>,
    /// Counts.
    pub rows: CheckedRows,
    /// The first rejects.
    pub rejects: Vec<String>,
    /// Rows that load but look wrong.
    pub warnings: Vec<Warning>,
    /// What the import would cost on AWS.
    pub cost: CheckedCost,
}

/// What an import would cost on AWS: `lineup cost` says of what.
#[derive(Debug, Serialize)]
pub(crate) struct CheckedCost {
    /// Dollars, at list prices.
    pub dollars: f64,
    /// The region of the prices.
    pub region: String,
    /// The day of the prices.
    pub prices_as_of: String,
}

impl CheckedCost {
    pub(super) fn of(file: &ImportFile) -> anyhow::Result<Self> {
        let prices = Prices::list();
        let model = CostModel::of_this_version()?;
        let dollars = model.import_cost(&prices, file)?.dollars;
        Ok(Self { dollars, region: prices.region().to_owned(), prices_as_of: prices.as_of().to_owned() })
    }
}

/// Rows by what an import would do with them.
#[derive(Debug, Serialize)]
pub(crate) struct CheckedRows {
    /// Rows of the file.
    pub read: u64,
    /// Rows that cannot be read.
    pub rejected: u64,
    /// Rows whose key another row has too. Of these, the table keeps one.
    pub repeated: u64,
}

impl CheckReport {
    /// Prints it, as text or as one JSON object.
    pub(super) fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            return output::json(self);
        }
        // The columns of a file may be many, so that their line is as long as it gets; each name is cut.
        self.lines().iter().try_for_each(|line| output::line(one_line(line, usize::MAX)))?;
        Ok(())
    }

    /// It, as the pages show it.
    pub(crate) fn lineup(&self) -> CheckedLineup {
        let CheckedRows { read, rejected, repeated } = self.rows;
        let CheckedCost { dollars, region, prices_as_of } = &self.cost;
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let mut facts = vec![
            fact("Form", self.form.clone()),
            fact("Header", format!("line {}", self.header_line)),
            fact("Columns", self.columns.iter().map(column).collect::<Vec<_>>().join(", ")),
            fact("Rows", format!("{read} read = {} readable + {rejected} rejected", read - rejected)),
            fact("Cost", format!("{} on AWS, at {region} list prices of {prices_as_of}", rounded(*dollars))),
        ];
        if repeated > 0 {
            facts.push(fact("Repeated", format!("{repeated} rows have the key of another row")));
        }
        let warnings = self.warnings.iter().map(|warning| (warning.text.clone(), warning.first.clone()));
        CheckedLineup {
            facts,
            notes: self.notes.clone(),
            warnings: warnings.collect(),
            rejected,
            rejects: self.rejects.clone(),
            ..CheckedLineup::default()
        }
    }

    fn lines(&self) -> Vec<String> {
        let CheckedRows { read, rejected, repeated } = self.rows;
        let mut lines = vec![
            format!("{} can be imported.", self.file.display()),
            String::new(),
            format!("Form        {}", self.form),
            format!("Header      line {}", self.header_line),
            format!("Columns     {}", self.columns.iter().map(column).collect::<Vec<_>>().join(", ")),
            format!("Rows        {read} read = {} readable + {rejected} rejected", read - rejected),
        ];
        let CheckedCost { dollars, region, prices_as_of } = &self.cost;
        lines.push(format!(
            "Cost        {} on AWS, at {region} list prices of {prices_as_of}",
            rounded(*dollars)
        ));
        if repeated > 0 {
            lines.push(format!(
                "Repeated    {repeated} rows have the key of another row; the table keeps one of each"
            ));
        }
        if !self.notes.is_empty() {
            lines.push(String::new());
            lines.extend(self.notes.iter().cloned());
        }
        for Warning { text, first, .. } in &self.warnings {
            lines.extend([String::new(), format!("Warning: {text}")]);
            lines.extend(first.iter().map(|row| format!("  {row}")));
        }
        if rejected > 0 {
            lines.extend([String::new(), format!("{rejected} rejected, the first of them:")]);
            lines.extend(self.rejects.iter().map(|reject| format!("  {reject}")));
        }
        lines
    }
}

/// `"Artist" as Performer`, `Genre (kept)`.
fn column(column: &lineup::header::Column) -> String {
    let name = one_line(&column.name, NAME);
    match &column.role {
        Role::Known(known) if name == known.name() => name.into_owned(),
        Role::Known(known) => format!("{name:?} as {}", known.name()),
        Role::Weekday(_) => format!("{name} (checks the weekday)"),
        Role::Extra(_) => format!("{name} (kept)"),
    }
}
