//! The tables of docs/costs.md. A test writes and compares them.

use crate::amount::{dollars, quantity, rounded, whole};
use crate::assumptions;
use crate::designs::OtherDesign;
use crate::file::ImportFile;
use crate::model::{CostModel, LineupKind, ModelError};
use crate::prices::Prices;
use crate::report::{Bill, CostQuestion, CostReport};
use crate::routes::{ChildCase, ImportCase};
use crate::storage::Storage;
use crate::usage::{Usage, UsageType};

/// The volumes of the challenge.
pub(crate) const VOLUMES: [u64; 3] = [1_000, 10_000, 100_000];

/// Dollars of a month that another count gave, for one file a day: without a popularity, and with one. It was made
/// before files were converted and surveyed.
const INDEPENDENT: [(f64, f64); 3] = [(0.13, 0.15), (0.48, 0.67), (4.01, 5.88)];

/// The services that a chart or a table tells apart, by the first that fits. The rest is the last.
pub(crate) const GROUPS: [(&str, &[&str]); 5] = [
    ("DynamoDB", &["DynamoDB"]),
    ("Step Functions", &["Step Functions"]),
    ("CloudWatch", &["CloudWatch"]),
    ("Lambda", &["Lambda"]),
    ("the rest", &["S3", "EventBridge", "SNS", "KMS", "X-Ray"]),
];

/// The name of each generated part of docs/costs.md, with its text.
///
/// # Errors
/// As [`CostModel::month`].
pub fn tables(model: &CostModel, prices: &Prices) -> Result<Vec<(&'static str, String)>, ModelError> {
    Ok(vec![
        ("lineup cost", command(model, prices, false)?),
        ("lineup cost --popularity", command(model, prices, true)?),
        ("independent", independent(model, prices)?),
        ("dominates", dominates(model, prices)?),
        ("counts", counts(model)?),
        ("transitions", transitions(model)?),
        ("million", million(model, prices)?),
        ("again", again(model, prices)?),
        ("small files", small_files(model, prices)?),
        ("storage", storage(prices)?),
        ("designs", designs(model, prices)?),
        ("rest", rest(model, prices)),
        ("assumptions", assumed()),
        ("prices", price_list(prices)),
    ])
}

pub(crate) fn month(model: &CostModel, rows: u64, files: u64, popularity: bool) -> Result<Usage, ModelError> {
    model.month(&LineupKind::Sample { popularity }, rows, files)
}

/// The share of each of [`GROUPS`] in what a usage costs.
pub(crate) fn shares(usage: &Usage, prices: &Prices) -> [f64; GROUPS.len()] {
    let total = prices.total(usage).max(f64::MIN_POSITIVE);
    GROUPS.map(|(_, services)| {
        let of_group = usage.iter().filter(|(usage_type, _)| services.contains(&usage_type.service()));
        of_group.map(|(usage_type, quantity)| prices.dollars(usage_type, quantity)).sum::<f64>() / total
    })
}

/// A table; the columns behind the first `left` are numbers.
fn table(left: usize, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = |column| if column < left { "---" } else { "---:" };
    let rules: Vec<String> = (0..head.len()).map(|column| rule(column).to_owned()).collect();
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}{}{rows}", line(&head), line(&rules))
}

fn command(model: &CostModel, prices: &Prices, popularity: bool) -> Result<String, ModelError> {
    let kind = LineupKind::Sample { popularity };
    let question = CostQuestion { rows_per_day: VOLUMES.to_vec(), files_per_day: 1, kind };
    Ok(format!("```text\n{}```\n", CostReport::answer(model, prices, &question)?.text()))
}

fn independent(model: &CostModel, prices: &Prices) -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for (volume, (plain, popular)) in VOLUMES.into_iter().zip(INDEPENDENT) {
        let mut row = vec![whole(volume as f64)];
        for (popularity, other) in [(false, plain), (true, popular)] {
            let here = prices.total(&month(model, volume, 1, popularity)?);
            row.extend([
                format!("${here:.3}"),
                rounded(other),
                format!("{:+.1} %", (here / other - 1.0) * 100.0),
            ]);
        }
        rows.push(row);
    }
    let head = [
        "rows a day",
        "here",
        "elsewhere",
        "differs by",
        "here, with a popularity",
        "elsewhere",
        "differs by",
    ];
    Ok(table(0, &head, rows))
}

