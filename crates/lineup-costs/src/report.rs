//! The answer of `lineup cost`: as JSON, and as text.

use serde::Serialize;

use crate::amount::{dollars, head, quantity, rounded, whole};
use crate::file::ImportFile;
use crate::model::{CostModel, LineupKind, ModelError, metrics};
use crate::prices::Prices;
use crate::usage::{Usage, UsageType};

/// The widest line of the text.
const WIDTH: usize = 80;
/// Widths of the columns: service, line of the bill, and each of the figures, of which three fit.
const SERVICE: usize = 15;
const NAME: usize = 26;
const FIGURE: usize = 13;

/// A line of the bill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BillLine {
    /// The service: `DynamoDB`.
    pub service: &'static str,
    /// Its name on the bill, without the region's prefix: `WriteRequestUnits`.
    pub usage_type: &'static str,
    /// How much of it, in the bill's unit.
    pub quantity: f64,
    /// What it costs.
    pub dollars: f64,
}

/// Lines of the bill, none of which is 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bill(pub Vec<BillLine>);

impl Bill {
    /// The bill of a usage.
    ///
    /// ```
    /// use lineup_costs::{Bill, Prices, Usage, UsageType};
    ///
    /// let bill = Bill::of(&Usage::from_iter([(UsageType::Transitions, 1000.0)]), &Prices::list());
    /// assert_eq!((bill.0[0].service, bill.0[0].usage_type), ("Step Functions", "StateTransition"));
    /// assert_eq!(bill.total(), bill.0[0].dollars);
    /// ```
    pub fn of(usage: &Usage, prices: &Prices) -> Self {
        let line = |(usage_type, quantity): (UsageType, f64)| BillLine {
            service: usage_type.service(),
            usage_type: usage_type.name(),
            quantity,
            dollars: prices.dollars(usage_type, quantity),
        };
        Self(usage.iter().map(line).collect())
    }

    /// The sum of its lines, in dollars.
    pub fn total(&self) -> f64 {
        // A sum of nothing would be -0.
        self.0.iter().fold(0.0, |sum, line| sum + line.dollars)
    }
}

/// What `lineup cost` answers. The field names are a contract.
#[derive(Debug, Clone, Serialize)]
pub struct CostReport {
    /// The import of the file that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportCost>,
    /// A month of each number of rows a day.
    pub volumes: Vec<VolumeCost>,
    /// What a stack costs at rest, in dollars a month.
    pub fixed_per_month: f64,
    /// The day of the prices.
    pub prices_as_of: String,
    #[serde(skip)]
    fixed: Bill,
    #[serde(skip)]
    region: String,
    #[serde(skip)]
    files_per_day: u64,
    #[serde(skip)]
    rows: String,
}

/// What one import costs.
#[derive(Debug, Clone, Serialize)]
pub struct ImportCost {
    /// Rows that can be read.
    pub rows: u64,
    /// Chunks.
    pub chunks: u64,
    /// The sum of the lines.
    pub dollars: f64,
    /// The lines of the bill.
    pub lines: Vec<BillLine>,
}

/// A month of imports.
#[derive(Debug, Clone, Serialize)]
pub struct VolumeCost {
    /// Rows a day, in all files together.
    pub rows_per_day: u64,
    /// The sum of the lines.
    pub variable_per_month: f64,
    /// The lines of the bill.
    pub lines: Vec<BillLine>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct CostQuestion {
    /// The numbers of rows a day.
    pub rows_per_day: Vec<u64>,
    /// How many files they come in.
    pub files_per_day: u64,
    /// What the rows are like.
    pub kind: LineupKind,
}

impl CostReport {
    /// Answers the question. Where the rows are like those of a file, its import is answered, too.
    ///
    /// ```
    /// use lineup_costs::{CostModel, CostQuestion, CostReport, LineupKind, Prices};
    ///
    /// let kind = LineupKind::Sample { popularity: false };
    /// let question = CostQuestion { rows_per_day: vec![1_000], files_per_day: 1, kind };
    /// let report = CostReport::answer(&CostModel::of_this_version()?, &Prices::list(), &question)?;
    /// let sum: f64 = report.volumes[0].lines.iter().map(|line| line.dollars).sum();
    /// assert_eq!(sum, report.volumes[0].variable_per_month);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`CostModel::month`].
    pub fn answer(model: &CostModel, prices: &Prices, question: &CostQuestion) -> Result<Self, ModelError> {
        let CostQuestion { rows_per_day, files_per_day, kind } = question;
        let volume = |rows: &u64| {
            let bill = Bill::of(&model.month(kind, *rows, *files_per_day)?, prices);
            Ok(VolumeCost { rows_per_day: *rows, variable_per_month: bill.total(), lines: bill.0 })
        };
        let fixed = Bill::of(&model.fixed(), prices);
        Ok(Self {
            import: match kind {
                LineupKind::Like(file) => Some(model.import_cost(prices, file)?),
                LineupKind::Sample { .. } => None,
            },
            volumes: rows_per_day.iter().map(volume).collect::<Result<_, ModelError>>()?,
            fixed_per_month: fixed.total(),
            prices_as_of: prices.as_of().to_owned(),
            fixed,
            region: prices.region().to_owned(),
            files_per_day: *files_per_day,
            rows: rows_text(kind),
        })
    }