fn dominates(model: &CostModel, prices: &Prices) -> Result<String, ModelError> {
    let mut rows = Vec::new();
    let months = [(1_000, 1), (10_000, 1), (100_000, 1), (1_000_000, 1), (100_000, 1_000)];
    for (volume, files) in months {
        let usage = month(model, volume, files, false)?;
        let files = if files == 1 { "1 file".to_owned() } else { format!("{} files", whole(files as f64)) };
        let left = prices.total(&prices.beyond_free_tier(&usage));
        let mut row = vec![
            format!("{} in {files}", whole(volume as f64)),
            rounded(prices.total(&usage)),
            rounded(left),
        ];
        row.extend(shares(&usage, prices).map(|share| format!("{:.0} %", share * 100.0)));
        rows.push(row);
    }
    let head: Vec<&str> = ["rows a day", "a month", "with the free tier"]
        .into_iter()
        .chain(GROUPS.map(|(name, _)| name))
        .collect();
    Ok(table(1, &head, rows))
}

/// An import of one chunk, and what each further chunk adds.
fn counts(model: &CostModel) -> Result<String, ModelError> {
    // No rows: they are counted by the row.
    let bare = LineupKind::Sample { popularity: false }.file(1)?;
    let of = |chunks| ImportFile {
        rows: 0.0,
        write_units: 0.0,
        calendar_entries: 0,
        days: 0,
        chunks,
        ..bare.clone()
    };
    let (one, two) = (model.import(&of(1))?, model.import(&of(2))?);
    let rows = one.iter().map(|(usage_type, quantity)| {
        let more = two.quantity(usage_type) - quantity;
        let more = if more.abs() < 1e-12 { String::new() } else { crate::amount::quantity(more) };
        let code = format!("`{}`", usage_type.name());
        vec![
            usage_type.service().to_owned(),
            code,
            usage_type.unit().to_owned(),
            crate::amount::quantity(quantity),
            more,
        ]
    });
    Ok(table(
        3,
        &["service", "line of the bill", "unit", "an import of one chunk", "each further chunk"],
        rows.collect::<Vec<_>>(),
    ))
}

fn transitions(model: &CostModel) -> Result<String, ModelError> {
    let routes = &model.routes;
    let mut rows = Vec::new();
    for case in ImportCase::ALL {
        let (one, two) = (routes.transitions(case, 1, 1)?, routes.transitions(case, 2, 1)?);
        let route = routes.import(case)?;
        let formula = match two - one {
            0 => format!("{}", route.len()),
            chunk => format!("{} + {chunk} × *C*", route.len()),
        };
        rows.push(vec![case.name().to_owned(), route.join(", "), formula]);
    }
    let child = routes.child(ChildCase::Loaded(1))?;
    rows.push(vec![
        "of which each chunk, with its start".to_owned(),
        child.join(", "),
        format!("{}", child.len() + 1),
    ]);
    let on = routes.child(ChildCase::Loaded(2))?;
    let more = on.len() - child.len();
    rows.push(vec!["each time a chunk goes on".to_owned(), on[..more].join(", "), format!("{more}")]);
    Ok(table(2, &["how it goes", "states", "transitions"], rows))
}

fn million(model: &CostModel, prices: &Prices) -> Result<String, ModelError> {
    let file = LineupKind::Sample { popularity: true }.file(1_000_000)?;
    let import = model.import_cost(prices, &file)?;
    let mut lines: Vec<_> = import.lines.iter().collect();
    lines.sort_by(|one, other| other.dollars.total_cmp(&one.dollars));
    let row = |line: &&crate::report::BillLine| {
        vec![
            line.service.to_owned(),
            format!("`{}`", line.usage_type),
            quantity(line.quantity),
            dollars(line.dollars),
        ]
    };
    let mut rows: Vec<_> = lines.iter().map(row).collect();
    rows.push(vec![
        "**together**".into(),
        String::new(),
        String::new(),
        format!("**{}**", rounded(import.dollars)),
    ]);
    let size = format!(
        "{:.0} MB, {} chunks of 8 MiB, {:.3} write units a row with the calendar's.\n\n",
        file.text_bytes as f64 / 1e6,
        file.chunks,
        file.all_write_units() / file.rows
    );
    Ok(size + &table(2, &["service", "line of the bill", "quantity", "dollars"], rows))
}

/// The same file again, as it was and corrected.
fn again(model: &CostModel, prices: &Prices) -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for volume in VOLUMES {
        let file = LineupKind::Sample { popularity: true }.file(volume)?;
        let some = file.rows / 100.0;
        let moved = file.corrected(0.0, some, 0.0);
        // Of the rows that stand there as they are, each unit is one of the table alone.
        let unchanged = file.table_units() * (file.rows - some) / file.rows;
        let only_changes = ImportFile { write_units: moved.write_units - unchanged, ..moved.clone() };
        let cost = |file: &ImportFile| Ok::<_, ModelError>(dollars(prices.total(&model.import(file)?)));
        rows.push(vec![
            whole(volume as f64),
            cost(&file)?,
            cost(&file.again())?,
            cost(&file.corrected(some, 0.0, 0.0))?,
            cost(&moved)?,
            cost(&file.corrected(0.0, 0.0, some))?,
            cost(&file.corrected(file.rows, 0.0, 0.0))?,
            cost(&only_changes)?,
        ]);
    }
    let head = [
        "rows",
        "first",
        "the same again",
        "1 % with another popularity",
        "1 % at another time",
        "1 % gone",
        "every popularity changed",
        "1 % at another time, if only they were written",
    ];
    Ok(table(0, &head, rows))
}

fn small_files(model: &CostModel, prices: &Prices) -> Result<String, ModelError> {
    let usages = [month(model, 100_000, 1, false)?, month(model, 100_000, 1_000, false)?];
    let bills = usages.each_ref().map(|usage| Bill::of(usage, prices));
    let mut rows: Vec<_> = usages[1]
        .iter()
        .map(|(of, many)| {
            let one = usages[0].quantity(of);
            let cost = |quantity| prices.dollars(of, quantity);
            let cells = [quantity(one), dollars(cost(one)), quantity(many), dollars(cost(many))];
            (
                cost(many),
                [format!("{} `{}`", of.service(), of.name())].into_iter().chain(cells).collect::<Vec<_>>(),
            )
        })
        .collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    let [one, many] = bills.map(|bill| format!("**{}**", rounded(bill.total())));
    rows.push(vec!["**together**".into(), String::new(), one, String::new(), many]);
    let head = ["line of the bill", "1 file of 100,000", "dollars", "1,000 files of 100", "dollars"];
    Ok(table(1, &head, rows))
}

fn storage(prices: &Prices) -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for volume in VOLUMES {
        for popularity in [false, true] {
            let file = LineupKind::Sample { popularity }.file(volume)?;
            let name = if popularity { "with a popularity" } else { "without" };
            let mut row = vec![whole(volume as f64), name.to_owned()];
            let year = Storage::after(&file, 12).0;
            row.extend(
                [UsageType::TableStorage, UsageType::TableBackup, UsageType::ObjectStorage]
                    .map(|of| format!("{} GB", quantity(year.quantity(of)))),
            );
            let months = [1, 6, 12].map(|month| Storage::during(&file, month).dollars(prices));
            row.extend(months.map(|(all, _)| rounded(all)));
            row.push(rounded(months[2].1));
            rows.push(row);
        }
    }
    let head = [
        "rows a day",
        "rows",
        "table and indexes after a year",
        "backup",
        "uploads",
        "month 1",
        "month 6",
        "month 12",
        "month 12 with the free tier",
    ];
    Ok(table(2, &head, rows))
}