    /// The answer for people, in lines of at most 80 columns.
    pub fn text(&self) -> String {
        let mut text = format!(
            "Rows:   {}\nPrices: list prices of {} on {}, without the free tier\n\n",
            self.rows, self.region, self.prices_as_of
        );
        if let Some(import) = &self.import {
            text.push_str(&import_text(import));
        }
        for volumes in self.volumes.chunks(3) {
            text.push_str(&self.month_text(volumes));
        }
        text.push_str(&self.fixed_text());
        text
    }

    fn month_text(&self, volumes: &[VolumeCost]) -> String {
        let files = counted(self.files_per_day, "file");
        let row_of = |service, name, figure: &dyn Fn(&VolumeCost) -> String| {
            row(service, name, &volumes.iter().map(figure).collect::<Vec<_>>())
        };
        let mut text = format!("A month of 30 days, {files} a day:\n\n");
        text.push_str(&row_of("", "", &|volume| head(volume.rows_per_day)));
        text.push_str(&row_of("service", "line of the bill", &|_| "rows a day".to_owned()));
        for (service, name) in names(volumes) {
            text.push_str(&row_of(service, name, &|volume| dollars(volume.dollars_of(service, name))));
        }
        text.push('\n');
        text.push_str(&row_of("variable", "", &|volume| rounded(volume.variable_per_month)));
        text.push_str(&row_of("fixed", "", &|_| rounded(self.fixed_per_month)));
        let together = |volume: &VolumeCost| rounded(volume.variable_per_month + self.fixed_per_month);
        text.push_str(&row_of("together", "", &together));
        text.push('\n');
        text
    }

    fn fixed_text(&self) -> String {
        let mut text = "Fixed, whatever is imported; storage is in docs/costs.md:\n\n".to_owned();
        for line in &self.fixed.0 {
            text.push_str(&row(
                line.service,
                line.usage_type,
                &[quantity(line.quantity), rounded(line.dollars)],
            ));
        }
        text
    }
}

impl CostModel {
    /// What one import of the file costs, alone in its hour.
    ///
    /// # Errors
    /// As [`CostModel::import`].
    pub fn import_cost(&self, prices: &Prices, file: &ImportFile) -> Result<ImportCost, ModelError> {
        let mut usage = self.import(file)?;
        usage.add(UsageType::Metrics, metrics(1));
        let bill = Bill::of(&usage, prices);
        Ok(ImportCost { rows: file.rows as u64, chunks: file.chunks, dollars: bill.total(), lines: bill.0 })
    }
}

impl VolumeCost {
    fn dollars_of(&self, service: &str, name: &str) -> f64 {
        let line = self.lines.iter().find(|line| (line.service, line.usage_type) == (service, name));
        line.map_or(0.0, |line| line.dollars)
    }
}

fn import_text(import: &ImportCost) -> String {
    let (rows, chunks) = (counted(import.rows, "row"), counted(import.chunks, "chunk"));
    let mut text = format!("This import, {rows} in {chunks}: {}\n\n", rounded(import.dollars));
    text.push_str(&row("service", "line of the bill", &["quantity".into(), "dollars".into()]));
    for line in &import.lines {
        text.push_str(&row(line.service, line.usage_type, &[quantity(line.quantity), dollars(line.dollars)]));
    }
    text.push('\n');
    text
}

/// `1 file`, `1,000 files`.
fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", whole(count as f64))
}

fn rows_text(kind: &LineupKind) -> String {
    match kind {
        LineupKind::Sample { popularity: false } => "without a popularity".to_owned(),
        LineupKind::Sample { popularity: true } => "with a popularity".to_owned(),
        LineupKind::Like(file) => {
            let rows = file.rows.max(1.0);
            let (units, calendar) = (file.write_units / rows, file.calendar_entries as f64 / rows);
            format!("as in the file: {units:.2} write units, and {calendar:.3} for the calendar")
        }
    }
}

/// The lines that any of the volumes has, in the order of the bill.
fn names(volumes: &[VolumeCost]) -> Vec<(&'static str, &'static str)> {
    let all = UsageType::ALL.map(|usage_type| (usage_type.service(), usage_type.name()));
    let has = |name: &(&str, &str)| {
        volumes.iter().flat_map(|volume| &volume.lines).any(|line| (line.service, line.usage_type) == *name)
    };
    all.into_iter().filter(has).collect()
}

fn row(service: &str, name: &str, figures: &[String]) -> String {
    let mut row = format!("{service:SERVICE$}{name:NAME$}");
    figures.iter().for_each(|figure| row.push_str(&format!("{figure:>FIGURE$}")));
    debug_assert!(row.len() <= WIDTH, "{row}");
    format!("{}\n", row.trim_end())
}