fn designs(model: &CostModel, prices: &Prices) -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for volume in VOLUMES {
        let other =
            |design: OtherDesign| Ok::<_, ModelError>(rounded(prices.total(&design.month(model, volume)?)));
        let here = rounded(prices.total(&month(model, volume, 1, true)?));
        rows.push(vec![
            whole(volume as f64),
            here,
            other(OtherDesign::OneFunction)?,
            other(OtherDesign::ThreeIndexes)?,
        ]);
    }
    Ok(table(0, &["rows a day", "lineup", "one function, a table by stage", "three indexes"], rows))
}

fn rest(model: &CostModel, prices: &Prices) -> String {
    let fixed = model.fixed();
    let mut with_dashboard = fixed.clone();
    with_dashboard.add(UsageType::Dashboards, model.template.optional("AWS::CloudWatch::Dashboard") as f64);
    let row = |(of, amount): (UsageType, f64)| {
        let left = prices.beyond_free_tier(&Usage::from_iter([(of, amount)]));
        let parameter = if fixed.quantity(of) == 0.0 { "only with `Dashboard=true`" } else { "" };
        vec![
            format!("{} `{}`", of.service(), of.name()),
            parameter.to_owned(),
            quantity(amount),
            rounded(prices.dollars(of, amount)),
            rounded(prices.total(&left)),
        ]
    };
    let mut rows: Vec<_> = with_dashboard.iter().map(row).collect();
    for (name, usage) in [("**together**", &fixed), ("together, with the dashboard", &with_dashboard)] {
        let sums = [prices.total(usage), prices.total(&prices.beyond_free_tier(usage))];
        let [all, left] = sums.map(|sum| format!("**{}**", rounded(sum)));
        rows.push(vec![name.to_owned(), String::new(), String::new(), all, left]);
    }
    table(2, &["line of the bill", "", "how many", "a month", "with the free tier"], rows)
}

fn assumed() -> String {
    let rows = assumptions::rows().map(|(what, value, why)| vec![what.to_owned(), value, why.to_owned()]);
    table(3, &["what", "assumed", "source"], rows)
}

fn price_list(prices: &Prices) -> String {
    let rows = prices.iter().map(|(of, price)| {
        let per = price.per.number();
        let unit = if per == 1.0 { of.unit().to_owned() } else { format!("{} × {}", whole(per), of.unit()) };
        let free = if price.free == 0.0 { String::new() } else { whole(price.free) };
        let page = price.source.trim_start_matches("https://aws.amazon.com/").trim_end_matches('/');
        vec![
            of.service().to_owned(),
            format!("`{}`", of.name()),
            unit,
            format!("${}", price.dollars),
            free,
            format!("[{page}]({})", price.source),
            price.confirmed.clone(),
        ]
    });
    let head =
        ["service", "line of the bill", "for", "dollars", "free in every month", "page", "confirmed by"];
    let rows: Vec<_> = rows.collect();
    table(7, &head, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_in_one_group() {
        for usage_type in UsageType::ALL {
            let groups = GROUPS.iter().filter(|(_, services)| services.contains(&usage_type.service()));
            assert_eq!(groups.count(), 1, "{}", usage_type.service());
        }
    }

    /// What is further away has to be explained on the page.
    #[test]
    fn no_month_differs_by_more_than_a_twentieth_from_the_independent_count() {
        let (model, prices) = (CostModel::of_this_version().unwrap(), Prices::list());
        for (volume, (plain, popular)) in VOLUMES.into_iter().zip(INDEPENDENT) {
            for (popularity, other) in [(false, plain), (true, popular)] {
                let here = prices.total(&month(&model, volume, 1, popularity).unwrap());
                assert!((here / other - 1.0).abs() < 0.05, "{volume}, {popularity}: {here} beside {other}");
            }
        }
    }

    #[test]
    fn step_functions_leads_where_files_are_small() {
        let (model, prices) = (CostModel::of_this_version().unwrap(), Prices::list());
        let small = shares(&month(&model, 100_000, 1_000, false).unwrap(), &prices);
        assert!(small[1] > small[0] && small.iter().all(|share| *share <= small[1]), "{small:?}");
        let large = shares(&month(&model, 100_000, 1, false).unwrap(), &prices);
        assert!(large[0] > 0.9, "{large:?}");
    }
}
